"""Where frames and packets go in a lab, as far as its state tells: broadcast domains, and routes hop by hop."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import NamedTuple

from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, VETH, VRF, VXLAN
from vxlab.state.kinds.route import NEXT_HOP
from vxlab.state.model import Key, NetworkState, Resource
from vxlab.state.phrase import Phrases
from vxlab.state.types import NOTHING

MOST_HOPS = 16
_NEXT_HOPS = Phrases(NEXT_HOP, "nexthop")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Ways = Iterator[tuple[tuple[int, int], list["Hop"]]]


class Hop(NamedTuple):
    """One way on: the link, the router where there is one, and the source address that a packet gets."""

    link: str
    via: str = ""
    src: str = ""


class Paths:
    """What the routes and bridges of a state lead to. What it cannot be sure of it does not claim."""

    def __init__(self, state: NetworkState) -> None:
        self.state = state
        self._addresses: dict[tuple[str, str], list[str]] = {}
        for address in state.family(Family.ADDRESS):
            place = (address.namespace, address.name)
            self._addresses.setdefault(place, []).append(str(address.get("address")))
        self._domains: dict[Key, tuple[Resource, ...]] = {}

    def addresses(self, namespace: str, link: str) -> list[str]:
        """The addresses of a link, with their prefix lengths."""
        return self._addresses.get((namespace, link), [])

    def other_end(self, link: Resource) -> Resource | None:
        """The other end of a cable; None where the link is none."""
        if link.kind is not VETH:
            return None
        namespace, _, name = str(link.get("peer")).partition(":")
        return self.state.link(namespace, name)

    def domain(self, link: Resource) -> tuple[Resource, ...]:
        """The links that a broadcast on this one reaches through bridges and cables, itself first; no other tunnel."""
        if link.key not in self._domains:
            found = {link.key: link}
            todo = [link]
            while todo:
                for other in self._beside(todo.pop(0)):
                    if other.key not in found and other.kind is not VXLAN:
                        found[other.key] = other
                        todo.append(other)
            self._domains[link.key] = tuple(found.values())
        return self._domains[link.key]

    def _beside(self, link: Resource) -> Iterator[Resource]:
        master = self.state.link(link.namespace, str(link.get("master")))
        if master is not None and master.kind is BRIDGE:
            yield master
        end = self.other_end(link)
        if end is not None:
            yield end
        if link.kind is BRIDGE:
            for port in self.state.inside(link.namespace, Family.LINK):
                if port.get("master") == link.name:
                    yield port

    def is_plain(self, namespace: str) -> bool:
        """Whether the main table alone says where packets of a node go."""
        here = self.state.inside(namespace, Family.LINK)
        return not self.state.inside(namespace, Family.RULE) and all(link.kind is not VRF for link in here)

    def is_own(self, namespace: str, address: str) -> bool:
        """Whether a node has the address itself."""
        return any(
            str(a.get("address")).startswith(f"{address}/") for a in self.state.inside(namespace, Family.ADDRESS)
        )

    def hops(self, namespace: str, address: str) -> list[Hop]:
        """The ways on to an address, by longest prefix and lowest metric; none where that is not sure."""
        target = ipaddress.ip_address(address)
        best: tuple[int, int] = (-1, 0)
        ways: list[Hop] = []
        for rank, hops in (*self._connected(namespace, target), *self._routed(namespace, target)):
            if rank > best:
                best, ways = rank, hops
        return ways

    def _connected(self, namespace: str, target: _Address) -> _Ways:
        for resource in self.state.inside(namespace, Family.ADDRESS):
            interface = ipaddress.ip_interface(str(resource.get("address")))
            link = self.state.link(namespace, resource.name)
            if resource.get("noprefixroute") or resource.get("peer") != NOTHING or link is None or not link.get("up"):
                continue
            if target in interface.network:
                yield (interface.network.prefixlen, 0), [Hop(link.name, "", str(interface.ip))]

    def _routed(self, namespace: str, target: _Address) -> _Ways:
        for route in self.state.inside(namespace, Family.ROUTE):
            network = ipaddress.ip_network(str(route.get("to")))
            if target not in network or route.get("table") != "main":
                continue
            rank = (network.prefixlen, -int(route.get("metric") or 0))
            yield rank, list(self._ways(namespace, route)) if _is_simple(route) else []

    def _ways(self, namespace: str, route: Resource) -> Iterator[Hop]:
        src = str(route.get("src"))
        for link, via in next_hops(route):
            if link:
                yield Hop(link, via, src or self._source(namespace, link))
            elif via:
                near = [hop for _, hops in self._connected(namespace, ipaddress.ip_address(via)) for hop in hops]
                yield from (Hop(hop.link, via, src or hop.src) for hop in near[:1])

    def _source(self, namespace: str, link: str) -> str:
        addresses = self.addresses(namespace, link)
        return addresses[0].partition("/")[0] if len(addresses) == 1 else ""

    def reaches(self, namespace: str, address: str, hops: int = MOST_HOPS) -> bool:
        """Whether a packet surely gets there by every way that it may take."""
        if self.is_own(namespace, address):
            return True
        ways = self.hops(namespace, address) if hops and self.is_plain(namespace) else []
        return bool(ways) and all(self._goes_on(namespace, way, address, hops) for way in ways)

    def _goes_on(self, namespace: str, hop: Hop, address: str, hops: int) -> bool:
        link = self.state.link(namespace, hop.link)
        if link is None or link.kind is VXLAN:
            return False
        target = hop.via or address
        near = self.domain(link)
        nexts = {n.namespace for n in near if any(a.startswith(f"{target}/") for a in self._of(n))}
        if len(nexts) != 1 or not all(other.get("up") for other in near):
            return False
        router = nexts.pop()
        return self.is_own(router, address) or (
            self._routes(router, address) and self.reaches(router, address, hops - 1)
        )

    def _of(self, link: Resource) -> list[str]:
        return self.addresses(link.namespace, link.name)

    def _routes(self, namespace: str, address: str) -> bool:
        key = "net.ipv6.conf.all.forwarding" if ":" in address else "net.ipv4.ip_forward"
        settings = self.state.inside(namespace, Family.SYSCTL)
        return any(s.get("key") == key and str(s.get("value")) == "1" for s in settings)


def next_hops(route: Resource) -> Iterator[tuple[str, str]]:
    """The link and the router of each next hop of a route; either may be empty."""
    several = _NEXT_HOPS.read(route.get("nexthops")) or [dict(route.values)]
    for hop in several:
        yield str(hop.get("link", "")), str(hop.get("via", ""))


def _is_simple(route: Resource) -> bool:
    """Whether a route leads to where its next hops say, and not into a tunnel or nowhere."""
    return route.get("type") == "unicast" and route.get("encap") == NOTHING and route.get("nhid") == NOTHING
