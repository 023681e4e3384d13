"""What is found, and how it is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """How something stands. What is limited suffices for many labs, what is missing for none that needs it."""

    OK = "ok"
    LIMITED = "limited"
    MISSING = "missing"


class Part(StrEnum):
    """What a finding is about, in the order in which it is told."""

    NAMESPACES = "namespaces"
    KERNEL = "kernel"
    PROGRAMS = "programs"
    LIMITS = "limits"


@dataclass(frozen=True)
class Finding:
    """One thing: how it stands, what it is now, what that means for labs, and the command that changes it.

    Without what is ``essential`` there is no lab at all.
    """

    part: Part
    name: str
    verdict: Verdict
    now: str
    means: str
    command: str = ""
    essential: bool = False


@dataclass(frozen=True)
class Report:
    """Everything that was found."""

    root: bool
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, root: bool, findings: Iterable[Finding]) -> Report:
        return cls(root, tuple(findings))

    @property
    def able(self) -> bool:
        """Whether this user can bring labs up."""
        return not any(finding.essential and finding.verdict is Verdict.MISSING for finding in self.findings)

    @property
    def summary(self) -> str:
        """All of it in one sentence."""
        lacking = [f for f in self.findings if f.verdict is Verdict.MISSING and f.part is not Part.PROGRAMS]
        who = "root" if self.root else "you, without root,"
        if not self.able:
            causes = ", ".join(finding.name for finding in lacking if finding.essential)
            return f"{who} cannot bring labs up here, for lack of {causes}" + ("" if self.root else "; --root may")
        if lacking:
            return f"{who} can bring labs up here, but do without {', '.join(f.name for f in lacking)}"
        return f"{who} can bring labs up here"

    def to_json(self) -> dict[str, Any]:
        return {
            "able": self.able,
            "root": self.root,
            "summary": self.summary,
            "findings": [asdict(finding) for finding in self.findings],
        }
