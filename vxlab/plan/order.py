"""The order of steps: what a step needs stands before it, and steps of one namespace stand together.

Four stages. First what goes, then namespaces, then everything that can be made while links are down, then what
needs links that are up. Links are raised late, and bridge ports last of all: a port that comes up makes the
kernel send neighbour and multicast reports to all ports that are up already, which grows with the square of
their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum

from vxlab.plan.step import Action, Step
from vxlab.state.kind import Family
from vxlab.state.kinds import LOOPBACK
from vxlab.state.kinds.sysctl import interface_of
from vxlab.state.model import Key, link_key
from vxlab.state.types import NOTHING


class Stage(IntEnum):
    REMOVE = 0
    REMOVE_NAMESPACES = 1
    NAMESPACES = 2
    MAKE = 3
    RAISE = 4
    RAISE_PORTS = 5


_MAKE_RANK = {Family.SYSCTL: 0, Family.LINK: 1, Family.BRIDGE_PORT: 3, Family.ADDRESS: 4, Family.FDB: 5}
_INTERFACE_SYSCTL_RANK = 2
_RAISE_RANK = {Family.LINK: 0, Family.ROUTE: 1, Family.NEIGHBOUR: 2}


def ordered(steps: Iterable[Step]) -> Iterator[Step]:
    """The same steps in an order that works.

    Raises:
        ValueError: links need each other in a circle.
    """
    stages: dict[Stage, list[Step]] = {stage: [] for stage in Stage}
    for step in steps:
        stages[_stage(step)].append(step)
    for run in _by_namespace(stages[Stage.REMOVE]).values():
        # Last in, first out: the kernel takes secondary addresses along with the first of their prefix.
        last_first = run[::-1]
        yield from sorted(last_first, key=lambda step: step.resource.kind.family, reverse=True)
    yield from stages[Stage.REMOVE_NAMESPACES]
    yield from stages[Stage.NAMESPACES]
    yield from _made(stages[Stage.MAKE])
    for stage in (Stage.RAISE, Stage.RAISE_PORTS):
        for run in _by_namespace(stages[stage]).values():
            yield from sorted(run, key=_raise_rank)


def _stage(step: Step) -> Stage:
    family = step.resource.kind.family
    if step.action is Action.DELETE:
        return Stage.REMOVE_NAMESPACES if family is Family.NAMESPACE else Stage.REMOVE
    if family is Family.NAMESPACE:
        return Stage.NAMESPACES
    if family is Family.LINK and dict(step.values).keys() == {"up"}:
        return Stage.RAISE if step.resource.get("master") == NOTHING else Stage.RAISE_PORTS
    return Stage.RAISE if family in (Family.ROUTE, Family.NEIGHBOUR) else Stage.MAKE


def _by_namespace(steps: Iterable[Step]) -> dict[str, list[Step]]:
    runs: dict[str, list[Step]] = {}
    for step in steps:
        runs.setdefault(step.namespace, []).append(step)
    return runs


def _raise_rank(step: Step) -> tuple[int, bool, bool]:
    resource = step.resource
    # lo first, and routes without a next hop before those whose next hop they reach.
    return (_RAISE_RANK[resource.kind.family], resource.kind is not LOOPBACK, resource.get("via") != NOTHING)


def _make_rank(step: Step) -> tuple[int, bool]:
    family = step.resource.kind.family
    if family is Family.SYSCTL and interface_of(str(step.resource.get("key"))):
        return (_INTERFACE_SYSCTL_RANK, False)
    # A tunnel after the link that it uses: its MTU may grow only after that one's.
    return (_MAKE_RANK[family], step.resource.get("dev") != NOTHING)


def _made(steps: list[Step]) -> Iterator[Step]:
    """Namespace by namespace, as far as each can go; again where one waits for what another makes."""
    missing = {key for step in steps for key in _makes(step)}
    runs = _by_namespace(steps)
    waiting = {namespace: sorted(runs[namespace], key=_make_rank) for namespace in _makers_first(steps, runs)}
    while waiting:
        before = sum(map(len, waiting.values()))
        for namespace, run in list(waiting.items()):
            yield from _ready(run, missing)
            if not run:
                del waiting[namespace]
        if sum(map(len, waiting.values())) == before:
            stuck = ", ".join(f"{run[0].namespace}:{run[0].resource.name}" for run in waiting.values())
            raise ValueError(f"these links need each other in a circle: {stuck}")


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


def _ready(run: list[Step], missing: set[Key]) -> Iterator[Step]:
    """Take from ``run`` what can be done now, in rank order, until nothing more can."""
    progress = True
    while progress:
        progress = False
        for step in list(run):
            if _needs(step) & missing:
                continue
            missing -= set(_makes(step))
            run.remove(step)
            progress = True
            yield step


def _makes(step: Step) -> Iterator[Key]:
    if step.action is Action.CREATE and step.resource.kind.family is Family.LINK:
        yield step.resource.key
        if step.peer:
            yield step.peer.key


def _needs(step: Step) -> set[Key]:
    resource = step.resource
    needs = {link_key(step.namespace, name) for name in resource.references()}
    if step.action is Action.CHANGE and resource.kind.family is Family.LINK:
        needs.add(resource.key)
    if resource.kind.family is Family.SYSCTL:
        needs.add(link_key(step.namespace, interface_of(str(resource.get("key")))))
    return needs
