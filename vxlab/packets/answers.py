"""Which of the frames that pass a lab's links are one that was sent, and which answer it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, IPv6
from scapy.layers.l2 import ARP, Ether

from vxlab.packets.meaning import Meaning
from vxlab.packets.tags import without_tags

_ECHO, _ECHO6 = 8, 128
_ECHO_NEEDLE = 24
"""Bytes of an echo request by which it is known, from its identifier on: errors quote no less (RFC 792, RFC 1812)."""

_SHORTEST = 8


class Part(Enum):
    """What a frame is to one that was sent."""

    SENT = "sent"
    REPLY = "reply"


@dataclass(frozen=True)
class Expectation:
    """By which bytes a frame is known wherever it passes, and by which its answers are."""

    own: bytes
    answer: bytes
    kind: Any
    mac: str

    def may_concern(self, data: bytes) -> bool:
        """Whether a frame is worth to be read; far cheaper than to read it."""
        return self.own in data or self.answer in data

    def part(self, data: bytes, found: Meaning) -> Part | None:
        """What a frame is, once it was read."""
        message = _message(found)
        if self.kind is ARP:
            is_answer = isinstance(message, ARP) and message.fields.get("op") == 2 and self.answer in data
        elif self.kind is ICMP:
            is_answer = isinstance(message, ICMP) and message.fields.get("type") != _ECHO
        elif self.kind is ICMPv6EchoRequest:
            # By number: scapy's echo reply is a kind of request to Python.
            is_answer = _is_icmpv6(message) and message.fields.get("type") != _ECHO6
        elif self.kind is ICMPv6ND_NS:
            is_answer = isinstance(message, ICMPv6ND_NA)
        else:
            is_answer = found.inner.mac_dst == self.mac and self.own not in data
        if is_answer:
            return Part.REPLY
        return Part.SENT if self.own in data else None


def _message(found: Meaning) -> Any:
    """The innermost layer that says something."""
    kinds = [layer.packet for layer in found.inner.layers if layer.packet is not None and layer.fields]
    messages = [one for one in kinds if isinstance(one, ARP | ICMP) or _is_icmpv6(one)]
    return messages[0] if messages else None


def _is_icmpv6(packet: Any) -> bool:
    return type(packet).__name__.startswith("ICMPv6") and not type(packet).__name__.startswith("ICMPv6NDOpt")


def expectation(frame: bytes) -> Expectation:
    """What to look for after a frame was sent."""
    ether = Ether(frame)
    mac = str(ether.src)
    answer_to_mac = bytes.fromhex(mac.replace(":", ""))
    arp, echo = ether.getlayer(ARP), ether.getlayer(ICMP)
    if arp is not None and arp.op == 1 and arp.hwlen == 6 and arp.plen == 4:
        body = bytes(arp)
        # Of the reply: who was asked for, at any MAC address, for who asked (RFC 826).
        return Expectation(body, body[24:28] + body[8:18], ARP, mac)
    if echo is not None and echo.type == _ECHO and ether.getlayer(IP).frag == 0:
        needle = bytes(echo)[4 : 4 + _ECHO_NEEDLE]
        return Expectation(needle, needle, ICMP, mac)
    echo6 = ether.getlayer(ICMPv6EchoRequest)
    if echo6 is not None:
        needle = bytes(echo6)[4 : 4 + _ECHO_NEEDLE]
        return Expectation(needle, needle, ICMPv6EchoRequest, mac)
    asked = ether.getlayer(ICMPv6ND_NS)
    if asked is not None:
        return Expectation(bytes(ether.getlayer(IPv6)), bytes(asked)[8:24], ICMPv6ND_NS, mac)
    return Expectation(_needle(frame, ether), answer_to_mac, None, mac)


def _needle(frame: bytes, ether: Any) -> bytes:
    """What stays the same of a frame on its way: what routers and VLAN-aware bridges do not change."""
    network = ether.getlayer(IP) or ether.getlayer(IPv6)
    kept = bytes(network.payload) if network is not None else without_tags(frame)[0][12:]
    # A few bytes, or padding, would be found in any frame.
    return kept if len(kept) >= _SHORTEST and any(kept[2:]) else frame
