"""Joining the holder: from here on this process is root in the user's own namespaces."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from vxlab.kernel.syscalls import setns
from vxlab.rootless.connection import Connection, find
from vxlab.rootless.errors import HolderError
from vxlab.rootless.start import hold
from vxlab.rootless.world import ENTERED

_joined: Connection | None = None
"""Open as long as this process runs: so long the holder stays."""


def holder_pid() -> int | None:
    """The holder whose namespaces this process has joined; None where it has joined none."""
    return _joined.pid if _joined else None


def join(*, start: bool) -> bool:
    """Move this process, which must have one thread, into the namespaces of the user's holder.

    Args:
        start: whether to make a holder where there is none.

    Returns:
        Whether there is one.

    Raises:
        ForbiddenError: this machine does not let the user have namespaces.
        HolderError: the holder cannot be joined.
    """
    # A holder that ends while it is joined is none: the next one then.
    while connection := hold() if start else find():
        if _enter(connection):
            return True
        connection.close()
    return False


def _enter(connection: Connection) -> bool:
    """Whether the holder was still there."""
    global _joined
    here = _Place()
    try:
        holder = os.pidfd_open(connection.pid)
    except ProcessLookupError:
        return False
    try:
        if not connection.is_open:
            return False
        setns(holder, ENTERED)
    except OSError as error:
        raise HolderError(
            f"the namespaces of your labs, of process {connection.pid}, refuse: {error.strerror}"
        ) from error
    finally:
        os.close(holder)
    here.return_to()
    connection.end_with_holder()
    if not connection.is_open:
        raise HolderError("the process that holds your labs has just ended, and they with it")
    _joined = connection
    return True


class _Place:
    """The working directory: setns(2) of a mount namespace leaves it for the root directory."""

    def __init__(self) -> None:
        self._path: Path | None = None
        with suppress(OSError):  # it has been removed, or this user may not search it: then no path leads to it
            path = Path.cwd()
            self._status = path.stat()
            self._path = path

    def return_to(self) -> None:
        """Go to the same directory by the path that it has in there.

        Raises:
            HolderError: it is not there.
        """
        if self._path is None:
            return
        try:
            os.chdir(self._path)
            is_same = os.path.samestat(self._status, self._path.stat())
        except OSError:
            is_same = False
        if not is_same:
            raise HolderError(
                f"{self._path} is not there in your labs' namespaces, as what was mounted after them: "
                "run this in another directory"
            )
