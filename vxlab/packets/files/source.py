"""Bytes of a file or a pipe, in pieces: as many as there are, no more in memory than a frame needs."""

from __future__ import annotations

import os

PIECE = 1 << 18


class Source:
    """A window on a file. ``data[at:]`` is what was read and not yet taken.

    A read takes what is there at the moment: a frame that came through a pipe is shown when it came.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._before = 0
        self.data = b""
        self.at = 0

    @property
    def position(self) -> int:
        """Bytes from the start of the file."""
        return self._before + self.at

    @property
    def left(self) -> int:
        return len(self.data) - self.at

    def fill(self, count: int) -> bool:
        """Have so many bytes ready; whether there are so many.

        Raises:
            OSError: the file cannot be read.
        """
        if len(self.data) - self.at >= count:
            return True
        parts = [self.data[self.at :]]
        have = len(parts[0])
        while have < count and (piece := os.read(self._fd, PIECE)):
            parts.append(piece)
            have += len(piece)
        self._before += self.at
        self.data, self.at = b"".join(parts), 0
        return have >= count

    def take(self, count: int) -> bytes:
        """Bytes that are ready."""
        taken = self.data[self.at : self.at + count]
        self.at += count
        return taken
