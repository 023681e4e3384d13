"""``Check``: one claim of a proof, and what shows that it holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from vxlab.verify.evidence import Entry, Evidence, Fact, Sighting
from vxlab.verify.overlay import Destination, Vtep

_FEW = 6
"""Receivers that are named; of more, the first ones and their number."""


@dataclass(frozen=True)
class Cause:
    """The likeliest reason why a check fails, and the command that shows it."""

    text: str
    command: str


@dataclass(frozen=True)
class Check:
    """One claim: whether it holds, what shows it, and where it does not hold what was seen instead, and why."""

    name: str
    claim: str
    passed: bool
    evidence: tuple[Fact, ...] = ()
    seen: str = ""
    cause: Cause | None = None

    def because(self, cause: Cause) -> Check:
        """The same check with the likeliest cause of its failure."""
        return replace(self, cause=cause)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "passed": self.passed,
            "expected": self.claim,
            "seen": self.seen,
            "cause": {"text": self.cause.text, "command": self.cause.command} if self.cause else None,
            "evidence": [fact.data | {"text": fact.text} for fact in self.evidence],
        }


def check(
    evidence: Evidence,
    name: str,
    claim: str,
    passed: bool,
    frames: Iterable[Sighting] = (),
    entries: Iterable[Entry] = (),
    seen: str = "",
) -> Check:
    """A check with its evidence; ``seen`` says what was there instead, and counts only where it fails."""
    facts = (*map(evidence.frame_fact, frames), *map(evidence.entry_fact, entries))
    return Check(name, claim, passed, facts, "" if passed else seen)


def each(receivers: Iterable[Destination]) -> str:
    """Receivers by their addresses, for a claim."""
    addresses = [receiver.address for receiver in receivers]
    if not addresses:
        return "nobody: it has no group and no flood list"
    return few(addresses) if len(addresses) > _FEW else " and to ".join(addresses)


def few(words: list[str]) -> str:
    """Words one after the other; of many the first ones, and how many more."""
    return ", ".join(words) if len(words) <= _FEW else f"{', '.join(words[:_FEW])} and {len(words) - _FEW} more"


def is_sent(sent: list[Sighting], vtep: Vtep, receivers: Iterable[Destination], *, once: bool = True) -> bool:
    """Whether each receiver and nobody else was sent a copy, from this VTEP's address, to its port, with its VNI.

    ``once``: and no second one. A host that is asked by others too answers more than once.
    """
    around = [sighting.envelope for sighting in sent if sighting.envelope]
    from_here = all(envelope.src in vtep.addresses for envelope in around)
    there = [Destination(e.dst, e.port, -1 if e.vni is None else e.vni) for e in around]
    return from_here and sorted(there if once else set(there)) == sorted(receivers)


def sent_instead(sent: list[Sighting]) -> str:
    if not sent:
        return "nothing of it was sent into the underlay"
    around = dict.fromkeys((e.src, e.dst, e.port, e.vni) for s in sent if (e := s.envelope))
    told = [f"from {src} to {dst} port {port} with VNI {vni}" for src, dst, port, vni in around]
    return f"it was sent {few(told)}"
