"""Starting the init of a node."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from vxlab.kernel.syscalls import CLONE_NEWPID, setns, unshare
from vxlab.processes import client, init
from vxlab.processes.errors import ProcessError, reason

PROGRAM = Path(init.__file__).with_name("__main__.py")


def launch(directory: Path, node: str, holder: int | None, move: Callable[[], None], show: Callable[[], None]) -> None:
    """Start an init that has no processes yet. The socket listens before it does, so that nobody has to wait for it.

    Whoever holds a file locked in this process holds it until the init is there: killed in the middle, this leaves
    either nothing, or an init in its namespaces, where it is found.

    Args:
        directory: where its socket and its log are.
        node: the node.
        holder: a process in whose PID namespace the new one is to be; None for that of the caller.
        move: moves the calling process into the namespaces of the node.
        show: mounts /proc in there, called by the first process of the new PID namespace.

    Raises:
        ProcessError: the kernel refused a part of it.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as listener:
        with client.address(directory, node) as path:
            Path(path).unlink(missing_ok=True)  # of one that was killed
            os.fchmod(listener.fileno(), 0o600)  # the mode that bind(2) gives the file
            listener.bind(path)
        listener.listen()
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            _leave(writer, lambda: _become(listener, client.log_of(directory, node), holder, move, show))
    os.close(writer)
    with open(reader) as pipe:
        trouble = pipe.read()
    os.waitpid(pid, 0)
    if trouble:
        raise ProcessError(f"the init of node {node} does not start: {trouble}")


def _forget_caller() -> None:
    """Be without what this process has from whoever runs the command: open files, signals that are ignored or held."""
    for fd in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208  a list, before any is closed
        with suppress(OSError):  # that of the list itself
            os.set_inheritable(fd, fd <= 2)
    for signum in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(signum, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _leave(writer: int, work: Callable[[], None]) -> NoReturn:
    """Work in a forked process, and end it; what goes wrong is written into a pipe, which an execve closes."""
    try:
        work()
        os._exit(0)
    except BaseException as error:
        os.write(writer, reason(error).encode())
        os._exit(1)


def _become(
    listener: socket.socket, log: Path, holder: int | None, move: Callable[[], None], show: Callable[[], None]
) -> None:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(nothing, fd)
    if holder is not None:
        setns(os.pidfd_open(holder), CLONE_NEWPID)
        if os.fork():
            return
    _forget_caller()
    move()
    unshare(CLONE_NEWPID)
    if os.fork():
        return
    show()
    os.chdir("/")
    listener.set_inheritable(True)
    words = ["-I", "-S", str(PROGRAM), str(listener.fileno()), str(log), str(client.PATIENCE)]
    os.execve(sys.executable, [sys.executable, *words], {})  # noqa: S606  that is what starting means
