"""Which VLAN is which VNI, at a port with ``vlan_tunnel`` (bridge(8), "tunnel_info"; IFLA_BRIDGE_VLAN_TUNNEL_*).

The bridge hands the VXLAN device the VNI of a frame's VLAN beside the frame, and takes the VLAN of a VNI from it.
"""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.kinds.bridge_vlan import VID
from vxlab.state.kinds.vxlan import VNI_MAX
from vxlab.state.types import LinkRef, Numbers

# A VLAN that has a VNI does not get another one (__vlan_tunnel_info_add() in net/bridge/br_vlan_tunnel.c).
VLAN_TUNNEL = Kind(
    "vlan_tunnel",
    Family.VLAN_TUNNEL,
    ("link", "vid"),
    "the VNI that a VLAN is mapped to at a port with vlan_tunnel",
    options=(
        Option(
            "link", LinkRef(), "", "dev", "the external VXLAN device, a port of the bridge", required=True,
            also=("dev",), example="vx0",
        ),
        Option(
            "vid", VID, "IFLA_BRIDGE_VLAN_TUNNEL_VID", "vid", "the VLAN, or a range of VLANs", required=True,
            also=("vlan",), example=10,
        ),
        Option(
            "id", Numbers(1, VNI_MAX), "IFLA_BRIDGE_VLAN_TUNNEL_ID", "tunnel_info id",
            "its VNI, or a range that is as long", required=True, fixed=True, also=("vni",), example=100,
        ),
    ),
    config="CONFIG_BRIDGE_VLAN_FILTERING",
)  # fmt: skip
