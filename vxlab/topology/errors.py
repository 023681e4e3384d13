"""What is wrong with a topology file, and where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from vxlab.harmless import printable

Path = tuple[str | int, ...]
"""A place in a document: the keys and list indexes that lead to it."""

Mistake = tuple[Path, str, *tuple[Path, ...]]
"""Where a mistake is, what is wrong, and the other places that it contradicts."""


class Position(NamedTuple):
    """A place in a file; line and column count from 1."""

    line: int = 1
    column: int = 1


class Problem(NamedTuple):
    """One mistake: where it is, what is wrong, and what would be right."""

    position: Position
    message: str

    def text(self, file: str) -> str:
        return f"{printable(file)}:{self.position.line}:{self.position.column}: {self.message}"


class TopologyError(Exception):
    """A topology that cannot be used, with every mistake in it, in the order of the file."""

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.file = file
        self.problems = sorted(set(problems))
        super().__init__("\n".join(problem.text(file) for problem in self.problems))
