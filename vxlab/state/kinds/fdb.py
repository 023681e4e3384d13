"""FDB entries: where a MAC address is (bridge(8), "bridge fdb"; linux/neighbour.h NDA_*, NTF_*).

A VXLAN device has a table of its own (``self``): which VTEP a MAC is behind. A bridge has one (``master``): which
port it is behind. Almost every option is part of the identity: the all-zeros MAC has one entry per VTEP that BUM
frames are copied to (head-end replication), and an entry with another destination is another entry.
"""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.kinds.vxlan import VNI_MAX
from vxlab.state.types import NOTHING, Int, LinkRef, Mac, OneOf, Present, RemoteIp, Value

FLOOD_MAC = "00:00:00:00:00:00"
"""The MAC of the default destination: where frames with no entry of their own go (bridge(8))."""

OF_TUNNELS = ("dst", "port", "vni", "src_vni", "via", "nhid")
"""The options that only entries of VXLAN devices have."""


def may_have_several(mac: str) -> bool:
    """Whether a MAC may have several destinations: the default, and groups (vxlan_fdb_update_existing()).

    Each after the first must be appended.
    """
    return mac == FLOOD_MAC or bool(int(mac[:2], 16) & 1)


class EntryState(OneOf):
    """How long an entry stays, in the words of bridge(8)."""

    def words(self, word: str, value: Value) -> tuple[str, ...]:  # noqa: ARG002  the value is the word
        return (str(value),)


FDB = Kind(
    "fdb",
    Family.FDB,
    ("link", "mac", "master", "vlan", "src_vni", "dst", "port", "vni", "via", "nhid"),
    "an FDB entry: where a MAC address is",
    options=(
        Option(
            "mac", Mac(), "NDA_LLADDR", "", "the destination MAC; all zeros is the default of a VXLAN device",
            required=True,
        ),
        Option(
            "link", LinkRef(), "", "dev", "the VXLAN device, or the port of a bridge", required=True, also=("dev",),
            example="vxlan42",
        ),
        Option(
            "self", Present(), "", "self",
            "whether the entry is in the table of the link itself (so it is without master; with both there are two)",
        ),
        Option(
            "master", Present(), "", "master",
            "whether the entry is in the table of the bridge that the link is a port of", default=False,
        ),
        Option(
            "state", EntryState({"permanent": 0xC0, "static": 0x42, "dynamic": 0x02}), "", "",
            "permanent (in a bridge: an address of the bridge itself), static, or dynamic: forgotten when it ages",
            default="permanent",
        ),
        Option("dst", RemoteIp(), "NDA_DST", "dst", "the VTEP that the MAC is behind", NOTHING),
        Option(
            "port", Int(1, 65535), "NDA_PORT", "port", "that VTEP's UDP port, where not the device's", NOTHING,
            example=8472,
        ),
        Option(
            "vni", Int(0, VNI_MAX), "NDA_VNI", "vni", "the VNI to send with, where not the device's", NOTHING,
            example=42,
        ),
        Option(
            "src_vni", Int(0, VNI_MAX), "NDA_SRC_VNI", "src_vni",
            "the VNI that the entry belongs to, on an external device", NOTHING, example=42,
        ),
        Option("via", LinkRef(), "NDA_IFINDEX", "via", "the underlay link to send by", NOTHING),
        Option(
            "nhid", Int(1, 2**32 - 1), "NDA_NH_ID", "nhid", "the nexthop group of VTEPs that the MAC is behind",
            NOTHING,
            kernel="5.8", iproute2="5.8",
        ),
        Option("vlan", Int(1, 4094), "NDA_VLAN", "vlan", "the VLAN, in a bridge that looks at tags", NOTHING),
        Option("router", Present(), "", "router", "whether it is a router, for rsc", default=False, fixed=True),
        Option(
            "extern_learn", Present(), "", "extern_learn", "whether a control plane has put it there", default=False,
            fixed=True,
        ),
        Option("sticky", Present(), "", "sticky", "whether the MAC stays at its port", default=False, fixed=True),
    ),
)  # fmt: skip

FLAGS = {"extern_learn": 0x10, "sticky": 0x40, "router": 0x80}
"""The bits of the options that the header of the message carries (NTF_* of linux/neighbour.h)."""
