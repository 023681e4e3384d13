"""The VXLAN device: the VTEP of one segment (RFC 7348; ip-link(8), "VXLAN Type Support").

Netlink attributes are IFLA_VXLAN_* of linux/if_link.h; what can be changed in place is what
vxlan_nl2conf() in drivers/net/vxlan/vxlan_core.c accepts with ``changelink``. A group is fixed here although
the kernel takes a new one, because the device then stays a member of the old one until it goes down.
"""

from vxlab.state.kind import Option
from vxlab.state.kinds.link import link_kind
from vxlab.state.types import (
    NOTHING,
    Flag,
    Int,
    LinkRef,
    MulticastIp,
    OneOf,
    Present,
    UnicastIp,
)

VNI_MAX = 2**24 - 1
"""The VNI has 24 bits (RFC 7348 section 5)."""

PORT = 4789
"""The UDP port that IANA assigned to VXLAN (RFC 7348 section 5). Linux defaults to 8472."""

VXLAN = link_kind(
    "vxlan",
    "a VXLAN tunnel end point for one VNI",
    (
        Option(
            "vni", Int(0, VNI_MAX), "IFLA_VXLAN_ID", "id",
            "the VXLAN network identifier of the segment", required=True, fixed=True,
        ),
        Option(
            "group", MulticastIp(), "IFLA_VXLAN_GROUP", "group",
            "the multicast group that BUM frames are flooded to; needs dev",
            default=NOTHING, nla6="IFLA_VXLAN_GROUP6", fixed=True,
        ),
        Option(
            "remote", UnicastIp(), "IFLA_VXLAN_GROUP", "remote",
            "the one VTEP that frames with an unknown destination are sent to",
            default=NOTHING, nla6="IFLA_VXLAN_GROUP6", fixed=True,
        ),
        Option(
            "local", UnicastIp(), "IFLA_VXLAN_LOCAL", "local",
            "the source address of the outer packet", default=NOTHING, nla6="IFLA_VXLAN_LOCAL6", fixed=True,
        ),
        Option(
            "dev", LinkRef(), "IFLA_VXLAN_LINK", "dev",
            "the underlay link that the tunnel uses", default=NOTHING, fixed=True,
        ),
        Option(
            "port", Int(1, 65535), "IFLA_VXLAN_PORT", "dstport",
            "the outer UDP destination port", default=8472, assumed=PORT, fixed=True,
        ),
        Option(
            "ttl", Int(0, 255), "IFLA_VXLAN_TTL", "ttl",
            "the outer TTL; 0 lets the kernel choose (1 to a group)", default=0,
        ),
        Option(
            "tos", Int(0, 255), "IFLA_VXLAN_TOS", "tos",
            "the outer TOS byte; 1 copies the inner one", default=0,
        ),
        Option(
            "df", OneOf({"unset": 0, "set": 1, "inherit": 2}), "IFLA_VXLAN_DF", "df",
            "the outer Don't Fragment bit", default="unset", kernel="4.20",
        ),
        Option(
            "learning", Flag(), "IFLA_VXLAN_LEARNING", "learning",
            "whether source MACs of received frames enter the FDB with the sender's address", default=True,
        ),
        Option(
            "proxy", Flag(), "IFLA_VXLAN_PROXY", "proxy",
            "whether the VTEP answers ARP and ND from its neighbour table", default=False, fixed=True,
        ),
        Option(
            "rsc", Flag(), "IFLA_VXLAN_RSC", "rsc",
            "route short circuit: deliver straight to a known neighbour's MAC", default=False, fixed=True,
        ),
        Option(
            "l2miss", Flag(), "IFLA_VXLAN_L2MISS", "l2miss",
            "whether an unknown destination MAC is announced over netlink", default=False, fixed=True,
        ),
        Option(
            "l3miss", Flag(), "IFLA_VXLAN_L3MISS", "l3miss",
            "whether an unknown neighbour is announced over netlink", default=False, fixed=True,
        ),
        Option(
            "ageing", Int(0, 2**31 - 1, "seconds"), "IFLA_VXLAN_AGEING", "ageing",
            "how long a learned FDB entry is kept", default=300,
        ),
        Option(
            "maxaddress", Int(0, 2**31 - 1), "IFLA_VXLAN_LIMIT", "maxaddress",
            "the most FDB entries; 0 is no limit", default=0,
        ),
        Option(
            "udpcsum", Flag(), "IFLA_VXLAN_UDP_CSUM", "udpcsum",
            "whether the outer UDP checksum is computed over IPv4", default=True, fixed=True,
        ),
        Option(
            "udp6zerocsumtx", Flag(), "IFLA_VXLAN_UDP_ZERO_CSUM6_TX", "udp6zerocsumtx",
            "whether the outer UDP checksum is left zero over IPv6", default=False, fixed=True,
        ),
        Option(
            "udp6zerocsumrx", Flag(), "IFLA_VXLAN_UDP_ZERO_CSUM6_RX", "udp6zerocsumrx",
            "whether a zero outer UDP checksum is accepted over IPv6", default=False, fixed=True,
        ),
        Option(
            "gbp", Present(), "IFLA_VXLAN_GBP", "gbp",
            "whether the group-based policy extension is used", default=False, fixed=True,
        ),
    ),
)  # fmt: skip
