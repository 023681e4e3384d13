"""Hosts: addresses that are in their segments, and are there once."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.topology.document_checks.addresses import IPV6_MTU, Numbers, ip, numbering
from vxlab.topology.document_checks.segments import can_number
from vxlab.topology.errors import Mistake, Path
from vxlab.topology.expand.lab import gateways, segments_of_host
from vxlab.topology.schema import Document, HostBase, SegmentBase


def hosts(document: Document) -> Iterator[Mistake]:
    for segment_name, segment in document.segments.items():
        members = {
            name: host for name, host in document.hosts.items() if segment_name in segments_of_host(document, host)
        }
        if not can_number(segment):
            continue
        for name, host in members.items():
            if segment_name in (host.trunk or ()):
                continue
            yield from _host(name, host, segment_name, segment)
        taken = gateways(segment)
        for index, subnet in enumerate(segment.subnet):
            own = {name: host for name, host in members.items() if segment_name not in (host.trunk or ())}
            addresses = {name: _address_in(own[name], subnet) if name in own else None for name in members}
            others = {taken[subnet]: "the gateway"} if subnet in taken else {}
            places = {
                name: ("hosts", name, "address", members[name].address.index(address))
                for name, address in addresses.items()
                if address
            }
            where = ("segments", segment_name, "subnet", index)
            yield from numbering(Numbers("hosts", subnet, where, addresses, places, others))


def _address_in(host: HostBase, subnet: str) -> str | None:
    return next((address for address in host.address if ip(address) == ip(subnet)), None)


def _host(name: str, host: HostBase, segment_name: str, segment: SegmentBase) -> Iterator[Mistake]:
    kinds = {ip(subnet) for subnet in segment.subnet}
    segment_places: list[Path] = [("segments", segment_name, "subnet", index) for index in range(len(segment.subnet))]
    segment_places.append(("hosts", name, "segment"))
    for index, address in enumerate(host.address):
        if ip(address) not in kinds:
            only = " and ".join(sorted(kinds))
            text = f"{address} is {ip(address)}, and segment {segment_name} is {only} only"
            yield ("hosts", name, "address", index), text, *segment_places
        elif [ip(other) for other in host.address[:index]].count(ip(address)):
            text = "a host has one address of each IP version: give others to its link"
            earlier: list[Path] = [("hosts", name, "address", other) for other in range(index)]
            yield ("hosts", name, "address", index), text, *earlier
    if host.mtu and host.mtu < IPV6_MTU and "IPv6" in kinds:
        text = f"an MTU of {host.mtu} cannot carry IPv6, which needs {IPV6_MTU}"
        yield ("hosts", name, "mtu"), text, *segment_places
