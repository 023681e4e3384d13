"""The options of a bridge's port (bridge(8), "bridge link set"; linux/if_link.h IFLA_BRPORT_*)."""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.types import NOTHING, Int, LinkRef, OneOf, OnOff

STATES = {"disabled": 0, "listening": 1, "learning": 2, "forwarding": 3}
"""The states that a port stays in (BR_STATE_* of linux/if_bridge.h).

Not ``blocking``, 4: where STP does not run, a blocked port forwards at once (br_make_forwarding() in br_stp.c).
"""


class State(OneOf):
    """One of STATES, and a reason for who wants the other one."""

    def parse(self, raw: object) -> str:
        if raw == "blocking":
            raise ValueError("a port does not stay blocking: say disabled, or let STP decide (stp_state of the bridge)")
        return super().parse(raw)


def _switch(name: str, nla: str, default: bool, text: str, kernel: str = "", iproute2: str = "") -> Option:
    return Option(name, OnOff(), f"IFLA_BRPORT_{nla}", name, text, default, kernel=kernel, iproute2=iproute2)


def _number(
    name: str, nla: str, high: int, text: str, default: int | None = None, example: int | None = None
) -> Option:
    return Option(name, Int(0, high), f"IFLA_BRPORT_{nla}", name, text, default, example=example)


BRIDGE_PORT = Kind(
    "bridge_port",
    Family.BRIDGE_PORT,
    ("link",),
    "the settings of a link as a port of its bridge",
    options=(
        Option("link", LinkRef(), help="the link that is the port", required=True),
        Option(
            "state", State(STATES), "IFLA_BRPORT_STATE", "state",
            "what the port does with frames, where STP does not decide it; needs links that are up",
        ),
        _switch("learning", "LEARNING", True, "whether the port teaches the bridge source MACs"),
        _switch("flood", "UNICAST_FLOOD", True, "whether unknown unicast leaves by this port"),
        _switch("mcast_flood", "MCAST_FLOOD", True, "whether unknown multicast leaves by this port"),
        _switch("bcast_flood", "BCAST_FLOOD", True, "whether broadcast leaves by this port"),
        _switch("mcast_to_unicast", "MCAST_TO_UCAST", False, "whether each member gets multicast as unicast"),
        _switch("fastleave", "FAST_LEAVE", False, "whether a leave needs no further question"),
        _number(
            "mcast_router", "MULTICAST_ROUTER", 3,
            "whether a multicast router is here: 0 never, 1 as seen, 2 always", 1,
        ),
        Option(
            "mcast_max_groups", Int(0, 2**32 - 1), "IFLA_BRPORT_MCAST_MAX_GROUPS", "mcast_max_groups",
            "the most groups of the port; 0 is no limit", default=0, kernel="6.3", iproute2="6.3",
        ),
        _switch("neigh_suppress", "NEIGH_SUPPRESS", False, "whether ARP and ND are answered here, not flooded"),
        _switch("neigh_vlan_suppress", "NEIGH_VLAN_SUPPRESS", False, "whether that is decided by VLAN", "6.4", "6.4"),
        _switch("isolated", "ISOLATED", False, "whether the port talks only to ports that are not isolated"),
        _switch("hairpin", "MODE", False, "whether a frame may leave by the port it came from"),
        _switch("guard", "GUARD", False, "whether STP from here blocks the port"),
        _switch("root_block", "PROTECT", False, "whether the port cannot lead to the root of STP"),
        _switch("locked", "LOCKED", False, "whether only MACs that are known may send", "5.18", "5.18"),
        _switch("mab", "MAB", False, "whether a locked port notes the MACs that try", "6.2", "6.2"),
        _switch("vlan_tunnel", "VLAN_TUNNEL", False, "whether VLANs are mapped to tunnel ids here"),
        Option(
            "backup_port", LinkRef(), "IFLA_BRPORT_BACKUP_PORT", "backup_port",
            "the port that takes over when this one has no carrier", default=NOTHING, example="eth1",
        ),
        Option(
            "backup_nhid", Int(0, 2**32 - 1), "IFLA_BRPORT_BACKUP_NHID", "backup_nhid",
            "the nexthop group that the backup port uses", default=0, kernel="6.6", iproute2="6.6",
        ),
        _number(
            "group_fwd_mask", "GROUP_FWD_MASK", 65535, "which frames to 01:80:c2:00:00:0X are forwarded, a bit each",
            0, 8,
        ),
        _number("cost", "COST", 65535, "the cost of the port in STP"),
        _number("priority", "PRIORITY", 63, "the priority of the port in STP", 32),
    ),
)  # fmt: skip
