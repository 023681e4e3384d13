"""The processes of a lab as a reader wants them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from signal import Signals

from vxlab.lab.inits import UNKNOWN, Running
from vxlab.lab.record import Record
from vxlab.state.kind import Family
from vxlab.state.kinds.process import words
from vxlab.state.model import Resource


@dataclass(frozen=True)
class ProcessRow:
    """One process that a lab has.

    ``state`` is running, stopping, waiting (to be started again), ended, missing (its init has ended), or unknown (its
    init does not answer). ``pid`` is its process id for the caller, ``pid_in_node`` the one that it has in its node;
    both are None where it does not run. ``exit_status`` and ``signal`` say how it ended the last time, ``since`` when
    its state began.
    """

    node: str
    process: str
    command: list[str]
    restart: str
    state: str
    pid: int | None = None
    pid_in_node: int | None = None
    exit_status: int | None = None
    signal: str | None = None
    restarts: int = 0
    since: str | None = None

    @property
    def in_words(self) -> str:
        """The state, and where it has ended how."""
        if self.state not in ("ended", "waiting"):
            return self.state
        return f"{self.state} ({self.signal or f'exit status {self.exit_status}'})"


def rows(lab: Record, running: Iterable[Running]) -> list[ProcessRow]:
    """The processes that a lab is to have, and what its inits tell of them."""
    running = list(running)
    there = {process.resource.key: process for process in running}
    silent = {process.resource.get("node") for process in running if process.state == UNKNOWN}
    return [
        _row(wanted, there.get(wanted.key), UNKNOWN if wanted.get("node") in silent else "missing")
        for wanted in lab.state.family(Family.PROCESS)
    ]


def _row(wanted: Resource, found: Running | None, otherwise: str) -> ProcessRow:
    said = (str(wanted.get("node")), str(wanted.get("name")), words(wanted), str(wanted.get("restart")))
    if found is None:
        return ProcessRow(*said, otherwise)
    return ProcessRow(
        *said,
        found.state,
        found.pid or None,
        found.inner or None,
        found.status if found.status is not None and found.status >= 0 else None,
        _signal(-found.status) if found.status is not None and found.status < 0 else None,
        found.restarts,
        datetime.fromtimestamp(found.since, UTC).isoformat(timespec="seconds"),
    )


def _signal(number: int) -> str:
    try:
        return Signals(number).name
    except ValueError:  # one of those for real-time work has no name
        return str(number)
