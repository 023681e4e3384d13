"""Topology files: validate, expand. Neither touches the kernel or needs root."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vxlab.cli.labs import File, Settings
from vxlab.cli.output import Json, as_json
from vxlab.harmless import acts


def add_to(app: typer.Typer) -> None:
    app.command("validate", epilog="Example: vxlab validate topologies/*.yaml")(validate)
    app.command("expand", epilog="Example: vxlab expand topologies/multicast.yaml > low-level.yaml")(expand)


def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Topology files.", show_default=False)],
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Check topology files: every mistake with its file, line and column. Exit status 2 where there is one."""
    from vxlab.topology import TopologyError, load, settings_from

    given = settings_from(settings)
    results = []
    wrong = False
    for file in files:
        try:
            topology = load(file, given)
        except TopologyError as error:
            wrong = True
            mistakes = [
                {"line": p.position.line, "column": p.position.column, "message": p.message} for p in error.problems
            ]
            results.append({"file": str(file), "valid": False, "mistakes": mistakes})
            if not json:
                typer.echo(str(error), err=True)
        else:
            results.append({"file": str(file), "valid": True, "lab": topology.name, "nodes": len(topology.nodes)})
            if not json:
                print(f"{file}: lab {topology.name}, {len(topology.nodes)} nodes")
    if json:
        as_json(results)
    raise typer.Exit(2 if wrong else 0)


def expand(file: File, settings: Settings = None, json: Json = False) -> None:
    """Print the low-level form of a topology: a topology with the same meaning that leaves nothing to be chosen."""
    import yaml

    from vxlab.topology import load, settings_from

    document = load(file, settings_from(settings)).document
    if json:
        as_json(document)
    else:
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
        if acts(text):  # YAML has its own way to spell that out
            text = yaml.safe_dump(document, sort_keys=False, width=120)
        print(text, end="")
