"""A ladder as a sequence diagram of Mermaid (https://mermaid.js.org/syntax/sequenceDiagram.html)."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.packets.ladder.clock import Clock
from vxlab.packets.ladder.model import Arrow, Ladder, Rest, Role

# "#" starts an entity and ends a text, ";" ends a statement (sequenceDiagram.jison); "%%{" starts a directive wherever
# it stands, and "$$" a formula. Angle brackets, quotes and "&" would be HTML.
_SPECIAL = str.maketrans({character: f"#{ord(character)};" for character in "#;%$&<>\"'{}`\\"})
_KINDS = {Role.ELSEWHERE: "actor"}


def mermaid(ladder: Ladder) -> str:
    """The text of a diagram, as it stands in a file ``.mmd`` or in a block of Markdown."""
    return "\n".join(_lines(ladder)) + "\n"


def _lines(ladder: Ladder) -> Iterator[str]:
    yield "sequenceDiagram"
    if ladder.title:
        yield f"    title {_quoted(ladder.title)}"
    for number, column in enumerate(ladder.columns):
        address = f"<br/>{_quoted(column.address)}" if column.address else ""
        yield f"    {_KINDS.get(column.role, 'participant')} p{number} as {_quoted(column.name)}{address}"
    clock = Clock(ladder)
    for row in ladder.rows:
        if isinstance(row, Rest):
            yield f"    Note over {_span(row.start, row.end)}: {_quoted(row.text)}"
        else:
            yield from _arrow(row, clock)
    if ladder.columns:
        for note in ladder.foot:
            yield f"    Note over {_span(0, len(ladder.columns) - 1)}: {_quoted(note)}"


def _arrow(arrow: Arrow, clock: Clock) -> Iterator[str]:
    time = clock.of(arrow)
    first = arrow.message if not arrow.at else f"{arrow.at}: {arrow.message}"
    texts = [f"{time} {clock.unit}  {first}" if time else first, *arrow.labels[1:]]
    # An open and a filled head would mean synchronous and not; a dotted line is a reply in UML. Here it is none of it.
    yield f"    p{arrow.start}->>p{arrow.end}: {'<br/>'.join(map(_quoted, texts))}"
    for gain in arrow.gained:
        yield f"    Note over p{arrow.end}: {_quoted(gain.text)}"


def _span(start: int, end: int) -> str:
    low, high = min(start, end), max(start, end)
    return f"p{low}" if low == high else f"p{low},p{high}"


def _quoted(text: str) -> str:
    """Text that is only text. Where it starts as an instruction to wrap would, its first letter is an entity."""
    safe = " ".join(text.split()).translate(_SPECIAL)
    if safe.lower().startswith(("wrap:", "nowrap:", "end")):
        safe = f"#{ord(safe[0])};{safe[1:]}"
    return safe or "#32;"
