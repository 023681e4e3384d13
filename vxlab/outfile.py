"""Files that vxlab writes for a user: what root makes for somebody who ran sudo is that user's."""

from __future__ import annotations

import os
import re
from contextlib import suppress

_ID = re.compile(r"[0-9]{1,10}")
_MOST = 2**32 - 2
"""The largest number of a user or a group; the next one means "none" to chown(2)."""


def create(path: str, *, new: bool = False) -> int:
    """Open a file to write it from its start; one that was not there before belongs to who ran sudo.

    Args:
        path: what it is called. Through a symbolic link no file is made, only one that is there is written.
        new: whether there may be none yet.

    Raises:
        FileExistsError: it is there, and was to be new.
        OSError: it cannot be written.
    """
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC
    try:
        fd = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        if new:
            raise
        return os.open(path, flags | os.O_TRUNC)
    _give(fd)
    return fd


def _give(fd: int) -> None:
    """Let a file that was just made, and that nobody else can have put in its place, belong to who ran sudo."""
    owner = behind_sudo(os.environ.get("SUDO_UID"), os.environ.get("SUDO_GID"))
    if owner is not None and os.geteuid() == 0:
        with suppress(OSError):  # a file system without owners, or a user namespace without that user
            os.fchown(fd, *owner)


def uid_behind_sudo() -> int | None:
    """The user who ran sudo, as far as sudo says; None where nobody did."""
    owner = behind_sudo(os.environ.get("SUDO_UID"), "0")
    return owner[0] if owner else None


def behind_sudo(uid: str | None, gid: str | None) -> tuple[int, int] | None:
    """The user and the group that sudo was run by (sudo(8), ENVIRONMENT); None where they are no such numbers."""
    numbers = [int(text) for text in (uid, gid) if text and _ID.fullmatch(text) and int(text) <= _MOST]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else None
