"""What a topology leaves out, chosen so that every run, every machine and the cheat sheet agree."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import lru_cache

from vxlab.state.types import IFNAMSIZ

# hashlib loads all of OpenSSL for it, which takes longer than a small lab needs for its addresses. The standard library
# does the same where it can (random.py).
try:
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found,unused-ignore]  # before Python 3.12
    except ImportError:
        from hashlib import sha256


@lru_cache(maxsize=10_000)  # the same names are sorted again and again
def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts h2 before h10."""
    parts = re.findall(r"\d+|\D+", name)
    return (*((0, int(part), part) if part.isdigit() else (1, 0, part) for part in parts),)


def mac(*names: str) -> str:
    """A locally administered unicast MAC address (IEEE 802, second bit of the first octet set) for a link.

    It depends on the names alone, so that adding a node changes no other node's address.
    """
    digest = sha256("/".join(names).encode()).digest()
    return f"02:{digest[:5].hex(':')}"


def default_group(vni: int, version: int = 4) -> str:
    """A group for a VNI: its last three octets are the VNI.

    IPv4 groups are of the administratively scoped block (RFC 2365), IPv6 ones of site-local scope (RFC 7346).
    """
    if version == 6:
        return str(ipaddress.IPv6Address((0xFF05 << 112) + vni))
    return str(ipaddress.IPv4Address((239 << 24) + vni))


def first(subnet: str) -> str:
    """The first address of a subnet that a host can have."""
    network = ipaddress.ip_network(subnet)
    return str(next(network.hosts() if network.num_addresses > 1 else iter([network.network_address])))


def interface_name(wanted: str, *taken: Container[str]) -> str:
    """``wanted`` where it can be an interface name and is free, else a shortened one that is as unique."""
    if len(wanted) < IFNAMSIZ and not any(wanted in names for names in taken):
        return wanted
    digest = sha256(wanted.encode()).hexdigest()[:6]
    return f"{wanted[: IFNAMSIZ - 8]}-{digest}"


def numbered(subnet: str, members: Mapping[str, str | None], others: Iterable[str] = ()) -> dict[str, str]:
    """An address for each member: its own where it has one, else the next that is free, in natural order.

    Args:
        subnet: the network.
        members: names, with the addresses that they have already.
        others: addresses that nobody of them can have.

    Raises:
        ValueError: the subnet has fewer addresses than members.
    """
    network = ipaddress.ip_network(subnet)
    taken = {*others, *(address for address in members.values() if address)}
    free: Iterator[str] = (str(address) for address in network.hosts() if str(address) not in taken)
    result = {}
    for name in sorted(members, key=natural):
        address = members[name] or next(free, None)
        if address is None:
            room = network.num_addresses if network.prefixlen >= 31 else network.num_addresses - 2
            raise ValueError(f"{subnet} is too small: it has {room} addresses for {len(members)}")
        result[name] = address
    return result
