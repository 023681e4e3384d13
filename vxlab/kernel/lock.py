"""Locks that the kernel takes back when their holder ends, however that ends (flock(2))."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory; wait for whoever holds it.

    Raises:
        FileNotFoundError: there is no such directory.
    """
    fd = _hold(directory)
    try:
        yield
    finally:
        os.close(fd)


def _hold(directory: Path) -> int:
    while True:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            # Whoever held it may have removed the directory, and somebody may have made it anew.
            if os.path.samestat(os.fstat(fd), directory.stat()):
                return fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)
