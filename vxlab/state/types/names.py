"""Names: of links, of the other end of a cable, of sysctls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vxlab.state.types.base import NOTHING, Text, Type, Value, shown

RESERVED = frozenset(("all", "default"))
"""Names that the sysctls of interfaces use for something else (register_netdevice() fails with EINVAL)."""

IFNAMSIZ = 16
"""Bytes of an interface name with its terminating NUL (linux/if.h)."""


class LinkName(Type):
    """The name of a link in the same namespace."""

    says = "an interface name: 1 to 15 bytes without spaces, '/' or ':'"
    example = "eth0"
    pattern = r"[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,14}"

    def parse(self, raw: object) -> str:
        # dev_valid_name() in net/core/dev.c; beyond it, '%' would make the kernel number the name itself.
        if isinstance(raw, int) and not isinstance(raw, bool):
            raw = str(raw)
        if not isinstance(raw, str):
            raise self.wrong(raw)
        size = len(raw.encode())
        if size >= IFNAMSIZ:
            raise ValueError(f"{shown(raw)} has {size} bytes: an interface name has at most {IFNAMSIZ - 1}")
        if not re.fullmatch(self.pattern, raw):
            raise self.wrong(raw)
        if raw in RESERVED:
            raise ValueError(f"{raw} cannot be an interface name: below net.ipv4.conf it means something else")
        return raw

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "integer"], "minimum": 0, "pattern": f"^{self.pattern}$"}

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (f"no{word}",) if value == NOTHING else super().words(word, value)


class LinkRef(LinkName):
    """A reference to another link of the same namespace; netlink carries its index."""

    def links(self, value: Value) -> Iterator[str]:
        if value != NOTHING:
            yield str(value)


class PeerRef(Type):
    """The other end of a veth pair, as NAMESPACE:LINK."""

    says = "NAMESPACE:LINK"
    example = "lab-a:eth0"

    def parse(self, raw: object) -> str:
        if not isinstance(raw, str) or raw.count(":") != 1:
            raise self.wrong(raw)
        return raw


class SysctlValue(Text):
    """What a sysctl is set to: a number, or words with one space between them as the kernel prints them."""

    says = "a number or a line of text"
    example = "1"

    def parse(self, raw: object) -> str:
        if isinstance(raw, bool):
            return str(int(raw))
        return " ".join(super().parse(raw).split())

    def schema(self) -> dict[str, object]:
        return {"type": ["integer", "string", "boolean"]}


class SysctlKey(Type):
    """A network sysctl in dotted form. Only ``net.`` belongs to a network namespace."""

    says = "a sysctl below net., such as net.ipv4.ip_forward"
    example = "net.ipv4.ip_forward"
    # Each character can be matched in one way alone: a key of any length is read in one go.
    pattern = r"net[./][A-Za-z0-9_@:-]([A-Za-z0-9_.@:-]|/(?=[A-Za-z0-9_@:-]))*"

    def parse(self, raw: object) -> str:
        # '/' separates as well as '.', as sysctl(8) has it, so that interface names may hold dots.
        if not isinstance(raw, str) or not re.fullmatch(self.pattern, raw):
            raise self.wrong(raw)
        if ".." in raw or raw.endswith("."):
            raise self.wrong(raw)
        return raw

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": f"^{self.pattern}$"}
