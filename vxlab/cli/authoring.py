"""For who writes topologies: new, schema. Neither touches the kernel or needs root."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vxlab.cli.output import Json, as_json


def add_to(app: typer.Typer) -> None:
    app.command("new", epilog="Example: vxlab new mylab --from replicate && vxlab up mylab.yaml")(new)
    app.command("schema", epilog="Example: vxlab schema > vxlab.schema.json")(schema)


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the new lab.", show_default=False)],
    mode: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="MODE",
            help="What to start from: multicast, replicate, static-l2, static-l3, leaf-spine, irb, low-level.",
        ),
    ] = "multicast",
    force: Annotated[bool, typer.Option("--force", help="Replace NAME.yaml if it exists.")] = False,
    json: Json = False,
) -> None:
    """Write NAME.yaml into the current directory: a small lab with comments, to be changed into your own."""
    from vxlab.topology import starter

    written = starter.write(Path(), name, mode, force)
    if json:
        as_json(
            {
                "file": str(written.file),
                "lab": name,
                "from": mode,
                "schema": str(written.schema),
                "schema_is_new": written.schema_is_new,
            }
        )
        return
    print(f"{written.file}: a lab to start from, {mode}")
    if written.schema_is_new:
        print(f"{written.schema}: what editors complete and check topologies by")
    print(f"next: vxlab up {written.file}")


def schema() -> None:
    """Print the JSON Schema of topologies, by which editors complete and check them."""
    from vxlab.topology import jsonschema

    print(jsonschema.text(), end="")
