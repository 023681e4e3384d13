"""What a frame means, in one line: the innermost message, and where its encapsulation takes it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether

from vxlab.packets import linktypes
from vxlab.packets.counted import counted
from vxlab.packets.envelope import Way
from vxlab.packets.files.model import Frame
from vxlab.packets.layers import Layer, Layers
from vxlab.packets.messages import message_of
from vxlab.packets.names import Names
from vxlab.packets.vxlan import Vxlan, VxlanGbp, VxlanGpe, reserved


@dataclass
class Header:
    """The addresses of one encapsulation, or of what is inside of all: empty where there is no such header."""

    mac_src: str = ""
    mac_dst: str = ""
    vlan: list[int] = field(default_factory=list)
    src: str = ""
    dst: str = ""

    @property
    def text(self) -> str:
        pair = (self.src, self.dst) if self.src else (self.mac_src, self.mac_dst)
        return f"{pair[0]} → {pair[1]}" if any(pair) else ""

    @property
    def tags(self) -> str:
        """Its VLAN tags in words, the outermost first."""
        return f"vlan {'/'.join(map(str, self.vlan))}" if self.vlan else ""


@dataclass
class Tunnel(Header):
    """One encapsulation. ``vni`` is None where the I flag is clear or the header is cut; ``reserved`` names the
    reserved bits that are set; ``group_policy`` is the ID of a group policy (GBP), ``next_protocol`` that of GPE.
    ``is_whole`` says that none of the header was cut off."""

    port: int = 0
    vni: int | None = None
    reserved: list[str] = field(default_factory=list)
    group_policy: int | None = None
    next_protocol: int | None = None
    is_whole: bool = True

    @property
    def vni_cell(self) -> str:
        """The VNI in a table."""
        return str(self.vni) if self.vni is not None else "none" if self.is_whole else "?"

    @property
    def vni_text(self) -> str:
        """The VNI in a sentence."""
        return "no valid VNI" if self.vni is None and self.is_whole else f"VNI {self.vni_cell}"

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "is_whole"}


@dataclass
class Inside(Header):
    """What is inside of all encapsulations."""

    layers: list[Layer] = field(default_factory=list)


_DIRECTIONS = {None: None, False: "in", True: "out"}


@dataclass
class Meaning:
    """A frame as its reader wants it: its encapsulations from the outside inwards, and what they carry.

    ``way`` is that of the outermost. ``text`` says all in a line; ``message`` is its first part, what is inside of all
    encapsulations, and ``notes`` are its last ones, what is unusual about the frame. A message is the same with VLAN
    tags and without: they come and go on its way.
    """

    frame: Frame
    layers: Layers
    outer: list[Tunnel]
    inner: Inside
    way: Way | None
    text: str
    message: str
    notes: tuple[str, ...]

    @property
    def label(self) -> str:
        """The message, and its VLAN tags."""
        return ", ".join(filter(None, (self.message, self.inner.tags)))

    @property
    def direction(self) -> str | None:
        """Which way it went past the interface, ``in`` or ``out``; None where the capture does not say."""
        return _DIRECTIONS[linktypes.outgoing(self.frame)]

    def to_json(self) -> dict[str, Any]:
        interface = self.frame.interface
        broken = self.layers.broken
        return {
            "number": self.frame.number,
            "time_ns": self.frame.time,
            "interface": interface.name or None,
            "interface_id": interface.number,
            "link_type": interface.linktype,
            "direction": self.direction,
            "length": self.frame.wire,
            "captured": len(self.frame.data),
            "outer": [tunnel.to_json() for tunnel in self.outer],
            "inner": {name: getattr(self.inner, name) for name in Header.__dataclass_fields__},
            "way": self.way.value if self.way else None,
            "broken": broken.to_json() if broken else None,
            "meaning": self.text,
        }


def meaning(frame: Frame, taken: Layers, names: Names) -> Meaning:
    """Say what a frame means.

    Args:
        frame: the frame.
        taken: its layers.
        names: who has which address.
    """
    outer, inner = _headers(taken.layers)
    ways = [_way(tunnel, inside) for tunnel, inside in zip(outer, [*outer, inner][1:], strict=True)]
    message = message_of(inner, names) or _unknown(frame, inner)
    parts = [message, inner.tags]
    for depth, (tunnel, way) in enumerate(reversed([*zip(outer, ways, strict=True)])):
        within = f"inside {tunnel.vni_text} " if depth else ""
        parts.append(within + _delivery(tunnel, way, names) + (f" in {tunnel.tags}" if tunnel.vlan else ""))
    notes = [note for tunnel in outer for note in _notes(tunnel)]
    if taken.broken:
        notes.append(f"[{taken.broken.text}]")
    text = ", ".join(filter(None, (*parts, *notes)))
    return Meaning(frame, taken, outer, inner, ways[0] if ways else None, text, message, tuple(notes))


def _headers(layers: list[Layer]) -> tuple[list[Tunnel], Inside]:
    outer: list[Tunnel] = []
    now = Inside()
    port = 0
    for layer in layers:
        packet = layer.packet
        now.layers.append(layer)
        if isinstance(packet, Ether):
            now.mac_src, now.mac_dst = _value(packet, "src"), _value(packet, "dst")
        elif isinstance(packet, Dot1Q | Dot1AD):
            now.vlan += [packet.fields["vlan"]] if "vlan" in packet.fields else []
        elif isinstance(packet, IP | IPv6):
            now.src, now.dst = _value(packet, "src"), _value(packet, "dst")
        elif isinstance(packet, UDP):
            port = packet.fields.get("dport", 0)
        elif isinstance(packet, Vxlan | VxlanGbp | VxlanGpe):
            outer.append(_tunnel(packet, now, port))
            now = Inside()
    return outer, now


def _value(packet: Any, name: str) -> str:
    """What was read, not what scapy would fill in."""
    return str(packet.fields.get(name, ""))


def _tunnel(packet: Any, around: Header, port: int) -> Tunnel:
    fields = packet.fields
    return Tunnel(
        around.mac_src,
        around.mac_dst,
        around.vlan,
        around.src,
        around.dst,
        port,
        fields.get("vni") if fields.get("I") else None,
        reserved(packet),
        fields.get("group_policy_id"),
        fields.get("next_protocol"),
        packet.fields_desc[-1].name in fields,
    )


def _way(tunnel: Tunnel, inside: Header) -> Way:
    """How an encapsulation takes what is inside of it to its VTEPs."""
    if _is_group(tunnel.dst):
        return Way.MULTICAST
    return Way.REPLICATED if _is_group_mac(inside.mac_dst) else Way.UNICAST


def _is_group(address: str) -> bool:
    if ":" in address:
        return address.startswith("ff") and address.index(":") == 4
    return address.split(".")[0].isdecimal() and 224 <= int(address.split(".")[0]) < 240


def _is_group_mac(mac: str) -> bool:
    return bool(mac) and bool(int(mac[:2], 16) & 1)


def _delivery(tunnel: Tunnel, way: Way, names: Names) -> str:
    if way is Way.MULTICAST:
        return f"flooded to {tunnel.dst}"
    to = names.shown(tunnel.dst)
    return f"flooded, the copy for {to}" if way is Way.REPLICATED else f"to {to}"


def _notes(tunnel: Tunnel) -> list[str]:
    # Where the header is cut, it is said where the frame breaks.
    notes = ["no valid VNI: the I flag is clear"] if tunnel.vni is None and tunnel.is_whole else []
    if tunnel.group_policy is not None:
        notes.append(f"group policy {tunnel.group_policy}")
    if tunnel.reserved:
        notes.append(f"reserved bits set: {' '.join(tunnel.reserved)}")
    return notes


def _unknown(frame: Frame, inner: Inside) -> str:
    if frame.interface.linktype not in linktypes.NAMES:
        return f"frames of link type {frame.interface.linktype} are not read"
    known = [layer for layer in inner.layers if layer.packet is not None]
    if not known:
        return counted(len(frame.data), "byte") if not inner.layers else ""
    last = known[-1]
    if isinstance(last.packet, Ether | Dot1Q | Dot1AD) and "type" in last.packet.fields:
        kind = last.packet.type
        return f"{last.name} of type {kind:#06x}" if kind > 1535 else f"802.3 frame of {counted(kind, 'byte')}"
    return last.name
