"""The order of steps: what a step needs stands before it, and steps of one namespace stand together.

First what goes, then namespaces with their sysctls (a link takes the defaults of its namespace when it is made), then
in each of them everything that can be made while links are down, and behind it what needs links that are up. Bridge
ports are raised when all else is there: a port that comes up makes the kernel send neighbour and multicast reports to
all ports that are up already, which grows with the square of their number. At the end stands what a bridge keeps only
while it is up, and what a node keeps only while its link has a carrier.
Processes are stopped before anything else goes, and started when everything is there.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from enum import IntEnum

from vxlab.plan.raising import Raising, needs_lasting_carrier
from vxlab.plan.step import Action, Step
from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE
from vxlab.state.kinds.sysctl import interface_of
from vxlab.state.model import Key, link_key
from vxlab.state.types import NOTHING


class Stage(IntEnum):
    STOP = 0
    REMOVE = 1
    REMOVE_NAMESPACES = 2
    NAMESPACES = 3
    SYSCTLS = 4
    MAKE = 5
    RAISE = 6
    RAISE_PORTS = 7
    FINISH = 8
    START = 9


_MAKE_RANK = {
    Family.LINK: 0, Family.SYSCTL: 1, Family.BRIDGE_PORT: 3, Family.QDISC: 4, Family.BRIDGE_VLAN: 5,
    Family.VLAN_TUNNEL: 6, Family.VNI: 7, Family.ADDRESS: 8, Family.NEXTHOP: 9, Family.FDB: 10,
}  # fmt: skip
_STACKED_RANK = 2
_WITH_LINKS_UP = (Family.NEXTHOP, Family.ROUTE, Family.RULE, Family.NEIGHBOUR)


def ordered(steps: Iterable[Step]) -> Iterator[Step]:
    """The same steps in an order that works.

    Raises:
        ValueError: links need each other in a circle.
    """
    steps = list(steps)
    raising = Raising(steps)
    stages: dict[Stage, list[Step]] = {stage: [] for stage in Stage}
    for step in steps:
        stages[stage_of(step, raising)].append(step)
    yield from _together(stages[Stage.STOP])
    for run in _by_namespace(stages[Stage.REMOVE]).values():
        # Last in, first out: the kernel takes secondary addresses along with the first of their prefix.
        last_first = run[::-1]
        yield from sorted(last_first, key=lambda step: step.resource.kind.family, reverse=True)
    yield from stages[Stage.REMOVE_NAMESPACES]
    yield from stages[Stage.NAMESPACES]
    yield from _together(stages[Stage.SYSCTLS])
    yield from _made_and_raised(stages[Stage.MAKE], stages[Stage.RAISE], raising)
    for stage in (Stage.RAISE_PORTS, Stage.FINISH):
        for run in _by_namespace(stages[stage]).values():
            yield from sorted(run, key=raising.rank)
    yield from _together(stages[Stage.START])


def stage_of(step: Step, raising: Raising) -> Stage:
    """When a step comes."""
    family = step.resource.kind.family
    if family is Family.PROCESS:
        return Stage.STOP if step.action is Action.DELETE else Stage.START
    if step.action is Action.DELETE:
        return Stage.REMOVE_NAMESPACES if family is Family.NAMESPACE else Stage.REMOVE
    if step.is_beginning:
        return Stage.NAMESPACES if family is Family.NAMESPACE else Stage.SYSCTLS
    if family is Family.LINK and step.values == (("up", True),):
        return Stage.RAISE_PORTS if raising.is_late(step.resource) else Stage.RAISE
    if step.resource.kind is BRIDGE and step.action is Action.CHANGE and "mtu" in dict(step.values):
        # When its ports are there, whose MTU it takes otherwise (br_mtu_auto_adjust() in net/bridge/br_if.c).
        return Stage.RAISE
    if family is Family.MDB or (family is Family.BRIDGE_PORT and "state" in dict(step.values)):
        return Stage.FINISH
    if family is Family.NEXTHOP and step.resource.get("fdb"):
        return Stage.MAKE
    if needs_lasting_carrier(step):
        # By then the other end of its link is raised.
        return Stage.FINISH
    if family in (Family.NEXTHOP, Family.ROUTE) and raising.routes_wait(step.namespace):
        return Stage.FINISH
    return Stage.RAISE if family in _WITH_LINKS_UP else Stage.MAKE


def _together(steps: Iterable[Step]) -> Iterator[Step]:
    """Namespace by namespace."""
    for run in _by_namespace(steps).values():
        yield from run


def _by_namespace(steps: Iterable[Step]) -> dict[str, list[Step]]:
    runs: dict[str, list[Step]] = {}
    for step in steps:
        runs.setdefault(step.namespace, []).append(step)
    return runs


def _make_rank(step: Step) -> tuple[int, bool]:
    family = step.resource.kind.family
    if family is Family.LINK and any(step.resource.get(option) != NOTHING for option in ("dev", "link")):
        # A tunnel after the sysctls of the link that it uses: a tunnel over IPv6 is refused where that has none.
        return (_STACKED_RANK, False)
    # A group after its members.
    return (_MAKE_RANK[family], family is Family.NEXTHOP and step.resource.get("group") != NOTHING)


def _made_and_raised(made: list[Step], raised: list[Step], raising: Raising) -> Iterator[Step]:
    """Namespace by namespace, as far as each can go; again where one waits for what another makes."""
    missing = {key for step in made for key in makes(step)}
    runs, raises = _by_namespace(made), _by_namespace(raised)
    waiting = {namespace: sorted(runs[namespace], key=_make_rank) for namespace in _makers_first(made, runs)}
    while waiting:
        before = sum(map(len, waiting.values()))
        for namespace, run in list(waiting.items()):
            waiting[namespace] = yield from _ready(run, missing)
            if not waiting[namespace]:
                del waiting[namespace]
                yield from sorted(raises.pop(namespace, ()), key=raising.rank)
        if sum(map(len, waiting.values())) == before:
            stuck = ", ".join(f"{run[0].namespace}:{run[0].resource.name}" for run in waiting.values())
            raise ValueError(f"these links need each other in a circle: {stuck}")
    for run in raises.values():
        yield from sorted(run, key=raising.rank)


def _makers_first(steps: list[Step], namespaces: Mapping[str, list[Step]]) -> list[str]:
    """Namespaces in an order in which those that put cable ends into others come first, as far as that can be."""
    makers: dict[str, list[str]] = {}
    for step in steps:
        if step.peer:
            makers.setdefault(step.peer.namespace, []).append(step.namespace)
    done: dict[str, None] = {}
    for namespace in namespaces:
        path = [namespace]
        while path:
            waits_for = [maker for maker in makers.get(path[-1], ()) if maker not in done and maker not in path]
            if waits_for:
                path.append(waits_for[0])
            else:
                done[path.pop()] = None
    return [namespace for namespace in done if namespace in namespaces]


def _ready(run: list[Step], missing: set[Key]) -> Generator[Step, None, list[Step]]:
    """What can be done of ``run`` now, in rank order, until nothing more can; returns what is left."""
    while True:
        left = []
        for step in run:
            if missing and not missing.isdisjoint(needs(step)):
                left.append(step)
            else:
                missing.difference_update(makes(step))
                yield step
        if len(left) in (0, len(run)):
            return left
        run = left


def makes(step: Step) -> Iterator[Key]:
    """The links that a step makes."""
    if step.action is Action.CREATE and step.resource.kind.family is Family.LINK:
        yield step.resource.key
        if step.peer:
            yield step.peer.key


def needs(step: Step) -> set[Key]:
    """The links that a step needs to be there."""
    resource = step.resource
    links = {link_key(step.namespace, link) for _, link in resource.references()}
    if step.action is Action.CHANGE and resource.kind.family is Family.LINK:
        links.add(resource.key)
    if resource.kind.family is Family.SYSCTL:
        links.add(link_key(step.namespace, interface_of(str(resource.get("key")))))
    return links
