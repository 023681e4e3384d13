"""What a state must hold to be possible: links that are referred to exist, and nothing contradicts itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, LOOPBACK, VRF
from vxlab.state.model import Key, NetworkState, Resource
from vxlab.suggest import did_you_mean
from vxlab.topology.errors import Path
from vxlab.topology.state_checks import entries, links, routing, wires
from vxlab.topology.state_checks.wires import Found

Mistake = tuple[Path, str]

_OF_ONE: dict[Family, Callable[[Resource, NetworkState], Iterator[tuple[str, str]]]] = {
    Family.LINK: links.link,
    Family.ADDRESS: links.address,
    Family.VNI: entries.vni,
    Family.FDB: entries.fdb,
    Family.MDB: entries.mdb,
    Family.NEIGHBOUR: entries.neighbour,
    Family.NEXTHOP: routing.nexthop,
    Family.ROUTE: routing.route,
    Family.RULE: routing.rule,
}
"""What can be wrong with one resource of a family."""

_OF_ALL: tuple[Callable[[NetworkState], Found], ...] = (
    wires.circles,
    links.same_vni,
    links.shared_ports,
    entries.one_destination,
    wires.duplicate_addresses,
)
"""What can be wrong between several."""


def check_state(state: NetworkState, paths: Mapping[Key, Path]) -> Iterator[Mistake]:
    """Every mistake that shows only where all resources are together, at the path of the one that has it."""
    for resource in state:
        path = paths[resource.key]
        for option, text in _wrong(resource, state):
            yield ((*path, option) if option else path), text
    for check in _OF_ALL:
        for resource, option, text in check(state):
            path = paths[resource.key]
            yield ((*path, option) if option else path), text


def _wrong(resource: Resource, state: NetworkState) -> Iterator[tuple[str, str]]:
    yield from _references(resource, state)
    check = _OF_ONE.get(resource.kind.family)
    if check:
        yield from check(resource, state)


def _references(resource: Resource, state: NetworkState) -> Iterator[tuple[str, str]]:
    for option, name in resource.references():
        target = state.link(resource.namespace, name)
        if target is None:
            here = [link.name for link in state.inside(resource.namespace, Family.LINK)]
            yield option, f"there is no link {name} in this node{did_you_mean(name, here)}"
        elif option != "master" or resource.kind.family is not Family.LINK:
            continue
        elif resource.kind is LOOPBACK:
            yield option, "lo cannot be a port of a bridge"
        elif target.kind not in (BRIDGE, VRF):
            yield option, f"{name} is a {target.kind.name}: only a bridge or a VRF can be a master"
        elif resource.kind is BRIDGE and target.kind is BRIDGE:
            yield option, "a bridge cannot be a port of a bridge"
        elif resource.kind is VRF:
            yield option, "a VRF has no master"
