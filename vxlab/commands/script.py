"""A plan as a shell script that builds the same lab with iproute2 alone, and takes it away again."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined

from vxlab.commands.batch import Run, runs
from vxlab.commands.plain import comment
from vxlab.commands.purpose import Anatomy, explained
from vxlab.commands.render import command, command_line
from vxlab.commands.versions import USUAL, newest, shown
from vxlab.commands.waiting import FUNCTION, wait
from vxlab.plan import Plan, Step
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
_environment.filters["comment"] = comment
_environment.filters |= {"shown": shown, "zip": zip}


_PACKAGES = {"iproute2": "ip", "sysctl": "sysctl", "util-linux": "unshare"}
"""Where the programs of a script come from, by one of each."""


def script(
    name: str, description: str, desired: NetworkState, plan: Plan, only: Sequence[str] = (), in_batches: bool = False
) -> str:
    """The script for a lab.

    Args:
        name: the lab's name.
        description: what the topology says about it; becomes a comment.
        desired: the state that the script makes, from nothing.
        plan: the steps from nothing to ``desired``.
        only: the namespaces that are built; none is all of them.
        in_batches: whether steps that follow each other go to one process, by ``ip -batch``.
    """
    steps = of_nodes(plan, only)
    version = newest(steps)
    programs = {command(step)[0] for step in steps} | {"ip"}
    inside = {word for step in steps for word in command(step) if word in ("sysctl", "unshare")}
    return _environment.get_template("script.sh.j2").render(
        name=name,
        description=description,
        why=partial(explained, Anatomy(name, desired)),
        only=only,
        namespaces=only or desired.namespaces,
        others=sorted({name for step in steps for name in _touches(step)} - {*only}) if only else (),
        programs=sorted(programs | inside),
        packages=[package for package, program in _PACKAGES.items() if program in programs | inside],
        wrapped=sorted(programs),
        version=version,
        usual=USUAL,
        wait=partial(wait, state=desired),
        carrier=FUNCTION if any(wait(step, desired) for step in steps) else "",
        odd=any(_looks_like_shell(word) for step in steps for word in command(step)),
        sections=list(_sections(steps, runs if in_batches else _one_by_one)),
    )


def _looks_like_shell(word: str) -> bool:
    return shlex.quote(word) != word or word in ("do", "done", "elif", "else", "esac", "fi", "then")


def of_nodes(steps: Iterable[Step], only: Collection[str]) -> list[Step]:
    """The steps that put something into some namespaces, their cables to others included; all steps for none."""
    return [step for step in steps if not only or _touches(step) & {*only}]


def _touches(step: Step) -> set[str]:
    return {step.namespace, *([step.peer.namespace] if step.peer else ())}


def _one_by_one(steps: Iterable[Step]) -> Iterator[Run]:
    return (Run((step,), command_line(step)) for step in steps)


def _sections(
    steps: Iterable[Step], in_runs: Callable[[Iterable[Step]], Iterator[Run]]
) -> Iterator[tuple[str, list[Run]]]:
    for title, group in groupby(steps, key=_title):
        yield title, list(in_runs(group))


def _title(step: Step) -> str:
    return "the nodes" if step.resource.kind is NAMESPACE else step.namespace
