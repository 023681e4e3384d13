"""Frames to send."""

from __future__ import annotations

from scapy.layers.l2 import ARP, Ether

BROADCAST = "ff:ff:ff:ff:ff:ff"


PADDING = 18
"""Bytes between an ARP message and the end of the shortest Ethernet frame (60 bytes without FCS)."""


def arp_request(mac: str, address: str, target: str, padding: bytes = bytes(PADDING)) -> bytes:
    """The broadcast frame that asks who has ``target`` (RFC 826), from the host with ``mac`` and ``address``.

    ``padding`` fills the frame up; nobody reads it, and so it can tell this request from one that the host itself
    sends at the same time.
    """
    frame = Ether(src=mac, dst=BROADCAST) / ARP(op="who-has", hwsrc=mac, psrc=address, pdst=target)
    return bytes(frame) + padding
