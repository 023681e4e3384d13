"""What is in a capture file, and what can be wrong with one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

MAX_FRAME = 262144
"""The most bytes that a frame may have: what libpcap and Wireshark take. A larger length is damage."""


class CaptureFileError(Exception):
    """The file is no capture, or cannot be read; ``status`` is the exit status that goes with it."""

    status = 2


class CutError(CaptureFileError):
    """The file ends or breaks off in the middle: the frames before that are whole."""

    status = 1


@dataclass(frozen=True)
class Interface:
    """Where frames were captured.

    ``number`` counts the interfaces of a whole file, from 0. ``name`` is empty where the file has none. ``linktype``
    is one of https://www.tcpdump.org/linktypes.html.
    """

    number: int
    linktype: int
    name: str = ""


class Frame(NamedTuple):
    """A frame as it is in the file.

    ``number`` counts from 1. ``time`` is in nanoseconds since the epoch, or None where the file has none (simple
    packet blocks). ``wire`` is its length in bytes on the wire; ``data`` has fewer where it was snapped. ``outgoing``
    says whether the interface sent it, None where the file does not say; `vxlab.packets.linktypes.outgoing` also
    knows it of cooked captures.
    """

    number: int
    interface: Interface
    time: int | None
    wire: int
    data: bytes
    outgoing: bool | None = None
