"""Which links a frame reaches without a tunnel and without a router: through bridges and cables."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, LOOPBACK, VETH, VRF, VXLAN
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import NOTHING

Path = tuple[Resource, ...]
"""Links in the order in which a frame passes them."""

Near = Callable[[NetworkState, Resource], Iterator[Resource]]
"""The links that a frame goes on to from one."""


def reached(state: NetworkState, start: Resource) -> Iterator[Path]:
    """The way from a link to each link of its broadcast domain, itself first; it ends at tunnels."""
    return _ways(state, (start,), _without_tunnel)


def underlay_way(state: NetworkState, start: tuple[Resource, ...], namespace: str) -> Path:
    """The shortest way through cables, bridges and routers into another namespace; nothing where there is none."""
    for way in _ways(state, start, _across_routers):
        if way[-1].namespace == namespace:
            return way
    return ()


def _ways(state: NetworkState, start: tuple[Resource, ...], near: Near) -> Iterator[Path]:
    todo: list[Path] = [(link,) for link in start]
    seen = {link.key for link in start}
    while todo:
        way = todo.pop(0)
        yield way
        for link in near(state, way[-1]):
            if link.key not in seen:
                seen.add(link.key)
                todo.append((*way, link))


def _without_tunnel(state: NetworkState, link: Resource) -> Iterator[Resource]:
    return (near for near in neighbours(state, link) if near.kind is not VXLAN)


def _across_routers(state: NetworkState, link: Resource) -> Iterator[Resource]:
    yield from _without_tunnel(state, link)
    if link.get("master") == NOTHING:
        here = state.inside(link.namespace, Family.LINK)
        others = (LOOPBACK, VRF, VXLAN)
        yield from (other for other in here if other.kind not in others and other.get("master") == NOTHING)


def neighbours(state: NetworkState, link: Resource) -> Iterator[Resource]:
    """The links next to one: its bridge, its ports, the other end of its cable."""
    places: list[tuple[str, str]] = []
    if link.get("master") != NOTHING:
        places.append((link.namespace, str(link.get("master"))))
    if link.kind is VETH:
        namespace, _, name = str(link.get("peer")).partition(":")
        places.append((namespace, name))
    if link.kind is BRIDGE:
        here = state.inside(link.namespace, Family.LINK)
        places += [(port.namespace, port.name) for port in here if port.get("master") == link.name]
    found = filter(None, (state.link(*place) for place in places))
    # A VRF is a routing table: no frame goes on to it.
    yield from (near for near in found if near.kind is not VRF)


def vrf_of(state: NetworkState, link: Resource) -> str:
    """The VRF that a link belongs to; empty where that is none."""
    master = state.link(link.namespace, str(link.get("master")))
    return master.name if master is not None and master.kind is VRF else ""
