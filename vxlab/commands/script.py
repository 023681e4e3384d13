"""A plan as a shell script that builds the same lab with iproute2 alone, and takes it away again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined

from vxlab.commands.render import command, command_line
from vxlab.plan import Action, Plan, Step
from vxlab.state.kind import Family
from vxlab.state.kinds import NAMESPACE
from vxlab.state.model import NetworkState

_environment = Environment(
    loader=PackageLoader("vxlab.commands"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701  the output is a shell script; `quote` and `comment` are its escaping
)
_environment.filters["quote"] = shlex.quote


def _comment(text: str) -> str:
    """Text as shell comments: whatever could end a line or hide in a terminal is taken out."""
    lines = (
        "".join(c for c in line if c.isprintable()) for line in re.split(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+", text)
    )
    return "\n".join(f"# {line}".rstrip() for line in lines)


_environment.filters["comment"] = _comment


def script(name: str, description: str, desired: NetworkState, plan: Plan) -> str:
    """The script for a lab.

    Args:
        name: the lab's name.
        description: what the topology says about it; becomes a comment.
        desired: the state that the script makes, from nothing.
        plan: the steps from nothing to ``desired``.
    """
    return _environment.get_template("script.sh.j2").render(
        name=name,
        description=description,
        namespaces=desired.namespaces,
        programs=sorted({command(step)[0] for step in plan} | {"sysctl" for step in plan if "sysctl" in command(step)}),
        sections=list(_sections(plan)),
    )


def _sections(plan: Plan) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Titles, each with its steps: what a step is for, and its command."""
    for title, steps in groupby(plan, key=_title):
        yield title, [(_purpose(step), command_line(step)) for step in steps]


def _title(step: Step) -> str:
    return "the nodes" if step.resource.kind is NAMESPACE else step.namespace


def _purpose(step: Step) -> str:
    """Why the command is there: what a new thing is, or what changes."""
    kind, name = step.resource.kind, step.resource.name
    if step.action is Action.CREATE and kind.family in (Family.NAMESPACE, Family.LINK):
        return f"{name}: {kind.help}" if name else kind.help
    return step.describe()
