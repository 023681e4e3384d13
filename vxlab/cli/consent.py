"""Asking before the processes of a file that is not the caller's are started."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from vxlab.topology import Topology


def ask_for_processes(topology: Topology, file: Path, doubt: str) -> bool:
    """Go on where the file starts nothing, or that is agreed to at a terminal.

    Args:
        topology: what would be brought up.
        file: where it was written.
        doubt: why the file may not be the caller's.

    Returns:
        Whether it was agreed to.

    Raises:
        NotAllowedError: it was not.
    """
    from vxlab.lab import consent
    from vxlab.lab.errors import NotAllowedError

    commands = consent.commands(topology)
    if not commands:
        return False
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        raise NotAllowedError(
            f"{file} starts {len(commands)} processes and may not be yours: {doubt}. "
            "Read what they do (vxlab plan FILE), then say --allow-processes"
        )
    typer.echo(f"{file} may not be yours: {doubt}. It starts:", err=True)
    for command in commands:
        typer.echo(f"  {command}", err=True)
    if not typer.confirm("Start these?", err=True):
        raise NotAllowedError("nothing was started, and nothing changed")
    return True
