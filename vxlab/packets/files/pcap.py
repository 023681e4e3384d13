"""pcap files (draft-ietf-opsawg-pcap): a header of 24 bytes, and frames with a header of 16."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from vxlab.packets.files.model import MAX_FRAME, CaptureFileError, CutError, Frame, Interface
from vxlab.packets.files.source import Source

MAGICS = {
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\x3c\x4d": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
}
"""Byte order, and nanoseconds per unit of the fraction of a second."""

_HEADER = 16


def frames(source: Source) -> Iterator[Frame]:
    """The frames of a pcap file.

    Raises:
        CaptureFileError: there is no whole header.
        CutError: it ends, or makes no sense any more, in the middle.
    """
    if not source.fill(24):
        raise CaptureFileError(f"ends after {source.left} of the 24 bytes of a pcap header")
    order, unit = MAGICS[source.take(4)]
    major, _, _, _, _, network = Struct(f"{order}HHIIII").unpack(source.take(20))
    if major != 2:
        raise CaptureFileError(f"is a pcap file of version {major}, and only version 2 is known")
    # The upper bits say how long the FCS is, if there is one: it stands behind the payload, as any trailer does.
    interface = Interface(0, network & 0xFFFF)
    unpack = Struct(f"{order}IIII").unpack_from
    number = 0
    while source.fill(_HEADER):
        # This loop is the fast path of large files: it works on what is in memory, without a call per frame.
        data, at, end = source.data, source.at, len(source.data)
        while at + _HEADER <= end:
            seconds, fraction, captured, wire = unpack(data, at)
            stop = at + _HEADER + captured
            if stop > end or captured > MAX_FRAME:
                break
            number += 1
            yield Frame(number, interface, seconds * 1_000_000_000 + fraction * unit, wire, data[at + _HEADER : stop])
            at = stop
        source.at = at
        if at + _HEADER <= end:
            _large(source, captured, number + 1)
    if source.left:
        raise CutError(f"is cut in the middle: {source.left} bytes of the header of frame {number + 1} are left")


def _large(source: Source, captured: int, number: int) -> None:
    """Have a frame ready that was not whole in memory."""
    if captured > MAX_FRAME:
        raise CutError(f"is damaged at byte {source.position}: frame {number} cannot have {captured} bytes")
    if not source.fill(_HEADER + captured):
        have = source.left - _HEADER
        raise CutError(f"is cut in the middle: of frame {number}, {have} of {captured} bytes are left")
