"""What is around an encapsulated frame, read from the bytes alone: for counting many frames.

scapy takes a frame apart in some hundred microseconds; this takes one. `vxlab.packets.layers` is the whole dissection,
and the tests hold both against each other.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from socket import AF_INET, AF_INET6, inet_ntop
from struct import Struct
from typing import NamedTuple

from vxlab.packets import linktypes

UDP = 17
_IP4, _IP6 = 0x0800, 0x86DD
_TAGS = (0x8100, 0x88A8, 0x9100)
_U16 = Struct("!H").unpack_from
_VALID = 0x08
_GPE, _GBP = 0x04, 0x80
_EXTENSIONS = (0, 43, 60)  # hop-by-hop, routing, destination options (RFC 8200 section 4)
_FRAGMENT = 44
_INNER = 3
"""The next protocol of GPE that is Ethernet (draft-ietf-nvo3-vxlan-gpe section 3.2)."""


class Way(Enum):
    """How an encapsulated frame finds its VTEPs."""

    MULTICAST = "multicast"  # to a group: the underlay floods it
    REPLICATED = "replicated"  # a broadcast or multicast frame to one VTEP: one copy of head-end replication
    UNICAST = "unicast"


class Envelope(NamedTuple):
    """Around one encapsulated frame. ``vni`` is None where the header says that it is not valid.

    ``port`` is the UDP destination port, ``inner`` where what is encapsulated starts, in bytes.
    """

    vni: int | None
    src: str
    dst: str
    way: Way
    port: int
    inner: int


class Unreadable(Exception):  # noqa: N818  an answer, not a failure
    """The headers break off before it is known what the frame is."""


class _Network(NamedTuple):
    """Where the payload of an IP packet is."""

    protocol: int
    src: bytes
    dst: bytes
    start: int
    end: int


def envelope(linktype: int, data: bytes, ports: Collection[int]) -> Envelope | None:
    """What VXLAN put around a frame; None where it is not encapsulated, or a later fragment of what is.

    Args:
        linktype: where the frame is from.
        data: the frame.
        ports: the UDP destination ports that carry VXLAN.

    Raises:
        Unreadable: the frame is too short for what it says that it is.
    """
    kind, at = _link(linktype, data)
    if kind == _IP4:
        network = _ip4(data, at)
    elif kind == _IP6:
        network = _ip6(data, at)
    else:
        return None
    if network is None or network.protocol != UDP:
        return None
    start = network.start + 8
    if start > network.end:
        raise Unreadable
    port = _U16(data, network.start + 2)[0]
    if port not in ports:
        return None
    end = min(network.end, network.start + _U16(data, network.start + 4)[0])
    if start + 8 > end:
        raise Unreadable
    return _vxlan(data, start, end, network, port)


def _vxlan(data: bytes, at: int, end: int, network: _Network, port: int) -> Envelope:
    flags = data[at]
    vni = int.from_bytes(data[at + 4 : at + 7], "big") if flags & _VALID else None
    ethernet = not (flags & _GPE and not flags & _GBP) or data[at + 3] in (0, _INNER)
    if ethernet and end < at + 8 + 14:
        raise Unreadable
    family = AF_INET if len(network.dst) == 4 else AF_INET6
    way = _way(network.dst, ethernet and bool(data[at + 8] & 1))
    return Envelope(vni, inet_ntop(family, network.src), inet_ntop(family, network.dst), way, port, at + 8)


def _way(dst: bytes, group_inside: bool) -> Way:
    group = dst[0] == 0xFF if len(dst) == 16 else dst[0] >> 4 == 0xE
    if group:
        return Way.MULTICAST
    return Way.REPLICATED if group_inside else Way.UNICAST


def _link(linktype: int, data: bytes) -> tuple[int, int]:
    """The Ethernet type of what the link header carries, and where that starts."""
    if linktype == linktypes.ETHERNET:
        kind, at = _type(data, 12), 14
    elif linktype == linktypes.COOKED:
        kind, at = _type(data, 14), 16
    elif linktype == linktypes.COOKED2:
        kind, at = _type(data, 0), 20
    elif linktype in (linktypes.RAW, linktypes.IPV4, linktypes.IPV6) and data:
        return {4: _IP4, 6: _IP6}.get(data[0] >> 4, 0), 0
    else:
        return 0, 0
    while kind in _TAGS:
        kind, at = _type(data, at + 2), at + 4
    return kind, at


def _type(data: bytes, at: int) -> int:
    if len(data) < at + 2:
        raise Unreadable
    kind: int = _U16(data, at)[0]
    return kind


def _ip4(data: bytes, at: int) -> _Network | None:
    if len(data) < at + 20:
        raise Unreadable
    header = (data[at] & 15) * 4
    length, (fragment,) = _U16(data, at + 2)[0], _U16(data, at + 6)
    if data[at] >> 4 != 4 or header < 20 or length < header or len(data) < at + header:
        raise Unreadable
    if fragment & 0x1FFF:
        return None
    end = min(len(data), at + length)
    return _Network(data[at + 9], data[at + 12 : at + 16], data[at + 16 : at + 20], at + header, end)


def _ip6(data: bytes, at: int) -> _Network | None:
    if len(data) < at + 40 or data[at] >> 4 != 6:
        raise Unreadable
    end = min(len(data), at + 40 + _U16(data, at + 4)[0])
    protocol, start = data[at + 6], at + 40
    while protocol in _EXTENSIONS or protocol == _FRAGMENT:
        if start + 8 > end:
            raise Unreadable
        if protocol == _FRAGMENT:
            if _U16(data, start + 2)[0] & 0xFFF8:
                return None
            protocol, start = data[start], start + 8
        else:
            protocol, start = data[start], start + 8 + data[start + 1] * 8
    return _Network(protocol, data[at + 8 : at + 24], data[at + 24 : at + 40], start, end)
