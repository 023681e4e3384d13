"""A plan, done: each run of steps in one namespace goes to the kernel in one go."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from itertools import groupby
from types import MappingProxyType

from vxlab.kernel import beginnings, carrier, namespaces, tentative
from vxlab.kernel.at import At
from vxlab.kernel.encode import Encoder
from vxlab.kernel.families.link import plug
from vxlab.kernel.indexes import Indexes
from vxlab.kernel.procfs import Procfs
from vxlab.kernel.rtnetlink import MAX_BATCH, Refusal, RouteSocket
from vxlab.kernel.side_by_side import ahead
from vxlab.kernel.stock import Stock
from vxlab.kernel.visit import Visit
from vxlab.plan import Action, Plan, Step
from vxlab.plan.raising import needs_lasting_carrier
from vxlab.state.kind import Family

Progress = Callable[[int], None]


def apply(
    plan: Plan,
    indexes: Indexes,
    progress: Progress | None = None,
    mark: int = 0,
    ways: Mapping[Family, Way] = MappingProxyType({}),
    stock: Stock | None = None,
) -> None:
    """Do every step of a plan.

    Args:
        plan: the steps.
        indexes: the interface indexes of what is there already.
        progress: is told how many steps are done, after each run.
        mark: what new namespaces are marked with (``Visit.create``).
        ways: how the steps of families are done that the kernel knows nothing of.
        stock: namespaces that are there already for those that the plan makes.

    Raises:
        KernelError: the kernel refused a step; those before it are done.
    """
    at, done = At(plan), 0
    with Procfs() as procfs, _requests(plan, indexes) as requests, stock or Stock() as stock:
        own: dict[Family | None, Way] = {
            Family.NAMESPACE: _deleted,
            Family.SYSCTL: partial(_sysctls, procfs),
            None: partial(_netlink, requests),
        }
        all_ways = own | dict(ways)
        for place, run in groupby(plan, key=lambda step: None if step.is_beginning else step.namespace):
            steps = list(run)
            if place is None:
                beginnings.make(steps, mark, at, stock)
            else:
                _stay(place, steps, all_ways, at)
            done += len(steps)
            if progress:
                progress(done)


Requests = Iterator[bytes]
"""Those for the netlink steps of a plan, in its order; whoever does a step takes the next one."""


def _requests(plan: Plan, indexes: Indexes) -> AbstractContextManager[Requests]:
    """Encoded by a thread while the kernel is at work; by none beside steps that fork (os.fork() of Python)."""
    encoder = Encoder(indexes)
    todo = [step for step in plan if _way(step) is None]
    threads = 0 if any(step.is_start for step in plan) else len(todo)
    return ahead((encoder.encode(step) for step in todo), threads)


Way = Callable[[Visit, Sequence[Step], At], None]
"""Does steps of one family in one namespace, which the visit is of."""


def _stay(namespace: str, steps: Sequence[Step], ways: Mapping[Family | None, Way], at: At) -> None:
    with Visit(namespace) as visit:
        for family, run in groupby(steps, key=_way):
            ways[family](visit, list(run), at)


def _way(step: Step) -> Family | None:
    """Namespaces and sysctls are files, processes are an init's; everything else is netlink."""
    family = step.resource.kind.family
    return family if family in (Family.NAMESPACE, Family.SYSCTL, Family.PROCESS) else None


def _deleted(_: Visit, steps: Sequence[Step], at: At) -> None:
    for step in steps:
        with at.step(step):
            namespaces.delete(step.namespace)


def _sysctls(procfs: Procfs, visit: Visit, steps: Sequence[Step], at: At) -> None:
    for step in steps:
        with at.step(step):
            beginnings.set_sysctl(step, visit, procfs)


def _netlink(requests: Requests, visit: Visit, steps: Sequence[Step], at: At) -> None:
    with at.step(steps[0]):
        visit.enter()
        route = visit.route
    first = next((index for index, step in enumerate(steps) if _waits(step)), len(steps))
    _send(route, steps[:first], requests, at)
    if rest := steps[first:]:
        # What was sent until now raises links and gives them addresses, perhaps those that others need.
        with at.step(rest[0]):
            carrier.wait(visit.namespace, filter(None, map(_link_with_carrier, rest)))
            tentative.wait(visit.namespace, filter(None, map(_source, rest)))
            if any(map(needs_lasting_carrier, rest)):
                carrier.settle(visit.namespace)
        _send(route, rest, requests, at)


def _send(route: RouteSocket, steps: Sequence[Step], requests: Requests, at: At) -> None:
    for start in range(0, len(steps), MAX_BATCH):
        part = steps[start : start + MAX_BATCH]
        with at.step(part[0]), ExitStack() as peers:
            refused = route.request([_plugged(step, next(requests), peers) for step in part])
        for refusal in refused:
            if not _went_by_itself(part[refusal.index], refusal):
                raise at.error(part[refusal.index], refusal.text)


def _plugged(step: Step, request: bytes, peers: ExitStack) -> bytes:
    """A request, with a descriptor of the namespace of its peer if it has one, good until ``peers`` is closed."""
    if step.peer is None:
        return request
    fd = namespaces.open_(step.peer.namespace)
    peers.callback(os.close, fd)
    return plug(request, fd)


def _went_by_itself(step: Step, refusal: Refusal) -> bool:
    """Whether a step takes away what went, with its link, after it was read.

    The kernel destroys a namespace in the background, and with it the other ends of its cables, elsewhere.
    """
    return step.action is Action.DELETE and refusal.errno == errno.ENODEV


def _waits(step: Step) -> bool:
    return bool(_link_with_carrier(step) or _source(step)) or needs_lasting_carrier(step)


def _link_with_carrier(step: Step) -> str:
    """The link that must have a carrier first."""
    resource = step.resource
    if resource.kind.family is Family.BRIDGE_PORT:
        return resource.name if "state" in dict(step.values) else ""
    return resource.name if resource.kind.family is Family.NEXTHOP and step.action is not Action.DELETE else ""


def _source(step: Step) -> str:
    """The IPv6 address that must be in use first."""
    is_made = step.resource.kind.family is Family.ROUTE and step.action is not Action.DELETE
    source = str(step.resource.get("src")) if is_made else ""
    return source if ":" in source else ""
