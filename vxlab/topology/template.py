"""Templates: a topology file that Jinja2 writes, and the way back from what it wrote to what is in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from vxlab.topology import child, sandbox, source
from vxlab.topology.errors import Position, Problem, TopologyError

Origin = tuple[int, int, bool]
"""Text from this offset on comes from that offset of the template, and stands there literally or not."""

MAX_TOLD = 3
"""Mistakes that are told of one place in a template."""

_BREAK = re.compile(r"\r\n|\r|\n")  # as Jinja2 has it, and editors
_YAML_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class Rendered:
    """What a template printed, with the origin of every character."""

    def __init__(self, template: str, text: str, origins: Sequence[Origin]) -> None:
        self.text = text
        self._origins = origins
        self._offsets = [offset for offset, _, _ in origins]
        self._lines = _line_starts(text, _YAML_BREAK)
        self._template_lines = _line_starts(template, _BREAK)

    def locate(self, line: int, column: int) -> Position:
        """The place in the template of a place in the text: the very character, or the expression that printed it."""
        at = self._lines[min(line, len(self._lines)) - 1] + column - 1
        index = bisect_right(self._offsets, at) - 1
        if index < 0:
            return Position()
        offset, origin, literal = self._origins[index]
        return _position(self._template_lines, origin + (at - offset if literal else 0))


def render(text: str, file: str, settings: Mapping[str, Any]) -> Rendered:
    """Render a template; ``file`` is what errors call it.

    Raises:
        TopologyError: it is no template, asks for what it was not given or may not have, runs away, or was given
            what it does not ask for.
    """
    template = _BREAK.sub("\n", text)
    try:
        answer = child.run(lambda: _work(template, settings))
    except child.StoppedError:
        limits = f"{child.CPU_SECONDS} s or {child.MEMORY // 1_000_000} MB of memory"
        message = f"the template cannot be rendered: it takes more than {limits}"
        raise TopologyError(file, [Problem(Position(), message)]) from None
    if "problems" in answer:
        raise TopologyError(file, [Problem(Position(*where), message) for where, message in answer["problems"]])
    return Rendered(template, answer["text"], answer["origins"])


def gathered(error: TopologyError) -> TopologyError:
    """The same, without telling of one mistake in a loop as often as the loop has printed it."""
    by_place: dict[Position, list[Problem]] = {}
    for problem in error.problems:
        by_place.setdefault(problem.position, []).append(problem)
    told: list[Problem] = []
    for where, problems in by_place.items():
        *shown, last = problems[:MAX_TOLD]
        more = f" (and {len(problems) - MAX_TOLD} more here)" if len(problems) > MAX_TOLD else ""
        told += [*shown, Problem(where, last.message + more)]
    return TopologyError(error.file, told)


def _work(template: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the child does. It answers with text and origins, or with problems, each a place and a message."""
    output = _Output()
    try:
        for piece in sandbox.compiled(template, settings):
            output.take(piece)
        return {"text": "".join(output.texts), "origins": output.origins}
    except sandbox.RefusedError as error:
        return {"problems": [(_place(template, line), message) for line, message in error.problems]}
    except BaseException as error:
        output.texts.clear()  # it may be the memory that is used up
        return {"problems": [(_place(template, sandbox.line_of(error), output.mark), sandbox.words_for(error))]}


class _Output:
    """What a template has printed so far."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.origins: list[Origin] = []
        self.mark = sandbox.Mark()
        self._length = 0
        self._bytes = 0

    def take(self, piece: str) -> None:
        if isinstance(piece, sandbox.Mark):
            self.mark = piece
        elif piece:
            self._bytes += len(piece.encode())
            if self._bytes > source.MAX_BYTES:
                raise OverflowError(f"it prints more than {source.MAX_BYTES:,} bytes, and a topology is not so long")
            self.origins.append((self._length, self.mark.offset, self.mark.literal))
            self.texts.append(piece)
            self._length += len(piece)


def _place(template: str, line: int, mark: sandbox.Mark | None = None) -> tuple[int, int]:
    """Line and column of a mistake: at the last mark, or where its line has been found, the first tag in it."""
    starts = _line_starts(template, _BREAK)
    if mark is not None:
        last = _position(starts, mark.offset)
        if line in (0, last.line):
            return last.line, last.column
    text = template[starts[line - 1] :].partition("\n")[0] if 0 < line <= len(starts) else ""
    found = re.search(r"\{[{%#]", text) or re.search(r"\S", text)
    return max(line, 1), found.start() + 1 if found else 1


def _line_starts(text: str, breaks: re.Pattern[str]) -> list[int]:
    return [0, *(found.end() for found in breaks.finditer(text))]


def _position(starts: Sequence[int], offset: int) -> Position:
    line = bisect_right(starts, offset)
    return Position(line, offset - starts[line - 1] + 1)
