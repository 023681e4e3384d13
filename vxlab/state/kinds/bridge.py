"""The Linux bridge: the switch inside a node (ip-link(8), "BRIDGE Type Support"; linux/if_link.h IFLA_BR_*)."""

from vxlab.state.kind import Option
from vxlab.state.kinds.link import link_kind
from vxlab.state.types import Centiseconds, Int, ZeroOne

BRIDGE = link_kind(
    "bridge",
    "a learning switch inside one namespace",
    (
        Option(
            "ageing_time", Centiseconds(0, 2**31 - 1), "IFLA_BR_AGEING_TIME", "ageing_time",
            "how long a learned MAC is kept", default=30000,
        ),
        Option(
            "forward_delay", Centiseconds(0, 3000), "IFLA_BR_FORWARD_DELAY", "forward_delay",
            "time in the listening and learning states of STP", default=1500,
        ),
        Option(
            "stp_state", ZeroOne(), "IFLA_BR_STP_STATE", "stp_state",
            "whether the spanning tree protocol runs", default=False,
        ),
        Option(
            "priority", Int(0, 65535), "IFLA_BR_PRIORITY", "priority",
            "the bridge's priority in the spanning tree election", default=32768,
        ),
        Option(
            "vlan_filtering", ZeroOne(), "IFLA_BR_VLAN_FILTERING", "vlan_filtering",
            "whether the bridge looks at VLAN tags", default=False,
        ),
        Option(
            "mcast_snooping", ZeroOne(), "IFLA_BR_MCAST_SNOOPING", "mcast_snooping",
            "whether IGMP and MLD reports decide which ports get a group", default=True,
        ),
    ),
)  # fmt: skip
