"""Addresses: MAC, IP, with a prefix length, and the prefixes that routes lead to."""

from __future__ import annotations

import ipaddress
import re

from vxlab.state.types.base import Type, Value

IP_PATTERN = r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*"
"""What looks like an IP address, in the words of JSON Schema; whether it is one, ``parse`` says."""

_GROUP_PATTERN = r"2[23][0-9](\.[0-9]{1,3}){3}|[Ff][Ff][0-9A-Fa-f]{2}:[0-9A-Fa-f:.]*"


class Mac(Type):
    """A 48-bit MAC address, written with colons and lower case."""

    says = "a MAC address such as 02:00:00:00:00:01"
    example = "02:00:00:00:00:01"

    def parse(self, raw: object) -> str:
        if not isinstance(raw, str) or not re.fullmatch(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}", raw):
            raise self.wrong(raw)
        return raw.lower().replace("-", ":")

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": "^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$"}


class LinkMac(Mac):
    """A MAC address that an interface may have: not zero, not a group address (is_valid_ether_addr)."""

    says = "a unicast MAC address such as 02:00:00:00:00:01"

    def parse(self, raw: object) -> str:
        mac = super().parse(raw)
        if int(mac[:2], 16) & 1 or mac == "00:00:00:00:00:00":
            raise self.wrong(raw)
        return mac

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": "^[0-9A-Fa-f][02468ACEace]([:-][0-9A-Fa-f]{2}){5}$"}


def link_local(mac: str) -> ipaddress.IPv6Address:
    """The IPv6 address that a link makes itself from its MAC address (RFC 4291, section 2.5.6 and appendix A)."""
    octets = bytes.fromhex(mac.replace(":", ""))
    return ipaddress.IPv6Address(
        b"\xfe\x80" + bytes(6) + bytes((octets[0] ^ 2,)) + octets[1:3] + b"\xff\xfe" + octets[3:]
    )


class Ip(Type):
    """An IPv4 or IPv6 address without a prefix length."""

    says = "an IP address such as 192.0.2.1"
    example = "192.0.2.1"

    def parse(self, raw: object) -> str:
        try:
            if not isinstance(raw, str):
                raise self.wrong(raw)
            address = ipaddress.ip_address(raw)
        except ValueError:
            raise self.wrong(raw) from None
        if not self.allows(address):
            raise self.wrong(raw)
        mapped = getattr(address, "ipv4_mapped", None)
        # As inet_ntop(3) has it, and so iproute2 and what is read back.
        return f"::ffff:{mapped}" if mapped else str(address)

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": f"^({IP_PATTERN})$"}

    def allows(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return not getattr(address, "scope_id", None)


class RemoteIp(Ip):
    """Where a tunnel leads: one node, or a group of them."""

    says = "an IP address such as 192.0.2.1, or a multicast group"

    def allows(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return super().allows(address) and not address.is_unspecified


class UnicastIp(Ip):
    says = "a unicast IP address such as 192.0.2.1"

    def allows(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return super().allows(address) and not (address.is_multicast or address.is_unspecified)


class MulticastIp(Ip):
    says = "a multicast group address (224.0.0.0/4 or ff00::/8) such as 239.1.1.42"
    example = "239.1.1.42"

    def allows(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return super().allows(address) and address.is_multicast

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": f"^({_GROUP_PATTERN})$"}


class InterfaceAddress(Type):
    """An address with its prefix length, as an interface has it."""

    says = "an address with its prefix length such as 192.0.2.1/24"
    example = "192.0.2.1/24"

    def parse(self, raw: object) -> str:
        try:
            if not isinstance(raw, str) or "/" not in raw or "%" in raw:
                raise self.wrong(raw)
            address, _, length = raw.partition("/")
            if length.isascii() and length.isdigit():  # what ip_interface() would do besides takes most of its time
                ip = ipaddress.ip_address(address)
                if int(length) <= ip.max_prefixlen:
                    return f"{ip}/{int(length)}"
            return str(ipaddress.ip_interface(raw))
        except ValueError:
            raise self.wrong(raw) from None

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": f"^({IP_PATTERN})/[0-9.]+$"}


class Prefix(Type):
    """A destination of a route: a network, a single address, or ``default``."""

    says = "a prefix such as 192.0.2.0/24, or default"
    example = "192.0.2.0/24"

    def parse(self, raw: object) -> str:
        if raw == "default":
            return "default"
        try:
            if not isinstance(raw, str) or "%" in raw:
                raise self.wrong(raw)
            return str(ipaddress.ip_network(raw))
        except ValueError as problem:
            if "host bits" in str(problem):
                net = ipaddress.ip_network(str(raw), strict=False)
                raise ValueError(f"{raw} has host bits set: the network is {net}") from None
            raise self.wrong(raw) from None

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": f"^(default|({IP_PATTERN})(/[0-9.]+)?)$"}

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return super().words(word, "default" if value == "0.0.0.0/0" else value)
