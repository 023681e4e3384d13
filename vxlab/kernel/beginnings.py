"""What a new namespace begins with: its name, its mark, and its sysctls, which its links take over.

Most of the time that the kernel needs to make a namespace it holds no lock that all share (setup_net() in
net/core/net_namespace.c): two threads make many in two thirds of the time that one needs.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence

from vxlab.kernel import sysctls
from vxlab.kernel.at import At
from vxlab.kernel.procfs import Procfs
from vxlab.kernel.side_by_side import FEWEST, side_by_side
from vxlab.kernel.stock import Stock
from vxlab.kernel.visit import Visit
from vxlab.plan import Step
from vxlab.state.kind import Family


def make(steps: Sequence[Step], mark: int, at: At, stock: Stock) -> None:
    """Make namespaces, or take them from a stock, and set sysctls: in each namespace in the order of the steps.

    Raises:
        KernelError: the kernel refused a step; of the others some may be done, before and behind it.
    """
    runs: dict[str, list[Step]] = {}
    for step in steps:
        runs.setdefault(step.namespace, []).append(step)
    todo = iter(runs.items())
    ready = stock.stop()
    # To give names to those that are there takes two threads longer than one: they wait for each other.
    threads = min(len(os.sched_getaffinity(0)), (len(runs) - len(ready)) // FEWEST)
    side_by_side(threads, lambda: _work(todo, mark, at, ready))


def _work(todo: Iterator[tuple[str, list[Step]]], mark: int, at: At, ready: deque[int]) -> Iterator[None]:
    with Procfs() as procfs:
        for namespace, steps in todo:
            with Visit(namespace) as visit:
                for step in steps:
                    with at.step(step):
                        if step.resource.kind.family is Family.NAMESPACE:
                            _create(visit, mark, ready)
                        else:
                            set_sysctl(step, visit, procfs)
            yield


def _create(visit: Visit, mark: int, ready: deque[int]) -> None:
    try:
        fd = ready.popleft()
    except IndexError:
        visit.create(mark)
        return
    try:
        visit.create(mark, fd)
    finally:
        os.close(fd)


def set_sysctl(step: Step, visit: Visit, procfs: Procfs) -> None:
    """Set the sysctl of a step.

    Raises:
        OSError: there is none of that name, or the kernel does not take the value.
    """
    visit.enter()
    sysctls.write(str(step.resource.get("key")), str(step.resource.get("value")), procfs)
