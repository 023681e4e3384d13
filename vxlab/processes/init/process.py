"""One process of a node: what it is to run, and what has become of it."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from vxlab.processes.init.spawn import Request

FIRST_DELAY, LONGEST_DELAY = 0.1, 60.0
"""Seconds before a process is started again: doubled each time."""

SETTLED = 10.0
"""Seconds after which a process that runs has made it, and the next delay is the first again."""


class Process:
    """It leads a session and a process group, which begins with it and is ended with it.

    ``state`` is running, stopping (asked to end, or what is left of its group is), waiting (to be started again), or
    ended. ``status`` is that of its last end, a signal as a negative number.
    """

    def __init__(self, request: Request) -> None:
        self.name: str = request["name"]
        self.request = request
        self.state = "ended"
        self.pid = 0
        self.status: int | None = None
        self.restarts = 0
        self.due: float | None = None  # when something has to be done, by the monotonic clock
        self.asked: list[Callable[[], None]] = []  # told of its end, by who waits for that
        self.next: Callable[[], None] | None = None  # starts it anew, when it has ended
        self.wanted = self.stay = True  # it may be started again; the init does not end with it
        self._delay = FIRST_DELAY
        self._since = time.time()
        self._begun = 0.0

    def as_data(self) -> Request:
        return {
            "name": self.name,
            "told": self.request["told"],
            "state": self.state,
            "pid": self.pid,
            "status": self.status,
            "restarts": self.restarts,
            "since": self._since,
        }

    def turn(self, state: str, seconds: float | None = None) -> None:
        """Be in another state, in which something is due after so many seconds."""
        self.state, self._since = state, time.time()
        self.due = None if seconds is None else time.monotonic() + seconds

    def runs(self, pid: int) -> None:
        self.pid, self._begun = pid, time.monotonic()
        self.turn("running")

    def has_failed(self) -> None:
        """It could not even be started."""
        self.status, self._begun = 127, time.monotonic()  # as a shell has it

    def stop(self, patience: float) -> None:
        """Ask it and its group to end; they are killed when it is due."""
        self.turn("stopping", patience)
        self.signal(signal.SIGTERM)

    def signal(self, signum: int) -> None:
        try:
            os.killpg(self.pid, signum)
        except ProcessLookupError:
            pass

    def group_is_empty(self) -> bool:
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def begins_again(self) -> bool:
        """Whether its policy has it started again after this end."""
        restart = self.request["restart"]
        return self.wanted and (restart == "always" or (restart == "on-failure" and self.status != 0))

    def delay(self) -> float:
        """The seconds to wait before that, which grow as long as it does not run for a while."""
        if time.monotonic() - self._begun >= SETTLED:
            self._delay = FIRST_DELAY
        now, self._delay = self._delay, min(self._delay * 2, LONGEST_DELAY)
        return now

    def how(self) -> str:
        """How it ended, in words."""
        if self.status is None or self.status >= 0:
            return f"exit status {self.status}"
        try:
            return signal.Signals(-self.status).name
        except ValueError:  # one of those for real-time work has no name
            return f"signal {-self.status}"
