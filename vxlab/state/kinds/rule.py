"""Rules: which routing table a packet is looked up in (ip-rule(8); linux/fib_rules.h FRA_*)."""

import re
from typing import Any

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.kinds.route import PROTOCOLS, TABLE
from vxlab.state.types import NOTHING, Int, LinkName, Named, OneOf, PortRange, Prefix, Present, Tos, Type, Value

ACTIONS = {"lookup": 1, "goto": 2, "nop": 3, "blackhole": 6, "unreachable": 7, "prohibit": 8}
"""What a rule does with its packets (FR_ACT_* of linux/fib_rules.h)."""


class Mark(Type):
    """A firewall mark, with the mask of the bits that count: ``0x10/0xff``."""

    says = "a mark such as 16, 0x10 or 0x10/0xff"
    example = "0x10/0xff"

    def parse(self, raw: object) -> str:
        text = str(raw) if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
        if not re.fullmatch(r"(0x[0-9a-fA-F]{1,8}|[0-9]{1,10})(/(0x[0-9a-fA-F]{1,8}|[0-9]{1,10}))?", text):
            raise self.wrong(raw)
        mark, _, mask = text.partition("/")
        numbers = int(mark, 0), int(mask or "0xffffffff", 0)
        if max(numbers) >= 2**32:
            raise self.wrong(raw)
        return f"{numbers[0]:#x}" + (f"/{numbers[1]:#x}" if numbers[1] != 0xFFFFFFFF else "")

    def schema(self) -> dict[str, object]:
        number = "(0x[0-9a-fA-F]{1,8}|[0-9]{1,10})"
        pattern = f"^{number}(/{number})?$"
        return {"type": ["string", "integer"], "minimum": 0, "maximum": 2**32 - 1, "pattern": pattern}

    def attributes(self, nla: str, value: Value) -> list[tuple[str, object]]:
        mark, _, mask = str(value).partition("/")
        return [(nla, int(mark, 0)), ("FRA_FWMASK", int(mask or "0xffffffff", 0))]

    def gather(self, nla: str, get: Any) -> Any:
        mark = get(nla)
        return None if mark is None else f"{mark:#x}/{get('FRA_FWMASK'):#x}"


class RulePorts(PortRange):
    """Ports in the form that the rules of the kernel have (struct fib_rule_port_range)."""

    def to_netlink(self, value: Value) -> object:
        return str(value).replace("-", ":")

    def from_netlink(self, raw: Any) -> str:
        return str(raw).replace(":", "-")

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        low, high = str(value).split("-")
        return (word, low if low == high else f"{low}-{high}")


class Uids(RulePorts):
    """User ids from one to another."""

    says = "a range of user ids such as 1000-1999"
    example = "1000-1999"
    high = 2**32 - 1

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (word, str(value))


class Suppress(Int):
    """A prefix length; the kernel has -1 for none."""

    def from_netlink(self, raw: Any) -> Value | None:
        return None if raw == 0xFFFFFFFF else super().from_netlink(raw)


_OPTIONS = (
    Option(
        "family", OneOf({"inet": 2, "inet6": 10}), "", "", "IPv4 or IPv6, where no prefix tells it", default="inet",
    ),
    Option(
        "priority", Int(0, 2**32 - 1), "FRA_PRIORITY", "priority", "rules are asked in this order", required=True,
        also=("pref", "preference", "order"), example=100,
    ),
    Option("not", Present(), "", "not", "whether it is for the packets that do not match", default=False),
    Option("from", Prefix(), "FRA_SRC", "from", "source addresses", NOTHING, example="192.0.2.0/24"),
    Option("to", Prefix(), "FRA_DST", "to", "destination addresses", NOTHING),
    Option("tos", Tos(), "", "tos", "the TOS byte", 0, also=("dsfield",)),
    Option("fwmark", Mark(), "FRA_FWMARK", "fwmark", "the firewall mark", NOTHING),
    Option("iif", LinkName(), "FRA_IIFNAME", "iif", "the link that they came by; it need not exist", NOTHING),
    Option("oif", LinkName(), "FRA_OIFNAME", "oif", "the link that they are bound to; it need not exist", NOTHING),
    Option(
        "ipproto", Named(1, 255, names={"icmp": 1, "tcp": 6, "udp": 17, "ipv6-icmp": 58}), "FRA_IP_PROTO", "ipproto",
        "the protocol", NOTHING, example="udp",
    ),
    Option("sport", RulePorts(), "FRA_SPORT_RANGE", "sport", "source ports", NOTHING),
    Option("dport", RulePorts(), "FRA_DPORT_RANGE", "dport", "destination ports", NOTHING),
    Option("uidrange", Uids(), "FRA_UID_RANGE", "uidrange", "the user ids of the senders", NOTHING),
    Option(
        "l3mdev", Present(), "FRA_L3MDEV", "l3mdev", "whether the table is that of the VRF of the packet's link",
        False,
    ),
    Option("action", OneOf(ACTIONS), "", "", "what becomes of the packets", default="lookup"),
    Option(
        "table", TABLE, "FRA_TABLE", "lookup", "the routing table to look them up in", NOTHING, also=("lookup",),
        example=100,
    ),
    Option("goto", Int(1, 2**32 - 1), "FRA_GOTO", "goto", "the priority of the rule to go on with", NOTHING),
    Option(
        "suppress_prefixlength", Suppress(0, 128), "FRA_SUPPRESS_PREFIXLEN", "suppress_prefixlength",
        "routes with at most this prefix length do not count", NOTHING, example=0,
    ),
    Option(
        "protocol", Named(0, 255, names=PROTOCOLS), "FRA_PROTOCOL", "protocol", "who made it", default=0,
        fixed=True, also=("proto",), example="static",
    ),
)  # fmt: skip

RULE = Kind(
    "rule",
    Family.RULE,
    tuple(option.name for option in _OPTIONS if option.name != "protocol"),
    "a rule that says which routing table is looked up",
    options=_OPTIONS,
)
