"""A ladder as an HTML page: the drawing, and below it the same as a table, to read, search and copy from."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

from vxlab.packets.ladder.clock import Clock
from vxlab.packets.ladder.model import Arrow, Ladder
from vxlab.packets.ladder.svg import drawing

_SMALLEST = 0.75
"""Of its size, to which a page that is too narrow makes the drawing smaller before it scrolls."""


def html(ladder: Ladder) -> str:
    """The text of a page that needs nothing else, and runs nothing."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("vxlab.packets.ladder", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    clock = Clock(ladder)
    rows = [_row(ladder, clock, arrow) for arrow in ladder.arrows]
    # The page has a heading of its own.
    root = drawing(replace(ladder, title=""))
    page = environment.get_template("ladder.html.j2")
    return page.render(
        title=ladder.title or "The journey of frames",
        svg=ET.tostring(root, encoding="unicode"),
        least=round(_SMALLEST * float(root.attrib["width"])),
        rows=rows,
        unit=clock.unit,
    )


def _row(ladder: Ladder, clock: Clock, arrow: Arrow) -> dict[str, object]:
    ends = [ladder.columns[number].name for number in (arrow.start, arrow.end)]
    links = arrow.links if arrow.start != arrow.end else (arrow.at, "")
    return {
        "time": clock.of(arrow),
        "frames": ", ".join(map(str, arrow.frames)),
        "places": [f"{end}:{link}" if link else end for end, link in zip(ends, links, strict=True)],
        "within": arrow.start == arrow.end,
        "arrow": arrow,
    }
