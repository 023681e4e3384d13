"""What this machine can do: doctor."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

import typer

from vxlab.cli.output import Json, as_json

if TYPE_CHECKING:
    from vxlab.doctor.model import Finding

_SIGNS = {"ok": "✓", "limited": "!", "missing": "✗"}
_WIDTH = 118
_INDENT = 6 * " "


def add_to(app: typer.Typer) -> None:
    app.command("doctor", epilog="Example: vxlab doctor")(doctor)


def doctor(json: Json = False) -> None:
    """Say what this machine lets you do, found by trying it, and which command gets what is missing.

    Nothing is changed. Exit status 1 where you cannot bring labs up; with --root it is root who is asked about.
    """
    from vxlab.doctor.examination import examine

    report = examine()
    if json:
        as_json(report.to_json())
    else:
        for part, findings in groupby(report.findings, key=lambda finding: finding.part):
            print(f"{part}:")
            for finding in findings:
                _tell(finding)
        print(f"\n{report.summary}")
    raise typer.Exit(0 if report.able else 1)


def _tell(finding: Finding) -> None:
    head = f"  {_SIGNS[finding.verdict]} {finding.name:<34} {finding.now}"
    print(head.rstrip())
    if finding.means:
        print(textwrap.fill(finding.means, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT))
    if finding.command:
        print(f"{_INDENT}$ {finding.command}")
