"""pcapng files written (draft-ietf-opsawg-pcapng): one section, an interface for each link, frames with direction.

scapy's ``PcapNgWriter`` does not fit: it has no statistics, no direction, and no time finer than a microsecond.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SECTION, _INTERFACE, _STATISTICS, _ENHANCED = 0x0A0D0D0A, 1, 5, 6
_BYTE_ORDER = 0x1A2B3C4D
_UNKNOWN_LENGTH = -1
_COMMENT, _SHB_OS, _SHB_APPLICATION = 1, 3, 4
_IF_NAME, _IF_MAC, _IF_TSRESOL, _IF_FILTER = 2, 6, 9, 11
_ISB_START, _ISB_END, _ISB_RECEIVED, _ISB_DROPPED, _ISB_ACCEPTED, _ISB_OS_DROPPED, _ISB_DELIVERED = range(2, 9)
_NANOSECONDS = b"\x09"
_FILTER_TEXT = b"\x00"

_HEAD = struct.Struct("<7I").pack
_FLAGS = struct.Struct("<2HI2HI").pack  # epb_flags, the end of options, and the length of the block again
_FLAGS_LOST = struct.Struct("<2HI2HQ2HI").pack  # the same with epb_dropcount
_PADDING = tuple(bytes(count) for count in range(4))

_INBOUND, _OUTBOUND = 1, 2
_UNICAST, _MULTICAST, _BROADCAST, _PROMISCUOUS = (kind << 2 for kind in (1, 2, 3, 4))
_WAYS = (_INBOUND | _UNICAST, _INBOUND | _BROADCAST, _INBOUND | _MULTICAST, _INBOUND | _PROMISCUOUS, _OUTBOUND, 0, 0, 0)
"""epb_flags (section 4.3.1) by packet type (linux/if_packet.h): host, broadcast, multicast, other host, outgoing."""


@dataclass(frozen=True)
class Described:
    """An interface of a file. ``filter`` is in tcpdump's language, ``mac`` of 6 bytes; empty where there is none."""

    name: str
    linktype: int
    snaplen: int
    filter: str = ""
    mac: bytes = b""


@dataclass(frozen=True)
class Counted:
    """What became of the frames of one interface: accepted by the filter, dropped of these, and written."""

    interface: int
    accepted: int
    dropped: int
    written: int


def header(application: str, system: str, comment: str, interfaces: Sequence[Described]) -> bytes:
    """The start of a file: what made it, and the interfaces."""
    options = _text(_COMMENT, comment) + _text(_SHB_OS, system) + _text(_SHB_APPLICATION, application)
    section = struct.pack("<IHHq", _BYTE_ORDER, 1, 0, _UNKNOWN_LENGTH) + options + _END
    return _block(_SECTION, section) + b"".join(map(_described, interfaces))


def _described(interface: Described) -> bytes:
    options = _text(_IF_NAME, interface.name) + _option(_IF_TSRESOL, _NANOSECONDS)
    if len(interface.mac) == 6:
        options += _option(_IF_MAC, interface.mac)
    if interface.filter:
        options += _option(_IF_FILTER, _FILTER_TEXT + interface.filter.encode(errors="replace"))
    return _block(_INTERFACE, struct.pack("<HHI", interface.linktype, 0, interface.snaplen) + options + _END)


def frames(taken: Iterable[tuple[int, int, int, int, bytes, int]]) -> list[bytes]:
    """Frames as blocks.

    Args:
        taken: for each its time (ns since the epoch), the number of its interface, its packet type (linux/if_packet.h),
            its length on the wire, its bytes, and how many frames were dropped before it.
    """
    parts: list[bytes] = []
    add = parts.append
    for time, interface, kind, wire, data, lost in taken:
        kept = len(data)
        padding = -kept & 3
        length = 44 + kept + padding + (12 if lost else 0)
        add(_HEAD(_ENHANCED, length, interface, time >> 32, time & 0xFFFFFFFF, kept, wire))
        add(data + _PADDING[padding])
        if lost:
            add(_FLAGS_LOST(2, 4, _WAYS[kind], 4, 8, lost, 0, 0, length))
        else:
            add(_FLAGS(2, 4, _WAYS[kind], 0, 0, length))
    return parts


def statistics(counted: Iterable[Counted], started: int, ended: int) -> bytes:
    """What was counted between two times (ns since the epoch).

    Drops stand there twice: the kernel's are ``isb_osdrop``, and ``isb_ifdrop`` is what Wireshark shows, as dumpcap
    writes it.
    """
    return b"".join(_counted(one, started, ended) for one in counted)


def _counted(one: Counted, started: int, ended: int) -> bytes:
    numbers = {
        _ISB_RECEIVED: one.accepted,
        _ISB_DROPPED: one.dropped,
        _ISB_ACCEPTED: one.accepted,
        _ISB_OS_DROPPED: one.dropped,
        _ISB_DELIVERED: one.written,
    }
    options = _option(_ISB_START, _time(started)) + _option(_ISB_END, _time(ended))
    options += b"".join(_option(code, struct.pack("<Q", number)) for code, number in numbers.items())
    return _block(_STATISTICS, struct.pack("<I", one.interface) + _time(ended) + options + _END)


def whole(data: bytes) -> tuple[int, int]:
    """How many bytes at the start of some blocks are whole ones, and how many of these are frames."""
    at = count = 0
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<2I", data, at)
        if at + length > len(data):
            break
        at += length
        count += kind == _ENHANCED
    return at, count


_END = bytes(4)


def _time(moment: int) -> bytes:
    return struct.pack("<2I", moment >> 32, moment & 0xFFFFFFFF)


def _text(code: int, text: str) -> bytes:
    return _option(code, text.encode(errors="replace"))


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length
