"""What the parts of an expansion have in common: names in natural order, addresses, MTUs, modes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from vxlab.state.kinds.vxlan import PORT
from vxlab.state.types import RESERVED
from vxlab.topology import addressing
from vxlab.topology.addressing import interface_name, natural, numbered
from vxlab.topology.expand.names import INTERNET, bridge, bridge_of, device, device_of
from vxlab.topology.schema import Document, HostBase, SegmentBase, VtepBase, impairments, tuned

OVERHEAD = {4: 50, 6: 70}
"""Bytes that VXLAN adds: inner Ethernet 14, VXLAN 8, UDP 8, and IPv4 20 or IPv6 40 (RFC 7348 section 5)."""


USUAL_MTU = 1500


class Behaviour(NamedTuple):
    """What a segment does with frames whose destination is not known, and what it knows."""

    flood: str
    arp: str
    learning: bool
    knows_macs: bool


_MODES = {
    "multicast": Behaviour("group", "flood", learning=True, knows_macs=False),
    "replicate": Behaviour("replicate", "flood", learning=True, knows_macs=False),
    "static-l2": Behaviour("replicate", "flood", learning=False, knows_macs=True),
    "static-l3": Behaviour("none", "proxy", learning=False, knows_macs=True),
}


def behaviour(segment: SegmentBase) -> Behaviour:
    """What the mode of a segment says, and what the segment says otherwise."""
    usual = _MODES[segment.mode]
    return Behaviour(
        segment.flood or usual.flood,
        segment.arp or usual.arp,
        tuned(segment).get("learning", usual.learning),
        usual.knows_macs,
    )


def segments_of(document: Document, vtep: VtepBase) -> list[str]:
    """The segments that a VTEP carries: those of its VLANs, else those it lists, else all."""
    if vtep.vlans:
        return sorted(dict.fromkeys(vtep.vlans.values()), key=natural)
    return sorted(document.segments if vtep.segments is None else vtep.segments, key=natural)


def segments_of_host(document: Document, host: HostBase) -> list[str]:
    """The segments that a host is in: the one without a tag, if any, then those of its trunk."""
    return [*filter(None, (untagged_of(document, host),)), *(host.trunk or ())]


def untagged_of(document: Document, host: HostBase) -> str | None:
    """The segment that a host is in without a tag: the only one there is, where it says none and has no trunk."""
    return host.segment or (next(iter(document.segments), None) if host.trunk is None else None)


def gateways(segment: SegmentBase) -> dict[str, str]:
    """The address of the gateway in each subnet that has one."""
    if True in segment.gateway:
        return {subnet: addressing.first(subnet) for subnet in segment.subnet}
    found = {}
    for address in segment.gateway:
        for subnet in segment.subnet:
            if address and ipaddress.ip_address(address) in ipaddress.ip_network(subnet):
                found[subnet] = address
    return found


def host_addresses(segment: SegmentBase, own: Mapping[str, Iterable[str]]) -> dict[str, dict[str, str]]:
    """The address of each host in each subnet of their segment.

    Args:
        segment: the segment.
        own: hosts, with the addresses that they have said.

    Raises:
        ValueError: a subnet is too small.
    """
    taken = gateways(segment)
    result: dict[str, dict[str, str]] = {name: {} for name in own}
    for subnet in segment.subnet:
        members = {name: _own(addresses, subnet) for name, addresses in own.items()}
        for name, address in numbered(subnet, members, [taken[subnet]] if subnet in taken else []).items():
            result[name][subnet] = address
    return result


def _own(addresses: Iterable[str], subnet: str) -> str | None:
    """The address that a host has said for a subnet: the one of its IP version."""
    return next((address for address in addresses if (":" in address) == (":" in subnet)), None)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The second ones of pairs by the first ones."""
    groups: dict[str, list[str]] = {}
    for key, member in pairs:
        groups.setdefault(key, []).append(member)
    return groups


class Lab:
    """A checked document with all that follows from it."""

    def __init__(self, document: Document, name: str) -> None:
        self.document = document
        self.name = name
        self.vteps = sorted(document.vteps, key=natural)
        self.hosts = sorted(document.hosts, key=natural)
        self.segments = {name: document.segments[name] for name in sorted(document.segments, key=natural)}

    @cached_property
    def underlay_addresses(self) -> dict[str, str]:
        addresses = {name: vtep.address for name, vtep in self.document.vteps.items()}
        return numbered(self.document.underlay.subnet, addresses)

    @cached_property
    def underlay_version(self) -> int:
        return ipaddress.ip_network(self.document.underlay.subnet).version

    @property
    def has_shared_link(self) -> bool:
        """Whether all VTEPs are on one network, so that tunnels are bound to the link that leads there."""
        return self.document.underlay.kind in ("switch", "real")

    def underlay_link(self, vtep: str) -> str:
        """That link of a VTEP: its cable to the switch, or a card of the machine."""
        return self.document.vteps[vtep].card or "eth0"

    def machine(self, vtep: str) -> dict[str, str]:
        """The key that says on which machine a VTEP is, and what is plugged into it; none where the file does not."""
        machine = self.document.vteps[vtep].machine
        return {"machine": machine} if machine else {}

    @property
    def room(self) -> int:
        """The largest overlay packet that the underlay carries in one piece, in bytes."""
        return self.document.underlay.mtu - OVERHEAD[self.underlay_version]

    @property
    def underlay_mtu(self) -> dict[str, int]:
        """What the links of the underlay say of their MTU: nothing where it is the usual one."""
        mtu = self.document.underlay.mtu
        return {} if mtu == USUAL_MTU else {"mtu": mtu}

    def mtu(self, segment: SegmentBase) -> int:
        return segment.mtu or self.room

    def impairments(self, *vteps: str) -> dict[str, str]:
        """How a cable of the underlay impairs what it carries: what its VTEP says, else the underlay."""
        said = impairments(self.document.underlay)
        for vtep in vteps:
            said |= impairments(self.document.vteps[vtep])
        return said

    def mac(self, node: str, link: str) -> str:
        return addressing.mac(self.name, node, link)

    def gateway_mac(self, segment: str) -> str:
        """The MAC address of an anycast gateway, the same on every VTEP."""
        return addressing.mac(self.name, "gateway", segment)

    def host_mac(self, name: str) -> str:
        return self._host_macs[name]

    @cached_property
    def _host_macs(self) -> dict[str, str]:
        return {name: host.mac or self.mac(name, "eth0") for name, host in self.document.hosts.items()}

    def segments_of(self, vtep: str) -> list[str]:
        return self._segments_of[vtep]

    @cached_property
    def _segments_of(self) -> dict[str, list[str]]:
        vteps = self.document.vteps.items()
        return {name: segments_of(self.document, vtep) for name, vtep in vteps}

    def carriers(self, segment: str) -> list[str]:
        """The VTEPs that carry a segment."""
        return self._carriers.get(segment, [])

    @cached_property
    def _carriers(self) -> dict[str, list[str]]:
        return _grouped((segment, vtep) for vtep in self.vteps for segment in self.segments_of(vtep))

    def untagged(self, host: str) -> str | None:
        """The segment that a host is in without a tag."""
        return untagged_of(self.document, self.document.hosts[host])

    def tagged(self, host: str) -> dict[str, int]:
        """The segments that a host is in with a tag, each with its VLAN."""
        settings = self.document.hosts[host]
        return {segment: self.vlan_of(settings.vtep, segment) for segment in settings.trunk or ()}

    def vlan_of(self, vtep: str, segment: str) -> int:
        """The VLAN that a segment is on a VTEP that has VLANs."""
        return self._vlans[vtep][segment]

    @cached_property
    def _vlans(self) -> dict[str, dict[str, int]]:
        vteps = self.document.vteps.items()
        return {name: {segment: vid for vid, segment in vtep.vlans.items()} for name, vtep in vteps}

    def bridge(self, vtep: str, segment: str) -> str:
        return bridge_of(self.document.vteps[vtep], self.segments[segment].vni)

    def device(self, vtep: str, segment: str) -> str:
        return device_of(self.document.vteps[vtep], self.segments[segment].vni)

    def hosts_in(self, segment: str) -> list[str]:
        return self._hosts_in.get(segment, [])

    @cached_property
    def _hosts_in(self) -> dict[str, list[str]]:
        hosts = self.document.hosts
        return _grouped((s, host) for host in self.hosts for s in segments_of_host(self.document, hosts[host]))

    @cached_property
    def overlay_addresses(self) -> dict[tuple[str, str], dict[str, str]]:
        """The addresses of each host in each of its segments, by subnet."""
        result: dict[tuple[str, str], dict[str, str]] = {}
        for name, segment in self.segments.items():
            own = {host: self._said_in(name, host) for host in self.hosts_in(name)}
            result |= {(host, name): found for host, found in host_addresses(segment, own).items()}
        return result

    def _said_in(self, segment: str, host: str) -> tuple[str, ...]:
        """What a host says of its addresses is for the segment that it is in without a tag."""
        return self.document.hosts[host].address if segment == self.untagged(host) else ()

    def tenants_of(self, vtep: str) -> list[str]:
        """The tenants that a VTEP routes for."""
        return self._tenants_of[vtep]

    @cached_property
    def _tenants_of(self) -> dict[str, list[str]]:
        tenants = sorted(self.document.tenants, key=natural)
        here = {vtep: {self.segments[name].tenant for name in self.segments_of(vtep)} for vtep in self.vteps}
        return {vtep: [name for name in tenants if name in here[vtep]] for vtep in self.vteps}

    def vteps_of(self, tenant: str) -> list[str]:
        """The VTEPs that route for a tenant."""
        return self._vteps_of.get(tenant, [])

    @cached_property
    def _vteps_of(self) -> dict[str, list[str]]:
        return _grouped((tenant, vtep) for vtep in self.vteps for tenant in self.tenants_of(vtep))

    def routed_by(self, tenant: str) -> list[str]:
        """The segments that a tenant routes between."""
        return [name for name, segment in self.segments.items() if segment.tenant == tenant]

    def table(self, tenant: str) -> int:
        """The routing table of a tenant."""
        said = self.document.tenants[tenant]
        return said.table or said.vni

    def vrf(self, tenant: str) -> str:
        """What a tenant's VRF is called: like the tenant, where that can be."""
        return self._vrfs[tenant]

    @cached_property
    def _vrfs(self) -> dict[str, str]:
        vnis = [segment.vni for segment in self.segments.values()]
        vnis += [one.vni for one in self.document.tenants.values()]
        taken = {"lo", "eth0", INTERNET, *RESERVED, *(name(vni) for vni in vnis for name in (bridge, device))}
        return {tenant: interface_name(tenant, taken) for tenant in self.document.tenants}

    def port_of(self, vtep: str) -> int:
        """The UDP port that a VTEP listens on where no segment says another one."""
        return int(tuned(self.document.vteps[vtep]).get("port", PORT))

    def port(self, vtep: str, segment: str) -> int:
        """The UDP port that a VTEP listens on for a segment."""
        options = tuned(self.segments[segment]) | tuned(self.document.vteps[vtep])
        return int(options.get("port", PORT))

    def names_in(self, node: str) -> set[str]:
        """The names that the cables of a node cannot have: others mean something by them, or have them."""
        names = {"lo", *RESERVED}
        if node in self.document.vteps:
            names |= {name(node, s) for s in self.segments_of(node) for name in (self.bridge, self.device)}
            tenants = self.tenants_of(node)
            names |= {name(self.document.tenants[t].vni) for t in tenants for name in (bridge, device)}
            names |= {self.vrf(tenant) for tenant in tenants}
            links = self.document.vteps[node].links
            # What the file says of a link that is made here takes no name.
            names |= {link for link, settings in links.items() if getattr(settings, "kind", None)}
        return names

    def routes(self, vtep: str) -> bool:
        """Whether a VTEP is a gateway."""
        return any(self.segments[segment].gateway for segment in self.segments_of(vtep))
