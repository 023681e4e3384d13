"""What a new namespace begins with: its name, its mark, and its sysctls, which its links take over.

Most of the time that the kernel needs to make a namespace it holds no lock that all share (setup_net() in
net/core/net_namespace.c): two processes make many in two thirds of the time that one needs.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from vxlab.kernel import sysctls
from vxlab.kernel.at import At
from vxlab.kernel.procfs import Procfs
from vxlab.kernel.stock import Stock
from vxlab.kernel.visit import Visit
from vxlab.plan import Step
from vxlab.state.kind import Family


def make(steps: Sequence[Step], mark: int, at: At, stock: Stock) -> None:
    """Make namespaces, or take them from a stock, and set sysctls: in each namespace in the order of the steps.

    Raises:
        KernelError: the kernel refused a step; those in the namespaces before its own are done.
    """
    runs: dict[str, list[Step]] = {}
    for step in steps:
        runs.setdefault(step.namespace, []).append(step)
    stock.begin(len(runs))
    with Procfs() as procfs:
        for namespace, run in runs.items():
            with Visit(namespace) as visit:
                for step in run:
                    with at.step(step):
                        if step.resource.kind.family is Family.NAMESPACE:
                            _create(visit, mark, stock.take())
                        else:
                            set_sysctl(step, visit, procfs)
    stock.end()


def _create(visit: Visit, mark: int, fd: int | None) -> None:
    try:
        visit.create(mark, fd)
    finally:
        if fd is not None:
            os.close(fd)


def set_sysctl(step: Step, visit: Visit, procfs: Procfs) -> None:
    """Set the sysctl of a step.

    Raises:
        OSError: there is none of that name, or the kernel does not take the value.
    """
    visit.enter()
    sysctls.write(str(step.resource.get("key")), str(step.resource.get("value")), procfs)
