"""What a new namespace begins with: its name, its mark, and its sysctls, which its links take over.

Most of the time that the kernel needs to make a namespace it holds no lock that all share (setup_net() in
net/core/net_namespace.c): two threads make many in two thirds of the time that one needs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from threading import Thread

from vxlab.kernel import sysctls
from vxlab.kernel.at import At
from vxlab.kernel.procfs import Procfs
from vxlab.kernel.visit import Visit
from vxlab.plan import Step
from vxlab.state.kind import Family

_FEWEST = 32
"""Namespaces that are worth a thread."""


def make(steps: Sequence[Step], mark: int, at: At) -> None:
    """Make namespaces, and set sysctls: in each namespace in the order of the steps.

    Raises:
        KernelError: the kernel refused a step; of the others some may be done, before and behind it.
    """
    runs: dict[str, list[Step]] = {}
    for step in steps:
        runs.setdefault(step.namespace, []).append(step)
    todo = iter(runs.items())
    threads = min(len(os.sched_getaffinity(0)), len(runs) // _FEWEST)
    _side_by_side(threads, lambda: _work(todo, mark, at))


def _work(todo: Iterator[tuple[str, list[Step]]], mark: int, at: At) -> Iterator[None]:
    with Procfs() as procfs:
        for namespace, steps in todo:
            with Visit(namespace) as visit:
                for step in steps:
                    with at.step(step):
                        _do(step, visit, mark, procfs)
            yield


def _do(step: Step, visit: Visit, mark: int, procfs: Procfs) -> None:
    if step.resource.kind.family is Family.NAMESPACE:
        visit.create(mark)
    else:
        set_sysctl(step, visit, procfs)


def set_sysctl(step: Step, visit: Visit, procfs: Procfs) -> None:
    """Set the sysctl of a step.

    Raises:
        OSError: there is none of that name, or the kernel does not take the value.
    """
    visit.enter()
    sysctls.write(str(step.resource.get("key")), str(step.resource.get("value")), procfs)


def _side_by_side(threads: int, work: Callable[[], Iterator[None]]) -> None:
    """Work in several threads, this one among them, until all is done; when one fails all stop, and it is raised."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            for _ in work():
                if failures:
                    return
        except BaseException as error:
            failures.append(error)

    others: list[Thread] = []
    with suppress(RuntimeError):  # so many there cannot be: then fewer do it all
        for _ in range(threads - 1):
            thread = Thread(target=run)
            thread.start()
            others.append(thread)
    run()
    for thread in others:
        while thread.is_alive():
            try:
                thread.join()
            except BaseException as interruption:  # what they do must not go on behind who takes it back
                failures.append(interruption)
    if failures:
        raise failures[0]
