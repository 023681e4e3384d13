"""Ladders: how they are asked for, and printed in a terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Collection, Iterable
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from vxlab.cli.output import as_json, notice

if TYPE_CHECKING:
    from vxlab.kernel.read import Entry
    from vxlab.lab.record import Record
    from vxlab.packets.files import Frame
    from vxlab.packets.ladder import Form, Ladder


class LadderForm(StrEnum):
    """What a ladder is drawn with."""

    TEXT = "text"
    SVG = "svg"
    HTML = "html"
    MERMAID = "mermaid"
    MARKDOWN = "markdown"


_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "red")
"""Of the arrows, by journey."""
_BOLD = ("title", "head", "label")
_DIM = ("address", "time", "life", "note", "outer")


def form_for(output: str | None, form: LadderForm | None = None, option: str = "--output") -> Form:
    """What to draw with: what was asked for, else what the name of the file says.

    Args:
        output: a file, or ``-`` or None for standard output.
        form: what was asked for.
        option: the one that names the file.

    Raises:
        typer.BadParameter: its name says nothing.
    """
    from vxlab.packets.ladder import Form, form_of
    from vxlab.packets.ladder.output import LadderFormError

    if form is not None:
        return Form(form.value)
    try:
        return form_of(output or "-")
    except LadderFormError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def show(ladder: Ladder, output: str | None = None, form: LadderForm | None = None) -> None:
    """Draw a ladder: into a file, or on standard output, in colour and as wide as the terminal is.

    Args:
        ladder: what to draw.
        output: a file; None and ``-`` are standard output.
        form: what to draw with; None for what the file's name says, text where there is none.

    Raises:
        typer.BadParameter: the name of the file says not what to draw with.
        CaptureFileError: it cannot be written.
    """
    from vxlab.packets.files import CaptureFileError
    from vxlab.packets.ladder import Form, render
    from vxlab.packets.ladder.output import save
    from vxlab.packets.ladder.text import lines, plain

    chosen = form_for(output, form)
    if output not in (None, "-"):
        try:
            save(render(ladder, chosen), str(output))
        except OSError as error:
            raise CaptureFileError(f"{output} cannot be written: {error.strerror}") from error
    elif chosen is Form.TEXT:
        paint = _paint if sys.stdout and sys.stdout.isatty() and not os.environ.get("NO_COLOR") else plain
        for line in lines(ladder, _width(), paint):
            print(line)
    else:
        print(render(ladder, chosen), end="")


def _width() -> int:
    """As wide as the terminal, or as COLUMNS says; in a pipe as wide as in a file."""
    from vxlab.packets.ladder.text import USUAL

    if (sys.stdout and sys.stdout.isatty()) or os.environ.get("COLUMNS"):
        return shutil.get_terminal_size((USUAL, 24)).columns
    return USUAL


def _paint(style: str, journey: int, text: str) -> str:
    if style == "arrow":
        return typer.style(text, fg=_COLOURS[journey % len(_COLOURS)])
    if style == "gain":
        return typer.style(text, fg="yellow")
    return typer.style(text, bold=style in _BOLD or None, dim=style in _DIM or None) if style else text


def draw(
    frames: Iterable[Frame],
    ports: Collection[int],
    lab: Record | None,
    output: str | None,
    form: LadderForm | None,
    *,
    json: bool,
) -> None:
    """The ladder of the frames of a capture.

    Raises:
        CaptureFileError: it is no capture, or is cut in the middle: then the ladder of what came before is drawn.
        typer.BadParameter: the name of the file says not what to draw with.
        OSError: the file cannot be written, or the lab's FDB not be read.
    """
    from vxlab.packets.ladder import build
    from vxlab.packets.ladder.builder import MOST_ARROWS, MOST_COPIES
    from vxlab.packets.ladder.reading import read

    form_for(output, form)
    nodes = lab.nodes if lab else {}
    reading = read(frames, ports, lambda node: nodes.get(node, node))
    ladder = build(
        reading.sightings,
        state=lab.state if lab else None,
        node_of=lab.node_of if lab else str,
        gained=_learned(lab) if lab else (),
        copies=None if json else MOST_COPIES,
        most=None if json else MOST_ARROWS,
    )
    if reading.beyond:
        more = f"frames from {reading.beyond} on were not read: they are too many for one ladder"
        ladder = replace(ladder, notes=(*ladder.notes, more), beyond=ladder.beyond or reading.beyond)
    # What the tables hold now may have come long before or after this capture.
    ladder = replace(ladder, untaught=())
    if json:
        as_json(ladder.to_json())
    else:
        show(ladder, output, form)
    if ladder.beyond and not json:
        notice(f"--frames {ladder.beyond}- draws what follows")
    if reading.cut:
        raise reading.cut


def _learned(lab: Record) -> list[Entry]:
    """What the VTEPs of a lab know now and were not told; nothing where this user may not see it."""
    from vxlab.kernel.read import read

    try:
        entries = read(lab.namespaces).fdb
    except PermissionError:
        notice("only root may read what VTEPs have learned: the ladder is without it")
        return []
    return [entry for entry in entries if not entry.permanent]
