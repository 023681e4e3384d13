"""Frames to send."""

from __future__ import annotations

from scapy.layers.l2 import ARP, Ether

BROADCAST = "ff:ff:ff:ff:ff:ff"


def arp_request(mac: str, address: str, target: str) -> bytes:
    """The broadcast frame that asks who has ``target`` (RFC 826), from the host with ``mac`` and ``address``."""
    frame = Ether(src=mac, dst=BROADCAST) / ARP(op="who-has", hwsrc=mac, psrc=address, pdst=target)
    return bytes(frame)
