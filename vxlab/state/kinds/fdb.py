"""FDB entries of a VXLAN device: which VTEP a MAC is behind (bridge(8), "bridge fdb"; linux/neighbour.h NDA_*).

Every option is part of the identity: the all-zeros MAC has one entry per VTEP that BUM frames are copied to
(head-end replication), and an entry with another destination is another entry.
"""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.kinds.vxlan import VNI_MAX
from vxlab.state.types import NOTHING, Int, LinkRef, Mac, UnicastIp

FLOOD_MAC = "00:00:00:00:00:00"
"""The MAC of the default destination: where frames with no entry of their own go (bridge(8))."""


def may_have_several(mac: str) -> bool:
    """Whether a MAC may have several destinations: the default, and groups (vxlan_fdb_update_existing()).

    Each after the first must be appended.
    """
    return mac == FLOOD_MAC or bool(int(mac[:2], 16) & 1)


FDB = Kind(
    "fdb",
    Family.FDB,
    ("link", "mac", "dst", "port", "vni", "via"),
    "a permanent FDB entry of a VXLAN device",
    options=(
        Option("mac", Mac(), "NDA_LLADDR", "", "the inner destination MAC; all zeros is the default", required=True),
        Option("link", LinkRef(), "", "dev", "the VXLAN device", required=True),
        Option("dst", UnicastIp(), "NDA_DST", "dst", "the VTEP that the MAC is behind", required=True),
        Option("port", Int(1, 65535), "NDA_PORT", "port", "that VTEP's UDP port, where not the device's", NOTHING),
        Option("vni", Int(0, VNI_MAX), "NDA_VNI", "vni", "the VNI to send with, where not the device's", NOTHING),
        Option("via", LinkRef(), "NDA_IFINDEX", "via", "the underlay link to send by", NOTHING),
    ),
)
