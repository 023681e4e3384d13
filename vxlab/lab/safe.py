"""The state directory against other users: nothing in it is followed, read or written that they could have put there.

/run is root's, and in a lab without root it is a tmpfs of one's own. So there is nothing to fear as long as each
directory below it is real, its owner's, and writable by nobody else: this is looked at before it is used.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from vxlab.lab.errors import LabError

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_MOST = 1 << 30
"""Bytes of a record; one of 1,000 VTEPs with every entry written out has some 100 MB."""


def check(directory: Path) -> None:
    """See that a directory, where there is one, is a real one into which only root or oneself can have put something.

    Raises:
        LabError: it is not; the message says what to do.
    """
    try:
        found = directory.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode):
        raise LabError(f"{directory} is no directory, and vxlab did not make it: look what it is, and remove it")
    if found.st_uid not in (0, os.geteuid()):
        raise LabError(f"{directory} belongs to user {found.st_uid}, and vxlab did not make it: remove it")
    # With the sticky bit, others can add to it, which is looked at in its turn, and change nothing (chmod(2)).
    if found.st_mode & _OTHERS_WRITE and not found.st_mode & stat.S_ISVTX:
        raise LabError(f"{directory} can be written by other users: look what is in it, then chmod go-w {directory}")


def make(directory: Path) -> None:
    """Make a directory that is its owner's alone, whatever the umask says; one that is there is checked.

    Others may not even look into it: who can open a directory can lock it (flock(2)), and keep everybody waiting.

    Raises:
        LabError: as ``check``.
        FileNotFoundError: what it is to be in has gone meanwhile.
        OSError: it cannot be made.
    """
    before = os.umask(0o022)
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError:
        pass  # and no directory: check() tells
    finally:
        os.umask(before)
    check(directory)


def touch(file: Path) -> None:
    """Make an empty file, unless it is there; through a symbolic link none is made.

    Raises:
        OSError: it is a symbolic link (ELOOP), or cannot be made.
    """
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600))


def read_text(file: Path) -> str:
    """What is in a file, and not in what a symbolic link leads to; a pipe is not waited for.

    Raises:
        FileNotFoundError: it is not there.
        OSError: it is a symbolic link (ELOOP), or cannot be read.
        ValueError: it is no regular file, too long, or no text.
    """
    fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, encoding="utf-8") as stream:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST:
            raise ValueError("it is no file that vxlab wrote")
        return stream.read()
