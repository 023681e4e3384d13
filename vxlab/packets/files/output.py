"""Where a capture is written to: a file or a pipe that has whole blocks at its end, whatever happens."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from vxlab.harmless import printable
from vxlab.outfile import create
from vxlab.packets.files import writer
from vxlab.packets.files.model import CaptureFileError

_STANDARD_OUTPUT = "-"


class WriteError(CaptureFileError):
    """What was to be written could not be: the disk is full, or fails."""

    status = 1


class Output:
    """A file that grows by whole blocks. ``frames`` counts those that are in it."""

    def __init__(self, name: str, fd: int) -> None:
        self.name = name
        self.fd = fd
        self.frames = 0
        self._length = 0

    def write(self, blocks: bytes, frames: int = 0) -> None:
        """Append blocks, and so many frames among them. When this returns, who reads the file sees them.

        Raises:
            BrokenPipeError: nobody reads the pipe any more.
            WriteError: it cannot be written. The file ends behind the last block that is whole.
        """
        written = 0
        view = memoryview(blocks)
        try:
            while written < len(blocks):
                written += os.write(self.fd, view[written:])
        except BrokenPipeError:
            raise
        except OSError as error:
            self._cut(blocks[:written])
            raise WriteError(self._told(error)) from error
        self._length += written
        self.frames += frames

    def _cut(self, written: bytes) -> None:
        """Take away what was written of a block that is not whole."""
        length, frames = writer.whole(written)
        self._length += length
        self.frames += frames
        with suppress(OSError):  # a pipe or a device
            os.ftruncate(self.fd, self._length)

    def _told(self, error: OSError) -> str:
        reason = "the disk is full" if error.errno == errno.ENOSPC else (error.strerror or str(error)).lower()
        if not self._length:
            return f"{self.name} cannot be written: {reason}"
        size = f"{self._length} bytes with {self.frames} whole frames"
        return f"{self.name} cannot be written any more: {reason}. It has {size}, and can be read"


@contextmanager
def open_output(path: str) -> Iterator[Output]:
    """Open a file to write, or standard output (``-``). A file that is there is replaced.

    Raises:
        CaptureFileError: it cannot be written, or standard output is a terminal or closed.
    """
    if path == _STANDARD_OUTPUT:
        if sys.stdout is None:
            # Its number may be that of any file that was opened since.
            raise CaptureFileError("standard output is closed")
        if os.isatty(1):
            raise CaptureFileError("standard output is a terminal: -w - | wireshark -k -i - shows the capture")
        sys.stdout.flush()
        yield Output("standard output", 1)
        return
    name = printable(path)
    try:
        fd = create(path)
    except (OSError, ValueError) as error:
        raise CaptureFileError(f"{name} cannot be written: {getattr(error, 'strerror', None) or error}") from error
    try:
        yield Output(name, fd)
    finally:
        os.close(fd)


def is_pipe(fd: int) -> bool:
    """Whether a file is one of which it can be seen that its reader has gone."""
    mode = os.fstat(fd).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
