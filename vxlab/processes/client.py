"""Talking to the init of a node, through the socket that it listens on.

The socket is a file in the directory of its lab. What accepts a connection is alive: nothing has to be believed that
somebody wrote down.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from vxlab.processes.errors import EndedError, ProcessError, reason

PATIENCE = 10.0
"""Seconds that a process has between TERM and KILL."""

_ANSWER = 2.0
"""Seconds until an answer, beside those that a process has to end."""

_WAITS = ("start", "stop")
"""What is answered when a process has ended, which a new one of its name waits for too."""

_NOW = 0.001
"""Seconds that are left when there are none; 0 would mean not to wait (socket.settimeout)."""

_SUFFIX = ".sock"
_CREDENTIALS = struct.Struct("iII")
"""struct ucred: process, user, group (unix(7))."""


class Conversation:
    """A connection to an init. Requests are answered in their order."""

    def __init__(self, directory: Path, node: str) -> None:
        """Raises OSError where there is no init."""
        self._lab, self._node = directory.name, node
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self._socket.settimeout(_ANSWER)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._text = b""
        self._until = 0.0  # when the answer has to be there, by the monotonic clock
        self._pid = 0
        try:
            with address(directory, node) as path:
                self._socket.connect(path)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    @property
    def pid(self) -> int:
        """The process id of the init, which comes with each answer.

        Raises:
            ProcessError: there is none.
        """
        if not self._pid:
            self.ask("list")
        return self._pid

    def fileno(self) -> int:
        return self._socket.fileno()

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        """Send a request and wait for the answer.

        Raises:
            ProcessError: it could not be done, or the init ended or does not answer.
        """
        self.send(do, **more)
        return self.answer()

    def send(self, do: str, **more: Any) -> None:
        self._until = time.monotonic() + _ANSWER + (PATIENCE if do in _WAITS else 0)
        with self._trouble():
            self._socket.settimeout(_ANSWER)
            self._socket.sendall(json.dumps({"do": do, **more}).encode() + b"\n")

    def answer(self) -> dict[str, Any]:
        """The answer to the first request that has none yet.

        Raises:
            ProcessError: as ``ask`` does.
        """
        with self._trouble():
            while b"\n" not in self._text:
                self._text += self._receive()
        line, _, self._text = self._text.partition(b"\n")
        data: dict[str, Any] = json.loads(line)
        if "error" in data:
            raise ProcessError(data["error"])
        return data

    def wait(self) -> None:
        """Wait for the end of the init.

        Raises:
            ProcessError: it does not end.
        """
        with suppress(EndedError):
            while True:
                with self._trouble():
                    self._receive()

    def heard(self) -> bool:
        """Take what the init has said unasked; False where it has ended."""
        with suppress(EndedError), self._trouble():
            return bool(self._receive())
        return False

    def _receive(self) -> bytes:
        self._socket.settimeout(max(_NOW, self._until - time.monotonic()))
        text, ancillary, _, _ = self._socket.recvmsg(1 << 16, socket.CMSG_SPACE(_CREDENTIALS.size))
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                # The kernel tells it in the numbers of this process's PID namespace.
                self._pid = _CREDENTIALS.unpack(data)[0]
        if not text:
            raise ConnectionResetError
        return text

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            trouble = f"the init of node {self._node} does not answer; vxlab down {self._lab} ends it"
            raise ProcessError(trouble) from None
        except OSError:
            raise EndedError(f"the init of node {self._node} has ended") from None


@contextmanager
def address(directory: Path, node: str) -> Iterator[str]:
    """The socket of a node as an address, which has little room (108 bytes, unix(7)): by the way of its directory."""
    fd = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{fd}/{node}{_SUFFIX}"
    finally:
        os.close(fd)


def nodes(directory: Path) -> list[str]:
    """The nodes that have, or had, an init."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in directory.glob(f"*{_SUFFIX}"))


def log_of(directory: Path, node: str) -> Path:
    """Where the init of a node writes what its processes print."""
    return directory / f"{node}.log"


def old_log_of(log: Path) -> Path:
    """The log before, which was full."""
    return log.with_name(f"{log.name}.1")


def forget(directory: Path, node: str) -> None:
    """Remove the files of an init that has ended."""
    log = log_of(directory, node)
    for path in (directory / f"{node}{_SUFFIX}", log, old_log_of(log)):
        path.unlink(missing_ok=True)


def connect(directory: Path, node: str) -> Conversation | None:
    """A connection to the init of a node; None where none listens.

    Raises:
        ProcessError: whether one does cannot be told; who took that for none would start a second one.
    """
    try:
        return Conversation(directory, node)
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    except OSError as error:
        raise ProcessError(f"the init of node {node} cannot be reached: {reason(error)}") from None
