"""Multicast groups, and the Ethernet addresses that go with them."""

from __future__ import annotations

import ipaddress


def is_group(address: str) -> bool:
    """Whether an IP address is that of a multicast group.

    Raises:
        ValueError: it is no IP address.
    """
    return ipaddress.ip_address(address).is_multicast


def solicited_node(address: str) -> str:
    """The group that the owner of an IPv6 address listens to (RFC 4291 section 2.7.1)."""
    low = ipaddress.IPv6Address(address).packed[-3:]
    return str(ipaddress.IPv6Address(bytes.fromhex("ff0200000000000000000001ff") + low))


def group_mac(group: str) -> str:
    """The Ethernet address of a group (RFC 1112 section 6.4, RFC 2464 section 7)."""
    packed = ipaddress.ip_address(group).packed
    if len(packed) == 4:
        return bytes([0x01, 0x00, 0x5E, packed[1] & 0x7F, *packed[2:]]).hex(":")
    return (b"\x33\x33" + packed[-4:]).hex(":")
