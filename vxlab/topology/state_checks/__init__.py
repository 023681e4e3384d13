"""What a state must hold to be possible: links that are referred to exist, and nothing contradicts itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, LOOPBACK, VRF
from vxlab.state.model import Key, NetworkState, Resource
from vxlab.suggest import did_you_mean
from vxlab.topology.errors import Mistake, Path
from vxlab.topology.state_checks import entries, links, machine, routing, vlans, wires
from vxlab.topology.state_checks.finding import Found, Place, Wrong

_OF_ONE: dict[Family, Callable[[Resource, NetworkState], Wrong]] = {
    Family.SYSCTL: links.sysctl,
    Family.LINK: links.link,
    Family.ADDRESS: links.address,
    Family.QDISC: links.qdisc,
    Family.BRIDGE_VLAN: vlans.bridge_vlan,
    Family.VLAN_TUNNEL: vlans.vlan_tunnel,
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
    links.same_table,
    links.shared_ports,
    vlans.twice,
    vlans.one_pvid,
    vlans.one_vni,
    entries.one_destination,
    wires.duplicate_addresses,
)
"""What can be wrong between several."""


def check_state(state: NetworkState, places: Callable[[Key, str], list[Path]]) -> Iterator[Mistake]:
    """Every mistake that shows only where all resources are together.

    Args:
        state: the state.
        places: says where a resource is written, or one of its options (empty: the whole).
    """

    def placed(resource: Resource, option: str, text: str, *others: Place) -> Mistake:
        first, *more = places(resource.key, option)
        more += [path for other in others for path in places(*_place(resource, other))]
        return first, text, *more

    for resource in state:
        for wrong in _wrong(resource, state):
            yield placed(resource, *wrong)
    for check in _OF_ALL:
        for found in check(state):
            yield placed(*found)


def _place(resource: Resource, place: Place) -> tuple[Key, str]:
    if isinstance(place, str):
        return resource.key, place
    other, option = place if isinstance(place, tuple) else (place, "")
    return other.key, option


def _wrong(resource: Resource, state: NetworkState) -> Wrong:
    yield from _references(resource, state)
    yield from machine.machine(resource, state)
    check = _OF_ONE.get(resource.kind.family)
    if check:
        yield from check(resource, state)


def _references(resource: Resource, state: NetworkState) -> Wrong:
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
            yield option, f"{name} is a {target.kind.name}: only a bridge or a VRF can be a master", (target, "kind")
        elif resource.kind is BRIDGE and target.kind is BRIDGE:
            yield option, "a bridge cannot be a port of a bridge", "kind", (target, "kind")
        elif resource.kind is VRF:
            yield option, "a VRF has no master", "kind"
