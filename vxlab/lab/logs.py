"""What the processes of a node have printed, which its init writes down.

A line of a log is the time (RFC 3339), the name of the process, and what it printed, with a space between them.
"""

from __future__ import annotations

import os
import select
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from itertools import chain
from pathlib import Path

from vxlab.lab.disk import path_of
from vxlab.lab.errors import LabError, UnknownNameError
from vxlab.lab.record import Record
from vxlab.processes import client
from vxlab.state.kind import Family
from vxlab.suggest import did_you_mean


@dataclass(frozen=True)
class Line:
    """One line that a process has printed, as bytes: it need not be text."""

    time: str
    process: str
    text: bytes

    @classmethod
    def of(cls, raw: bytes) -> Line:
        time, _, rest = raw.partition(b" ")
        process, _, text = rest.partition(b" ")
        return cls(time.decode(errors="replace"), process.decode(errors="replace"), text)


def processes_of(lab: Record, node: str, process: str | None = None) -> list[str]:
    """The processes of a node whose lines are wanted: the one that is named, else all.

    Raises:
        LabError: it has none.
        UnknownNameError: it has none of that name.
    """
    known = [str(one.get("name")) for one in lab.state.family(Family.PROCESS) if one.get("node") == node]
    if not known:
        raise LabError(f"node {node} has no processes: its topology says which it is to have (processes)")
    if process is not None and process not in known:
        raise UnknownNameError(f"there is no process {process} in node {node}{did_you_mean(process, known)}")
    return known if process is None else [process]


def read(lab: Record, node: str, wanted: list[str], last: int | None = None) -> Iterator[Line]:
    """The lines that are there.

    Args:
        lab: the lab.
        node: the node.
        wanted: the processes.
        last: how many lines, the last ones; None is all.
    """
    log = client.log_of(path_of(lab.name), node)
    lines = chain.from_iterable(_Reader(path).lines() for path in (client.old_log_of(log), log))
    found = (line for line in lines if line.process in wanted)
    return iter(deque(found, maxlen=last))


def follow(lab: Record, node: str, wanted: list[str], last: int | None, out: int) -> Iterator[Line]:
    """The lines that are there and those that come, until the node's init ends or nobody reads any more.

    Args:
        lab: the lab.
        node: the node.
        wanted: the processes.
        last: how many of the lines that are there, the last ones; None is all.
        out: the descriptor that the lines are written to.

    Raises:
        LabError: nothing runs in the node.
        ProcessError: its init does not answer.
    """
    directory = path_of(lab.name)
    init = client.connect(directory, node)
    if init is None:
        raise LabError(f"the init of node {node} has ended: vxlab up {lab.source} brings it back")
    with init:
        init.ask("follow")
        reader = _Reader(client.log_of(directory, node))
        old = _Reader(client.old_log_of(reader.path)).lines()
        there = (line for line in chain(old, reader.lines()) if line.process in wanted)
        yield from deque(there, maxlen=last)
        poll = select.poll()
        poll.register(init.fileno(), select.POLLIN)
        poll.register(out, 0)  # that nobody reads it any more is told all the same
        more = True
        while more:
            if any(fd == out for fd, _ in poll.poll()):
                return
            more = init.heard()
            yield from (line for line in reader.lines() if line.process in wanted)


class _Reader:
    """Reads a log from where it was read before, and the next one when that is full."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rest = b""
        self._file = self._open()

    def _open(self) -> FileIO | None:
        try:
            return FileIO(os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW))
        except FileNotFoundError:
            return None

    def lines(self) -> Iterator[Line]:
        """The whole lines that are there and were not read yet."""
        yield from self._here()
        fresh = self._open()
        if fresh is None or (self._file and os.path.samestat(os.fstat(fresh.fileno()), os.fstat(self._file.fileno()))):
            return
        yield from self._here()  # what was written before the new one began
        self._file, self._rest = fresh, b""
        yield from self._here()

    def _here(self) -> Iterator[Line]:
        while self._file is not None and (data := self._file.read(1 << 16)):
            *lines, self._rest = (self._rest + data).split(b"\n")
            yield from map(Line.of, lines)
