"""The VLANs of a bridge's ports, and of the bridge itself (bridge(8), "bridge vlan"; BRIDGE_VLAN_INFO_*)."""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.types import LinkRef, Numbers, Present

MOST = 4094
"""The largest VLAN id: 0 and 4095 are reserved (IEEE 802.1Q section 9.6)."""


VID = Numbers(1, MOST, "a VLAN")
"""One VLAN or a run of them."""

BRIDGE_VLAN = Kind(
    "bridge_vlan",
    Family.BRIDGE_VLAN,
    ("link", "vid"),
    "the VLANs that a bridge with vlan_filtering takes at a port, and sends there",
    options=(
        Option(
            "link", LinkRef(), "", "dev", "the port of the bridge, or the bridge itself", required=True,
            also=("dev",), example="eth1",
        ),
        Option(
            "vid", VID, "IFLA_BRIDGE_VLAN_INFO", "vid", "the VLAN, or a range of VLANs", required=True,
            also=("vlan",), example=10,
        ),
        Option("pvid", Present(), "", "pvid", "whether untagged frames that come in belong to it", default=False),
        Option("untagged", Present(), "", "untagged", "whether its frames leave without a tag", default=False),
        # Also where nobody says so, the link does (`vxlab.topology.build`).
        Option(
            "self", Present(), "", "self", "whether it is a VLAN of the bridge itself: so it is where the link is one",
            default=False,
        ),
    ),
    config="CONFIG_BRIDGE_VLAN_FILTERING",
)  # fmt: skip

FLAGS = {"pvid": 0x2, "untagged": 0x4}
"""The bits of the options that are flags of a VLAN (BRIDGE_VLAN_INFO_* of linux/if_bridge.h)."""
