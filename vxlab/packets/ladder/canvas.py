"""One line of characters that knows what each of them is of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import NamedTuple


class Style(NamedTuple):
    """What a character is of: title, head, address, time, life, arrow, label, outer, gain, note; and which journey."""

    name: str
    journey: int


_NONE = Style("", 0)


class Line:
    """A line of a fixed width; what would stand outside of it is cut off."""

    def __init__(self, width: int) -> None:
        self._characters = [" "] * width
        self._styles = [_NONE] * width

    def put(self, x: int, text: str, style: str, journey: int = 0) -> None:
        for at, character in enumerate(text, x):
            if 0 <= at < len(self._characters):
                self._characters[at] = character
                self._styles[at] = Style(style, journey)

    def arrow(self, start: int, end: int, crossed: Iterable[int], double: bool, journey: int) -> None:
        """An arrow from one line of life to another, across those between them."""
        rightwards = start < end
        low, high = min(start, end), max(start, end)
        shaft, crossing = ("═", "╪") if double else ("─", "┼")
        self.put(low + 1, shaft * (high - low - 1), "arrow", journey)
        for x in crossed:
            if low < x < high:
                self.put(x, crossing, "arrow", journey)
        tail = ("╞" if rightwards else "╡") if double else ("├" if rightwards else "┤")
        self.put(start, tail, "arrow", journey)
        self.put(end - 1 if rightwards else end + 1, "▶" if rightwards else "◀", "arrow", journey)

    def shown(self, paint: Callable[[str, int, str], str]) -> str:
        """The line with its colours, without blanks at its end."""
        end = len("".join(self._characters).rstrip())
        cells = zip(self._characters[:end], self._styles[:end], strict=True)
        runs = groupby(cells, key=lambda cell: cell[1])
        parts = ((style, "".join(character for character, _ in run)) for style, run in runs)
        return "".join(paint(style.name, style.journey, text) for style, text in parts)
