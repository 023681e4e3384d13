"""Namespaces that are made while it is still being worked out what goes into them.

Another process makes them, for a thread would take the interpreter away from who reads and plans. They have no names
yet: if it comes to nothing, or somebody kills us, they end with the descriptors that hold them.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import struct
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

FEWEST = 32
"""Namespaces that are worth a process."""

AT_ONCE = 16
"""Namespaces that are handed over together."""

_FD = struct.Struct("=i")
_ROOM = socket.CMSG_SPACE(AT_ONCE * _FD.size)

_PROGRAM = Path(__file__).with_name("stock_process.py")


class Stock:
    """Namespaces that are there for who needs one, from when it is known how many will be needed."""

    def __init__(self) -> None:
        self._there: deque[int] = deque()
        self._source: socket.socket | None = None
        self._pid = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.end()

    def begin(self, count: int) -> None:
        """Have so many made, in the user namespace in which the caller now is. Once begun, it goes on."""
        if self._pid or count < FEWEST or len(os.sched_getaffinity(0)) < 2:
            return
        ours, theirs = socket.socketpair()
        with theirs, suppress(OSError):  # no process more there can be: who needs a namespace makes it
            self._pid = _start(theirs, min(count, _limit()))
        self._source = ours

    def take(self) -> int | None:
        """A descriptor of a new namespace, which the caller closes; None where there is none just now."""
        if not self._there and self._source is not None:
            with suppress(BlockingIOError):
                # recv_fds() of Python 3.11 does not pass the flags on.
                _, told, _, _ = self._source.recvmsg(1, _ROOM, socket.MSG_DONTWAIT | socket.MSG_CMSG_CLOEXEC)
                for _, _, fds in told:
                    self._there.extend(_FD.unpack_from(fds, at)[0] for at in range(0, len(fds), _FD.size))
        return self._there.popleft() if self._there else None

    def end(self) -> None:
        """Make no more; what nobody has taken ends."""
        if self._source is not None:
            self._source.close()
            self._source = None
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0
        while self._there:
            os.close(self._there.popleft())


def _start(theirs: socket.socket, count: int) -> int:
    words = [sys.executable, "-I", "-S", str(_PROGRAM), str(count), str(AT_ONCE)]
    nothing = ((os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2))
    return os.posix_spawn(words[0], words, {}, file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 0), *nothing])


def _limit() -> int:
    """Half of the files that may be open, or under way (getrlimit(2)): whatever else is done has the other half."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft // 2
