"""Addresses that are numbered from a subnet, and the smallest MTUs that IP works with."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from vxlab.topology.addressing import natural, numbered
from vxlab.topology.errors import Mistake, Path
from vxlab.topology.strict import EMPTY

IPV6_MTU = 1280
"""The smallest MTU that IPv6 works with, in bytes (RFC 8200 section 5)."""

SMALLEST_MTU = 68
"""The smallest that IPv4 works with (RFC 791)."""


class Numbers(NamedTuple):
    """What is numbered from a subnet: where that is written, who has which address, and where that is written."""

    section: str
    subnet: str
    where: Path
    members: Mapping[str, str | None]
    places: Mapping[str, Path]
    others: Mapping[str, str] = EMPTY


def numbering(numbers: Numbers) -> Iterator[Mistake]:
    """Addresses lie in their subnet, are those of hosts, are there once, and are enough."""
    subnet, where = numbers.subnet, numbers.where
    first = dict(numbers.others)
    gateway: tuple[Path, ...] = ((*where[:2], "gateway"), where)
    places = dict.fromkeys(first, gateway)
    for name in sorted(numbers.members, key=natural):
        address = numbers.members[name]
        if address is None:
            continue
        path = numbers.places[name]
        because: tuple[Path, ...] = (where, (*path[:2], "segment"))
        if ip(address) != ip(subnet):
            yield path, f"{address} is {ip(address)}, and {subnet} is {ip(subnet)}", *because
        elif not contains(subnet, address):
            yield path, f"{address} is not in {subnet}", *because
        elif wrong := not_for_hosts(address, (subnet,)):
            yield path, wrong, *because
        elif address in first:
            yield path, f"{address} is a duplicate address: {first[address]} has it already", *places[address]
            continue
        first[address], places[address] = name, (path,)
    try:
        numbered(subnet, numbers.members, numbers.others)
    except ValueError as problem:
        yield where, f"{problem} {numbers.section}"


def contains(subnet: str, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(subnet)


def not_for_hosts(address: str, subnets: Iterable[str]) -> str:
    """What is wrong with an address that is the network's own (RFC 4291 section 2.6.1 for IPv6) or its broadcast."""
    for subnet in subnets:
        network, ip = ipaddress.ip_network(subnet), ipaddress.ip_address(address)
        if ip.version == network.version == 4 and network.prefixlen < 31:
            if ip in (network.network_address, network.broadcast_address):
                return f"{address} is the network's own or its broadcast address: no host can have it"
        elif ip == network.network_address and ip.version == 6 and network.prefixlen < 127:
            return f"{address} is the anycast address of the routers of {subnet}: no host can have it"
    return ""


def ip(text: str) -> str:
    return "IPv6" if ":" in text else "IPv4"
