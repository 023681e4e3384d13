"""The attributes of netlink messages, found in their bytes (struct nlattr of linux/netlink.h; netlink(7))."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_HEADER = struct.Struct("=HH").unpack_from
_SIZE = 4
_TYPE = 0x3FFF
"""NLA_TYPE_MASK: the other two bits say what is inside."""


def attributes(data: bytes, at: int, end: int) -> dict[int, bytes]:
    """The payload of each attribute between two places, by its type; of two with one type that of the first."""
    found: dict[int, bytes] = {}
    while at + _SIZE <= end:
        length, kind = _HEADER(data, at)
        if length < _SIZE:
            break
        kind &= _TYPE
        if kind not in found:
            found[kind] = data[at + _SIZE : at + length]
        at += (length + 3) & ~3
    return found


def payloads(data: bytes, at: int, end: int, wanted: int) -> Iterator[bytes]:
    """The payload of each attribute of a type between two places."""
    while at + _SIZE <= end:
        length, kind = _HEADER(data, at)
        if length < _SIZE:
            return
        if kind & _TYPE == wanted:
            yield data[at + _SIZE : at + length]
        at += (length + 3) & ~3
