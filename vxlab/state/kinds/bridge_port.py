"""The options of a bridge's port (bridge(8), "bridge link set"; linux/if_link.h IFLA_BRPORT_*)."""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.types import LinkRef, OnOff


def _switch(name: str, nla: str, default: bool, text: str) -> Option:
    return Option(name, OnOff(), f"IFLA_BRPORT_{nla}", name, text, default)


BRIDGE_PORT = Kind(
    "bridge_port",
    Family.BRIDGE_PORT,
    ("link",),
    "the settings of a link as a port of its bridge",
    options=(
        Option("link", LinkRef(), help="the link that is the port", required=True),
        _switch("learning", "LEARNING", True, "whether the port teaches the bridge source MACs"),
        _switch("flood", "UNICAST_FLOOD", True, "whether unknown unicast leaves by this port"),
        _switch("mcast_flood", "MCAST_FLOOD", True, "whether unknown multicast leaves by this port"),
        _switch("bcast_flood", "BCAST_FLOOD", True, "whether broadcast leaves by this port"),
        _switch("neigh_suppress", "NEIGH_SUPPRESS", False, "whether ARP and ND are answered here, not flooded"),
        _switch("isolated", "ISOLATED", False, "whether the port talks only to ports that are not isolated"),
        _switch("hairpin", "MODE", False, "whether a frame may leave by the port it came from"),
    ),
)
