"""Nexthop objects and groups of them, which routes and FDB entries share (ip-nexthop(8); linux/nexthop.h NHA_*)."""

import re
from collections.abc import Callable
from typing import Any

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.kinds.encap import ENCAP
from vxlab.state.kinds.route import PROTOCOLS
from vxlab.state.types import NOTHING, Int, LinkRef, Named, OneOf, Present, Type, UnicastIp, Value


class Group(Type):
    """Members of a nexthop group, in the form of ip-nexthop(8): ``1/2,5`` has 1, and 2 with weight 5."""

    says = "ids of nexthops with their weights, such as 1/2 or 1,10/2,20"
    example = "1/2"
    in_parts = True

    def parse(self, raw: object) -> str:
        if isinstance(raw, list):
            raw = "/".join(map(str, raw))
        if isinstance(raw, int) and not isinstance(raw, bool):
            raw = str(raw)
        if not isinstance(raw, str) or not re.fullmatch(r"[0-9]{1,10}(,[0-9]{1,3})?(/[0-9]{1,10}(,[0-9]{1,3})?)*", raw):
            raise self.wrong(raw)
        members = [(int(number), int(weight or 1)) for number, _, weight in (m.partition(",") for m in raw.split("/"))]
        if not all(0 < number < 2**32 and 0 < weight < 257 for number, weight in members):
            raise self.wrong(raw)
        return "/".join(f"{number},{weight}" if weight > 1 else f"{number}" for number, weight in members)

    def in_place(self, have: Value, wanted: Value) -> bool:
        # replace_nexthop() in net/ipv4/nexthop.c
        return (have == NOTHING) == (wanted == NOTHING)

    def schema(self) -> dict[str, object]:
        pattern = "^[0-9]{1,10}(,[0-9]{1,3})?(/[0-9]{1,10}(,[0-9]{1,3})?)*$"
        return {"type": ["string", "integer", "array"], "minimum": 1, "pattern": pattern, "minItems": 1}


class Seconds(Int):
    """A time of a resilient group: seconds for ip, hundredths in netlink (NHA_RES_GROUP_* of linux/nexthop.h)."""

    scale = 100

    def attributes(self, nla: str, value: Value) -> list[tuple[str, object]]:
        return [("NHA_RES_GROUP", {"attrs": [[nla, int(value) * self.scale]]})]

    def gather(self, nla: str, get: Callable[[str], Any]) -> Any:
        group = get("NHA_RES_GROUP")
        raw = group.get_attr(nla) if group is not None else None
        return None if raw is None else raw // self.scale


class Buckets(Seconds):
    """The size of a resilient group."""

    scale = 1


NEXTHOP = Kind(
    "nexthop",
    Family.NEXTHOP,
    ("id",),
    "a nexthop object, or a group of them",
    options=(
        Option("id", Int(1, 2**32 - 1), "NHA_ID", "id", "its number", required=True),
        Option(
            "family", OneOf({"inet": 2, "inet6": 10}), "", "", "IPv4 or IPv6, where no address tells it",
            default="inet",
            fixed=True,
        ),
        Option("encap", ENCAP, "NHA_ENCAP", "encap", "the tunnel header that it adds", NOTHING),
        Option("via", UnicastIp(), "NHA_GATEWAY", "via", "the address of the router, or of the VTEP with fdb", NOTHING),
        Option("link", LinkRef(), "NHA_OIF", "dev", "the link that it leaves by", NOTHING, also=("dev",)),
        Option("blackhole", Present(), "NHA_BLACKHOLE", "blackhole", "whether packets are dropped", default=False),
        Option(
            "onlink", Present(), "", "onlink", "whether the router is on the link whatever the routes say",
            default=False,
        ),
        Option("group", Group(), "NHA_GROUP", "group", "the members, each with its weight", NOTHING),
        Option(
            "type", OneOf({"mpath": 0, "resilient": 1}), "NHA_GROUP_TYPE", "type", "how a group shares out flows",
            default="mpath", fixed=True,
        ),
        Option(
            "buckets", Buckets(1, 65535), "NHA_RES_GROUP_BUCKETS", "buckets", "the size of a resilient group",
            fixed=True,
        ),
        Option(
            "idle_timer", Seconds(0, 42949672, "seconds"), "NHA_RES_GROUP_IDLE_TIMER", "idle_timer",
            "how long a bucket of a resilient group must be quiet before it may change its member",
        ),
        Option(
            "unbalanced_timer", Seconds(0, 42949672, "seconds"), "NHA_RES_GROUP_UNBALANCED_TIMER", "unbalanced_timer",
            "how long a resilient group may be out of balance before members are forced",
        ),
        Option(
            "fdb", Present(), "NHA_FDB", "fdb", "whether it is for FDB entries of VXLAN devices", default=False,
            fixed=True,
        ),
        Option("protocol", Named(0, 255, names=PROTOCOLS), "", "proto", "who made it", default=0),
    ),
)  # fmt: skip
