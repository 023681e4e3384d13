"""Who a frame is from and for, by its own addresses: the outermost ones that it has."""

from __future__ import annotations

from typing import Any, NamedTuple

from scapy.layers.inet6 import ICMPv6ND_NS
from scapy.layers.l2 import ARP

from vxlab.packets.meaning import Meaning

_NOWHERE = ("", "0.0.0.0", "::")  # noqa: S104  addresses of who has none yet, bound to nothing


class Ends(NamedTuple):
    """Two addresses, or MACs where there are none; empty where the frame breaks off before them."""

    src: str
    dst: str


def ends(found: Meaning) -> Ends:
    """The outer addresses of an encapsulated frame, else those of its own IP, ARP or ND message, else its MACs."""
    if found.outer:
        return Ends(found.outer[0].src, found.outer[0].dst)
    inner = found.inner
    src, dst = _arp(found) or (inner.src, _solicited(found) or inner.dst)
    if src in _NOWHERE:
        src = inner.mac_src or src
    return Ends(src, dst if dst not in _NOWHERE else inner.mac_dst)


def _arp(found: Meaning) -> tuple[str, str] | None:
    packet: Any = next((layer.packet for layer in found.inner.layers if isinstance(layer.packet, ARP)), None)
    if packet is None or not {"psrc", "pdst"} <= packet.fields.keys():
        return None
    return str(packet.fields["psrc"]), str(packet.fields["pdst"])


def _solicited(found: Meaning) -> str:
    """Whom a neighbour solicitation asks for: its destination is a group (RFC 4861 section 4.3)."""
    packets: list[Any] = [layer.packet for layer in found.inner.layers if isinstance(layer.packet, ICMPv6ND_NS)]
    return str(packets[0].fields.get("tgt", "")) if packets else ""
