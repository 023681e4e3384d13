"""Files that somebody names, which need not be files: a pipe that nobody writes into must not make anybody wait."""

from __future__ import annotations

import errno
import os
import select
import stat

PATIENCE_MS = 1000
"""How long a pipe may be silent."""


def read_start(path: str, most: int) -> tuple[bytes, os.stat_result]:
    """The start of a file, or all of it, or what comes out of a pipe or a device; and what that is.

    Args:
        path: what it is called.
        most: bytes.

    Raises:
        OSError: it cannot be opened or read; a pipe was silent for longer than ``PATIENCE_MS``.
    """
    fd = _open(path)
    try:
        parts: list[bytes] = []
        left = most
        while left:
            if not _speaks(fd):
                raise OSError(errno.ETIMEDOUT, "nobody writes into it", path)
            part = os.read(fd, left)
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts), os.fstat(fd)
    finally:
        os.close(fd)


def open_stream(path: str) -> int:
    """A descriptor to read from, also of a pipe through which something comes now and then.

    Raises:
        OSError: it cannot be opened; it is a pipe, and nobody has opened its other end within ``PATIENCE_MS``.
    """
    fd = _open(path)
    try:
        if stat.S_ISFIFO(os.fstat(fd).st_mode) and not _speaks(fd) and not _has_writer(fd):
            raise OSError(errno.ETIMEDOUT, "nobody writes into it", path)
        os.set_blocking(fd, True)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _open(path: str) -> int:
    # Without O_NONBLOCK, to open a pipe waits for a writer (fifo(7)); without O_NOCTTY, a terminal becomes one's own.
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)


def _speaks(fd: int) -> bool:
    """Whether there is something to read, or the end, within ``PATIENCE_MS``."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(PATIENCE_MS))


def _has_writer(fd: int) -> bool:
    """Whether somebody has the other end of a silent pipe open: else to read it tells of its end (pipe(7))."""
    try:
        os.read(fd, 1)
    except BlockingIOError:
        return True
    return False
