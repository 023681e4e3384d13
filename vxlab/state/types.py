"""The types that an option's value can have: how it is checked, written in a command, and sent by netlink.

Each type is one small class. ``parse`` takes what a topology file holds and returns the canonical value
(always a ``str``, ``int`` or ``bool``, so that states compare and serialise simply) or raises ``ValueError``
with a sentence that says what would be right.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

Value = str | int | bool

NOTHING = ""
"""The value of an option that names something, when it names nothing: no master, no group."""

RESERVED = frozenset(("all", "default"))
"""Names that the sysctls of interfaces use for something else (register_netdevice() fails with EINVAL)."""

IFNAMSIZ = 16
"""Bytes of an interface name with its terminating NUL (linux/if.h)."""


class Type:
    """What every type of value can do. Most override only ``parse`` and ``schema``."""

    says = "a value"

    @property
    def expects(self) -> str:
        """What would be right, as the end of the sentence "this is not ..."."""
        return self.says

    def parse(self, raw: object) -> Value:
        raise self.wrong(raw)

    def schema(self) -> dict[str, object]:
        """The JSON Schema of what ``parse`` accepts."""
        return {"type": "string", "description": self.expects}

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        """How ``ip`` and ``bridge`` spell the option with this value."""
        return (word, str(value)) if word else (str(value),)

    def to_netlink(self, value: Value) -> object:
        return value

    def from_netlink(self, raw: object) -> Value | None:
        """The canonical value of a netlink attribute, or None where it is not a value of this type."""
        try:
            return self.parse(raw)
        except ValueError:
            return None

    def same(self, one: Value, other: Value) -> bool:
        """Whether two values are one to the kernel."""
        return one == other

    def wrong(self, raw: object) -> ValueError:
        return ValueError(f"{shown(raw)} is not {self.expects}")


def shown(raw: object) -> str:
    """A value from a file, short enough and safe to print in a message."""
    if isinstance(raw, dict | list):
        return "a mapping" if isinstance(raw, dict) else "a list"
    text = {True: "true", False: "false", None: "null"}[raw] if isinstance(raw, bool | None) else ascii(raw)
    return text if len(text) <= 60 else text[:57] + "..."


@dataclass(frozen=True)
class Int(Type):
    """A whole number within bounds that are included."""

    low: int
    high: int
    unit: str = ""

    @property
    def expects(self) -> str:
        what = f"a whole number of {self.unit}" if self.unit else "a whole number"
        return f"{what} from {self.low} to {self.high}"

    def parse(self, raw: object) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int) or not self.low <= raw <= self.high:
            raise self.wrong(raw)
        return raw

    def schema(self) -> dict[str, object]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Centiseconds(Int):
    """A time that iproute2 and the kernel give in hundredths of a second (USER_HZ)."""

    unit: str = "hundredths of a second"

    def same(self, one: Value, other: Value) -> bool:
        # The kernel counts in ticks and rounds down (clock_t_to_jiffies() in kernel/time/time.c).
        return isinstance(one, int) and isinstance(other, int) and abs(one - other) <= 1


class Bool(Type):
    """Yes or no; the subclasses differ in how a command spells it."""

    says = "true or false"

    def parse(self, raw: object) -> bool:
        if not isinstance(raw, bool):
            raise self.wrong(raw)
        return raw

    def schema(self) -> dict[str, object]:
        return {"type": "boolean"}

    def to_netlink(self, value: Value) -> object:
        return int(value)

    def from_netlink(self, raw: object) -> bool:
        return bool(raw)


class Flag(Bool):
    """``learning`` or ``nolearning``."""

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (word if value else f"no{word}",)


class Present(Bool):
    """``gbp`` or nothing; in netlink an attribute without a payload that is there or not."""

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (word,) if value else ()

    def to_netlink(self, value: Value) -> object:
        return True if value else None

    def from_netlink(self, raw: object) -> bool:
        return raw is not None and raw is not False


class OnOff(Bool):
    """``learning on`` or ``learning off``."""

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (word, "on" if value else "off")


class ZeroOne(Bool):
    """``stp_state 1`` or ``stp_state 0``."""

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (word, str(int(value)))


class UpDown(Bool):
    """``up`` or ``down``."""

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (word if value else "down",)


@dataclass(frozen=True)
class OneOf(Type):
    """A word out of a list; netlink has a number for each."""

    numbers: Mapping[str, int]

    @property
    def expects(self) -> str:
        return "one of " + ", ".join(self.numbers)

    def parse(self, raw: object) -> str:
        if not isinstance(raw, str) or raw not in self.numbers:
            raise self.wrong(raw)
        return raw

    def schema(self) -> dict[str, object]:
        return {"enum": list(self.numbers)}

    def to_netlink(self, value: Value) -> object:
        return self.numbers[str(value)]

    def from_netlink(self, raw: object) -> str | None:
        return next((word for word, number in self.numbers.items() if number == raw), None)


class Text(Type):
    """A single line of printable text."""

    says = "a line of text"

    def parse(self, raw: object) -> str:
        if isinstance(raw, bool) or not isinstance(raw, str | int) or not str(raw).isprintable():
            raise self.wrong(raw)
        return str(raw)


class SysctlValue(Text):
    """What a sysctl is set to: a number, or words with one space between them as the kernel prints them."""

    says = "a number or a line of text"

    def parse(self, raw: object) -> str:
        if isinstance(raw, bool):
            return str(int(raw))
        return " ".join(super().parse(raw).split())

    def schema(self) -> dict[str, object]:
        return {"type": ["integer", "string", "boolean"]}


class SysctlKey(Type):
    """A network sysctl in dotted form. Only ``net.`` belongs to a network namespace."""

    says = "a sysctl below net., such as net.ipv4.ip_forward"

    def parse(self, raw: object) -> str:
        # '/' separates as well as '.', as sysctl(8) has it, so that interface names may hold dots.
        if not isinstance(raw, str) or not re.fullmatch(r"net([./][A-Za-z0-9_@:-][A-Za-z0-9_.@:-]*)+", raw):
            raise self.wrong(raw)
        if ".." in raw or raw.endswith("."):
            raise self.wrong(raw)
        return raw


class Mac(Type):
    """A 48-bit MAC address, written with colons and lower case."""

    says = "a MAC address such as 02:00:00:00:00:01"

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


class Ip(Type):
    """An IPv4 or IPv6 address without a prefix length."""

    says = "an IP address such as 192.0.2.1"

    def parse(self, raw: object) -> str:
        try:
            if not isinstance(raw, str):
                raise self.wrong(raw)
            address = ipaddress.ip_address(raw)
        except ValueError:
            raise self.wrong(raw) from None
        if not self.allows(address):
            raise self.wrong(raw)
        return str(address)

    def allows(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return not getattr(address, "scope_id", None)


class UnicastIp(Ip):
    says = "a unicast IP address such as 192.0.2.1"

    def allows(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return super().allows(address) and not (address.is_multicast or address.is_unspecified)


class MulticastIp(Ip):
    says = "a multicast group address (224.0.0.0/4 or ff00::/8) such as 239.1.1.42"

    def allows(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return super().allows(address) and address.is_multicast


class InterfaceAddress(Type):
    """An address with its prefix length, as an interface has it."""

    says = "an address with its prefix length such as 192.0.2.1/24"

    def parse(self, raw: object) -> str:
        try:
            if not isinstance(raw, str) or "/" not in raw or "%" in raw:
                raise self.wrong(raw)
            return str(ipaddress.ip_interface(raw))
        except ValueError:
            raise self.wrong(raw) from None


class Prefix(Type):
    """A destination of a route: a network, a single address, or ``default``."""

    says = "a prefix such as 192.0.2.0/24, or default"

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

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return super().words(word, "default" if value == "0.0.0.0/0" else value)


class LinkName(Type):
    """The name of a link in the same namespace."""

    says = "an interface name: 1 to 15 bytes without spaces, '/' or ':'"

    def parse(self, raw: object) -> str:
        # dev_valid_name() in net/core/dev.c; beyond it, '%' would make the kernel number the name itself.
        if isinstance(raw, int) and not isinstance(raw, bool):
            raw = str(raw)
        if not isinstance(raw, str):
            raise self.wrong(raw)
        size = len(raw.encode())
        if size >= IFNAMSIZ:
            raise ValueError(f"{shown(raw)} has {size} bytes: an interface name has at most {IFNAMSIZ - 1}")
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]*", raw):
            raise self.wrong(raw)
        if raw in RESERVED:
            raise ValueError(f"{raw} cannot be an interface name: below net.ipv4.conf it means something else")
        return raw

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (f"no{word}",) if value == NOTHING else super().words(word, value)


class LinkRef(LinkName):
    """A reference to another link of the same namespace; netlink carries its index."""


class PeerRef(Type):
    """The other end of a veth pair, as NAMESPACE:LINK."""

    says = "NAMESPACE:LINK"

    def parse(self, raw: object) -> str:
        if not isinstance(raw, str) or raw.count(":") != 1:
            raise self.wrong(raw)
        return raw
