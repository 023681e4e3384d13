"""Tunnel headers that routes add (ip-route(8), "encap"; linux/lwtunnel.h LWTUNNEL_IP_* and LWTUNNEL_IP6_*).

With a VXLAN device in ``external`` mode such a route says what the device is not told: VNI and remote VTEP.
"""

from vxlab.state.kind import Option
from vxlab.state.phrase import Phrase
from vxlab.state.types import Bit, Int, OneOf, Tos, UnicastIp

ENCAP_TYPES = {"ip": 2, "ip6": 4}
"""LWTUNNEL_ENCAP_IP and LWTUNNEL_ENCAP_IP6."""

ENCAP = Phrase(
    (
        Option("type", OneOf(ENCAP_TYPES), "", "", "the outer header: ip (IPv4) or ip6", required=True),
        Option(
            "id", Int(0, 2**32 - 1), "LWTUNNEL_IP_ID", "id", "the tunnel id: the VNI", 0, nla6="LWTUNNEL_IP6_ID",
            example=42,
        ),
        Option("src", UnicastIp(), "LWTUNNEL_IP_SRC", "src", "the outer source address", nla6="LWTUNNEL_IP6_SRC"),
        Option("dst", UnicastIp(), "LWTUNNEL_IP_DST", "dst", "the outer destination address", nla6="LWTUNNEL_IP6_DST"),
        Option("tos", Tos(), "LWTUNNEL_IP_TOS", "tos", "the outer TOS byte, with type ip", 0, also=("dsfield",)),
        Option("ttl", Int(0, 255), "LWTUNNEL_IP_TTL", "ttl", "the outer TTL, with type ip", 0),
        Option("tc", Tos(), "LWTUNNEL_IP6_TC", "tc", "the outer traffic class, with type ip6", 0),
        Option("hoplimit", Int(0, 255), "LWTUNNEL_IP6_HOPLIMIT", "hoplimit", "the outer hop limit, with type ip6", 0),
        Option(
            "csum", Bit(0x01), "LWTUNNEL_IP_FLAGS", "csum", "whether the outer checksum is computed", False,
            nla6="LWTUNNEL_IP6_FLAGS",
        ),
        Option(
            "key", Bit(0x04), "LWTUNNEL_IP_FLAGS", "key", "whether the header carries the id", False,
            nla6="LWTUNNEL_IP6_FLAGS",
        ),
        Option(
            "seq", Bit(0x08), "LWTUNNEL_IP_FLAGS", "seq", "whether the header carries a sequence number", False,
            nla6="LWTUNNEL_IP6_FLAGS",
        ),
    ),
    "a tunnel header such as {type: ip, id: 42, dst: 192.0.2.2}",
    "ip id 42 dst 192.0.2.2",
)  # fmt: skip
