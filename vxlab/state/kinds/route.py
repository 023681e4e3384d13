"""Routes (ip-route(8); linux/rtnetlink.h RTA_*)."""

from typing import Any

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.kinds.address import SCOPES
from vxlab.state.kinds.encap import ENCAP
from vxlab.state.phrase import Phrase, Phrases
from vxlab.state.types import (
    NOTHING,
    Bit,
    Int,
    LinkRef,
    Named,
    OneOf,
    Prefix,
    Tos,
    UnicastIp,
    Value,
)

IP6_METRIC = 1024
"""The metric that IPv6 gives to a route without one (IP6_RT_PRIO_USER in net/ipv6.h)."""

TABLES = {"default": 253, "main": 254, "local": 255}
"""The routing tables that have names (RT_TABLE_* of linux/rtnetlink.h)."""

TABLE = Named(1, 2**32 - 1, names=TABLES)

PROTOCOLS = {
    "redirect": 1, "kernel": 2, "boot": 3, "static": 4, "ra": 9, "zebra": 11, "bird": 12, "dhcp": 16, "keepalived": 18,
    "bgp": 186, "isis": 187, "ospf": 188, "rip": 189, "eigrp": 192,
}  # fmt: skip
"""Who made a route (RTPROT_* of linux/rtnetlink.h)."""

TYPES = {
    "unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5, "blackhole": 6, "unreachable": 7,
    "prohibit": 8, "throw": 9,
}  # fmt: skip
"""What becomes of a packet (RTN_* of linux/rtnetlink.h)."""

WITHOUT_NEXT_HOP = frozenset(("local", "blackhole", "unreachable", "prohibit", "throw"))
"""The types that need neither a link nor a next hop."""


class Metric(Int):
    """A metric of the path, in RTA_METRICS."""

    def attributes(self, nla: str, value: Value) -> list[tuple[str, object]]:
        return [("RTA_METRICS", {"attrs": [[nla, value]]})]

    def gather(self, nla: str, get: Any) -> Any:
        metrics = get("RTA_METRICS")
        return metrics.get_attr(nla) if metrics is not None else None


_ONLINK = Option(
    "onlink", Bit(4), "", "onlink", "whether the next hop is on the link whatever the routes say", default=False
)

NEXT_HOP = Phrase(
    (
        Option("encap", ENCAP, "RTA_ENCAP", "encap", "the tunnel header that is added"),
        Option("via", UnicastIp(), "RTA_GATEWAY", "via", "the next hop"),
        Option("link", LinkRef(), "", "dev", "the link that it leaves by", also=("dev",)),
        Option("weight", Int(1, 256), "", "weight", "its share of the flows", default=1),
        _ONLINK,
    ),
    "a next hop such as {via: 192.0.2.1, link: eth1, weight: 2}",
    "via 192.0.2.1 dev eth1 weight 2",
)

ROUTE = Kind(
    "route",
    Family.ROUTE,
    ("table", "to", "tos", "metric"),
    "a route",
    options=(
        Option("type", OneOf(TYPES), "", "", "what becomes of the packets", default="unicast"),
        Option("to", Prefix(), "RTA_DST", "", "the destination", required=True),
        Option(
            "tos", Tos(), "", "tos", "the TOS byte of the packets that it is for", default=0,
            also=("dsfield",),
        ),
        Option("encap", ENCAP, "RTA_ENCAP", "encap", "the tunnel header that is added", NOTHING),
        Option("via", UnicastIp(), "RTA_GATEWAY", "via", "the next hop", NOTHING),
        Option(
            "link", LinkRef(), "RTA_OIF", "dev", "the link that it leaves by; else the next hop tells",
            also=("dev",),
        ),
        Option("src", UnicastIp(), "RTA_PREFSRC", "src", "the source address that it prefers", NOTHING),
        Option("metric", Int(0, 2**32 - 1), "RTA_PRIORITY", "metric", "the lower is preferred", 0),
        Option("table", TABLE, "RTA_TABLE", "table", "the routing table that it is in", default="main", example=100),
        Option(
            "protocol", Named(0, 255, names=PROTOCOLS), "", "proto", "who made it", default="boot", also=("proto",),
            example="static",
        ),
        Option("scope", Named(0, 255, names=SCOPES), "", "scope", "how far the destination is (IPv4)"),
        Option(
            "pref", OneOf({"medium": 0, "low": 3, "high": 1}), "RTA_PREF", "pref", "the preference of RFC 4191 (IPv6)",
            default="medium",
        ),
        Option("nhid", Int(1, 2**32 - 1), "RTA_NH_ID", "nhid", "the nexthop object that says where it leads", NOTHING),
        Option("mtu", Metric(0, 65535, "bytes"), "RTAX_MTU", "mtu", "the MTU of the path", 0, example=1400),
        Option(
            "advmss", Metric(0, 65535, "bytes"), "RTAX_ADVMSS", "advmss", "the TCP MSS that is announced", 0,
            example=1360,
        ),
        Option("hoplimit", Metric(0, 255), "RTAX_HOPLIMIT", "hoplimit", "the TTL of packets that start here", 0),
        Option("initcwnd", Metric(0, 2**31 - 1), "RTAX_INITCWND", "initcwnd", "the TCP window to start with", 0),
        Option("quickack", Metric(0, 1), "RTAX_QUICKACK", "quickack", "whether TCP acknowledges at once", 0),
        _ONLINK,
        Option(
            "nexthops", Phrases(NEXT_HOP, "nexthop", "nexthop via 192.0.2.1 nexthop via 192.0.2.5 weight 2"),
            "RTA_MULTIPATH", "", "several next hops that share the flows (ECMP)", NOTHING,
        ),
    ),
)  # fmt: skip
