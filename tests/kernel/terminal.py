"""A program at a terminal of its own, as a person has it: what is typed, what is seen, how large the window is."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Terminal:
    """The other side of a terminal. Whatever the program prints can be waited for."""

    def __init__(self, pid: int, fd: int) -> None:
        self.pid, self._fd = pid, fd
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def expect(self, text: str, seconds: float = 20) -> str:
        """Read until a text comes; what came before it."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select([self._fd], [], [], max(0, end - time.monotonic()))
            assert ready, f"no {text!r} in {self.seen!r}"
            self.seen += self._read()
        before, _, self.seen = self.seen.partition(text)
        return before

    def _read(self) -> str:
        try:
            chunk = os.read(self._fd, 4096)
        except OSError:  # a terminal whose last user has gone says EIO
            chunk = b""
        assert chunk, f"the program has ended: {self.seen!r}"
        return chunk.decode(errors="replace").replace("\r\n", "\n")

    def status(self, seconds: float = 20) -> int:
        """The exit status of the program, or a signal as a negative number."""
        process = os.pidfd_open(self.pid)
        ended = select.select([process], [], [], seconds)[0]
        os.close(process)
        assert ended, self.seen
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)


@contextmanager
def at_terminal(*words: str, **environment: str) -> Iterator[Terminal]:
    """Run a program as the leader of a session with a terminal."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(words[0], words, {**os.environ, "TERM": "dumb", **environment})
    terminal = Terminal(pid, fd)
    try:
        yield terminal
    finally:
        if terminal.pid:
            os.kill(terminal.pid, signal.SIGKILL)
            os.waitpid(terminal.pid, 0)
        os.close(fd)
