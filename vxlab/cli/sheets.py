"""Cheat sheets: the commands that build a lab, those that everybody needs, and what a command means."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from vxlab.cli.labs import Settings


class Form(StrEnum):
    """What a sheet is written in."""

    SH = "sh"
    MD = "md"
    HTML = "html"


def add_to(app: typer.Typer) -> None:
    example = "Example: vxlab cheatsheet topologies/multicast.yaml > multicast.sh"
    app.command("cheatsheet", epilog=example)(cheatsheet)


def cheatsheet(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A topology file; without one, the sheet for the ip command."),
    ] = None,
    form: Annotated[
        Form | None,
        typer.Option("--format", "-f", help="A script to run (sh), or a sheet to read (md, html).", show_default=False),
    ] = None,
    settings: Settings = None,
) -> None:
    """Print the ip and bridge commands that build the lab, as a script that needs no vxlab, or as a sheet to read.

    Without a file: the sheet for the ip command itself.
    """
    if file is None:
        from vxlab.commands.general import general

        print(general((form or Form.MD).value), end="")
        return
    from vxlab.plan import plan
    from vxlab.state.model import NetworkState
    from vxlab.topology import load, settings_from

    topology = load(file, settings_from(settings))
    steps = plan(NetworkState(), topology.state)
    if form in (None, Form.SH):
        from vxlab.commands import script

        print(script(topology.name, topology.description, topology.state, steps), end="")
        return
    from vxlab.commands.forms import html, markdown
    from vxlab.commands.lab_sheet import lab_sheet

    sheet = lab_sheet(topology.name, topology.description, topology.state, steps)
    print((markdown if form is Form.MD else html)(sheet), end="")
