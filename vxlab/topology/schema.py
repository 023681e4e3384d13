"""The schema of a topology: the high-level keys, which say what is meant. ``lowlevel`` has the others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Self

from vxlab.state.kinds import BRIDGE
from vxlab.state.kinds.qdisc import IMPAIRMENTS
from vxlab.state.kinds.vxlan import VXLAN
from vxlab.state.types import Bool, Int, LinkMac, LinkName, MulticastIp
from vxlab.topology.lowlevel import End, Node, WrittenNode, cable, option_field
from vxlab.topology.names import (
    ARP,
    FLOOD,
    MODE,
    STYLE,
    UNDERLAY_KIND,
    BareAddress,
    Description,
    Gateway,
    NodeName,
    SegmentOfVlan,
    Subnet,
    VlanId,
)
from vxlab.topology.strict import (
    EMPTY,
    ONE_OR_SEVERAL,
    OR_NULL,
    SEVERAL_OR_NULL,
    Strict,
    by_name,
    field,
    made_of,
    several,
    structure,
)

_MTU = VXLAN.table["mtu"].type

NOT_TUNABLE = ("vni", "group", "remote", "local", "dev", "external", "vnifilter", "gpe")
TUNABLE = tuple(option.name for option in VXLAN.options if option.name not in NOT_TUNABLE)
"""The options of a VXLAN device that a segment and a VTEP may set; the others follow from what they are."""

_TUNABLE_FIELDS = {name: option_field(VXLAN.table[name]) for name in TUNABLE}


_IMPAIRMENTS = {
    option.name: field(option.type, option.help, None, example=option.example or option.type.example)
    for option in IMPAIRMENTS
}


def impairments(part: Strict) -> dict[str, Any]:
    """What an underlay, a VTEP or a host says of how its cables impair what they carry, in both directions."""
    return {name: value for name, value in part.said.items() if name in _IMPAIRMENTS}


def tuned(part: Strict) -> dict[str, Any]:
    """The options of the VXLAN device that a segment or a VTEP sets."""
    return {name: value for name, value in part.said.items() if name in _TUNABLE_FIELDS}


class UnderlayBase(Strict):
    """The network that carries the tunnels."""

    kind: str = field(
        UNDERLAY_KIND,
        "switch: one bridge that all VTEPs are plugged into; mesh: a cable between each two VTEPs; "
        "routed: VTEPs are leaves with loopback addresses, below spines that route (ECMP); real: the network between "
        "machines, each of which is a VTEP with one of its network cards",
        "switch",
        example="routed",
    )
    subnet: str = field(
        Subnet(),
        "what VTEPs are numbered from; says whether the underlay is IPv4 or IPv6",
        "172.16.0.0/16",
        example="192.168.8.0/24",
    )
    mtu: int = field(_MTU, "the MTU of its links, in bytes", 1500, example=9000)
    snooping: bool = field(
        Bool(),
        "with kind switch: whether it sends a group only to the VTEPs that joined it (IGMP, MLD)",
        False,
        example=True,
    )
    spines: int = field(Int(1, 64), "with kind routed: how many spines there are", 2, example=4)
    links: str | None = field(
        Subnet(), "with kind mesh or routed: what the cables are numbered from", None, example="10.255.0.0/16"
    )


class SegmentBase(Strict):
    """One VNI: one overlay broadcast domain."""

    vni: int = field(VXLAN.table["vni"].type, "the VXLAN network identifier", example=42)
    mode: str = field(
        MODE,
        "multicast: BUM frames go to a group; replicate: a copy to each VTEP; static-l2: so too, but every "
        "MAC is known and nothing is learned; static-l3: nothing is flooded, VTEPs answer ARP and ND themselves",
        "multicast",
        example="replicate",
    )
    flood: str | None = field(
        FLOOD,
        "where BUM frames go: group, replicate (a copy to each VTEP), none; else the mode says it",
        None,
        example="none",
    )
    arp: str | None = field(
        ARP, "who answers ARP and ND: flood (the host), proxy (the VTEP); else the mode says it", None, example="proxy"
    )
    group: str | None = field(
        MulticastIp(), "the multicast group; else one made from the VNI", None, example="239.1.1.42"
    )
    subnet: tuple[str, ...] = field(
        Subnet(),
        "what hosts are numbered from: an IPv4 or an IPv6 network, or one of each",
        ("10.0.0.0/16",),
        ONE_OR_SEVERAL,
        example="10.20.0.0/24",
    )
    gateway: tuple[Any, ...] = field(
        Gateway(),
        "an anycast gateway on every VTEP of the segment: true (the first address of each subnet) "
        "or its address; VTEPs then route between their segments (asymmetric IRB)",
        (),
        ONE_OR_SEVERAL,
        example=True,
    )
    tenant: str | None = field(
        NodeName(),
        "the tenant that it is of: VTEPs route between its segments alone, in a VRF (symmetric IRB); needs a gateway",
        None,
        OR_NULL,
        example="acme",
    )
    mtu: int | None = field(
        _MTU, "the MTU of the overlay; else what the underlay leaves (50 or 70 bytes less)", None, example=1400
    )


class Tenant(Strict):
    """Whose segments are routed to each other and to no others: a VRF on each VTEP that has one of them."""

    vni: int = field(
        VXLAN.table["vni"].type, "the L3 VNI: the tunnel between its VRFs, which carries what is routed", example=1000
    )
    table: int | None = field(
        Int(1, 2**32 - 1), "the routing table of its VRFs; else the number of its VNI", None, example=10
    )


class VtepBase(Node):
    """A tunnel end point: a node with an underlay link, and a bridge and a VXLAN device for each segment."""

    @classmethod
    def read(cls, raw: object) -> Self:
        links = raw.get("links") if isinstance(raw, dict) else None
        if isinstance(raw, dict) and isinstance(links, dict):
            raw = {**raw, "links": {name: _as_generated(name, settings) for name, settings in links.items()}}
        return super().read(raw)

    address: str | None = field(
        BareAddress(), "its underlay address; else numbered from the subnet", None, example="172.16.0.7"
    )
    mac: str | None = field(
        LinkMac(),
        "the MAC address of its underlay link, with kind switch; else derived from its name",
        None,
        example="02:00:00:00:00:07",
    )
    machine: str | None = field(
        NodeName(), "the machine that it lives on, with its hosts; `vxlab up --on` makes that part", None, example="a"
    )
    card: str | None = field(
        LinkName(),
        "with kind real: the VTEP is the machine itself, and this network card of it is the underlay; what the VTEP "
        "has is made in the machine's own network namespace",
        None,
        example="eth1",
    )
    segments: tuple[str, ...] | None = field(
        NodeName(), "the segments that it carries; else all", None, SEVERAL_OR_NULL, example=["blue"]
    )
    vlans: Mapping[int, str] = structure(
        by_name(VlanId(), SegmentOfVlan().parse),
        "which segment each VLAN is: then it has one bridge that looks at tags, and carries these segments. The tag is "
        "local: another VTEP may have another VLAN for the segment",
        EMPTY,
        example={"10": "blue"},
    )
    style: str = field(
        STYLE,
        "with vlans: device-per-vni has a VXLAN device for each segment, an access port of the bridge; single-device "
        "one for all, that the bridge tells the VNI of each frame (needs Linux 5.18)",
        "device-per-vni",
        example="single-device",
    )
    internet: bool = field(
        Bool(),
        "whether it has a default route to a stub node called internet; needs a gateway",
        False,
        example=True,
    )


def _as_generated(name: str, settings: Any) -> Any:
    """What is said of a generated link, checked as what it will be: vxlan42 is a VXLAN device with VNI 42."""
    if not isinstance(settings, dict) or "kind" in settings:
        return settings
    if re.fullmatch(r"vxlan[0-9]{1,8}", name):
        return {"vni": int(name.removeprefix("vxlan")), **settings, "kind": VXLAN.name}
    return {**settings, "kind": BRIDGE.name} if re.fullmatch(r"br[0-9]{1,8}", name) else settings


class HostBase(Node):
    """A node behind a VTEP, in one segment, or with tags in several."""

    vtep: str = field(NodeName(), "the VTEP that it is plugged into", example="vtep1")
    segment: str | None = field(
        NodeName(), "the segment that it is in; needed where there are several", None, OR_NULL, example="blue"
    )
    trunk: tuple[str, ...] | None = field(
        NodeName(),
        "the segments whose frames it gets and sends with tags, each by a link of its own: eth0.10 for VLAN 10 of its "
        "VTEP. Beside them, segment is the one without a tag",
        None,
        SEVERAL_OR_NULL,
        example=["blue"],
    )
    address: tuple[str, ...] = field(
        BareAddress(),
        "its overlay address without a tag, or one for each subnet; else numbered from the subnet",
        (),
        ONE_OR_SEVERAL,
        example="10.0.0.7",
    )
    mac: str | None = field(LinkMac(), "its MAC address; else derived from its name", None, example="02:00:00:00:00:07")
    mtu: int | None = field(_MTU, "the MTU of its link; else that of the segment", None, example=1400)


# With the rows of the VXLAN device behind their own keys.
Segment = made_of(_TUNABLE_FIELDS, "Segment", SegmentBase.__doc__, SegmentBase)
Vtep = made_of(_IMPAIRMENTS | _TUNABLE_FIELDS, "Vtep", VtepBase.__doc__, VtepBase)
# With the rows of the discipline that impairs.
Underlay = made_of(_IMPAIRMENTS, "Underlay", UnderlayBase.__doc__, UnderlayBase)
Host = made_of(_IMPAIRMENTS, "Host", HostBase.__doc__, HostBase)


class Document(Strict):
    """A topology file."""

    name: str | None = field(NodeName(), "the lab's name; else the file's", None, OR_NULL, example="multicast")
    description: str = field(Description(), "what the lab shows", "", example="Two VTEPs that find each other.")
    underlay: UnderlayBase = structure(
        Underlay.read, "the network that carries the tunnels", Underlay(), example={"kind": "mesh"}
    )
    segments: Mapping[str, SegmentBase] = structure(
        by_name(NodeName(), Segment.read), "overlay broadcast domains by name", EMPTY, example={"blue": {"vni": 42}}
    )
    tenants: Mapping[str, Tenant] = structure(
        by_name(NodeName(), Tenant.read),
        "whose segments are routed to each other alone, by name",
        EMPTY,
        example={"acme": {"vni": 1000, "table": 10}},
    )
    vteps: Mapping[str, VtepBase] = structure(
        by_name(NodeName(), Vtep.read), "tunnel end points by name", EMPTY, example={"vtep[1-2]": {}}
    )
    hosts: Mapping[str, HostBase] = structure(
        by_name(NodeName(), Host.read), "hosts by name", EMPTY, example={"h1": {"vtep": "vtep1"}}
    )
    nodes: Mapping[str, WrittenNode] = structure(
        by_name(NodeName(), WrittenNode.read),
        "nodes that are written out, by name",
        EMPTY,
        example={"a": {"links": {"br0": {"kind": "bridge"}}}},
    )
    links: tuple[tuple[End, End], ...] = structure(
        several(cable), "cables between nodes", (), example=[["a:eth0", "b:eth0"]]
    )
