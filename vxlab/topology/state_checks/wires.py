"""How links hang together: none stands on itself, and no address is twice on one wire."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from vxlab.state.kind import Family
from vxlab.state.kinds import VETH, VRF, VXLAN
from vxlab.state.model import Key, NetworkState, Resource, link_key
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
    first: dict[tuple[Key, str], Resource] = {}
    for resource in state.family(Family.ADDRESS):
        address = str(resource.get("address")).partition("/")[0]
        domain = domains.of(link_key(resource.namespace, resource.name))
        other = first.setdefault((domain, address), resource)
        if other is not resource:
            text = f"{address} is a duplicate address: {other.namespace}:{other.name} on the same wire has it"
            yield resource, "", text, "address", other, (other, "address")


class _Domains:
    """Which links share an Ethernet broadcast domain without a tunnel: disjoint sets, joined by veth and bridge."""

    def __init__(self, state: NetworkState) -> None:
        self._parent: dict[Key, Key] = {}
        for link in state.family(Family.LINK):
            master = state.link(link.namespace, str(link.get("master")))
            # A VRF is a routing table, and no wire between its links.
            if master is not None and link.kind is not VXLAN and master.kind is not VRF:
                self._join(link.key, master.key)
            if link.kind is VETH:
                namespace, _, name = str(link.get("peer")).partition(":")
                self._join(link.key, link_key(namespace, name))

    def of(self, key: Key) -> Key:
        way = []
        while key in self._parent:
            way.append(key)
            key = self._parent[key]
        # Straight there the next time: a bridge of a thousand ports would be a way of a thousand steps.
        self._parent.update(dict.fromkeys(way, key))
        return key

    def _join(self, one: Key, other: Key) -> None:
        one, other = self.of(one), self.of(other)
        if one != other:
            self._parent[one] = other
