"""What commands print: JSON, tables, and progress on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

if TYPE_CHECKING:
    from vxlab.lab.listener import Listener

Json = Annotated[bool, typer.Option("--json", help="Print JSON with stable keys.")]


def notice(text: str) -> None:
    """Something that the user should know and no program has to read."""
    print(f"vxlab: {text}", file=sys.stderr)


def as_json(data: Any) -> None:
    import json

    print(json.dumps(data, indent=2, ensure_ascii=False))


def json_list(items: Iterable[Any]) -> None:
    """A list as JSON, of which no more than one item is in memory. Where the items fail, what came before is whole.

    Nothing is printed where the first item fails, but for an error that says that items before it were all there.
    """
    import json

    from vxlab.packets.files.model import CutError

    none = True
    cut: CutError | None = None
    try:
        for item in items:
            print("[" if none else ",")
            none = False
            print(json.dumps(item, ensure_ascii=False), end="")
    except CutError as error:
        cut = error
    print("[]" if none else "\n]")
    if cut is not None:
        raise cut


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns under headings, as wide as what is in them, also in a pipe."""
    from rich.cells import cell_len

    # A table of rich itself takes a millisecond for each row.
    lines = [tuple(headings), *(line for row in rows for line in _lines(row))]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for number, line in enumerate(lines):
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        text = "  ".join(padded).rstrip()
        print(typer.style(text, bold=True) if number == 0 and sys.stdout.isatty() else text)


def _lines(row: Sequence[object]) -> Iterable[tuple[str, ...]]:
    """A row as lines: what is in a cell may have several."""
    cells = [str(cell).expandtabs().splitlines() or [""] for cell in row]
    return zip_longest(*cells, fillvalue="")


def _bare(stream: TextIO) -> TextIO:
    """The stream itself: a bar moves the cursor, and what it shows is the name of a lab."""
    return getattr(stream, "bare", stream)


@contextmanager
def progress(what: str) -> Iterator[Listener]:
    """A bar on standard error while the work goes on; nothing where that is no terminal."""
    from vxlab.lab.listener import Listener

    if not sys.stderr.isatty():
        yield Listener(notice=notice)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=_bare(sys.stderr)), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield Listener(
            notice=notice,
            total=lambda steps: bar.update(task, total=steps),
            progress=lambda done: bar.update(task, completed=done),
        )
