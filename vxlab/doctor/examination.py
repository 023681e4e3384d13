"""Everything at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from vxlab.doctor import kernel, limits, privileges, programs
from vxlab.doctor.model import Finding, Part, Report, Verdict
from vxlab.doctor.trial import alone


def examine() -> Report:
    """What this machine lets this user do. Nothing is changed, and nothing left."""
    root = os.geteuid() == 0
    return Report.of(root, _findings(root))


def _findings(root: bool) -> Iterator[Finding]:
    refused: OSError | None = None
    tried: list[dict[str, Any]] = []
    try:
        tried = alone(lambda: [asdict(finding) for finding in kernel.findings()])
    except OSError as error:
        refused = error
    yield from privileges.findings(refused, root=root)
    if refused:
        yield Finding(Part.KERNEL, "all of it", Verdict.LIMITED, "not tried", "what it can do shows in a namespace")
    for fields in tried:
        yield Finding(**{**fields, "part": Part(fields["part"]), "verdict": Verdict(fields["verdict"])})
    yield from programs.findings()
    yield from limits.findings()
