"""The processes of a node, from their start to their end, and whatever else lives in their PID namespace."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from vxlab.processes.errors import reason
from vxlab.processes.init.log import Output
from vxlab.processes.init.process import Process
from vxlab.processes.init.spawn import spawn

if TYPE_CHECKING:
    from collections.abc import Callable

    from vxlab.processes.init.events import Events
    from vxlab.processes.init.log import Log
    from vxlab.processes.init.spawn import Request

GUEST_PATIENCE = 2.0
"""Seconds that a command of `vxlab exec` has to end."""


class Supervisor:
    """What an init does as PID 1. ``ending`` is set by whoever wants its end."""

    def __init__(self, events: Events, log: Log, patience: float) -> None:
        self.ending = False
        self._events, self._log, self._patience = events, log, patience
        self._processes: dict[str, Process] = {}
        self._outputs: dict[int, Output] = {}
        self._guests: set[int] = set()
        self._guests_until = 0.0
        self._deadline: float | None = None  # when the init ends, whatever still runs

    # What is asked for.

    def start(self, request: Request) -> None:
        """Start a process; nothing where it runs. One that is about to end has to end first (``when_ended``).

        Raises:
            OSError: with the program or the directory that is wrong.
        """
        known = self._processes.get(request["name"])
        if known is None or known.state != "running":
            process = Process(request)
            self._spawn(process)
            self._processes[process.name] = process

    def when_ended(self, name: str, start: Callable[[], None]) -> bool:
        """Have something done when a process has ended that is about to; False where none is."""
        process = self._processes.get(name)
        if process is None or process.state != "stopping":
            return False
        process.next = start
        return True

    def stop(self, name: str, stay: bool, ended: Callable[[], None]) -> None:
        """End a process, and with the last one the init, unless it is to stay; ``ended`` is told of it."""
        process = self._processes.get(name)
        if process is None:
            ended()
            self.ending = self.ending or not (self._processes or stay)
            return
        process.wanted, process.stay = False, stay
        process.asked.append(ended)
        if process.state == "running":
            process.stop(self._patience)
        elif process.state != "stopping":
            self._drop(process)

    def as_data(self) -> list[Request]:
        self.drain()
        return [process.as_data() for process in self._processes.values()]

    # What happens.

    def _spawn(self, process: Process) -> None:
        pid, fd = spawn(process.request)
        self._outputs[fd] = Output(fd, process.name, self._log)
        self._events.watch(fd, lambda: self._read(fd))
        process.runs(pid)

    def _read(self, fd: int) -> None:
        if not self._outputs[fd].read():
            del self._outputs[fd]
            self._forget(fd)

    def _forget(self, fd: int) -> None:
        self._events.forget(fd)
        os.close(fd)

    def drain(self) -> None:
        """Take what was printed before what comes now."""
        for fd in list(self._outputs):
            self._read(fd)

    def reap(self) -> None:
        """Take the status of all that have ended, also of those that have lost their parent."""
        for pid, status in _ended():
            for process in self._processes.values():
                if process.pid == pid and process.state in ("running", "stopping"):
                    self._has_ended(process, status)
        for process in list(self._processes.values()):
            if process.state == "stopping" and process.group_is_empty():
                self._is_gone(process)

    def _has_ended(self, process: Process, status: int) -> None:
        """The process itself has; its group ends with it."""
        process.status = status
        if process.state == "running":
            process.stop(self._patience)

    def _is_gone(self, process: Process) -> None:
        """Nothing is left of a process: it is started again, or that is told to who waits for it."""
        self.drain()
        if process.next is None and process.begins_again():
            delay = process.delay()
            self._note(process, f"{process.how()}; starts again in {delay:g} s")
            process.turn("waiting", delay)
            return
        self._note(process, process.how())
        process.turn("ended")
        if process.next is not None:
            process.next()
        elif not process.wanted:
            self._drop(process)

    def _note(self, process: Process, text: str) -> None:
        self._log.write(process.name, [f"[{text}]".encode()])

    def _drop(self, process: Process) -> None:
        del self._processes[process.name]
        for ended in process.asked:
            ended()
        if not self._processes and not process.stay:
            self.ending = True

    def do_what_is_due(self) -> None:
        """Kill who does not listen, start again who has waited."""
        now = time.monotonic()
        for process in list(self._processes.values()):
            if process.due is not None and process.due <= now:
                process.due = None
                if process.state == "stopping":
                    process.signal(signal.SIGKILL)
                elif process.state == "waiting":
                    self._start_again(process)

    def _start_again(self, process: Process) -> None:
        process.restarts += 1
        try:
            self._spawn(process)
        except OSError as error:
            self._note(process, reason(error))
            process.has_failed()
            self._is_gone(process)

    # The end.

    @property
    def is_shutting_down(self) -> bool:
        return self._deadline is not None

    def shut_down(self) -> None:
        """Ask everything to end: the processes, what they have left behind, and commands of `vxlab exec`."""
        now = time.monotonic()
        self._deadline, self._guests_until = now + self._patience, now + GUEST_PATIENCE
        for process in self._processes.values():
            process.wanted, process.stay, process.due = False, True, None
        for pid in set(_all()) - set(_children()):
            self._watch_guest(pid)
        try:
            os.kill(-1, signal.SIGTERM)
        except ProcessLookupError:
            pass  # there is nothing

    def _watch_guest(self, pid: int) -> None:
        """Wait for a process that is no child of the init, and tells it nothing of its end."""
        try:
            fd = os.pidfd_open(pid)
        except OSError:
            return
        self._guests.add(fd)
        self._events.watch(fd, lambda: self._guest_has_ended(fd))

    def _guest_has_ended(self, fd: int) -> None:
        self._guests.discard(fd)
        self._forget(fd)

    def is_over(self) -> bool:
        """Whether the init may end: the kernel then kills what is left in its PID namespace."""
        if self._deadline is None:
            return False
        now = time.monotonic()
        return now >= self._deadline or (not _has_children() and (not self._guests or now >= self._guests_until))

    def timeout(self) -> float | None:
        """Milliseconds until something has to be done; None where nothing is waited for but events."""
        due = [process.due for process in self._processes.values() if process.due is not None]
        now = time.monotonic()
        if self._deadline is not None:
            due += [moment for moment in (self._deadline, self._guests_until) if moment > now]
        return max(0, min(due) - now) * 1000 + 1 if due else None


def _ended() -> list[tuple[int, int]]:
    """The children that have ended, each with its status."""
    found: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if not pid:
            return found
        found.append((pid, os.waitstatus_to_exitcode(status)))


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _all() -> list[int]:
    """All of the PID namespace but the init, as far as /proc shows it."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]


def _children() -> list[int]:
    try:
        with open("/proc/thread-self/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:  # CONFIG_PROC_CHILDREN
        return []
