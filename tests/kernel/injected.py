"""vxlab, killed before any one of the steps that it takes, or with that step refused.

A step is what changes something outside of the process: a sysctl, or a file under /run, that is opened to be written,
made, renamed or removed; a mount, a new namespace; each single message to rtnetlink, though vxlab sends many at once;
a process that is started or sent a signal. They are counted in a process that was forked for one command.
"""

import ctypes
import errno
import mmap
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests import forked
from vxlab.kernel import rtnetlink, syscalls

TIMEOUT = 60

_FILES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "os.chmod"}
_PROCESSES = {"os.kill", "os.fork", "os.exec", "os.posix_spawn", "subprocess.Popen", "signal.pidfd_send_signal"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CALLS = ("mount", "umount2", "unshare", "setns")
_QUIET = ("unshare", "setns")
"""They change nothing that outlives a kill; they can fail."""


@dataclass
class Steps:
    """Counts the steps of a process and of those that it forks to start others.

    At the step that is meant, the process dies, while those that it has forked go on; or the step is refused
    (``refusal``, an errno).
    """

    at: int
    refusal: int = 0
    count: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, 4))  # all of them share it, and the test does
    pid: int = 0

    @property
    def done(self) -> int:
        return int.from_bytes(self.count[:], sys.byteorder)

    def is_refused(self) -> bool:
        if os.getpid() == 1:
            return False  # an init, which cannot reach the process that started it
        self.count[:] = (self.done + 1).to_bytes(4, sys.byteorder)
        if self.done != self.at:
            return False
        if not self.refusal:
            os.kill(self.pid, signal.SIGKILL)
        return bool(self.refusal)

    def refuse(self, what: object) -> None:
        if self.is_refused():
            raise OSError(self.refusal, os.strerror(self.refusal), what)

    def watch(self) -> None:
        """From here on; there is no way back."""
        self.pid = os.getpid()
        syscalls._libc = _Calls(self)  # type: ignore[assignment]
        rtnetlink.RouteSocket.request = self._request(rtnetlink.RouteSocket.request)  # type: ignore[method-assign]
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, str) and path.startswith(("/run/", "/var/run/", "sys/")) and flags & _WRITES:
                self.refuse(path)
        elif event in _FILES and str(arguments[0]).startswith(("/run", "/var/run")):
            self.refuse(arguments[0])
        elif event in _PROCESSES and not self.is_own(event, arguments):
            self.refuse(event)

    def is_own(self, event: str, arguments: tuple[Any, ...]) -> bool:
        return event == "os.kill" and arguments[0] == self.pid

    def _request(self, real: Callable[..., list[rtnetlink.Refusal]]) -> Callable[..., list[rtnetlink.Refusal]]:
        def request(route: rtnetlink.RouteSocket, messages: Sequence[bytes]) -> list[rtnetlink.Refusal]:
            return [refusal for index, message in enumerate(messages) for refusal in one(route, index, message)]

        def one(route: rtnetlink.RouteSocket, index: int, message: bytes) -> Iterator[rtnetlink.Refusal]:
            if self.is_refused():
                yield rtnetlink.Refusal(index, self.refusal, "")
            else:
                yield from (rtnetlink.Refusal(index, r.errno, r.message) for r in real(route, [message]))

        return request


class _Calls:
    """libc, with the calls of ``vxlab.kernel.syscalls`` counted."""

    def __init__(self, steps: Steps) -> None:
        self._steps, self._libc = steps, syscalls._libc

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._libc, name)
        if name not in _CALLS or (name in _QUIET and not self._steps.refusal):
            return real

        def call(*arguments: Any) -> int:
            if self._steps.is_refused():
                ctypes.set_errno(self._steps.refusal)
                return -1
            return int(real(*arguments))

        return call


def run(words: Sequence[object], at: int, refusal: int = 0) -> tuple[subprocess.CompletedProcess[str], bool]:
    """Run a command that is killed before its step number ``at`` (from 1), or has it refused; whether it got there."""
    steps = Steps(at, refusal)
    ended = forked.run(*map(str, words), timeout=TIMEOUT, before=steps.watch)
    return ended, steps.done >= at


def kills(words: Sequence[object], before: Callable[[], object], every: int = 1) -> Iterator[int]:
    """Kill a command before each of its steps in turn; yields the number of the step, while it is so.

    ``before`` brings about what the command starts from, each time. ``every`` is the distance of the steps.
    """
    for at in count(1, every):
        before()
        ended, was_reached = run(words, at)
        if not was_reached:
            assert ended.returncode == 0, ended.stderr
            return
        assert ended.returncode == -signal.SIGKILL, f"step {at}: {ended}"
        yield at


ERRNOS = (errno.EPERM, errno.EEXIST, errno.ENOSPC, errno.ENOBUFS, errno.ENOMEM)


@dataclass(frozen=True)
class Refused:
    """A command that had its step number ``at`` refused, and how it ended."""

    at: int
    refusal: int
    ended: subprocess.CompletedProcess[str]


def refusals(words: Sequence[object], before: Callable[[], object], all_errnos: bool) -> Iterator[Refused]:
    """Have each step of a command refused in turn; yields how it ended, while it is so.

    Args:
        words: the command.
        before: brings about what the command starts from, each time.
        all_errnos: whether each step is refused once with each of ERRNOS, or with one of them, in turns.
    """
    for at in count(1):
        for refusal in ERRNOS if all_errnos else (ERRNOS[at % len(ERRNOS)],):
            before()
            ended, was_reached = run(words, at, refusal)
            if not was_reached:
                return
            yield Refused(at, refusal, ended)
