"""A plan, done: each run of steps in one namespace goes to the kernel in one go."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from types import MappingProxyType

from vxlab.kernel import carrier, namespaces, sysctls
from vxlab.kernel.encode import Encoder
from vxlab.kernel.errors import KernelError
from vxlab.kernel.indexes import Indexes
from vxlab.kernel.procfs import Procfs
from vxlab.kernel.rtnetlink import MAX_BATCH, Refusal, RouteSocket
from vxlab.kernel.visit import Visit
from vxlab.plan import Action, Plan, Step
from vxlab.state.kind import Family

Progress = Callable[[int], None]


def apply(
    plan: Plan,
    indexes: Indexes,
    progress: Progress | None = None,
    mark: int = 0,
    ways: Mapping[Family, Way] = MappingProxyType({}),
) -> None:
    """Do every step of a plan.

    Args:
        plan: the steps.
        indexes: the interface indexes of what is there already.
        progress: is told how many steps are done, after each run.
        mark: what new namespaces are marked with (``Visit.create``).
        ways: how the steps of families are done that the kernel knows nothing of; the thread is not in the namespace.

    Raises:
        KernelError: the kernel refused a step; those before it are done.
    """
    with Procfs() as procfs:
        own: dict[Family | None, Way] = {
            Family.NAMESPACE: partial(_namespaces, mark),
            Family.SYSCTL: partial(_sysctls, procfs),
            None: partial(_netlink, indexes),
        }
        all_ways = own | dict(ways)
        done = 0
        for namespace, steps in plan.batches():
            with Visit(namespace) as visit:
                for family, run in groupby(steps, key=_way):
                    part = list(run)
                    if family in ways:
                        visit.leave()
                    all_ways[family](visit, part, At(done, len(plan)))
                    done += len(part)
            if progress:
                progress(done)


Way = Callable[[Visit, Sequence[Step], "At"], None]
"""Does steps of one family in one namespace."""


class At:
    """Where in its plan a run of steps stands, to tell which one failed."""

    def __init__(self, done: int, total: int) -> None:
        self._done, self._total = done, total

    def error(self, steps: Sequence[Step], index: int, reason: str, before: int = 0) -> KernelError:
        return KernelError(steps[index], self._done + before + index + 1, self._total, reason)

    @contextmanager
    def step(self, steps: Sequence[Step], index: int, before: int = 0) -> Iterator[None]:
        """Tell of an error in the body as one of this step."""
        try:
            yield
        except OSError as error:
            raise self.error(steps, index, os.strerror(error.errno or 0), before) from error


def _way(step: Step) -> Family | None:
    """Namespaces and sysctls are files, processes are an init's; everything else is netlink."""
    family = step.resource.kind.family
    return family if family in (Family.NAMESPACE, Family.SYSCTL, Family.PROCESS) else None


def _namespaces(mark: int, visit: Visit, steps: Sequence[Step], at: At) -> None:
    for index, step in enumerate(steps):
        with at.step(steps, index):
            if step.action is Action.DELETE:
                namespaces.delete(step.namespace)
            else:
                visit.create(mark)


def _sysctls(procfs: Procfs, visit: Visit, steps: Sequence[Step], at: At) -> None:
    with at.step(steps, 0):
        visit.enter()
    for index, step in enumerate(steps):
        with at.step(steps, index):
            sysctls.write(str(step.resource.get("key")), str(step.resource.get("value")), procfs)


def _netlink(indexes: Indexes, visit: Visit, steps: Sequence[Step], at: At) -> None:
    with at.step(steps, 0):
        visit.enter()
        route = visit.route
    first = next((index for index, step in enumerate(steps) if _needs_carrier(step)), len(steps))
    _send(route, steps[:first], indexes, at, 0)
    if first < len(steps):
        # What was sent until now raises links, perhaps those that nexthops need.
        with at.step(steps, first):
            carrier.wait(visit.namespace, [step.resource.name for step in steps if _needs_carrier(step)])
        _send(route, steps[first:], indexes, at, first)


def _send(route: RouteSocket, part: Sequence[Step], indexes: Indexes, at: At, before: int) -> None:
    for start in range(0, len(part), MAX_BATCH):
        # An encoder holds the namespaces that its messages name open: no more at once than one batch names.
        with at.step(part, start, before), Encoder(indexes) as encoder:
            refused = route.request([encoder.encode(step) for step in part[start : start + MAX_BATCH]])
        for refusal in refused:
            if not _went_by_itself(part[start + refusal.index], refusal):
                raise at.error(part, start + refusal.index, refusal.text, before)


def _went_by_itself(step: Step, refusal: Refusal) -> bool:
    """Whether a step takes away what went, with its link, after it was read.

    The kernel destroys a namespace in the background, and with it the other ends of its cables, elsewhere.
    """
    return step.action is Action.DELETE and refusal.errno == errno.ENODEV


def _needs_carrier(step: Step) -> bool:
    resource = step.resource
    if resource.kind.family is Family.BRIDGE_PORT:
        return "state" in dict(step.values)
    return resource.kind.family is Family.NEXTHOP and step.action is not Action.DELETE and bool(resource.name)
