"""The messages inside of frames in words: ARP, neighbour discovery, ICMP, TCP, UDP and IP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6PacketTooBig,
    IPv6,
)
from scapy.layers.l2 import ARP

from vxlab.packets.layers import Layer
from vxlab.packets.names import Names

if TYPE_CHECKING:
    from vxlab.packets.meaning import Header, Inside

Message = Callable[[Any, "Inside", Names], str]

_IGMP = {0x11: "query", 0x12: "v1 report", 0x16: "v2 report", 0x17: "leave", 0x22: "v3 report"}
_IGMP_PROTOCOL = 2


def message_of(inner: Inside, names: Names) -> str:
    """What the innermost layer says that says anything; empty where none does."""
    for layer in reversed(inner.layers):
        say = _MESSAGES.get(type(layer.packet))
        if say and layer.fields:
            return _said(say, layer, inner, names)
    return ""


def _said(say: Message, layer: Layer, inner: Inside, names: Names) -> str:
    try:
        return say(layer.packet, inner, names)
    except KeyError:  # the field that it needs was cut off
        return layer.name


def _arp(packet: Any, _: Inside, names: Names) -> str:
    f = packet.fields
    sender, target = names.shown(_text(f["psrc"])), names.shown(_text(f["pdst"]))
    if f["op"] == 1:
        if _text(f["psrc"]) == _text(f["pdst"]):
            return f"ARP announcement of {sender} at {_text(f['hwsrc'])}"
        if _text(f["psrc"]) == "0.0.0.0":  # noqa: S104  the address of a probe (RFC 5227), bound to nothing
            return f"ARP probe for {target}"
        return f"ARP who-has {target} tell {sender}"
    if f["op"] == 2:
        return f"ARP {sender} is-at {_text(f['hwsrc'])}"
    return f"ARP operation {f['op']}, from {sender} to {target}"


def _text(value: Any) -> str:
    return value.hex(":") if isinstance(value, bytes) else str(value)


def _solicitation(packet: Any, inner: Inside, names: Names) -> str:
    target = names.shown(packet.fields["tgt"])
    if inner.src == "::":
        return f"ND duplicate address detection for {target}"
    return f"ND who-has {target} tell {names.shown(inner.src)}"


def _advertisement(packet: Any, inner: Inside, names: Names) -> str:
    options = (layer.packet for layer in inner.layers if isinstance(layer.packet, ICMPv6NDOptDstLLAddr))
    mac = next((option.fields.get("lladdr") for option in options), None) or inner.mac_src
    return f"ND {names.shown(packet.fields['tgt'])} is-at {mac}"


def _icmp(packet: Any, inner: Inside, names: Names) -> str:
    f = packet.fields
    between = _between(inner, names)
    if f["type"] in (0, 8):
        return f"ICMP echo {'request' if f['type'] else 'reply'} {f['id']:#06x}/{f['seq']} {between}"
    if (f["type"], f["code"]) == (3, 4):
        return f"ICMP fragmentation needed, next-hop MTU {f.get('nexthopmtu', 0)}, {between}"
    return f"ICMP {packet.sprintf('%ICMP.type%')} code {f['code']} {between}"


def _echo6(packet: Any, inner: Inside, names: Names) -> str:
    what = "reply" if isinstance(packet, ICMPv6EchoReply) else "request"
    return f"ICMPv6 echo {what} {packet.fields['id']:#06x}/{packet.fields['seq']} {_between(inner, names)}"


def _too_big(packet: Any, inner: Inside, names: Names) -> str:
    return f"ICMPv6 packet too big, MTU {packet.fields['mtu']}, {_between(inner, names)}"


def _tcp(packet: Any, inner: Inside, names: Names) -> str:
    f = packet.fields
    return f"TCP {f['sport']} → {f['dport']} [{f['flags']}] {_between(inner, names)}"


def _udp(packet: Any, inner: Inside, names: Names) -> str:
    f = packet.fields
    return f"UDP {f['sport']} → {f['dport']} {_between(inner, names)}"


def _ip(packet: Any, inner: Inside, names: Names) -> str:
    f = packet.fields
    data = inner.layers[-1]
    if f["proto"] == _IGMP_PROTOCOL and data.packet is None and data.fields:
        kind = data.fields[0].raw[0]
        return f"IGMP {_IGMP.get(kind, f'type {kind:#x}')} {_between(inner, names)}"
    if f["frag"]:
        return f"IPv4 fragment at byte {f['frag'] * 8} {_between(inner, names)}"
    return f"IPv4 protocol {f['proto']} {_between(inner, names)}"


def _ip6(packet: Any, inner: Inside, names: Names) -> str:
    f = packet.fields
    last = next(layer for layer in reversed(inner.layers) if layer.packet is not None)
    if last.packet is not packet:
        return f"{last.name} {_between(inner, names)}"
    return f"IPv6 next header {f['nh']} {_between(inner, names)}"


def _between(inner: Header, names: Names) -> str:
    return f"{names.shown(inner.src)} → {names.shown(inner.dst)}"


_MESSAGES: dict[Any, Message] = {
    ARP: _arp,
    ICMPv6ND_NS: _solicitation,
    ICMPv6ND_NA: _advertisement,
    ICMP: _icmp,
    ICMPv6EchoRequest: _echo6,
    ICMPv6EchoReply: _echo6,
    ICMPv6PacketTooBig: _too_big,
    TCP: _tcp,
    UDP: _udp,
    IP: _ip,
    IPv6: _ip6,
}
