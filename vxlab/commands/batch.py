"""Runs of commands as input of ``ip -batch`` and ``bridge -batch``: one process where there would be one for each.

What such a file can hold is what getcmdline() and makeargs() of iproute2's lib/utils.c take: words between white space,
quoted as a whole or not at all, and nothing behind a ``#``, quoted or not.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from vxlab.commands.render import Words, command, command_line, is_attachment
from vxlab.plan import Step
from vxlab.state.kinds import PROCESS

_MOST = 500
"""Words of one line; iproute2 takes 512 (MAX_ARGS of include/utils.h)."""


class Run(NamedTuple):
    """Steps that follow each other and that one process does."""

    steps: tuple[Step, ...]
    command: str
    lines: tuple[str, ...] = ()
    """The input of the command, a line for each step; nothing where the command says it all."""


def runs(steps: Iterable[Step]) -> Iterator[Run]:
    """The steps in the same order, those that one process can do together."""
    for (front, kind), group in groupby(steps, key=_process):
        part = tuple(group)
        if kind == "alone":
            yield from (Run((step,), command_line(step)) for step in part)
        elif kind == "settings":
            settings = (word for step in part for word in command(step)[len(front) :])
            yield Run(part, shlex.join((*front, *settings)))
        else:
            lines = tuple(" ".join(map(_quoted, command(step)[len(front) :])) for step in part)
            yield Run(part, shlex.join((*front, "-batch", "-")), lines)


def _process(step: Step) -> tuple[Words, str]:
    """The words that a process begins with, and in which way it takes several commands."""
    words = command(step)
    if step.resource.kind is PROCESS or is_attachment(step):
        return words, "alone"
    if words[1:3] == ("netns", "exec"):
        return words[:6], "settings"  # ip netns exec NAMESPACE sysctl -qw
    if len(words) > _MOST or not all(map(_fits, words)):
        return words, "alone"
    if words[1] == "netns":
        return words[:1], "lines"
    return words[: 4 if words[3].startswith("-") else 3], "lines"


def _fits(word: str) -> bool:
    return "#" not in word and "\n" not in word and not ("'" in word and '"' in word)


def _quoted(word: str) -> str:
    if word and not set(word) & set(" \t\r'\"\\"):
        return word
    return f'"{word}"' if "'" in word else f"'{word}'"
