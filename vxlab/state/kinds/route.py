"""Routes of the main table (ip-route(8); linux/rtnetlink.h RTA_*)."""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.types import NOTHING, Int, LinkRef, Prefix, UnicastIp

IP6_METRIC = 1024
"""The metric that IPv6 gives to a route without one (IP6_RT_PRIO_USER in net/ipv6.h)."""

ROUTE = Kind(
    "route",
    Family.ROUTE,
    ("to", "metric"),
    "a route in the main table",
    options=(
        Option("to", Prefix(), "RTA_DST", "", "the destination", required=True),
        Option("via", UnicastIp(), "RTA_GATEWAY", "via", "the next hop", NOTHING),
        Option("link", LinkRef(), "RTA_OIF", "dev", "the link that it leaves by; else the next hop tells"),
        Option("src", UnicastIp(), "RTA_PREFSRC", "src", "the source address that it prefers"),
        Option("metric", Int(0, 2**32 - 1), "RTA_PRIORITY", "metric", "the lower is preferred", 0),
    ),
)
