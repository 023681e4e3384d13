"""What is there of a lab: what the kernel has, and what runs under its inits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vxlab.kernel.read import Actual
from vxlab.kernel.read import read as read_kernel
from vxlab.lab import inits
from vxlab.state.model import NetworkState


def read(lab: str, names: Sequence[str], wanted: NetworkState) -> Actual:
    """The state of the namespaces of a lab.

    Args:
        lab: the lab.
        names: its namespaces.
        wanted: whose sysctls are read.

    Raises:
        OSError: the kernel refused.
        ProcessError: an init does not answer.
    """
    actual = read_kernel(names, wanted)
    running = (process.resource for process in inits.running(lab))
    there = (process for process in running if process.namespace in actual.state.namespaces)
    return replace(actual, state=NetworkState.of([*actual.state, *there]))
