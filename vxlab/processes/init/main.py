"""The init: its loop, and what it does with signals."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

from vxlab.processes.init.events import Events
from vxlab.processes.init.log import Log
from vxlab.processes.init.server import Server
from vxlab.processes.init.supervisor import Supervisor

if TYPE_CHECKING:
    from types import FrameType


class Init:
    """Whatever wakes the loop, first the dead are reaped, then what is due is done."""

    def __init__(self, listener: socket.socket, log: Log, patience: float) -> None:
        self._events = Events(log.note)
        self._supervisor = Supervisor(self._events, log, patience)
        self._server = Server(self._events, listener, log, self._supervisor)
        self._listen_to_signals()

    def _listen_to_signals(self) -> None:
        woken, wake = os.pipe()
        for fd in (woken, wake):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._events.watch(woken, lambda: os.read(woken, 4096))
        signal.signal(signal.SIGCHLD, self._note)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._end)

    def _note(self, signum: int, frame: FrameType | None) -> None:
        """The wake-up descriptor does the rest."""

    def _end(self, signum: int, frame: FrameType | None) -> None:
        self._supervisor.ending = True

    def run(self) -> None:
        """Go on until everything has ended that had to."""
        supervisor = self._supervisor
        while not supervisor.is_over():
            self._events.wait(supervisor.timeout())
            supervisor.reap()
            if supervisor.ending and not supervisor.is_shutting_down:
                self._server.close()
                supervisor.shut_down()
            supervisor.do_what_is_due()
        supervisor.drain()


def main(listener: str, log: str, patience: str) -> None:
    """Be the init of a node. The arguments are those of the program (see the package)."""
    os.umask(0o022)
    source = socket.socket(fileno=int(listener))
    source.setblocking(False)
    os.set_inheritable(source.fileno(), False)
    Init(source, Log(log), float(patience)).run()
