"""Processes that run as long as the lab does, each in the PID namespace of its node (pid_namespaces(7)).

The names of the options, and what ``restart`` may be, are those of Compose files; systemd.service(5) has the same.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.types import Bool, CommandWords, Directory, NodeRef, OneOf, Variables

if TYPE_CHECKING:
    from vxlab.state.model import Resource

RESTART = {"no": 0, "on-failure": 1, "always": 2}
"""When a process that has ended is started again: never, unless its exit status is 0, or whatever it is."""

RUNNING = "running"
"""The option that is false where one has ended that should run; no file has it."""

PROCESS = Kind(
    "process",
    Family.PROCESS,
    ("node", "name"),
    "a program that runs as long as the lab does",
    options=(
        Option("node", NodeRef(), help="the node that it belongs to", required=True, fixed=True),
        Option("name", NodeRef(), help="what it is called", required=True, fixed=True),
        Option(
            "command", CommandWords(), help="the program and its arguments; no shell reads them", required=True,
            fixed=True, example=["python3", "-m", "http.server", "80"],  # type: ignore[arg-type]
        ),
        Option(
            "restart", OneOf(RESTART),
            help="when it is started again after its end: no (never), on-failure (unless its exit status is 0), always",
            default="no", fixed=True,
        ),
        Option(
            "environment", Variables(), help="environment variables, beside PATH, VXLAB_LAB and VXLAB_NODE", default="",
            fixed=True, example={"LANG": "C"},  # type: ignore[arg-type]
        ),
        Option("working_dir", Directory(), help="the directory that it starts in", default="/", fixed=True),
        Option(RUNNING, Bool(), help="whether it runs, or has done what it had to", default=True),
    ),
)  # fmt: skip

NOT_IN_FILES = ("node", "name", RUNNING)
"""The options that a file says by where a process stands, or does not say."""


def words(process: Resource) -> list[str]:
    """The program and its arguments."""
    return shlex.split(str(process.get("command")))


def variables(process: Resource) -> dict[str, str]:
    """The environment variables that the file says."""
    pairs = (text.partition("=") for text in shlex.split(str(process.get("environment"))))
    return {name: value for name, _, value in pairs}


def in_one_line(text: str) -> str:
    """Words as one would type them, on one line."""
    return text.replace("\n", "\\n").replace("\t", "\\t")
