"""Only the command that was asked for: to put all of them together takes longer than most of them run."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import typer
from typer.main import get_command_name


def chosen(app: typer.Typer, words: Sequence[str]) -> typer.Typer:
    """The program with the one command that ``words`` ask for; with all where they ask for none that there is.

    Args:
        app: the program, whose own options take no value.
        words: what stands behind the program's name.
    """
    wanted = next((word for word in words if not word.startswith("-")), None)
    commands = [one for one in app.registered_commands if _name(one) == wanted]
    groups = [one for one in app.registered_groups if one.name == wanted]
    if not commands and not groups:
        return app
    alone = copy.copy(app)
    alone.registered_commands, alone.registered_groups = commands, groups
    return alone


def _name(command: typer.models.CommandInfo) -> str:
    return command.name or get_command_name(command.callback.__name__ if command.callback else "")
