"""Frames as they were caught, taken apart: the outer addresses, the VNI, and the ARP message inside."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.layers.vxlan import VXLAN

FLAG_I = 0x08
"""The flag that says that the VNI is valid (RFC 7348 section 5)."""


@dataclass(frozen=True)
class Outer:
    """What VXLAN put around a frame. Ports are UDP ports."""

    mac_src: str
    mac_dst: str
    src: str
    dst: str
    port: int
    vni: int


@dataclass(frozen=True)
class Arp:
    """An ARP message and the Ethernet addresses of its frame (RFC 826)."""

    mac_src: str
    mac_dst: str
    request: bool
    sender_mac: str
    sender: str
    target: str

    @property
    def text(self) -> str:
        if self.request:
            return f"ARP who-has {self.target} tell {self.sender}"
        return f"ARP {self.sender} is-at {self.sender_mac}"


@dataclass(frozen=True)
class Dissected:
    """A frame: its encapsulation, where it has one, and its ARP message, where that is what it carries."""

    outer: Outer | None
    arp: Arp | None

    @property
    def text(self) -> str:
        inner = self.arp.text if self.arp else "no ARP"
        if self.outer is None:
            return inner
        o = self.outer
        return f"{o.src} → {o.dst} (MAC {o.mac_dst}) UDP {o.port} VNI {o.vni} | {inner}"

    def to_json(self) -> dict[str, Any]:
        return {
            "outer": asdict(self.outer) if self.outer else None,
            "inner": asdict(self.arp) if self.arp else None,
            "text": self.text,
        }


_ARP = bytes.fromhex("0806 0001 0800 06 04 00")
"""An Ethernet type of ARP and the start of its message, for IPv4 over Ethernet (RFC 826)."""


def carries_arp(frame: bytes) -> bool:
    """Whether a frame may be an ARP message, encapsulated or not; far cheaper than to take it apart."""
    return _ARP in frame


def dissect(frame: bytes, ports: Collection[int]) -> Dissected:
    """Take a frame apart.

    Args:
        frame: the bytes from the Ethernet header on.
        ports: the UDP destination ports that carry VXLAN.
    """
    ether = Ether(frame)
    outer, inner = _unwrap(ether, ports)
    return Dissected(outer, _arp(inner if outer else ether))


def _unwrap(ether: Any, ports: Collection[int]) -> tuple[Outer | None, Any]:
    ip = ether.getlayer(IP) or ether.getlayer(IPv6)
    udp = ether.getlayer(UDP)
    if ip is None or udp is None or udp.dport not in ports:
        return None, None
    # scapy knows VXLAN by its well-known ports alone; a lab may use another.
    vxlan = VXLAN(bytes(udp.payload))
    if not int(vxlan.flags) & FLAG_I:
        return None, None
    outer = Outer(ether.src, ether.dst, ip.src, ip.dst, udp.dport, vxlan.vni)
    return outer, vxlan.getlayer(Ether)


def _arp(ether: Any) -> Arp | None:
    arp = ether.getlayer(ARP) if ether is not None else None
    if arp is None:
        return None
    return Arp(ether.src, ether.dst, arp.op == 1, arp.hwsrc, arp.psrc, arp.pdst)
