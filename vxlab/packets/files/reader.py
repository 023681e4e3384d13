"""Opening a capture file, whatever its format."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from vxlab.harmless import printable
from vxlab.infile import open_stream
from vxlab.packets.files import pcap, pcapng
from vxlab.packets.files.model import CaptureFileError, Frame
from vxlab.packets.files.source import Source

_STANDARD_INPUT = "-"
_GZIP = b"\x1f\x8b"
_OTHERS = {
    b"\xa1\xb2\xcd\x34": "a pcap file of modified libpcap",
    b"\x34\xcd\xb2\xa1": "a pcap file of modified libpcap",
    b"snoo": "a snoop file",
}
"""Captures that Wireshark's editcap reads, by how they start."""


class CaptureFile:
    """A capture that is open; it is read once, from the start to the end."""

    def __init__(self, name: str, source: Source, is_pipe: bool = False) -> None:
        self.name = name
        self.is_pipe = is_pipe
        self._source = source

    def __iter__(self) -> Iterator[Frame]:
        """The frames, in the order of the file.

        Raises:
            CaptureFileError: it is no capture, or cannot be read.
            CutError: it ends or is damaged in the middle; every frame before that was given.
        """
        try:
            yield from self._frames()
        except CaptureFileError as error:
            raise type(error)(f"{self.name} {error}") from error
        except OSError as error:
            raise CaptureFileError(f"{self.name} cannot be read: {error.strerror}") from error

    def _frames(self) -> Iterator[Frame]:
        source = self._source
        source.fill(4)
        magic = source.data[:4]
        if magic == pcapng.MAGIC:
            return pcapng.frames(source)
        if magic in pcap.MAGICS:
            return pcap.frames(source)
        if not magic:
            raise CaptureFileError("is empty: not a capture")
        if magic[:2] == _GZIP:
            raise CaptureFileError("is compressed: gunzip -c FILE | vxlab inspect - reads it")
        if magic in _OTHERS:
            raise CaptureFileError(f"is {_OTHERS[magic]}: editcap -F pcapng FILE NEW converts it")
        raise CaptureFileError(f"is no capture: it starts with {magic.hex(' ')}, as neither pcap nor pcapng does")


@contextmanager
def open_capture(path: str) -> Iterator[CaptureFile]:
    """Open a capture file, or standard input (``-``).

    Raises:
        CaptureFileError: it cannot be opened.
    """
    if path == _STANDARD_INPUT:
        yield CaptureFile("standard input", Source(0), is_pipe=True)
        return
    name = printable(path)
    try:
        fd = open_stream(path)
    except (OSError, ValueError) as error:
        raise CaptureFileError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise CaptureFileError(f"{name} is a directory")
        yield CaptureFile(name, Source(fd))
    finally:
        os.close(fd)
