"""Inside one node: exec, shell, logs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from vxlab.cli.output import notice

if TYPE_CHECKING:
    from vxlab.lab.logs import Line

_Node = Annotated[str, typer.Argument(metavar="NODE", help="The name of a node.", show_default=False)]
_Lab = Annotated[
    str | None,
    typer.Option("--lab", "-l", metavar="LAB", help="The node's lab, where more than one has such a node."),
]


def add_to(app: typer.Typer) -> None:
    # What stands behind the node belongs to the command that is run, with or without `--` before it.
    settings = {"allow_interspersed_args": False}
    app.command("exec", epilog="Example: vxlab exec h1 -- ping -c 2 h2", context_settings=settings)(execute)
    app.command("shell", epilog="Example: vxlab shell h1")(shell)
    app.command("logs", epilog="Example: vxlab logs web -f -n 20")(logs)


def execute(
    node: _Node,
    command: Annotated[list[str], typer.Argument(metavar="CMD...", help="What to run.", show_default=False)],
    lab: _Lab = None,
) -> None:
    """Run a command inside a node, where the lab's names resolve. Its exit status is the command's."""
    # click leaves the `--` in place where it does not look for options behind the node.
    _become(node, lab, command[1:] if command[0] == "--" else command)


def shell(node: _Node, lab: _Lab = None) -> None:
    """Open a shell inside a node."""
    from vxlab.lab import enter

    if sys.stderr.isatty():
        notice(f"a shell in {node}; exit returns")
    _become(node, lab, enter.shell())


def _become(node: str, lab: str | None, command: list[str]) -> None:
    from vxlab.lab import enter, find
    from vxlab.lab.privilege import join

    join()
    found, _ = find.node(node, lab)
    enter.execute(found, node, command)


def logs(
    node: _Node,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    lines: Annotated[
        int | None, typer.Option("--lines", "-n", metavar="LINES", help="The last so many lines.", min=0)
    ] = None,
    process: Annotated[str | None, typer.Option("--process", metavar="NAME", help="Of this process alone.")] = None,
    lab: _Lab = None,
) -> None:
    """Show what the processes of a node have printed."""
    from contextlib import suppress

    from vxlab.lab import find
    from vxlab.lab import logs as printed
    from vxlab.lab.privilege import join

    join()
    found, _ = find.node(node, lab)
    wanted = printed.processes_of(found, node, process)
    out = sys.stdout.fileno()
    told = printed.follow(found, node, wanted, lines, out) if follow else printed.read(found, node, wanted, lines)
    with suppress(KeyboardInterrupt):
        for line in told:
            _print_line(line, with_name=len(wanted) > 1)


def _print_line(line: Line, *, with_name: bool) -> None:
    text = line.text.decode(errors="backslashreplace")
    print(line.time, *([line.process] if with_name else ()), text, flush=True)
