"""pcapng files (draft-ietf-opsawg-pcapng): sections of blocks; each section has its byte order and its interfaces."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from vxlab.harmless import printable
from vxlab.packets.files.model import MAX_FRAME, CaptureFileError, CutError, Frame, Interface
from vxlab.packets.files.source import Source

MAGIC = b"\x0a\x0d\x0d\x0a"
"""A section header block, in either byte order."""

_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_MAX_BLOCK = 1 << 24  # what Wireshark takes; a larger length is damage

_INTERFACE, _PACKET, _SIMPLE, _ENHANCED = 1, 2, 3, 6
_IF_NAME, _IF_TSRESOL, _IF_TSOFFSET = 2, 9, 14
_EPB_FLAGS = 2
_WAYS = {1: False, 2: True}
"""Bits 0 and 1 of the flags of an enhanced packet block: inbound, outbound (section 4.3.1); 0 is not known."""
_MOST_INTERFACES = 16384
_MOST_OF_A_NAME = 256
_SECOND = 1_000_000_000


@dataclass(frozen=True)
class _Described:
    """An interface with what its frames need to be read: clock ticks per second, and seconds to add."""

    interface: Interface
    snaplen: int
    ticks: int
    offset: int


def frames(source: Source) -> Iterator[Frame]:
    """The frames of a pcapng file.

    Raises:
        CaptureFileError: its first block is not that of a section.
        CutError: it ends, or makes no sense any more, in the middle.
    """
    reader = _Reader(source)
    while block := reader.block():
        frame = reader.read(*block)
        if frame is not None:
            yield frame


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._order = ""
        self._interfaces: list[_Described] = []
        self._seen = 0
        self._number = 0

    def block(self) -> tuple[int, bytes] | None:
        """The type and the body of the next block; None at the end of the file."""
        source = self._source
        if not source.fill(12):
            if source.left:
                raise self._cut(f"{source.left} bytes of a block are left")
            return None
        head = source.data[source.at : source.at + 12]
        if head[:4] == MAGIC:
            self._section(head[8:12])
        kind, length = struct.unpack(f"{self._order}II", head[:8])
        if length < 12 or length % 4 or length > _MAX_BLOCK:
            raise self._damaged(f"a block cannot have {length} bytes")
        if not source.fill(length):
            raise self._cut(f"{source.left} of the {length} bytes of a block are left")
        body = source.data[source.at + 8 : source.at + length - 4]
        (again,) = struct.unpack_from(f"{self._order}I", source.data, source.at + length - 4)
        if again != length:
            raise self._damaged(f"a block has {length} bytes at its start and {again} at its end")
        if head[:4] == MAGIC and (length < 28 or body[4:6] != struct.pack(f"{self._order}H", 1)):
            raise self._damaged("the section is not of version 1")
        source.at += length
        return kind, body

    def _section(self, magic: bytes) -> None:
        if magic not in _ORDERS:
            raise self._damaged("a section has no byte order")
        self._order = _ORDERS[magic]
        self._interfaces = []

    def read(self, kind: int, body: bytes) -> Frame | None:
        try:
            if kind == _ENHANCED:
                interface, high, low, captured, wire = struct.unpack_from(f"{self._order}5I", body)
                outgoing = self._outgoing(body, 20 + captured + -captured % 4)
                return self._frame(interface, (high << 32) | low, captured, wire, body[20:], outgoing)
            if kind == _INTERFACE:
                self._describe(body)
            elif kind == _SIMPLE:
                (wire,) = struct.unpack_from(f"{self._order}I", body)
                return self._frame(0, None, self._snapped(wire), wire, body[4:])
            elif kind == _PACKET:  # obsolete, and written by old programs
                interface, _, high, low, captured, wire = struct.unpack_from(f"{self._order}HHIIII", body)
                return self._frame(interface, (high << 32) | low, captured, wire, body[20:])
        except struct.error as error:
            raise self._damaged("a block is shorter than its fields") from error
        return None  # names, statistics, secrets, comments, and what the future brings

    def _snapped(self, wire: int) -> int:
        snaplen = self._interfaces[0].snaplen if self._interfaces else 0
        return min(wire, snaplen or wire)

    def _outgoing(self, body: bytes, at: int) -> bool | None:
        """What the options of an enhanced packet block say of its direction; most have none."""
        if at >= len(body):
            return None
        flags = dict(self._options(body[at:])).get(_EPB_FLAGS, b"")
        return _WAYS.get(struct.unpack(f"{self._order}I", flags)[0] & 3) if len(flags) == 4 else None

    def _frame(
        self, interface: int, ticks: int | None, captured: int, wire: int, rest: bytes, outgoing: bool | None = None
    ) -> Frame:
        if interface >= len(self._interfaces):
            raise self._damaged(f"a frame came from interface {interface}, which is not described")
        if captured > min(len(rest), MAX_FRAME):
            raise self._damaged(f"a frame of {captured} bytes stands in a block for {len(rest)}")
        described = self._interfaces[interface]
        time = None if ticks is None else ticks * _SECOND // described.ticks + described.offset * _SECOND
        self._number += 1
        return Frame(self._number, described.interface, time, wire, rest[:captured], outgoing)

    def _describe(self, body: bytes) -> None:
        linktype, _, snaplen = struct.unpack_from(f"{self._order}HHI", body)
        if len(self._interfaces) >= _MOST_INTERFACES:
            raise self._damaged(f"a section has more than {_MOST_INTERFACES} interfaces")
        options = dict(self._options(body[8:]))
        name = printable(options.get(_IF_NAME, b"")[:_MOST_OF_A_NAME].rstrip(b"\0").decode(errors="backslashreplace"))
        (resolution,) = options.get(_IF_TSRESOL, b"\x06")[:1] or b"\x06"
        ticks = 2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution
        offset = options.get(_IF_TSOFFSET, bytes(8))
        seconds = struct.unpack(f"{self._order}q", offset)[0] if len(offset) == 8 else 0
        self._interfaces.append(_Described(Interface(self._seen, linktype, name), snaplen, ticks, seconds))
        self._seen += 1

    def _options(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        at = 0
        while at + 4 <= len(data):
            code, length = struct.unpack_from(f"{self._order}HH", data, at)
            if code == 0 or at + 4 + length > len(data):
                return
            yield code, data[at + 4 : at + 4 + length]
            at += 4 + length + -length % 4

    def _cut(self, what: str) -> CaptureFileError:
        # Without a frame or a whole first block there is nothing to show: then it is no capture at all.
        if not self._order or (not self._seen and not self._number and self._source.position == 0):
            return CaptureFileError(f"is no whole capture: {what}")
        return CutError(f"is cut in the middle, after frame {self._number}: {what}")

    def _damaged(self, what: str) -> CaptureFileError:
        position = self._source.position
        if position == 0:
            return CaptureFileError(f"is no pcapng file: {what}")
        return CutError(f"is damaged at byte {position}, after frame {self._number}: {what}")
