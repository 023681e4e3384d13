"""What the processes print, line by line, each with the time and the name of its process."""

from __future__ import annotations

import os
import socket
import time

SIZE = 1 << 20
"""Bytes of a log; when it is full it becomes LOG.1, of which there is one."""

LINE = 1 << 14
"""Bytes after which a line of output is broken."""


class Log:
    """The file; an error of the init itself stands in it too."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._followers: list[socket.socket] = []
        self._fd = -1
        self._open()

    def _open(self) -> None:
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = fd
        os.dup2(fd, 2)

    def write(self, name: str, lines: list[bytes]) -> None:
        """Add lines of a process. What a full disk has no room for is lost: the processes do not suffer from it."""
        now = time.time()
        stamp = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03d}Z {name} ".encode()
        text = b"".join(stamp + line + b"\n" for line in lines)
        try:
            self._make_room(len(text))
            os.write(self._fd, text)
        except OSError:
            return
        self._tell()

    def _make_room(self, more: int) -> None:
        """Have a file for so many bytes more: another one when this is full, or when somebody has removed it."""
        this = os.fstat(self._fd)
        is_there = self._is_there(this)
        if is_there and this.st_size and this.st_size + more > SIZE:
            os.rename(self._path, self._path + ".1")
            is_there = False
        if not is_there:
            self._open()

    def _is_there(self, this: os.stat_result) -> bool:
        try:
            return os.path.samestat(os.lstat(self._path), this)
        except FileNotFoundError:
            return False

    def note(self, error: Exception) -> None:
        """Add what went wrong in the init itself, which is no process's line."""
        self.write("-", repr(error).encode(errors="replace").splitlines())

    def follow(self, who: socket.socket) -> None:
        """Tell somebody from now on, by a byte, that the log has grown."""
        self._followers.append(who)

    def leave(self, who: socket.socket) -> None:
        if who in self._followers:
            self._followers.remove(who)

    def _tell(self) -> None:
        for follower in list(self._followers):
            try:
                follower.send(b"\n", socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass  # it has been told and has not looked yet
            except OSError:
                self._followers.remove(follower)


class Output:
    """The end of a pipe that a process prints into, and those that it leaves behind."""

    def __init__(self, fd: int, name: str, log: Log) -> None:
        self._fd, self._name, self._log = fd, name, log
        self._rest = b""

    def read(self) -> bool:
        """Take what is there, as much as a pipe holds; False at the end."""
        try:
            data = os.read(self._fd, 1 << 16)
        except BlockingIOError:
            return True  # it was taken since poll(2) told of it
        *lines, self._rest = (self._rest + data).split(b"\n")
        while len(self._rest) > LINE:
            lines.append(self._rest[:LINE])
            self._rest = self._rest[LINE:]
        if not data and self._rest:
            lines.append(self._rest)
        if lines:
            self._log.write(self._name, lines)
        return bool(data)
