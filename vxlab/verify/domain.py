"""Which links a frame reaches without a tunnel and without a router: through bridges and cables."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, LOOPBACK, VETH, VLAN, VRF, VXLAN
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import NOTHING
from vxlab.state.vlans import INSIDE, UNTAGGED, comes_in, goes_out, looks

Path = tuple[Resource, ...]
"""Links in the order in which a frame passes them."""


def reached(state: NetworkState, start: Resource, vlan: int = 0) -> Iterator[tuple[Path, int]]:
    """The way from a link to each link of its broadcast domain, itself first; it ends at tunnels.

    With each way the tag that the frame has at its end; inside of a bridge that looks at tags, ``INSIDE`` and its VLAN.

    Args:
        state: where the links are.
        start: the link that the frame comes from.
        vlan: the VLAN that it is in already, inside of the bridge that the link is a port of.
    """
    todo: list[tuple[Path, int]] = [((start,), INSIDE + vlan if vlan else UNTAGGED)]
    seen = {(start.key, UNTAGGED)}
    while todo:
        way, tag = todo.pop(0)
        yield way, tag
        came = way[-2].key if len(way) > 1 else None
        for link, other in _goes_on(state, way[-1], tag):
            if (link.key, other) not in seen and link.key != came:
                seen.add((link.key, other))
                todo.append(((*way, link), other))


def _goes_on(state: NetworkState, link: Resource, tag: int) -> Iterator[tuple[Resource, int]]:
    """The links that a frame with a tag goes on to from one, each with the tag that it has there."""
    for near in _without_tunnel(state, link):
        other = _tag_at(state, link, near, tag)
        if other is not None:
            yield near, other
    here = state.inside(link.namespace, Family.LINK)
    if link.kind is VLAN and tag == UNTAGGED:
        yield from ((below, int(link.get("id"))) for below in here if below.name == link.get("link"))
    if link.kind is BRIDGE and tag >= INSIDE:
        # Up to the node itself.
        own = goes_out(state, link, tag - INSIDE)
        yield from ((up, own or UNTAGGED) for up in (_own_links(link, here, own) if own is not None else ()))
    elif tag != UNTAGGED:
        yield from ((above, UNTAGGED) for above in _above(link, here, tag))


def _own_links(bridge: Resource, here: list[Resource], tag: int) -> Iterator[Resource]:
    """What has the frames of a bridge's own that have a tag: a VLAN link on it; without one, the bridge."""
    return iter((bridge,)) if tag == UNTAGGED else _above(bridge, here, tag)


def _above(link: Resource, here: list[Resource], tag: int) -> Iterator[Resource]:
    return (above for above in here if above.kind is VLAN and above.get("link") == link.name and above.get("id") == tag)


def _tag_at(state: NetworkState, link: Resource, near: Resource, tag: int) -> int | None:
    """The tag that a frame has at the next link; None where it does not get there."""
    if near.kind is BRIDGE and looks(near):
        vlan = tag - INSIDE if tag >= INSIDE else comes_in(state, link, tag)
        return INSIDE + vlan if vlan else None
    if link.kind is BRIDGE and looks(link):
        vlan = tag - INSIDE if tag >= INSIDE else comes_in(state, link, tag)
        return goes_out(state, near, vlan) if vlan else None
    return tag


def underlay_way(state: NetworkState, start: tuple[Resource, ...], namespace: str) -> Path:
    """The shortest way through cables, bridges and routers into another namespace; nothing where there is none."""
    for way in _ways(state, start):
        if way[-1].namespace == namespace:
            return way
    return ()


def _ways(state: NetworkState, start: tuple[Resource, ...]) -> Iterator[Path]:
    todo: list[Path] = [(link,) for link in start]
    seen = {link.key for link in start}
    while todo:
        way = todo.pop(0)
        yield way
        for link in _across_routers(state, way[-1]):
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
