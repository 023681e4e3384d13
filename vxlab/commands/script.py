"""A plan as a shell script that builds the same lab with iproute2 alone, and takes it away again."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby

from vxlab.commands import grammar
from vxlab.commands.batch import Run, runs
from vxlab.commands.plain import comment
from vxlab.commands.purpose import Anatomy, explained
from vxlab.commands.render import command, command_line
from vxlab.commands.shell import STOPPED_EARLY, About, front
from vxlab.commands.versions import newest
from vxlab.commands.waiting import functions, wait
from vxlab.plan import Plan, Step
from vxlab.state.kinds import ADDRESS, NAMESPACE
from vxlab.state.model import NetworkState
from vxlab.state.owned import is_machine, mark, protocol


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
    about = _about(name, description, only or desired.namespaces, only, steps)
    lines = [*front(about), functions(wait(step, desired) for step in steps) + STOPPED_EARLY]
    anatomy = Anatomy(name, desired)
    for title, group in groupby(steps, key=_title):
        lines.append(f"\n# ---- {title} ----")
        for waits, part in groupby(group, key=lambda step: wait(step, desired)):
            lines += filter(None, [waits])
            for run in runs(part) if in_batches else _one_by_one(part):
                lines += _commands(run, [comment(explained(anatomy, step)) for step in run.steps])
    return "\n".join(lines) + "\n"


def _about(name: str, description: str, namespaces: Sequence[str], only: Sequence[str], steps: list[Step]) -> About:
    commands = [command(step) for step in steps]
    words = {word for words in commands for word in words}
    return About(
        name,
        description,
        namespaces,
        only,
        others=sorted({name for step in steps for name in _touches(step)} - {*only}) if only else (),
        programs={words[0] for words in commands} | {"ip"},
        inside=words & {"sysctl", "unshare"},
        version=newest(steps),
        odd=any(map(_looks_like_shell, words - {grammar.THIS_SHELL})),
        at_home=[name for name in namespaces if is_machine(name)],
        undo=[*_undone(name, steps)],
    )


def _undone(lab: str, steps: Iterable[Step]) -> Iterator[str]:
    """What takes away what a lab has in the machine's own namespace, called $ns: by its marks, as vxlab does."""
    group = mark(lab)
    yield f'[ -z "$(ip -n "$ns" link show group {group})" ] || ip -n "$ns" link del group {group}'
    addresses = (step.resource for step in steps if step.resource.kind is ADDRESS and step.resource.get("protocol"))
    for card in dict.fromkeys(address.name for address in addresses if is_machine(address.namespace)):
        yield f'ip -n "$ns" addr flush dev {shlex.quote(card)} proto {protocol(lab)}'


def _looks_like_shell(word: str) -> bool:
    return shlex.quote(word) != word or word in ("do", "done", "elif", "else", "esac", "fi", "then")


def _commands(run: Run, comments: list[str]) -> Iterator[str]:
    """What one process does, with what each step is for."""
    if not run.lines:
        yield from (*comments, run.command)
        return
    yield f"{run.command} <<'END'"
    for told, line in zip(comments, run.lines, strict=True):
        yield from (told, line)
    yield "END"


def of_nodes(steps: Iterable[Step], only: Collection[str]) -> list[Step]:
    """The steps that put something into some namespaces, their cables to others included; all steps for none."""
    return [step for step in steps if not only or _touches(step) & {*only}]


def _touches(step: Step) -> set[str]:
    return {step.namespace, *([step.peer.namespace] if step.peer else ())}


def _one_by_one(steps: Iterable[Step]) -> Iterator[Run]:
    return (Run((step,), command_line(step)) for step in steps)


def _title(step: Step) -> str:
    return "the nodes" if step.resource.kind is NAMESPACE else step.namespace
