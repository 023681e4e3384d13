"""A ladder as text in one of its forms, printed or written to a file whose name says which."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from vxlab.outfile import create
from vxlab.packets.ladder.model import Ladder


class Form(StrEnum):
    """What a ladder is drawn with."""

    TEXT = "text"
    SVG = "svg"
    HTML = "html"
    MERMAID = "mermaid"
    MARKDOWN = "markdown"


_FORMS = {
    ".txt": Form.TEXT,
    ".svg": Form.SVG,
    ".html": Form.HTML,
    ".htm": Form.HTML,
    ".mmd": Form.MERMAID,
    ".mermaid": Form.MERMAID,
    ".md": Form.MARKDOWN,
}
STANDARD_OUTPUT = "-"


class LadderFormError(ValueError):
    """A file name does not say what to draw with."""


def form_of(path: str) -> Form:
    """The form that the suffix of a file name asks for; ``-``, standard output, asks for text.

    Raises:
        LadderFormError: it has none that is known.
    """
    if path == STANDARD_OUTPUT:
        return Form.TEXT
    found = _FORMS.get(Path(path).suffix.lower())
    if found is None:
        raise LadderFormError(f"a ladder cannot be drawn as {path!r}: its name must end in {', '.join(_FORMS)}")
    return found


def render(ladder: Ladder, form: Form, width: int | None = None) -> str:
    """A ladder in one form, with a line feed at its end.

    Args:
        ladder: what to draw.
        form: what to draw it with.
        width: for text, columns of the terminal; None for as many as are usual.
    """
    if form is Form.SVG:
        from vxlab.packets.ladder.svg import svg

        return svg(ladder)
    if form is Form.HTML:
        from vxlab.packets.ladder.html import html

        return html(ladder)
    from vxlab.packets.ladder.mermaid import mermaid
    from vxlab.packets.ladder.text import USUAL, lines

    if form is Form.TEXT:
        return "".join(f"{line}\n" for line in lines(ladder, width or USUAL))
    drawn = mermaid(ladder)
    return f"```mermaid\n{drawn}```\n" if form is Form.MARKDOWN else drawn


def write(ladder: Ladder, path: str, width: int | None = None) -> None:
    """Write a ladder to a file, in the form that its suffix asks for (`form_of`); ``-`` prints it.

    Raises:
        LadderFormError: the suffix is not known; nothing is written.
        OSError: the file cannot be written.
    """
    drawn = render(ladder, form_of(path), width)
    if path == STANDARD_OUTPUT:
        print(drawn, end="")
    else:
        save(drawn, path)


def save(drawn: str, path: str) -> None:
    """Write what was drawn to a file.

    Raises:
        OSError: it cannot be written.
    """
    # Names that no encoding has (from a file name or a locale) must not end it.
    with open(create(path), "w", encoding="utf-8", errors="replace") as file:
        file.write(drawn)
