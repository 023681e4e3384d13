"""What was measured: runs by who did what on which network, and why others could not be."""

import statistics
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.timing import Run


class Key(NamedTuple):
    """Who did what, where: ("vxlab", "up", "flat-500"), or ("python", "import typer", "")."""

    who: str
    what: str
    where: str


class NotMeasuredError(Exception):
    """There is no such measure, and why."""


@dataclass
class Samples:
    """All runs of one benchmark."""

    runs: dict[Key, list[Run]] = field(default_factory=dict)
    reasons: dict[Key, str] = field(default_factory=dict)
    """Why something is not measured, or no further."""

    def add(self, key: Key, run: Run) -> None:
        self.runs.setdefault(key, []).append(run)

    def failed(self, key: Key) -> str:
        """Why something is not measured; empty where nothing speaks against it. Where nothing is up, nothing is."""
        return self.reasons.get(key) or self.reasons.get(key._replace(what="up"), "")

    def seconds(self, key: Key) -> float:
        """The median of all runs.

        Raises:
            NotMeasuredError: there is none, or one failed.
        """
        return statistics.median(run.seconds for run in self._runs(key))

    def memory(self, key: Key) -> int:
        """The most bytes that a run had, as ``seconds``."""
        return max(run.memory for run in self._runs(key))

    def _runs(self, key: Key) -> list[Run]:
        if reason := self.failed(key):
            raise NotMeasuredError(reason)
        if not (runs := self.runs.get(key)):
            raise NotMeasuredError("not asked for")
        return runs
