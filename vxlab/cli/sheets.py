"""Cheat sheets: the commands that build a lab, those that everybody needs, and what a command means."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vxlab.cli.labs import On, Settings
from vxlab.cli.output import Json, as_json

if TYPE_CHECKING:
    from vxlab.plan import Plan
    from vxlab.topology import Topology


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
    node: Annotated[
        list[str] | None,
        typer.Option("--node", metavar="NODE", help="Only what builds this node; may be repeated.", show_default=False),
    ] = None,
    on: On = None,
    batch: Annotated[bool, typer.Option("--batch", help="The script with `ip -batch`: fewer processes.")] = False,
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Print the ip and bridge commands that build the lab, as a script that needs no vxlab, or as a sheet to read.

    Without a file: the sheet for the ip command itself.
    """
    if batch and form not in (None, Form.SH):
        raise typer.BadParameter("only a script (--format sh) has batches", param_hint="--batch")
    if file is None:
        _general(form, node, batch or json or on is not None)
        return
    from vxlab.plan import plan
    from vxlab.state.model import NetworkState
    from vxlab.topology import load, settings_from

    topology = load(file, settings_from(settings)).part(on)
    steps = plan(NetworkState(), topology.state)
    only = tuple(topology.namespace_of(_known(name, topology.nodes)) for name in node or ())
    if json:
        as_json(_commands(topology, steps, only))
    elif form in (None, Form.SH):
        from vxlab.commands import script

        print(script(topology.name, topology.description, topology.state, steps, only, batch), end="")
    else:
        from vxlab.commands.sheets.forms import html, markdown
        from vxlab.commands.sheets.lab_sheet import lab_sheet

        sheet = lab_sheet(topology.name, topology.description, topology.state, steps, only)
        print((markdown if form is Form.MD else html)(sheet), end="")


def _general(form: Form | None, node: list[str] | None, of_a_lab: bool) -> None:
    if node or of_a_lab:
        raise typer.BadParameter("--node, --on, --batch and --json are for the commands of a topology: give its FILE")
    from vxlab.commands.sheets.general import general

    print(general((form or Form.MD).value), end="")


def _known(name: str, nodes: tuple[str, ...]) -> str:
    if name not in nodes:
        from vxlab.suggest import did_you_mean

        raise typer.BadParameter(f"there is no node {name}{did_you_mean(name, nodes)}", param_hint="--node")
    return name


def _commands(topology: Topology, steps: Plan, only: tuple[str, ...]) -> list[dict[str, Any]]:
    from vxlab.commands import command, notes, of_nodes
    from vxlab.commands.purpose import Anatomy, purpose

    anatomy = Anatomy(topology.name, topology.state)
    return [
        {
            "node": anatomy.node(step.namespace),
            "command": list(command(step)),
            "purpose": purpose(anatomy, step),
            "needs": list(notes(step)),
        }
        for step in of_nodes(steps, only)
    ]
