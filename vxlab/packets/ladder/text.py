"""A ladder for the terminal: a line of life for each place, and an arrow for each passage of a frame.

An arrow of a frame that is encapsulated is drawn with a double line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from vxlab.packets.ladder.canvas import Line
from vxlab.packets.ladder.clock import Clock
from vxlab.packets.ladder.folding import wrap
from vxlab.packets.ladder.model import Arrow, Gain, Ladder, Rest

Paint = Callable[[str, int, str], str]
"""Gives text its colour: what it is of (see `canvas.Style`), the number of its journey, the text."""

NARROWEST, WIDEST, USUAL = 60, 200, 100
_LEAST_GAP = 4
_MANY_ROWS = 16


def plain(_: str, __: int, text: str) -> str:
    """No colour at all."""
    return text


def lines(ladder: Ladder, width: int = USUAL, paint: Paint = plain) -> Iterator[str]:
    """The lines of a ladder.

    Args:
        ladder: what to draw.
        width: columns of the terminal. More are used only where so many places do not fit.
        paint: colours.
    """
    return _Drawing(ladder, max(NARROWEST, min(WIDEST, width)), paint).lines()


class _Drawing:
    def __init__(self, ladder: Ladder, width: int, paint: Paint) -> None:
        self._ladder = ladder
        self._paint = paint
        self._clock = Clock(ladder)
        times = [self._clock.of(arrow) for arrow in ladder.arrows]
        self._margin = max(map(len, (self._clock.unit, *times))) + 2
        names = [column.name for column in ladder.columns] or [""]
        ends = ladder.columns[:1] + ladder.columns[-1:]
        halves = [(min(max(len(end.name), len(end.address)), 16) + 1) // 2 for end in ends] or [1, 1]
        room = width - self._margin - sum(halves) - 1
        self._gap = max(_LEAST_GAP, room // max(1, len(names) - 1)) if len(names) > 1 else room
        self._xs = [self._margin + halves[0] + self._gap * number for number in range(len(names))]
        self._width = max(width, self._xs[-1] + halves[1] + 1)
        self._numbered = max(map(len, names)) > self._gap - 1 and len(names) > 1

    def lines(self) -> Iterator[str]:
        ladder = self._ladder
        if ladder.title:
            yield from (self._paint("title", 0, part) for part in wrap(ladder.title, self._width))
            yield ""
        if not ladder.columns:
            yield "no frames to draw"
        else:
            yield from self._legend()
            yield from self._head()
            for row in ladder.rows:
                yield from (self._shown(line) for line in self._row(row))
            if len(ladder.rows) > _MANY_ROWS:
                yield from self._head()
        if ladder.foot:
            yield ""
        for note in ladder.foot:
            yield from (self._paint("note", 0, part) for part in wrap(note, self._width))

    def _legend(self) -> Iterator[str]:
        """The names by number, where they are too long to stand above their columns."""
        if self._numbered:
            told = "  ".join(f"{number}\u00a0{c.name}" for number, c in enumerate(self._ladder.columns, 1))
            yield from (line.replace("\u00a0", " ") for line in wrap(told, self._width))
            yield ""

    def _head(self) -> Iterator[str]:
        columns = self._ladder.columns
        names = [str(number) if self._numbered else c.name for number, c in enumerate(columns, 1)]
        yield self._centred(names, "head", self._clock.unit)
        addresses = [column.address for column in columns]
        if any(addresses) and max(map(len, addresses)) < self._gap:
            yield self._centred(addresses, "address")

    def _centred(self, texts: Sequence[str], style: str, left: str = "") -> str:
        line = Line(self._width)
        line.put(max(0, self._margin - 2 - len(left)), left, "time")
        for x, text in zip(self._xs, texts, strict=True):
            line.put(max(self._margin - 1, min(x - len(text) // 2, self._width - len(text))), text, style)
        return self._shown(line)

    def _shown(self, line: Line) -> str:
        return line.shown(self._paint)

    def _lives(self) -> Line:
        line = Line(self._width)
        for x in self._xs:
            line.put(x, "│", "life")
        return line

    def _row(self, row: Arrow | Rest) -> Iterator[Line]:
        yield self._lives()
        if isinstance(row, Rest):
            yield from self._beside(min(row.start, row.end), (row.text,), ("note",), 0)
            return
        if row.start == row.end:
            yield from self._within(row)
            return
        styles = ("label", *("outer" for _ in row.outer), *("note" for _ in row.notes))
        yield from self._beside(min(row.start, row.end), row.labels, styles, row.journey)
        line = self._lives()
        self._timed(line, row)
        line.arrow(self._xs[row.start], self._xs[row.end], self._xs, row.encapsulated, row.journey)
        yield line
        for gain in row.gained:
            yield from self._gain(row.end, gain)

    def _timed(self, line: Line, row: Arrow) -> None:
        time = self._clock.of(row)
        line.put(self._margin - 2 - len(time), time, "time")

    def _within(self, row: Arrow) -> Iterator[Line]:
        """What passed a link inside of a node: a dot on its line of life."""
        labels = (f"{row.at}: {row.message}" if row.at else row.message, *row.labels[1:])
        for number, line in enumerate(self._beside(row.start, labels, ("label",) * len(labels), row.journey)):
            if number == 0:
                self._timed(line, row)
                line.put(self._xs[row.start], "●", "arrow", row.journey)
            yield line

    def _beside(self, column: int, texts: Sequence[str], styles: Sequence[str], journey: int) -> Iterator[Line]:
        """Texts to the right of a line of life; further left where they would not fit."""
        room = self._width - self._margin - 1
        parts = [(part, style) for text, style in zip(texts, styles, strict=True) for part in wrap(text, room)]
        left = min(self._xs[column] + 2, self._width - max(len(part) for part, _ in parts))
        for part, style in parts:
            line = self._lives()
            line.put(max(self._margin, left), part, style, journey)
            yield line

    def _gain(self, column: int, gain: Gain) -> Iterator[Line]:
        """An entry beside the line of life of its VTEP, on the side that has the room; else across others."""
        x, text = self._xs[column], gain.text
        if x + 2 + len(text) <= self._width:
            line = self._lives()
            line.put(x, f"◆ {text}", "gain")
            yield line
        elif x - 2 - len(text) >= self._margin:
            line = self._lives()
            line.put(x - 1 - len(text), f"{text} ◆", "gain")
            yield line
        else:
            yield from self._beside(column, (f"◆ {text}",), ("gain",), 0)
