"""Only the command that was asked for: to import and put together all of them takes longer than most of them run."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from importlib import import_module

import typer

FAMILIES = {
    "labs": ("up", "down", "plan", "ls", "status"),
    "nodes": ("exec", "shell", "logs"),
    "proofs": ("verify", "fdb"),
    "capture": ("capture",),
    "inspect": ("inspect",),
    "send": ("send",),
    "files": ("validate", "expand"),
    "sheets": ("cheatsheet",),
    "explain": ("explain",),
    "authoring": ("new", "schema"),
    "doctor": ("doctor",),
}
"""The modules that have commands, in the order in which ``vxlab --help`` has these."""


def chosen(app: typer.Typer, words: Sequence[str]) -> typer.Typer:
    """The program with the one command that ``words`` ask for; with all where they ask for none that there is.

    Args:
        app: the program without commands, whose own options take no value.
        words: what stands behind the program's name.
    """
    wanted = next((word for word in words if not word.startswith("-")), None)
    families = [family for family, names in FAMILIES.items() if wanted in names]
    program = copy.copy(app)
    program.registered_commands, program.registered_groups = [], []
    for family in families or FAMILIES:
        import_module(f"vxlab.cli.{family}").add_to(program)
    if families:
        program.registered_commands = [one for one in program.registered_commands if one.name == wanted]
    return program
