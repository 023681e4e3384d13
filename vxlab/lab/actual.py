"""What is there of a lab: what the kernel has, and what runs under its inits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vxlab.kernel.machine import Marks
from vxlab.kernel.read import Actual
from vxlab.kernel.read import read as read_kernel
from vxlab.lab import inits
from vxlab.lab.inits import Running
from vxlab.state.model import NetworkState
from vxlab.state.owned import mark, protocol


def read(lab: str, names: Sequence[str], wanted: NetworkState, running: Sequence[Running] | None = None) -> Actual:
    """The state of the namespaces of a lab.

    Args:
        lab: the lab.
        names: its namespaces; where another one has such a name, it is left out.
        wanted: whose sysctls are read.
        running: what its inits tell, where they have been asked already.

    Raises:
        OSError: the kernel refused.
        ProcessError: an init does not answer.
    """
    actual = read_kernel(names, wanted, mark(lab), Marks(mark(lab), protocol(lab)))
    told = inits.running(lab) if running is None else running
    there = [process.resource for process in told if process.resource.namespace in actual.state.namespaces]
    return replace(actual, state=NetworkState.of([*actual.state, *there])) if there else actual
