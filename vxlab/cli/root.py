"""``--root``: the same command once more, through sudo, for those who want the machine's own namespaces."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

import typer

HELP = "Do it as root, through sudo, in the machine's own namespaces."


def become_root(wanted: bool) -> None:
    """Run this program again as root, with the same arguments; nothing where it is root already.

    Raises:
        LabError: there is no sudo.
    """
    if not wanted or os.geteuid() == 0:
        return
    from vxlab.lab.errors import LabError

    sudo = shutil.which("sudo")
    if sudo is None:
        raise LabError("--root needs sudo, which is not on PATH: become root another way and leave --root out")
    words = [sudo, "--", *_program(), *sys.argv[1:]]
    os.execv(sudo, words)  # noqa: S606  what is run is this program


def _program() -> list[str]:
    """How to start this program so that root does not run what lies in the current directory."""
    script = Path(sys.argv[0])
    if script.name == "__main__.py":
        return [sys.executable, "-P", "-m", "vxlab"]
    return [str(script.absolute())]


Root = Annotated[
    bool, typer.Option("--root", help=HELP, callback=become_root, is_eager=True, expose_value=False, show_default=False)
]


def add_to(command: Any, without: Collection[str] = ()) -> None:
    """Give the commands of a program the option, but for those that have these names."""
    for name, below in command.commands.items():
        if name in without:
            continue
        if hasattr(below, "commands"):
            add_to(below)
        else:
            below.params.append(_option())


def _option() -> Any:
    """The option as typer makes it for a function: its classes for that are its own affair."""
    program = typer.Typer(add_completion=False)

    @program.command()
    def only(as_root: Root = False) -> None:
        """Take the option and do nothing."""

    return typer.main.get_command(program).params[0]
