"""The overlay that a state describes: its segments, the VTEPs of each, and the hosts behind them.

It is read off the links themselves, so that a lab that was written out by hand is understood as one that was not.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

from vxlab.packets.capture import Place
from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, LOOPBACK, VETH, VXLAN
from vxlab.state.kinds.fdb import FLOOD_MAC
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import NOTHING


@dataclass(frozen=True, order=True)
class Destination:
    """Where an outer packet goes: an address, a UDP port, and the VNI that it carries."""

    address: str
    port: int
    vni: int


@dataclass(frozen=True)
class Vtep:
    """A VXLAN device in its node."""

    state: NetworkState
    device: Resource

    @property
    def namespace(self) -> str:
        return self.device.namespace

    @property
    def vni(self) -> int:
        return int(self.device.get("vni"))

    @property
    def port(self) -> int:
        return int(self.device.get("port"))

    @property
    def learns(self) -> bool:
        return bool(self.device.get("learning"))

    @property
    def proxies(self) -> bool:
        """Whether it answers ARP itself, and lets no request through (arp_reduce() in vxlan_core.c)."""
        return bool(self.device.get("proxy"))

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """The outer source addresses that it may use: its local one, else any of the node's underlay links."""
        local = str(self.device.get("local"))
        if local:
            return (local,)
        return tuple(a for link in self.underlay_links for a in addresses_of(self.state, self.namespace, link))

    @cached_property
    def flood_list(self) -> tuple[Destination, ...]:
        """Where a frame without an entry of its own is sent: the group, or each VTEP of the all-zeros entries."""
        own = (str(self.device.get(option)) for option in ("group", "remote"))
        entries = (self._destination(entry) for entry in self._entries(FLOOD_MAC))
        return tuple(dict.fromkeys((*(self.towards(address) for address in own if address), *entries)))

    def static_entry(self, mac: str) -> Destination | None:
        """The VTEP that the file says a MAC is behind; None where it says nothing."""
        return next((self._destination(entry) for entry in self._entries(mac)), None)

    def towards(self, address: str) -> Destination:
        """An address, with the device's own port and VNI."""
        return Destination(address, self.port, self.vni)

    def _destination(self, entry: Resource) -> Destination:
        port, vni = entry.get("port") or self.port, entry.get("vni") or self.vni
        return Destination(str(entry.get("dst")), int(port), int(vni))

    def _entries(self, mac: str) -> Iterator[Resource]:
        for entry in self.state.inside(self.namespace, Family.FDB):
            if entry.name == self.device.name and entry.get("mac") == mac and not entry.get("master"):
                yield entry

    @cached_property
    def underlay_links(self) -> tuple[str, ...]:
        """The links of the node that carry outer packets: not lo, tunnels, bridges of tunnels, and no ports at all:
        what passes those passes their bridge too.
        """
        here = self.state.inside(self.namespace, Family.LINK)
        tunnelled = {str(link.get("master")) for link in here if link.kind is VXLAN} - {NOTHING}
        return tuple(
            link.name
            for link in here
            if link.kind not in (LOOPBACK, VXLAN) and link.name not in tunnelled and link.get("master") == NOTHING
        )


@dataclass(frozen=True)
class Host:
    """A link with an IPv4 address in a segment, and the VTEP that it is behind."""

    vtep: Vtep
    place: Place
    mac: str
    interface: ipaddress.IPv4Interface

    @property
    def address(self) -> str:
        return str(self.interface.ip)


@dataclass(frozen=True)
class Segment:
    """A VNI with its VTEPs and hosts."""

    vni: int
    vteps: tuple[Vtep, ...]
    hosts: tuple[Host, ...]

    def pair(self) -> tuple[Host, Host] | None:
        """Two hosts behind different VTEPs that can reach each other without a router; None where there are none."""
        everywhere = Counter(host.address for host in self.hosts)
        # An anycast gateway is on every VTEP: nobody can tell which of them answers.
        hosts = [host for host in self.hosts if everywhere[host.address] == 1]
        for one, other in permutations(hosts, 2):
            if one.vtep != other.vtep and one.interface.network == other.interface.network:
                return one, other
        return None


def segments(state: NetworkState) -> list[Segment]:
    """The segments of a state, by VNI and UDP port: devices that differ in one of them never hear each other.

    External devices have no VNI of their own and are in none.
    """
    vteps: dict[tuple[int, int], list[Vtep]] = {}
    for link in state.family(Family.LINK):
        if link.kind is VXLAN and not link.get("external"):
            vtep = Vtep(state, link)
            vteps.setdefault((vtep.vni, vtep.port), []).append(vtep)
    return [
        Segment(vni, tuple(members), tuple(host for vtep in members for host in _hosts(vtep)))
        for (vni, _), members in sorted(vteps.items())
    ]


def addresses_of(state: NetworkState, namespace: str, link: str) -> list[str]:
    """The addresses of a link, without prefix lengths."""
    return [
        str(address.get("address")).partition("/")[0]
        for address in state.inside(namespace, Family.ADDRESS)
        if address.name == link
    ]


def _hosts(vtep: Vtep) -> Iterator[Host]:
    """Every link with an IPv4 address that a frame from the tunnel reaches through bridges and cables."""
    state = vtep.state
    todo, seen = [vtep.device], {vtep.device.key}
    while todo:
        link = todo.pop(0)
        yield from _host(vtep, link)
        for neighbour in _neighbours(state, link):
            if neighbour.key not in seen and neighbour.kind is not VXLAN:
                seen.add(neighbour.key)
                todo.append(neighbour)


def _neighbours(state: NetworkState, link: Resource) -> Iterator[Resource]:
    """The links that share a broadcast domain with one: its bridge, its ports, the other end of its cable."""
    places: list[Place] = []
    if link.get("master") != NOTHING:
        places.append((link.namespace, str(link.get("master"))))
    if link.kind is VETH:
        namespace, _, name = str(link.get("peer")).partition(":")
        places.append((namespace, name))
    if link.kind is BRIDGE:
        places += [
            (port.namespace, port.name)
            for port in state.inside(link.namespace, Family.LINK)
            if port.get("master") == link.name
        ]
    yield from filter(None, (state.link(*place) for place in places))


def _host(vtep: Vtep, link: Resource) -> Iterator[Host]:
    for resource in vtep.state.inside(link.namespace, Family.ADDRESS):
        if resource.name == link.name:
            interface = ipaddress.ip_interface(str(resource.get("address")))
            if isinstance(interface, ipaddress.IPv4Interface):
                yield Host(vtep, (link.namespace, link.name), str(link.get("mac")), interface)
                return
