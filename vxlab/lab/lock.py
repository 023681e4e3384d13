"""One command at a time changes a lab. The kernel frees a lock when its holder ends, however that is (flock(2))."""

from __future__ import annotations

import fcntl
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from vxlab.lab import disk, safe
from vxlab.lab.errors import LockedError
from vxlab.lab.listener import PATIENCE, Notice
from vxlab.lab.privilege import caller


@contextmanager
def lock(lab: str, notice: Notice | None = None, patience: float | None = PATIENCE) -> Iterator[None]:
    """Hold a lab's lock while the body runs. Call it from the main thread.

    Args:
        lab: the lab.
        notice: is told once, in words, when somebody else holds the lock.
        patience: seconds to wait for it; None waits for ever.

    Raises:
        LockedError: it was held all that time.
    """
    try:
        fd = _acquire(lab, notice, patience)
    except BaseException:
        disk.forget_directory(lab)
        raise
    try:
        yield
    finally:
        os.close(fd)
        if not disk.exists(lab):
            _forget(lab)


def holder(lab: str) -> str:
    """The command that is changing a lab, in words; empty where there is none."""
    with suppress(OSError):
        fd = os.open(disk.path_of(lab) / "lock", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            return _read(fd) if _is_held(fd) else ""
        finally:
            os.close(fd)
    return ""


def _is_held(fd: int) -> bool:
    """Whether anybody holds the lock, without taking it to see (proc_locks(5))."""
    status = os.fstat(fd)
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    return any("FLOCK" in line and place in line.split() for line in Path("/proc/locks").read_text().splitlines())


def _acquire(lab: str, notice: Notice | None, patience: float | None) -> int:
    path = disk.path_of(lab) / "lock"
    while True:
        with suppress(FileNotFoundError):  # the directory may go between the two lines
            for directory in (disk.DIRECTORY, path.parent):
                safe.make(directory)
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
            try:
                _flock(fd, lab, notice, patience)
                # Its holder may have removed the lab, and the file with it: then this lock is on nothing.
                if path.exists() and os.path.samestat(os.fstat(fd), path.stat()):
                    _sign(fd)
                    return fd
            except BaseException:
                os.close(fd)
                raise
            os.close(fd)


def _sign(fd: int) -> None:
    """Say in the lock who holds it, for those who wait; on a full disk they are told less."""
    words = shlex.join(["vxlab", *sys.argv[1:]])
    with suppress(OSError):
        os.truncate(fd, 0)
        os.pwrite(fd, f"process {os.getpid()} of {caller()} ({words:.120})".encode(), 0)


def _read(fd: int) -> str:
    return os.pread(fd, 1000, 0).decode(errors="replace") or "another command"


def _flock(fd: int, lab: str, notice: Notice | None, patience: float | None) -> None:
    with suppress(BlockingIOError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    if notice:
        notice(f"lab {lab} is in use by {_read(fd)}: waiting for it")
    try:
        with _alarm(patience):
            fcntl.flock(fd, fcntl.LOCK_EX)
    except _TooLongError:
        raise LockedError(
            f"lab {lab} is still in use by {_read(fd)} after {patience:g} s: nothing was done "
            "(--lock-timeout SECONDS waits longer)"
        ) from None


_FOREVER = 1e8
"""Seconds that nobody waits for; setitimer(2) takes more, but not all that a float can be."""


class _TooLongError(Exception):
    """The alarm went off."""


@contextmanager
def _alarm(seconds: float | None) -> Iterator[None]:
    """Interrupt what the body waits for after that time; never for None."""
    if seconds is None or not seconds < _FOREVER:
        yield
        return

    def ring(_: int, __: FrameType | None) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGALRM, ring)
    # setitimer() takes 0 as "never".
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-6))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _forget(lab: str) -> None:
    """Remove the lock of a lab that has no record, where nobody else has taken it meanwhile."""
    path = disk.path_of(lab) / "lock"
    with suppress(OSError):
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not disk.exists(lab):
                disk.remove(lab)
        finally:
            os.close(fd)
