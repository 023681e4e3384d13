"""The way to a user's holder: an abstract unix socket (unix(7)), which goes with its holder and leaves no file.

Anybody on the machine may take any name: nothing is believed of who listens there but what the kernel says of them.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import socket
import struct
import time
from typing import Self

from vxlab.rootless.errors import HolderError
from vxlab.rootless.holder import NAME

PATIENCE = 30.0
"""Seconds within which a holder answers. It does nothing else: more than a few milliseconds are the machine's load."""

_LISTENS = 1.0
"""Seconds after which nobody who means well has a name without listening on it."""

_OTHERS = 4
_NOBODY = -1
_UCRED = struct.Struct("=iII")
_F_SETSIG = 10  # fcntl(2); Python has no name for it


def names() -> list[str]:
    """Where the user's holder may listen: where others sit on a name, at the next one."""
    name = f"\0vxlab-{os.geteuid()}"
    return [name, *(f"{name}-{number}" for number in range(1, _OTHERS + 1))]


class Connection:
    """A socket to the user's holder. While it is open, the holder stays."""

    def __init__(self, name: str | bytes) -> None:
        """Connect, without waiting for an answer.

        Raises:
            OSError: nobody listens there (ECONNREFUSED), or does so any more.
        """
        self.pid = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(PATIENCE)
            # Before anything is sent, so that the kernel says with it who has sent it (unix(7), SCM_CREDENTIALS).
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            self._socket.connect(name)
        except OSError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    @property
    def owner(self) -> int:
        """The user who listens."""
        return int(_UCRED.unpack(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))[1])

    def wait(self) -> bool:
        """Wait for the holder's greeting, which says that it counts this command, and which process it is.

        Returns:
            False where the holder has just gone.

        Raises:
            HolderError: it does not answer.
        """
        try:
            data, ancillary, _, _ = self._socket.recvmsg(1, socket.CMSG_SPACE(_UCRED.size))
        except ConnectionError:
            return False
        except TimeoutError:
            raise HolderError(
                f"the process that holds your labs does not answer: see with `pgrep -a {NAME}` what it does"
            ) from None
        for _, kind, content in ancillary:
            if kind == socket.SCM_CREDENTIALS:
                self.pid = _UCRED.unpack(content)[0]
        return bool(data)

    @property
    def is_open(self) -> bool:
        """Whether the holder still lives, and ``pid`` is its and not yet another one's."""
        return not select.select([self._socket], [], [], 0)[0]

    def end_with_holder(self) -> None:
        """Have the kernel send this process TERM when the holder ends (F_SETSIG of fcntl(2))."""
        fcntl.fcntl(self._socket, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(self._socket, _F_SETSIG, signal.SIGTERM)
        fcntl.fcntl(self._socket, fcntl.F_SETFL, fcntl.fcntl(self._socket, fcntl.F_GETFL) | os.O_ASYNC)


def find() -> Connection | None:
    """The connection to the user's holder; None where there is none.

    Raises:
        HolderError: it does not answer.
    """
    for name in names():
        while (found := _reach(name)) and found.owner == os.geteuid():
            if found.wait():
                return found
            found.close()
        if found:
            found.close()
    return None


def _reach(name: str) -> Connection | None:
    """A connection to whoever listens; None where nobody does, or lets nobody in."""
    try:
        return Connection(name)
    except (ConnectionError, BlockingIOError):  # the latter where the queue is full
        return None


def claim() -> socket.socket | None:
    """Take a name and listen under it: who does that has to make the holder, and no two can.

    Returns:
        The socket; None where another command of this user has just been quicker.

    Raises:
        HolderError: other users have taken all the names.
    """
    for name in names():
        listener = _listen(name)
        if isinstance(listener, socket.socket):
            return listener
        if listener == os.geteuid():
            return None
    who = "who lets nobody in" if listener == _NOBODY else f"of user {listener}"
    raise HolderError(
        "others have taken all the names under which vxlab would find your labs again: `ss -xlp` shows who listens on "
        f"@{names()[-1][1:]} (somebody {who}) and those before it; or use --root"
    )


def _listen(name: str) -> socket.socket | int:
    """A socket that listens under a name, or the user who does; ``_NOBODY`` where it lets nobody in."""
    deadline = time.monotonic() + _LISTENS
    while time.monotonic() < deadline:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(name)
            listener.listen(socket.SOMAXCONN)
            return listener
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise
        if found := _reach(name):
            with found:
                return found.owner
        # Between bind(2) and listen(2) of another process there is nothing to wait for.
        time.sleep(0.01)
    return _NOBODY
