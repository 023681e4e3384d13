"""What the proof of all pairs says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vxlab.verify.tables import Tables


@dataclass(frozen=True)
class Failure:
    """Something that does not hold between two nodes: ``what`` is the name of the claim, ``seen`` what was instead."""

    sender: str
    target: str
    what: str
    seen: str

    def to_json(self) -> dict[str, str]:
        return {"sender": self.sender, "target": self.target, "what": self.what, "seen": self.seen}


@dataclass(frozen=True)
class Pairs:
    """Ordered pairs of hosts, and how many of them answered each other."""

    hosts: int
    pairs: int
    answered: int
    failures: tuple[Failure, ...]
    tables: Tables

    @property
    def passed(self) -> bool:
        return not self.failures

    def to_json(self) -> dict[str, Any]:
        return {
            "hosts": self.hosts,
            "pairs": self.pairs,
            "answered": self.answered,
            "passed": self.passed,
            "failures": [failure.to_json() for failure in self.failures],
            "flushed": len(self.tables.flushed),
            "restored": len(self.tables.restored),
            "removed": len(self.tables.removed),
        }


@dataclass(frozen=True)
class SegmentPairs(Pairs):
    """The pairs of one subnet of a segment. ``entries`` is how many FDB entries lead to the right VTEP."""

    vni: int
    subnet: str
    entries: int

    def to_json(self) -> dict[str, Any]:
        return {"vni": self.vni, "subnet": self.subnet, "entries": self.entries, **super().to_json()}


@dataclass(frozen=True)
class PairsVerdict:
    """The proof of all pairs of a lab; ``routed`` is None where no two subnets are routed to each other.

    ``drift`` is where the lab is not as its file says; nobody looks where everything holds.
    """

    lab: str
    segments: tuple[SegmentPairs, ...]
    routed: Pairs | None
    drift: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return all(part.passed for part in self.segments) and (self.routed is None or self.routed.passed)

    @property
    def failures(self) -> tuple[Failure, ...]:
        routed = self.routed.failures if self.routed else ()
        return (*(failure for part in self.segments for failure in part.failures), *routed)

    def to_json(self) -> dict[str, Any]:
        return {
            "lab": self.lab,
            "passed": self.passed,
            "segments": [segment.to_json() for segment in self.segments],
            "routed": self.routed.to_json() if self.routed else None,
            "drift": list(self.drift),
        }
