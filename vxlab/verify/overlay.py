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

from vxlab.packets.probe import End
from vxlab.packets.ring import Place
from vxlab.state.kind import Family
from vxlab.state.kinds import LOOPBACK, VRF, VXLAN
from vxlab.state.kinds.fdb import FLOOD_MAC
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import NOTHING, Value
from vxlab.state.types.numbers import numbers
from vxlab.state.vlans import UNTAGGED, Mapping, by_port
from vxlab.verify.domain import Path, reached

Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


@dataclass(frozen=True, order=True)
class Destination:
    """Where an outer packet goes: an address, a UDP port, and the VNI that it carries."""

    address: str
    port: int
    vni: int


@dataclass(frozen=True, eq=False)
class Vtep:
    """A VXLAN device in its node, or one VNI of a device that has several. Each is itself alone, so that looking one up
    costs nothing.

    ``entries`` are its FDB entries, ``taken`` is what the device says of its VNI where it has several, and ``vlan`` the
    VLAN that its VNI is in its bridge, 0 where that does not look at tags.
    """

    state: NetworkState
    device: Resource
    entries: tuple[Resource, ...] = ()
    of_vni: int | None = None
    taken: Resource | None = None
    vlan: int = 0

    @property
    def namespace(self) -> str:
        return self.device.namespace

    @property
    def vni(self) -> int:
        return int(self.device.get("vni")) if self.of_vni is None else self.of_vni

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
        own = (self._default(option) for option in ("group", "remote"))
        entries = (self._destination(entry) for entry in self._entries(FLOOD_MAC))
        return tuple(dict.fromkeys((*(self.towards(address) for address in own if address), *entries)))

    @cached_property
    def all_entries(self) -> frozenset[tuple[str, Destination]]:
        """Every FDB entry that its file gives it, those of its group and remote too: MAC and where that is."""
        entries = (entry for entry in self.entries if entry.get("dst"))
        flood = ((FLOOD_MAC, to) for to in self.flood_list)
        return frozenset((*flood, *((str(e.get("mac")), self._destination(e)) for e in entries)))

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
        return (entry for entry in self.entries if entry.get("mac") == mac)

    def _default(self, option: str) -> str:
        """The group or the remote: that of the VNI, else that of the device."""
        own = str(self.taken.get(option)) if self.taken is not None else ""
        return own or str(self.device.get(option))

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
            if link.kind not in (LOOPBACK, VRF, VXLAN) and link.name not in tunnelled and link.get("master") == NOTHING
        )

    @cached_property
    def listens_to(self) -> frozenset[tuple[str, int]]:
        """The outer destinations that it takes, each with its VNI: its own addresses, and its group (IGMP, MLD)."""
        group = self._default("group")
        return frozenset((address, self.vni) for address in (*self.addresses, *([group] if group else ())))

    @property
    def underlay_places(self) -> tuple[Place, ...]:
        return tuple((self.namespace, link) for link in self.underlay_links)


@dataclass(frozen=True)
class Station:
    """A link with an address. One with addresses of both versions of IP is two of them."""

    place: Place
    mac: str
    interface: Interface

    @property
    def address(self) -> str:
        return str(self.interface.ip)

    @property
    def version(self) -> int:
        return self.interface.version

    @property
    def end(self) -> End:
        return End(self.mac, self.address)


@dataclass(frozen=True)
class Host(Station):
    """A station in a segment: the VTEP that it is behind, and the way to it from the VTEP's device."""

    vtep: Vtep
    way: Path


@dataclass(frozen=True)
class Segment:
    """A VNI with its VTEPs and hosts."""

    vni: int
    vteps: tuple[Vtep, ...]
    hosts: tuple[Host, ...]

    @property
    def versions(self) -> list[int]:
        """The versions of IP that its hosts have."""
        return sorted({host.version for host in self.hosts})

    @cached_property
    def own_hosts(self) -> tuple[Host, ...]:
        """Its hosts without anycast gateways: those are on every VTEP, and nobody can tell which of them answers."""
        everywhere = Counter(host.address for host in self.hosts)
        return tuple(host for host in self.hosts if everywhere[host.address] == 1)

    def pair(self, version: int) -> tuple[Host, Host] | None:
        """Two hosts that can reach each other without a router, behind different VTEPs where there are such.

        None where no two hosts share a subnet.
        """
        hosts = [host for host in self.own_hosts if host.version == version]

        def found(*, apart: bool) -> Iterator[tuple[Host, Host]]:
            for one, other in permutations(hosts, 2):
                if one.interface.network == other.interface.network and (one.vtep is not other.vtep) == apart:
                    yield one, other

        return next(found(apart=True), None) or next(found(apart=False), None)

    def others(self, vtep: Vtep) -> tuple[Vtep, ...]:
        return tuple(other for other in self.vteps if other != vtep)


def single_stations(state: NetworkState) -> Iterator[Station]:
    """Every link with an address that no other node has: of an anycast one nobody can tell who answers."""
    links = (link for link in state.family(Family.LINK) if link.kind is not LOOPBACK)
    found = [station for link in links for station in stations(state, link)]
    count = Counter((station.address, station.mac) for station in found)
    return (station for station in found if count[station.address, station.mac] == 1)


def segments(state: NetworkState) -> list[Segment]:
    """The segments of a state: the devices of a VNI that send to one UDP port, or to each other's.

    Devices that differ in both never hear each other. External ones that no VLAN is mapped at are in none.
    """
    vteps: dict[tuple[int, int], list[Vtep]] = {}
    for vtep in devices(state):
        if not vtep.device.get("external") or vtep.of_vni is not None:
            vteps.setdefault((vtep.vni, vtep.port), []).append(vtep)
    by_vni: dict[int, list[list[Vtep]]] = {}
    for (vni, _), members in sorted(vteps.items()):
        _join(by_vni.setdefault(vni, []), members)
    return [
        Segment(vni, tuple(members), tuple(host for vtep in members for host in _hosts(vtep)))
        for vni, groups in by_vni.items()
        for members in groups
    ]


def _join(groups: list[list[Vtep]], members: list[Vtep]) -> None:
    """Add VTEPs of one VNI and port to the groups, and to the first of those that they speak with."""
    near = [group for group in groups if _speak(group, members)]
    for group in near:
        groups.remove(group)
    groups.append([*(vtep for group in near for vtep in group), *members])


def _speak(ones: list[Vtep], others: list[Vtep]) -> bool:
    """Whether one of some VTEPs sends to the address and the port of one of others."""
    return any(
        {to for vtep in senders for _, to in vtep.all_entries}
        & {vtep.towards(a) for vtep in heard for a in vtep.addresses}
        for senders, heard in ((ones, others), (others, ones))
    )


def devices(state: NetworkState) -> Iterator[Vtep]:
    """Every VXLAN device, external ones included; of one that VLANs are mapped at, each VNI."""
    mapped = by_port(state)
    for link in state.family(Family.LINK):
        if link.kind is VXLAN:
            yield from _of_device(state, link, mapped.get((link.namespace, link.name), []))


def _of_device(state: NetworkState, device: Resource, mapped: list[Mapping]) -> Iterator[Vtep]:
    here = state.at(device.namespace, device.name, Family.FDB)
    entries = [entry for entry in here if not entry.get("master")]
    if not device.get("external") or not mapped:
        yield Vtep(state, device, tuple(entries), vlan=mapped[0].vlan if mapped else 0)
        return
    by_vni: dict[Value, list[Resource]] = {}
    for entry in entries:
        by_vni.setdefault(entry.get("src_vni"), []).append(entry)
    vnis = state.at(device.namespace, device.name, Family.VNI)
    taken = {number: vni for vni in vnis for number in numbers(vni.get("vni"))}
    for mapping in mapped:
        for vlan in range(mapping.vlan, mapping.vlan + mapping.size):
            number = mapping.vni + vlan - mapping.vlan
            yield Vtep(state, device, tuple(by_vni.get(number, ())), number, taken.get(number), vlan)


def addresses_of(state: NetworkState, namespace: str, link: str) -> list[str]:
    """The addresses of a link, without prefix lengths."""
    there = state.at(namespace, link, Family.ADDRESS)
    return [str(address.get("address")).partition("/")[0] for address in there]


def _hosts(vtep: Vtep) -> Iterator[Host]:
    """Every link with an address that a frame from the tunnel reaches through bridges and cables."""
    vlan = vtep.vlan if vtep.of_vni is not None else 0
    for way, tag in reached(vtep.state, vtep.device, vlan):
        for station in stations(vtep.state, way[-1]) if tag == UNTAGGED else ():
            yield Host(station.place, station.mac, station.interface, vtep, way)


def stations(state: NetworkState, link: Resource) -> Iterator[Station]:
    """A link once for each version of IP that it has an address of, by its first one."""
    found: dict[int, Interface] = {}
    for resource in state.at(link.namespace, link.name, Family.ADDRESS):
        interface = ipaddress.ip_interface(str(resource.get("address")))
        if not interface.ip.is_link_local:
            found.setdefault(interface.version, interface)
    for interface in found.values():
        yield Station((link.namespace, link.name), str(link.get("mac")), interface)
