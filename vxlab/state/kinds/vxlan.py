"""The VXLAN device: the VTEP of one segment (RFC 7348; ip-link(8), "VXLAN Type Support").

Netlink attributes are IFLA_VXLAN_* of linux/if_link.h; what can be changed in place is what
vxlan_nl2conf() in drivers/net/vxlan/vxlan_core.c accepts with ``changelink``. A group is fixed here although
the kernel takes a new one, because the device then stays a member of the old one until it goes down.
"""

import re
from collections.abc import Callable
from typing import Any

from vxlab.state.kind import Option
from vxlab.state.kinds.link import link_kind
from vxlab.state.types import (
    NOTHING,
    Flag,
    Int,
    LinkRef,
    MulticastIp,
    Named,
    OneOf,
    PortRange,
    Present,
    Tos,
    Type,
    UnicastIp,
    Value,
)

VNI_MAX = 2**24 - 1
"""The VNI has 24 bits (RFC 7348 section 5)."""

PORT = 4789
"""The UDP port that IANA assigned to VXLAN (RFC 7348 section 5). Linux defaults to 8472."""


class Remote(UnicastIp):
    """The default destination: another one of its IP version may take its place, but it cannot be taken away."""

    def in_place(self, have: Value, wanted: Value) -> bool:
        return wanted != NOTHING and (have == NOTHING or (":" in str(have)) == (":" in str(wanted)))


class Untold(Flag):
    """What the kernel takes and tells nobody (vxlan_fill_info() in drivers/net/vxlan/vxlan_core.c)."""

    def same(self, one: Value, other: Value) -> bool:
        return one in (NOTHING, other)


class ReservedBits(Type):
    """Bits of the VXLAN header (struct vxlanhdr of net/vxlan.h) that no sender may set."""

    says = "8 bytes in hexadecimal such as 0xf7ffffff000000ff"
    example = "0xf7ffffff000000ff"

    def parse(self, raw: object) -> str:
        if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 2**64:
            return f"{raw:#018x}"
        if not isinstance(raw, str) or not re.fullmatch(r"0x[0-9a-fA-F]{1,16}", raw):
            raise self.wrong(raw)
        return f"{int(raw, 16):#018x}"

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "integer"], "minimum": 0, "pattern": "^0x[0-9a-fA-F]{1,16}$"}

    def to_netlink(self, value: Value) -> object:
        number = int(str(value), 16)
        return {"vx_flags": number >> 32, "vx_vni": number & 0xFFFFFFFF}

    def from_netlink(self, raw: Any) -> str:
        return f"{(raw['vx_flags'] << 32) | raw['vx_vni']:#018x}"


class Ttl(Named):
    """The outer TTL. That it is inherited is told by an attribute of its own."""

    def __init__(self) -> None:
        super().__init__(0, 255, names={"auto": 0, "inherit": -1})

    def in_place(self, have: Value, wanted: Value) -> bool:
        return "inherit" not in (have, wanted)

    def attributes(self, nla: str, value: Value) -> list[tuple[str, object]]:
        return [("IFLA_VXLAN_TTL_INHERIT", True)] if value == "inherit" else super().attributes(nla, value)

    def gather(self, nla: str, get: Callable[[str], Any]) -> Any:
        return -1 if get("IFLA_VXLAN_TTL_INHERIT") else get(nla)


VXLAN = link_kind(
    "vxlan",
    "a VXLAN tunnel end point for one VNI",
    (
        Option(
            "vni", Int(0, VNI_MAX), "IFLA_VXLAN_ID", "id",
            "the VXLAN network identifier of the segment; needed where the device is not external",
            fixed=True, also=("id",), example=42,
        ),
        Option(
            "group", MulticastIp(), "IFLA_VXLAN_GROUP", "group",
            "the multicast group that BUM frames are flooded to; needs dev",
            default=NOTHING, nla6="IFLA_VXLAN_GROUP6", fixed=True,
        ),
        Option(
            "remote", Remote(), "IFLA_VXLAN_GROUP", "remote",
            "the one VTEP that frames with an unknown destination are sent to",
            default=NOTHING, nla6="IFLA_VXLAN_GROUP6",
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
            "the outer UDP destination port", default=8472, assumed=PORT, fixed=True, also=("dstport",), example=8472,
        ),
        Option(
            "srcport", PortRange(), "IFLA_VXLAN_PORT_RANGE", "srcport",
            "the outer UDP source ports, one for each inner flow; 0-0 is the range of the node",
            default="0-0", fixed=True,
        ),
        Option(
            "ttl", Ttl(), "IFLA_VXLAN_TTL", "ttl",
            "the outer TTL; auto lets the kernel choose (1 to a group), inherit copies the inner one", default="auto",
        ),
        Option(
            "tos", Tos(inherit=1), "IFLA_VXLAN_TOS", "tos",
            "the outer TOS byte; inherit copies the inner one", default=0,
        ),
        Option(
            "flowlabel", Int(0, 2**20 - 1), "IFLA_VXLAN_LABEL", "flowlabel",
            "the outer flow label over IPv6", default=0,
        ),
        Option(
            "df", OneOf({"unset": 0, "set": 1, "inherit": 2}), "IFLA_VXLAN_DF", "df",
            "the outer Don't Fragment bit", default="unset", kernel="4.20",
        ),
        Option(
            "external", Flag(), "IFLA_VXLAN_COLLECT_METADATA", "external",
            "whether routes, FDB entries or tc say VNI and VTEP for each packet, and not the device",
            default=False, fixed=True,
        ),
        Option(
            "learning", Flag(), "IFLA_VXLAN_LEARNING", "learning",
            "whether source MACs of received frames enter the FDB with the sender's address", default=True,
            cleared_by="external",
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
            "the most FDB entries; 0 is no limit", default=0, fixed=True,
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
            "remcsumtx", Flag(), "IFLA_VXLAN_REMCSUM_TX", "remcsumtx",
            "whether inner checksums are left to the receiver", default=False, fixed=True,
        ),
        Option(
            "remcsumrx", Flag(), "IFLA_VXLAN_REMCSUM_RX", "remcsumrx",
            "whether inner checksums that were left are computed", default=False, fixed=True,
        ),
        Option(
            "vnifilter", Flag(), "IFLA_VXLAN_VNIFILTER", "vnifilter",
            "whether an external device takes only the VNIs that it is given", default=False, fixed=True,
            kernel="5.18", iproute2="5.18",
        ),
        Option(
            "localbypass", Flag(), "IFLA_VXLAN_LOCALBYPASS", "localbypass",
            "whether a packet to a VTEP of this node is handed over without being encapsulated",
            default=True, kernel="6.4", iproute2="6.5",
        ),
        Option(
            "reserved_bits", ReservedBits(), "IFLA_VXLAN_RESERVED_BITS", "reserved_bits",
            "the bits of the VXLAN header that get a frame dropped where they are set", fixed=True,
            kernel="6.14", iproute2="6.14",
        ),
        Option(
            "mcroute", Untold(), "IFLA_VXLAN_MC_ROUTE", "mcroute",
            "whether flooded packets take part in multicast routing of the node; the kernel does not tell it, so that "
            "a change is not seen",
            fixed=True,
            kernel="6.17", iproute2="6.17",
        ),
        Option(
            "gbp", Present(), "IFLA_VXLAN_GBP", "gbp",
            "whether the group-based policy extension is used", default=False, fixed=True,
        ),
        Option(
            "gpe", Present(), "IFLA_VXLAN_GPE", "gpe",
            "whether the generic protocol extension is used: no inner Ethernet", default=False, fixed=True,
        ),
    ),
    config="CONFIG_VXLAN",
)  # fmt: skip
