"""Which way a packet goes that is routed: from router to router, through which tunnels, with which VNI.

A small model of forwarding over the state that a file describes: the longest prefix of the main table (and the
addresses of links), or of the VRF that the packet came into; the owner of the next hop nearest by, by its address or
by the entries of neighbours and FDB that say who it is; and the tunnels of a broadcast domain. What it does not model
(policy rules, several next hops, nexthop objects) it says nothing about.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain

from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, VXLAN
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import NOTHING
from vxlab.state.vlans import INSIDE, UNTAGGED, goes_out, looks
from vxlab.verify.domain import reached, vrf_of
from vxlab.verify.overlay import Segment, Station, Vtep, single_stations, stations

_FORWARDING = (
    "net.ipv4.ip_forward",
    "net.ipv4.conf.all.forwarding",
    "net.ipv6.conf.all.forwarding",
)
_MOST_HOPS = 16


@dataclass(frozen=True)
class Crossing:
    """A tunnel that a packet takes: from one node to another, with a VNI, to one of the far VTEP's addresses.

    ``macs`` are the source and the destination of the frame in it where both are those of routers, which the file
    tells each other (symmetric IRB).
    """

    near: str
    far: str
    vni: int
    dst: tuple[str, ...]
    macs: tuple[str, str] | None = None


@dataclass(frozen=True)
class Journey:
    """The way of a packet: the node that it ends in, its tunnels, and how many routers forward it.

    ``macs`` are those of the links on the way that it is sent to, ``addresses`` the next hops.
    """

    end: str
    crossings: tuple[Crossing, ...]
    routers: int
    macs: tuple[str, ...]
    addresses: tuple[str, ...]


Ways = tuple[Journey | None, Journey | None]
"""The way of a packet and that of the answer; None where it takes more than is modelled."""


class UntoldError(Exception):
    """A way takes something that is not modelled here."""


@dataclass(frozen=True)
class _Hop:
    link: Resource
    next: str
    encap: tuple[int, str] | None = None


@dataclass(frozen=True)
class _Owner:
    namespace: str
    mac: str
    crossing: Crossing | None = None
    vrf: str = ""


def routers(state: NetworkState) -> Iterator[str]:
    """The namespaces that forward packets."""
    for sysctl in state.family(Family.SYSCTL):
        if sysctl.get("key") in _FORWARDING and str(sysctl.get("value")) != "0":
            yield sysctl.namespace


def ends(state: NetworkState) -> Iterator[Station]:
    """Where packets start and end: the links of nodes that neither forward packets nor have a VXLAN device."""
    tunnelled = {link.namespace for link in state.family(Family.LINK) if link.kind is VXLAN}
    others = tunnelled | {*routers(state)}
    return (station for station in single_stations(state) if station.place[0] not in others)


def carriers(state: NetworkState) -> frozenset[str]:
    """The MAC addresses of what carries the overlay: all links of VTEPs, routers and switches."""
    hosts = {end.place[0] for end in ends(state)}
    links = (link for link in state.family(Family.LINK) if link.namespace not in hosts)
    return frozenset(str(link.get("mac")) for link in links) - {""}


def both_ways(state: NetworkState, parts: Iterable[Segment], one: Station, other: Station) -> Ways | None:
    """The way from a station to another and the way back; None where one of them is missing."""
    found: list[Journey | None] = []
    for start, end in ((one, other), (other, one)):
        try:
            way = journey(state, parts, start.place[0], end.address)
        except UntoldError:
            found.append(None)
            continue
        if way is None or way.end != end.place[0]:
            return None
        found.append(way)
    return found[0], found[1]


def journey(state: NetworkState, parts: Iterable[Segment], start: str, address: str) -> Journey | None:
    """The way of a packet from a namespace to an address; None where there is none.

    Raises:
        UntoldError: something on the way is not modelled.
    """
    segments, here, vrf = list(parts), start, ""
    crossings: list[Crossing] = []
    macs: list[str] = []
    addresses: list[str] = []
    for hop_number in range(_MOST_HOPS):
        if address in _addresses(state, here, vrf):
            return Journey(here, tuple(crossings), max(0, hop_number - 1), tuple(macs), tuple(addresses))
        hop = _hop(state, here, vrf, address)
        owner = _owner(state, segments, hop) if hop else None
        if hop is None or owner is None:
            return None
        crossings += [owner.crossing] if owner.crossing else []
        macs.append(owner.mac)
        addresses.append(hop.next)
        here, vrf = owner.namespace, owner.vrf
    return None


def _given(state: NetworkState, namespace: str, vrf: str) -> Iterator[tuple[Resource, str]]:
    """The addresses of a node in a VRF, or in none, each with its link."""
    for one in state.inside(namespace, Family.ADDRESS):
        link = state.link(namespace, one.name)
        if link is not None and vrf_of(state, link) == vrf:
            yield link, str(one.get("address"))


def _addresses(state: NetworkState, namespace: str, vrf: str = "") -> list[str]:
    return [address.partition("/")[0] for _, address in _given(state, namespace, vrf)]


def _hop(state: NetworkState, namespace: str, vrf: str, address: str) -> _Hop | None:
    """Where a node sends a packet next that came into a VRF, or into none (fib_lookup(), l3mdev_fib_rule_match())."""
    ip = ipaddress.ip_address(address)
    if any(state.inside(namespace, family) for family in (Family.RULE, Family.NEXTHOP)):
        raise UntoldError
    # What a VRF has no way for is looked up in the main table.
    for table in dict.fromkeys((vrf, "")):
        found = [(net.prefixlen, -metric, hop) for net, metric, hop in _table(state, namespace, table) if ip in net]
        if found:
            break
    hop = max(found, key=lambda row: row[:2])[2]() if found else None
    return _Hop(hop.link, hop.next or address, hop.encap) if hop else None


def _table(
    state: NetworkState, namespace: str, vrf: str
) -> Iterator[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, int, Callable[[], _Hop | None]]]:
    """The prefixes of a VRF's table, or of the main one, each with its metric and what says where it leads."""
    for link, address in _given(state, namespace, vrf):
        yield ipaddress.ip_interface(address).network, 0, partial(_Hop, link, "")
    device = state.link(namespace, vrf)
    number = device.get("table") if device else "main"
    for route in state.inside(namespace, Family.ROUTE):
        if route.get("table") == number:
            net = ipaddress.ip_network(str(route.get("to")))
            yield net, int(route.get("metric")), partial(_of_route, state, route, vrf)


def _of_route(state: NetworkState, route: Resource, vrf: str) -> _Hop | None:
    via, name = str(route.get("via")), str(route.get("link"))
    if route.get("nexthops") != NOTHING:
        raise UntoldError
    if route.get("type") != "unicast":
        return None
    link = state.link(route.namespace, name) if name else _link_towards(state, route.namespace, vrf, via)
    return _Hop(link, via, _encap(str(route.get("encap")))) if link is not None else None


def _link_towards(state: NetworkState, namespace: str, vrf: str, via: str) -> Resource | None:
    """The link that a next hop is on, where the route does not say it."""
    for link, address in _given(state, namespace, vrf):
        if via and ipaddress.ip_address(via) in ipaddress.ip_interface(address).network:
            return link
    return None


def _encap(words: str) -> tuple[int, str] | None:
    """The VNI and the VTEP of a tunnel header that a route adds, such as ``ip id 102 dst 192.0.2.2``."""
    told = words.split()
    options = dict(zip(told[1::2], told[2::2], strict=False))
    return (int(options["id"]), options["dst"]) if "id" in options and "dst" in options else None


def _owner(state: NetworkState, segments: list[Segment], hop: _Hop) -> _Owner | None:
    """Who has the next hop's address: nearest by, then behind a tunnel."""
    if hop.encap:
        return _behind_encap(state, hop.link, *hop.encap)
    tunnels: list[tuple[Resource, int]] = []
    for way, tag in reached(state, hop.link):
        link = way[-1]
        if tag == UNTAGGED and any(station.address == hop.next for station in stations(state, link)):
            return _Owner(link.namespace, str(link.get("mac")), vrf=vrf_of(state, link))
        tunnels += [(link, 0)] if link.kind is VXLAN else _ports_into_tunnels(state, link, tag)
    behind = (_behind(state, segments, tunnel, vlan, hop.next) for tunnel, vlan in tunnels)
    told = (_router(state, segments, tunnel, hop) for tunnel, _ in tunnels)
    return next(filter(None, chain(behind, told)), None)


def _ports_into_tunnels(state: NetworkState, link: Resource, tag: int) -> list[tuple[Resource, int]]:
    """The tunnels that a frame goes into from a bridge, each with the VLAN that it is in there."""
    here = state.inside(link.namespace, Family.LINK) if link.kind is BRIDGE else []
    ports = [port for port in here if port.kind is VXLAN and port.get("master") == link.name]
    if not looks(link):
        return [(port, 0) for port in ports]
    return [(port, tag - INSIDE) for port in ports if tag >= INSIDE and goes_out(state, port, tag - INSIDE) is not None]


def _behind(state: NetworkState, segments: list[Segment], tunnel: Resource, vlan: int, address: str) -> _Owner | None:
    """Who has an address behind another VTEP of the tunnel."""
    for segment in segments:
        near = next((vtep for vtep in segment.vteps if vtep.device is tunnel and vtep.vlan == vlan), None)
        hosts = (host for host in segment.hosts if near and host.vtep is not near and host.address == address)
        if (host := next(hosts, None)) is not None:
            vrf = vrf_of(state, host.way[-1])
            return _Owner(host.place[0], host.mac, _crossing(tunnel.namespace, host.vtep, segment.vni), vrf)
    return None


def _router(state: NetworkState, segments: list[Segment], tunnel: Resource, hop: _Hop) -> _Owner | None:
    """The router behind another VTEP of the tunnel that the file says has the next hop's address: by its MAC alone."""
    known = state.at(tunnel.namespace, hop.link.name, Family.NEIGHBOUR)
    mac = next((str(entry.get("mac")) for entry in known if entry.get("address") == hop.next), "")
    if not mac:
        return None
    for segment in segments:
        if all(vtep.device is not tunnel for vtep in segment.vteps):
            continue
        for vtep in segment.vteps:
            links = (way[-1] for way, _ in reached(state, vtep.device)) if vtep.device is not tunnel else ()
            if (link := next((link for link in links if link.get("mac") == mac), None)) is not None:
                macs = str(hop.link.get("mac")), mac
                crossing = _crossing(tunnel.namespace, vtep, segment.vni, macs)
                return _Owner(link.namespace, mac, crossing, vrf_of(state, link))
    return None


def _crossing(near: str, far: Vtep, vni: int, macs: tuple[str, str] | None = None) -> Crossing:
    return Crossing(near, far.namespace, vni, far.addresses, macs)


def _behind_encap(state: NetworkState, device: Resource, vni: int, dst: str) -> _Owner | None:
    for namespace in state.namespaces:
        if dst in _addresses(state, namespace):
            return _Owner(namespace, "", Crossing(device.namespace, namespace, vni, (dst,)))
    return None
