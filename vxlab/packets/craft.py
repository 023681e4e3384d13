"""Frames to send."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from vxlab.packets.errors import CraftError

BROADCAST = "ff:ff:ff:ff:ff:ff"

PADDING = 18
"""Bytes between an ARP message and the end of the shortest Ethernet frame (60 bytes without FCS)."""


@dataclass(frozen=True)
class Ends:
    """The Ethernet and IP addresses that a frame goes between."""

    mac_src: str
    mac_dst: str
    src: str
    dst: str


def arp(ends: Ends, target_mac: str | None, padding: bytes) -> bytes:
    """An ARP request; where ``target_mac`` is given, the reply to ``dst`` that ``src`` is at ``mac_src`` (RFC 826)."""
    op, hwdst = ("who-has", "00:00:00:00:00:00") if target_mac is None else ("is-at", target_mac)
    message = ARP(op=op, hwsrc=ends.mac_src, psrc=ends.src, hwdst=hwdst, pdst=ends.dst)
    return bytes(Ether(src=ends.mac_src, dst=ends.mac_dst) / message) + padding


def solicitation(ends: Ends, target: str) -> bytes:
    """Who has ``target``, asked by neighbour discovery (RFC 4861 section 4.3)."""
    message = ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=ends.mac_src)
    return bytes(_ethernet(ends) / IPv6(src=ends.src, dst=ends.dst, hlim=255) / message)


def advertisement(ends: Ends) -> bytes:
    """``src`` is at ``mac_src``, told unasked or not (RFC 4861 section 4.4); it overrides what was known."""
    message = ICMPv6ND_NA(tgt=ends.src, R=0, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=ends.mac_src)
    return bytes(_ethernet(ends) / IPv6(src=ends.src, dst=ends.dst, hlim=255) / message)


def echo(ends: Ends, identifier: int, sequence: int, data: bytes) -> bytes:
    """An ICMP or ICMPv6 echo request (RFC 792, RFC 4443 section 4.1)."""
    if ":" in ends.dst:
        message = IPv6(src=ends.src, dst=ends.dst) / ICMPv6EchoRequest(id=identifier, seq=sequence, data=data)
    else:
        message = IP(src=ends.src, dst=ends.dst) / ICMP(id=identifier, seq=sequence) / Raw(data)
    return bytes(_ethernet(ends) / message)


def _ethernet(ends: Ends) -> Packet:
    return Ether(src=ends.mac_src, dst=ends.mac_dst)


def tagged(frame: bytes, vlans: Sequence[int]) -> bytes:
    """A frame with VLAN tags (IEEE 802.1Q) behind its MAC addresses, the outermost first."""
    return frame[:12] + b"".join(struct.pack("!HH", 0x8100, vlan) for vlan in vlans) + frame[12:]


@dataclass(frozen=True)
class Tunnel:
    """What is put around a frame. Each field is sent as it is, whether RFC 7348 allows it or not.

    ``flags`` is the first byte of the VXLAN header, ``reserved`` the three behind it, ``reserved_last`` the one behind
    the VNI. ``checksum`` says whether the UDP checksum is computed; otherwise it is 0.
    """

    ends: Ends
    vni: int
    port: int
    source_port: int | None = None
    flags: int = 0x08
    reserved: int = 0
    reserved_last: int = 0
    checksum: bool = True
    ttl: int = 64


FIRST_PORT, PORTS = 49152, 16384
"""The source port is taken from the dynamic ports, and is the same for all of a flow (RFC 7348 section 5)."""


def encapsulated(frame: bytes, tunnel: Tunnel) -> bytes:
    """A frame in VXLAN, UDP and IP (RFC 7348 section 5).

    Raises:
        CraftError: it is longer than a UDP datagram may be.
    """
    ends = tunnel.ends
    head = struct.pack("!B3s3sB", tunnel.flags, _three(tunnel.reserved), _three(tunnel.vni), tunnel.reserved_last)
    port = FIRST_PORT + zlib.crc32(frame[:14]) % PORTS if tunnel.source_port is None else tunnel.source_port
    udp = UDP(sport=port, dport=tunnel.port, **({} if tunnel.checksum else {"chksum": 0}))
    network = IPv6(src=ends.src, dst=ends.dst, hlim=tunnel.ttl) if ":" in ends.dst else None
    network = network or IP(src=ends.src, dst=ends.dst, ttl=tunnel.ttl)
    try:
        # scapy would take the header for its own VXLAN, and the payload to pieces.
        udp.payload = Raw(head + frame)
        return bytes(_ethernet(ends) / network / udp)
    except struct.error:
        raise CraftError(f"a frame of {len(frame)} bytes does not fit into a UDP datagram") from None


def _three(number: int) -> bytes:
    return number.to_bytes(3, "big")
