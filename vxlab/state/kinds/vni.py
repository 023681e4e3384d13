"""VNIs of a VXLAN device with a filter: those that it takes (bridge(8), "bridge vni"; VXLAN_VNIFILTER_ENTRY_*)."""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.kinds.vxlan import VNI_MAX
from vxlab.state.types import NOTHING, Int, LinkRef, MulticastIp, UnicastIp

# The kernel takes another group, but keeps the FDB entry of the one before (vxlan_vni_update_group() in
# drivers/net/vxlan/vxlan_vnifilter.c), so that frames go to both: a VNI with another group is made anew.
VNI = Kind(
    "vni",
    Family.VNI,
    ("link", "vni"),
    "a VNI that a VXLAN device with vnifilter takes",
    options=(
        Option("vni", Int(0, VNI_MAX), "VXLAN_VNIFILTER_ENTRY_START", "vni", "the VNI", required=True, example=42),
        Option(
            "group", MulticastIp(), "VXLAN_VNIFILTER_ENTRY_GROUP", "group", "the multicast group of that VNI",
            default=NOTHING, fixed=True, nla6="VXLAN_VNIFILTER_ENTRY_GROUP6",
        ),
        Option(
            "remote", UnicastIp(), "VXLAN_VNIFILTER_ENTRY_GROUP", "remote", "the one VTEP of that VNI",
            default=NOTHING, fixed=True, nla6="VXLAN_VNIFILTER_ENTRY_GROUP6",
        ),
        Option("link", LinkRef(), "", "dev", "the VXLAN device", required=True, also=("dev",), example="vx0"),
    ),
)  # fmt: skip
