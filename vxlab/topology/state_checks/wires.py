"""How links hang together: none stands on itself, and no address is twice on one wire."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, VETH, VLAN, VXLAN
from vxlab.state.model import Key, NetworkState, Resource, link_key
from vxlab.state.vlans import INSIDE, UNTAGGED, PortVlans, bridge_of, looks
from vxlab.topology.state_checks.finding import Found


def circles(state: NetworkState) -> Found:
    """Links that stand on themselves: a tunnel stands on its dev, a VLAN on its link, a bridge on its ports.

    Each circle is told once, with the options that close it.
    """
    below: dict[Key, dict[Key, tuple[Resource, str]]] = {}
    for link in state.family(Family.LINK):
        for option, name in link.references():
            other = link_key(link.namespace, name)
            upper, lower = (other, link.key) if option == "master" else (link.key, other)
            below.setdefault(upper, {})[lower] = (link, option)
    told: set[Key] = set()
    for link in state.family(Family.LINK):
        way = _way_back(link.key, below) if link.key not in told else []
        if way:
            told |= set(way)
            steps = [below[upper][lower] for upper, lower in zip(way, [*way[1:], way[0]], strict=True)]
            others = ", ".join(sorted(str(key[2][0]) for key in way[1:]))
            text = f"{link.name} stands on itself" + (f", by way of {others}" if others else "")
            first = next((step for step in steps if step[0] is link), steps[0])
            yield first[0], first[1], text, *(step for step in steps if step is not first)


def _way_back(start: Key, below: Mapping[Key, Iterable[Key]]) -> list[Key]:
    """The shortest way down from a link to itself; empty where there is none."""
    came_from: dict[Key, Key] = {}
    todo = deque([start])
    while todo:
        upper = todo.popleft()
        for lower in below.get(upper, ()):
            if lower == start:
                way = [upper]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return way[::-1]
            if lower not in came_from:
                came_from[lower] = upper
                todo.append(lower)
    return []


def duplicate_addresses(state: NetworkState) -> Found:
    """The same address on two links that a wire joins, directly or through bridges."""
    domains = _Domains(state)
    first: dict[tuple[_Spot, str], Resource] = {}
    for resource in state.family(Family.ADDRESS):
        address = str(resource.get("address")).partition("/")[0]
        domain = domains.of(link_key(resource.namespace, resource.name))
        other = first.setdefault((domain, address), resource)
        if other is not resource:
            text = f"{address} is a duplicate address: {other.namespace}:{other.name} on the same wire has it"
            yield resource, "", text, "address", other, (other, "address")


_Spot = tuple[Key, int]
"""A link, and the tag of the frames that are meant there."""


class _Domains:
    """Which links share an Ethernet broadcast domain without a tunnel: disjoint sets, joined by cables and bridges."""

    def __init__(self, state: NetworkState) -> None:
        self._parent: dict[_Spot, _Spot] = {}
        self._state = state
        # Of tags, those count that somebody takes off: other frames reach no address.
        tags = {int(link.get("id")) for link in state.family(Family.LINK) if link.kind is VLAN}
        self._tags = (UNTAGGED, *sorted(tags))
        for link in state.family(Family.LINK):
            bridge = bridge_of(state, link)
            if bridge is not None and link.kind is not VXLAN:
                self._plug_in(link, bridge)
            if link.kind is BRIDGE and looks(link):
                self._through(link, link)
            if link.kind is VETH:
                namespace, _, name = str(link.get("peer")).partition(":")
                for tag in self._tags:
                    self._join((link.key, tag), (link_key(namespace, name), tag))
            if link.kind is VLAN:
                below = link_key(link.namespace, str(link.get("link")))
                self._join((link.key, UNTAGGED), (below, int(link.get("id"))))

    def _plug_in(self, port: Resource, bridge: Resource) -> None:
        if looks(bridge):
            self._through(port, bridge)
            return
        for tag in self._tags:
            self._join((port.key, tag), (bridge.key, tag))

    def _through(self, port: Resource, bridge: Resource) -> None:
        """Join a port, or a bridge's own stack, to the VLANs that frames from it are in."""
        here = PortVlans(self._state, port)
        for tag in self._tags:
            if vlan := here.comes_in(tag):
                self._join((port.key, tag), (bridge.key, INSIDE + vlan))

    def of(self, key: Key) -> _Spot:
        return self._root((key, UNTAGGED))

    def _root(self, spot: _Spot) -> _Spot:
        way = []
        while spot in self._parent:
            way.append(spot)
            spot = self._parent[spot]
        # Straight there the next time: a bridge of a thousand ports would be a way of a thousand steps.
        self._parent.update(dict.fromkeys(way, spot))
        return spot

    def _join(self, one: _Spot, other: _Spot) -> None:
        one, other = self._root(one), self._root(other)
        if one != other:
            self._parent[one] = other
