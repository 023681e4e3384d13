"""The schema of a topology: the high-level keys, which say what is meant. ``lowlevel`` has the others."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, create_model, model_validator

from vxlab.state.kinds import BRIDGE
from vxlab.state.kinds.vxlan import VXLAN
from vxlab.state.types import Bool, Int, LinkMac, MulticastIp
from vxlab.topology.lowlevel import Node, WrittenNode, cable, option_field
from vxlab.topology.names import (
    ARP,
    FLOOD,
    MODE,
    UNDERLAY_KIND,
    BareAddress,
    Description,
    Gateway,
    NodeName,
    Subnet,
)
from vxlab.topology.strict import Checked, Strict

Name = Annotated[str, Checked(NodeName())]
Mtu = Annotated[int | None, Checked(VXLAN.table["mtu"].type)]

NOT_TUNABLE = ("vni", "group", "remote", "local", "dev", "external", "vnifilter", "gpe")
TUNABLE = tuple(option.name for option in VXLAN.options if option.name not in NOT_TUNABLE)
"""The options of a VXLAN device that a segment and a VTEP may set; the others follow from what they are."""

_TUNABLE_FIELDS: dict[str, Any] = {name: option_field(VXLAN.table[name]) for name in TUNABLE}


def tuned(part: Strict) -> dict[str, Any]:
    """The options of the VXLAN device that a segment or a VTEP sets."""
    return {name: getattr(part, name) for name in TUNABLE if name in part.model_fields_set}


def _listed(raw: object) -> object:
    """One of something may be written without a list around it."""
    return raw if isinstance(raw, list) else [raw]


class Underlay(Strict):
    """The network that carries the tunnels."""

    kind: Annotated[str, Checked(UNDERLAY_KIND)] = Field(
        "switch",
        description="switch: one bridge that all VTEPs are plugged into; mesh: a cable between each two VTEPs; "
        "routed: VTEPs are leaves with loopback addresses, below spines that route (ECMP)",
        examples=["routed"],
    )
    subnet: Annotated[str, Checked(Subnet())] = Field(
        "172.16.0.0/16",
        description="what VTEPs are numbered from; says whether the underlay is IPv4 or IPv6",
        examples=["192.168.8.0/24", "2001:db8:8::/64"],
    )
    mtu: Annotated[int, Checked(VXLAN.table["mtu"].type)] = Field(
        1500, description="the MTU of its links, in bytes", examples=[9000]
    )
    snooping: Annotated[bool, Checked(Bool())] = Field(
        False,
        description="with kind switch: whether it sends a group only to the VTEPs that joined it (IGMP, MLD)",
        examples=[True],
    )
    spines: Annotated[int, Checked(Int(1, 64))] = Field(
        2, description="with kind routed: how many spines there are", examples=[4]
    )
    links: Annotated[str | None, Checked(Subnet())] = Field(
        None, description="with kind mesh or routed: what the cables are numbered from", examples=["10.255.0.0/16"]
    )


class SegmentBase(Strict):
    """One VNI: one overlay broadcast domain."""

    vni: Annotated[int, Checked(VXLAN.table["vni"].type)] = Field(
        description="the VXLAN network identifier", examples=[42]
    )
    mode: Annotated[str, Checked(MODE)] = Field(
        "multicast",
        description="multicast: BUM frames go to a group; replicate: a copy to each VTEP; static-l2: so too, but every "
        "MAC is known and nothing is learned; static-l3: nothing is flooded, VTEPs answer ARP and ND themselves",
        examples=["replicate"],
    )
    flood: Annotated[str | None, Checked(FLOOD)] = Field(
        None,
        description="where BUM frames go: group, replicate (a copy to each VTEP), none; else the mode says it",
        examples=["none"],
    )
    arp: Annotated[str | None, Checked(ARP)] = Field(
        None,
        description="who answers ARP and ND: flood (the host), proxy (the VTEP); else the mode says it",
        examples=["proxy"],
    )
    group: Annotated[str | None, Checked(MulticastIp())] = Field(
        None, description="the multicast group; else one made from the VNI", examples=["239.1.1.42"]
    )
    subnet: Annotated[tuple[Annotated[str, Checked(Subnet())], ...], BeforeValidator(_listed)] = Field(
        ("10.0.0.0/16",),
        description="what hosts are numbered from: an IPv4 or an IPv6 network, or one of each",
        examples=["10.20.0.0/24", ["10.20.0.0/24", "2001:db8:20::/64"]],
    )
    gateway: Annotated[tuple[Annotated[Any, Checked(Gateway())], ...], BeforeValidator(_listed)] = Field(
        (),
        description="an anycast gateway on every VTEP of the segment: true (the first address of each subnet) "
        "or its address; VTEPs then route between their segments (asymmetric IRB)",
        examples=[True, "10.0.0.254"],
    )
    mtu: Mtu = Field(
        None, description="the MTU of the overlay; else what the underlay leaves (50 or 70 bytes less)", examples=[1400]
    )


class VtepBase(Node):
    """A tunnel end point: a node with an underlay link, and a bridge and a VXLAN device for each segment."""

    @model_validator(mode="before")
    @classmethod
    def _know_generated_links(cls, raw: Any) -> Any:
        links = raw.get("links") if isinstance(raw, dict) else None
        if not isinstance(links, dict):
            return raw
        return {**raw, "links": {name: _as_generated(name, settings) for name, settings in links.items()}}

    address: Annotated[str | None, Checked(BareAddress())] = Field(
        None, description="its underlay address; else numbered from the subnet", examples=["172.16.0.7"]
    )
    mac: Annotated[str | None, Checked(LinkMac())] = Field(
        None,
        description="the MAC address of its underlay link, with kind switch; else derived from its name",
        examples=["02:00:00:00:00:07"],
    )
    segments: tuple[Name, ...] | None = Field(
        None, description="the segments that it carries; else all", examples=[["blue"]]
    )
    internet: Annotated[bool, Checked(Bool())] = Field(
        False,
        description="whether it has a default route to a stub node called internet; needs a gateway",
        examples=[True],
    )


def _as_generated(name: str, settings: Any) -> Any:
    """What is said of a generated link, checked as what it will be: vxlan42 is a VXLAN device with VNI 42."""
    if not isinstance(settings, dict) or "kind" in settings:
        return settings
    if re.fullmatch(r"vxlan[0-9]{1,8}", name):
        return {"vni": int(name.removeprefix("vxlan")), **settings, "kind": VXLAN.name}
    return {**settings, "kind": BRIDGE.name} if re.fullmatch(r"br[0-9]{1,8}", name) else settings


class Host(Node):
    """A node behind a VTEP, in one segment."""

    vtep: Name = Field(description="the VTEP that it is plugged into", examples=["vtep1"])
    segment: Name | None = Field(
        None, description="the segment that it is in; needed where there are several", examples=["blue"]
    )
    address: Annotated[tuple[Annotated[str, Checked(BareAddress())], ...], BeforeValidator(_listed)] = Field(
        (),
        description="its overlay address, or one for each subnet; else numbered from the subnet",
        examples=["10.0.0.7"],
    )
    mac: Annotated[str | None, Checked(LinkMac())] = Field(
        None, description="its MAC address; else derived from its name", examples=["02:00:00:00:00:07"]
    )
    mtu: Mtu = Field(None, description="the MTU of its link; else that of the segment", examples=[1400])


# With the rows of the VXLAN device behind their own keys.
Segment = create_model("Segment", __base__=SegmentBase, __doc__=SegmentBase.__doc__, **_TUNABLE_FIELDS)
Vtep = create_model("Vtep", __base__=VtepBase, __doc__=VtepBase.__doc__, **_TUNABLE_FIELDS)


class Document(Strict):
    """A topology file."""

    name: Name | None = Field(None, description="the lab's name; else the file's", examples=["multicast"])
    description: Annotated[str, Checked(Description())] = Field(
        "", description="what the lab shows", examples=["Two VTEPs that find each other."]
    )
    underlay: Underlay = Field(
        default_factory=Underlay, description="the network that carries the tunnels", examples=[{"kind": "mesh"}]
    )
    segments: dict[Name, Annotated[SegmentBase, PlainValidator(Segment.model_validate)]] = Field(
        {}, description="overlay broadcast domains by name", examples=[{"blue": {"vni": 42}}]
    )
    vteps: dict[Name, Annotated[VtepBase, PlainValidator(Vtep.model_validate)]] = Field(
        {}, description="tunnel end points by name", examples=[{"vtep[1-2]": {}}]
    )
    hosts: dict[Name, Host] = Field({}, description="hosts by name", examples=[{"h1": {"vtep": "vtep1"}}])
    nodes: dict[Name, WrittenNode] = Field(
        {}, description="nodes that are written out, by name", examples=[{"a": {"links": {"br0": {"kind": "bridge"}}}}]
    )
    links: tuple[Annotated[Any, PlainValidator(cable)], ...] = Field(
        (),
        description="cables between nodes",
        examples=[[["a:eth0", "b:eth0"]], [{"a:eth0": {"mtu": 9000}, "b:eth0": {}}]],
    )
