"""A ladder as SVG: one file without scripts, fonts or anything else from outside, for light, dark and paper."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from vxlab.packets.ladder import look
from vxlab.packets.ladder.clock import Clock
from vxlab.packets.ladder.folding import even
from vxlab.packets.ladder.model import Arrow, Gain, Ladder, Rest

_HEAD = 9
"""Pixels that an arrow's head is long."""
_CARD = 50
"""Characters in a line of what a VTEP learned: a MAC, a device and an IPv4 address."""
_TALL = 900
"""Pixels from which on the names stand at the bottom too."""


def svg(ladder: Ladder) -> str:
    """The text of an SVG file."""
    return ET.tostring(drawing(ladder), encoding="unicode") + "\n"


def drawing(ladder: Ladder) -> ET.Element:
    """The drawing as an element, to stand in a page."""
    return _Drawing(ladder).draw()


class _Drawing:
    def __init__(self, ladder: Ladder) -> None:
        self._ladder = ladder
        self._clock = Clock(ladder)
        times = [f"{self._clock.of(arrow)} {self._clock.unit}" for arrow in ladder.arrows]
        margin = look.SIDE + max((look.width(time, look.SMALL) for time in times), default=0)
        # Each column has its box: as wide as its name, and no wider than there is room for.
        names = [
            max(look.width(c.name, look.NAME), len(c.address) * look.SMALL * look.MONO) + 28 for c in ladder.columns
        ]
        self._boxes = [min(max(104.0, name), look.GAP - 16.0) for name in names]
        first, last = (self._boxes[0], self._boxes[-1]) if self._boxes else (0.0, 0.0)
        self._xs = [margin + first / 2 + 14 + look.GAP * number for number in range(len(names))]
        title = look.width(ladder.title, look.TITLE) + 2 * look.SIDE
        edge = [row for row in ladder.arrows if row.end == len(names) - 1 and (row.gained or row.at)]
        # What a VTEP at the edge learns, and what is said of a dot there, needs more room than its name.
        right = max(last / 2, look.GAP * 0.6 if edge else 0)
        self._width = max(title, 420.0, (self._xs[-1] if self._xs else 0) + right + look.SIDE)
        self._left = margin + 8
        self._y = float(look.SIDE)
        self._lives = ET.Element("g")
        self._front = ET.Element("g")

    def draw(self) -> ET.Element:
        ladder = self._ladder
        if ladder.title:
            self._y += look.TITLE
            self._text(look.SIDE, self._y, ladder.title, look.TITLE, weight="600")
            self._y += 14
        top = self._y
        if ladder.columns:
            self._names()
        for row in ladder.rows:
            self._y += look.ROW
            if isinstance(row, Rest):
                self._rest(row)
            else:
                self._arrow(row)
        self._y += look.ROW
        bottom = self._y
        if bottom - top > _TALL:
            self._names()
        for x in self._xs:
            self._shape("line", "life", x1=x, x2=x, y1=top + look.BOX, y2=bottom)
        self._foot()
        return self._whole()

    def _whole(self) -> ET.Element:
        width, height = round(self._width), round(self._y + look.SIDE)
        root = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {width} {height}",
                "width": str(width),
                "height": str(height),
                "role": "img",
            },
        )
        ET.SubElement(root, "title").text = self._ladder.title or "The journey of frames"
        ET.SubElement(root, "style").text = look.STYLE
        ET.SubElement(root, "rect", {"class": "page", "width": str(width), "height": str(height)})
        root.extend((self._lives, self._front))
        return root

    def _shape(self, tag: str, style: str, **values: float | str) -> ET.Element:
        told = {name: f"{value:.1f}" if isinstance(value, float) else str(value) for name, value in values.items()}
        # Lines of life are behind all else.
        return ET.SubElement(self._lives if style == "life" else self._front, tag, {"class": style, **told})

    def _text(
        self, x: float, y: float, text: str, size: float, style: str = "", anchor: str = "start", weight: str = "400"
    ) -> None:
        shape = self._shape("text", style, x=x, y=y)
        shape.attrib |= {"font-size": f"{size:g}", "text-anchor": anchor, "font-weight": weight}
        shape.text = text

    def _names(self) -> None:
        for x, box, column in zip(self._xs, self._boxes, self._ladder.columns, strict=True):
            self._shape("rect", column.role.value, x=x - box / 2, y=self._y, width=box, height=look.BOX, rx=8)
            room = int((box - 12) / (look.NAME * 0.6))
            name = column.name if len(column.name) <= room + 2 else f"{column.name[: room - 1]}…"
            self._text(x, self._y + (21 if column.address else 30), name, look.NAME, "", "middle", "600")
            size = min(look.SMALL, (box - 8) / max(1.0, len(column.address) * look.MONO))
            self._text(x, self._y + 38, column.address, size, "mono dim", "middle")
        self._y += look.BOX

    def _arrow(self, row: Arrow) -> None:
        start, end = self._xs[row.start], self._xs[row.end]
        middle, room = (start + end) / 2, max(abs(end - start), look.GAP) - 20.0
        anchor = "middle"
        if row.start == row.end:
            middle, anchor = start + 14, "start"
        self._labels(row, middle, room, anchor)
        self._y += 9
        colour = row.journey % look.JOURNEYS
        time = self._clock.of(row)
        if time:
            self._text(self._left - 8, self._y + 4, f"{time} {self._clock.unit}", look.SMALL, "dim", "end")
        if row.start == row.end:
            self._shape("circle", f"h{colour}", cx=start, cy=self._y, r=5)
        else:
            self._shaft(start, end, colour, tube=row.encapsulated)
        for gain in row.gained:
            self._gain(end, gain)

    def _labels(self, row: Arrow, x: float, room: float, anchor: str) -> None:
        first = f"{row.at}: {row.message}" if row.at else row.message
        parts = [(part, look.MESSAGE, "halo", "500") for part in _wrapped(first, room / (look.MESSAGE * 0.52))]
        for texts, style in ((row.outer, "mono dim halo"), (row.notes, "warn halo")):
            limit = room / (look.SMALL * look.MONO)
            parts += [(part, look.SMALL, style, "400") for text in texts for part in _wrapped(text, limit)]
        for text, size, style, weight in parts:
            self._y += look.LINE
            self._text(x, self._y, text, size, style, anchor, weight)

    def _shaft(self, start: float, end: float, colour: int, *, tube: bool) -> None:
        y, way = self._y, 1 if end > start else -1
        neck = end - way * _HEAD
        if tube:
            self._shape("line", f"tube j{colour}", x1=start + way * 6, x2=neck - way * 8, y1=y, y2=y)
        self._shape("line", f"line j{colour}", x1=start, x2=neck, y1=y, y2=y)
        points = f"{end:.1f},{y:.1f} {neck:.1f},{y - 5:.1f} {neck:.1f},{y + 5:.1f}"
        self._shape("polygon", f"h{colour}", points=points)

    def _gain(self, x: float, gain: Gain) -> None:
        """A card on the line of life of the VTEP that learned."""
        title = f"{gain.node} learns {gain.owner}".rstrip()
        parts = [f"{gain.mac} dev {gain.link}", f"dst {gain.dst}"]
        parts = (
            [" ".join(parts)] if len(" ".join(parts)) <= _CARD else [one for part in parts for one in even(part, _CARD)]
        )
        wide = (look.width(title, look.SMALL), *(len(part) * look.SMALL * look.MONO for part in parts))
        half = min(max(wide), look.SMALL * look.MONO * _CARD) / 2 + 10
        x = min(max(x, self._left + half), self._width - half - 6)
        height = 23.0 + 15 * len(parts)
        self._y += 12
        self._shape("rect", "gain", x=x - half, y=self._y, width=2 * half, height=height, rx=6)
        self._text(x, self._y + 15, title, look.SMALL, "", "middle", "600")
        for number, part in enumerate(parts):
            self._text(x, self._y + 30 + 15 * number, part, look.SMALL, "mono", "middle")
        self._y += height

    def _rest(self, row: Rest) -> None:
        x = (self._xs[row.start] + self._xs[row.end]) / 2
        for part in _wrapped(row.text, (look.GAP - 20) / (look.MESSAGE * 0.52)):
            self._y += look.LINE
            self._text(x, self._y, part, look.MESSAGE, "dim halo", "middle")

    def _foot(self) -> None:
        for note in self._ladder.foot:
            self._y += 6
            for part in _wrapped(note, (self._width - 2 * look.SIDE) / (look.MESSAGE * 0.55)):
                self._y += look.LINE
                self._text(look.SIDE, self._y, part, look.MESSAGE, "dim")


def _wrapped(text: str, characters: float) -> list[str]:
    return even(text, max(8, int(characters)))
