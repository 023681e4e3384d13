"""Frames that ask a host to answer, and how they are known again wherever they pass.

Packed by hand: a proof of all pairs sends thousands, and scapy takes half a millisecond for each. The tests hold them
against scapy and tshark.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from vxlab.packets.groups import group_mac, solicited_node

BROADCAST = "ff:ff:ff:ff:ff:ff"

_ARP, _IP4, _IP6 = 0x0806, 0x0800, 0x86DD
_ICMP, _ICMP6 = 1, 58
_ECHO, _ECHO_REPLY, _ECHO6, _ECHO6_REPLY, _SOLICIT, _ADVERTISE = 8, 0, 128, 129, 135, 136
_DF = 0x4000
_TTL, _ND_TTL = 64, 255
_PADDING = 18
"""Bytes between an ARP message and the end of the shortest Ethernet frame (60 bytes without FCS)."""
_NONCE, _SOURCE_MAC, _TARGET_MAC = 14, 1, 2
_NOBODYS_ECHO = b"\xff" * 4


@dataclass(frozen=True)
class End:
    """One end of an exchange: a MAC and an IP address of either version."""

    mac: str
    address: str

    @property
    def version(self) -> int:
        return 6 if ":" in self.address else 4

    @property
    def packed(self) -> bytes:
        return socket.inet_pton(socket.AF_INET6 if self.version == 6 else socket.AF_INET, self.address)


@dataclass(frozen=True)
class Probe(ABC):
    """A frame from one end that the other answers. ``frame`` is what is sent, without FCS."""

    sender: End
    target: End
    frame: bytes = field(init=False, repr=False, default=b"")

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", self._build())

    @abstractmethod
    def _build(self) -> bytes: ...

    def is_request(self, frame: bytes) -> bool:
        """Whether a frame, without any encapsulation, is this very one."""
        return frame == self.frame

    @abstractmethod
    def is_reply(self, frame: bytes) -> bool:
        """Whether a frame, without any encapsulation, is an answer of the target for the sender."""

    def concerns(self, frame: bytes) -> bool:
        """Whether a frame, encapsulated or not, is this one or may be an answer to it; quick, for all that passes."""
        # Behind the MAC addresses there may be a tag.
        return self.frame[12:] in frame or (self._mark() in frame and self.sender.packed in frame)

    @abstractmethod
    def _mark(self) -> bytes:
        """Bytes that are in every answer, and hardly in what hosts say besides."""

    @abstractmethod
    def answer(self, reply: bytes) -> str:
        """The MAC address that an answer tells."""

    @property
    def echo(self) -> bytes:
        """Identifier and sequence number of the only echoes that it has to do with (RFC 792); these are nobody's."""
        return _NOBODYS_ECHO


@dataclass(frozen=True)
class ArpRequest(Probe):
    """Who has the target's address (RFC 826)? To all, or to ``to`` alone.

    The bytes that fill the frame up are chance: they tell it from a request that the host sends by itself.
    """

    to: str = BROADCAST

    def _build(self) -> bytes:
        asked = struct.pack("!HHBBH", 1, _IP4, 6, 4, 1)
        message = asked + mac_bytes(self.sender.mac) + self.sender.packed + bytes(6) + self.target.packed
        return ethernet(self.to, self.sender.mac, _ARP) + message + os.urandom(_PADDING)

    def is_reply(self, frame: bytes) -> bool:
        if frame[12:14] != b"\x08\x06" or frame[20:22] != b"\x00\x02":
            return False
        return frame[28:32] == self.target.packed and frame[38:42] == self.sender.packed

    def _mark(self) -> bytes:
        return struct.pack("!HHBBH", 1, _IP4, 6, 4, 2)

    def answer(self, reply: bytes) -> str:
        return mac_of(reply, 22)


@dataclass(frozen=True)
class Solicitation(Probe):
    """Who has the target's address (RFC 4861 section 4.3)? To its solicited-node group, or to ``to`` alone.

    A nonce (RFC 3971 section 5.3.2) tells it from one that the host sends by itself.
    """

    to: str = ""

    def _build(self) -> bytes:
        group = solicited_node(self.target.address)
        mac = self.to or group_mac(group)
        address = self.target.packed if self.to else ipaddress.ip_address(group).packed
        options = struct.pack("!BB6s", _SOURCE_MAC, 1, mac_bytes(self.sender.mac))
        options += struct.pack("!BB6s", _NONCE, 1, os.urandom(6))
        message = struct.pack("!BBHI", _SOLICIT, 0, 0, 0) + self.target.packed + options
        return ethernet(mac, self.sender.mac, _IP6) + ip6(self.sender.packed, address, message, _ND_TTL)

    def is_reply(self, frame: bytes) -> bool:
        if frame[12:14] != b"\x86\xdd" or frame[20:21] != b"\x3a" or frame[54:55] != bytes([_ADVERTISE]):
            return False
        return frame[62:78] == self.target.packed and frame[38:54] == self.sender.packed

    def _mark(self) -> bytes:
        # What is reserved, and the target.
        return bytes(3) + self.target.packed

    def answer(self, reply: bytes) -> str:
        # Behind the target comes its MAC address, an option of 8 bytes (RFC 4861 section 4.6.1).
        return mac_of(reply, 80) if reply[78:80] == bytes([_TARGET_MAC, 1]) else mac_of(reply, 6)


@dataclass(frozen=True)
class Echo(Probe):
    """An echo request (RFC 792, RFC 4443) that must not be fragmented, of ``size`` bytes with its IP header.

    ``to`` is the MAC that it is for: the target's, or that of a router.
    """

    size: int = 84
    to: str = ""
    token: bytes = field(default_factory=lambda: os.urandom(16), repr=False)

    SMALLEST = 40 + 8 + 16
    """Bytes that the headers of both versions and the token need."""

    @property
    def echo(self) -> bytes:
        return self.token[:4]

    @property
    def message(self) -> bytes:
        """The ICMP message alone; the checksum of ICMPv6 is left to who sends it."""
        version4 = self.sender.version == 4
        headers = 28 if version4 else 48
        kind = _ECHO if version4 else _ECHO6
        message = struct.pack("!BBH", kind, 0, 0) + self.echo + self.token.ljust(self.size - headers, b"\0")
        return message[:2] + checksum(message) + message[4:] if version4 else message

    def _build(self) -> bytes:
        mac = self.to or self.target.mac
        if self.sender.version == 6:
            packet = ip6(self.sender.packed, self.target.packed, self.message, _TTL)
            return ethernet(mac, self.sender.mac, _IP6) + packet
        return ethernet(mac, self.sender.mac, _IP4) + ip4(self.sender.packed, self.target.packed, self.message)

    def is_request(self, frame: bytes) -> bool:
        """Whether a frame carries this request: routers change its MACs and its TTL."""
        return self._carries(frame, (_ECHO, _ECHO6), self.sender.packed + self.target.packed)

    def is_reply(self, frame: bytes) -> bool:
        return self._carries(frame, (_ECHO_REPLY, _ECHO6_REPLY), self.target.packed + self.sender.packed)

    def _mark(self) -> bytes:
        return self.token

    def answer(self, reply: bytes) -> str:
        return mac_of(reply, 6)

    def is_too_big(self, frame: bytes) -> bool:
        """Whether a frame tells that the request was too large (RFC 1191 section 4, RFC 4443 section 3.2)."""
        at = 34 if self.sender.version == 4 else 54
        return frame[at : at + 1] in (b"\x03", b"\x02") and self.echo in frame[at + 8 :] and self._is_ip(frame)

    def _carries(self, frame: bytes, kinds: tuple[int, int], addresses: bytes) -> bool:
        version4 = self.sender.version == 4
        at, where = (34, 26) if version4 else (54, 22)
        if not self._is_ip(frame) or frame[where : where + len(addresses)] != addresses:
            return False
        kind = kinds[0] if version4 else kinds[1]
        return frame[at : at + 1] == bytes([kind]) and frame[at + 4 : at + 8] == self.echo

    def _is_ip(self, frame: bytes) -> bool:
        return frame[12:15] == b"\x08\x00\x45" or (frame[12:14] == b"\x86\xdd" and frame[20:21] == b"\x3a")


def ask(sender: End, target: End, *, to: str = "") -> Probe:
    """The question for a MAC address that belongs to the version of IP: flooded, or for the MAC ``to`` alone."""
    if sender.version == 4:
        return ArpRequest(sender, target, to or BROADCAST)
    return Solicitation(sender, target, to)


def answerer(frame: bytes) -> bytes:
    """Whose answer a frame is (ARP reply, neighbour advertisement, echo reply), as a packed address; else nothing."""
    if frame[12:14] == b"\x08\x06":
        return frame[28:32] if frame[20:22] == b"\x00\x02" else b""
    if frame[12:15] == b"\x08\x00\x45":
        return frame[26:30] if frame[23:24] == b"\x01" and frame[34:35] == b"\x00" else b""
    if frame[12:14] != b"\x86\xdd" or frame[20:21] != b"\x3a":
        return b""
    if frame[54:55] == bytes([_ADVERTISE]):
        return frame[62:78]
    return frame[22:38] if frame[54:55] == bytes([_ECHO6_REPLY]) else b""


def mac_bytes(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def mac_of(frame: bytes, at: int) -> str:
    return frame[at : at + 6].hex(":")


def ethernet(dst: str, src: str, kind: int) -> bytes:
    return mac_bytes(dst) + mac_bytes(src) + struct.pack("!H", kind)


def ip4(src: bytes, dst: bytes, payload: bytes) -> bytes:
    """An IPv4 packet of ICMP that must not be fragmented (RFC 791 section 3.1)."""
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, _DF, _TTL, _ICMP, 0, src, dst)
    return header[:10] + checksum(header) + header[12:] + payload


def ip6(src: bytes, dst: bytes, payload: bytes, hops: int) -> bytes:
    """An IPv6 packet of ICMPv6, whose checksum is filled in (RFC 8200 section 8.1)."""
    pseudo = src + dst + struct.pack("!IHBB", len(payload), 0, 0, _ICMP6)
    payload = payload[:2] + checksum(pseudo + payload) + payload[4:]
    return struct.pack("!IHBB", 6 << 28, len(payload), _ICMP6, hops) + src + dst + payload


def checksum(data: bytes) -> bytes:
    """The Internet checksum (RFC 1071)."""
    padded = data + bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)
