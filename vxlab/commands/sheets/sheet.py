"""A sheet to read and print, in any form (Markdown, HTML). It holds plain text, which each form quotes for itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """One command as it would be typed, with one line on what it does and why.

    ``output`` is what it answers, where there is something to expect; ``…`` stands for what varies.
    """

    command: str
    purpose: str
    output: str = ""


@dataclass(frozen=True)
class Table:
    """A table, such as the commands of iproute2 beside those of net-tools. Cells hold text, not markup."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    commands: tuple[int, ...] = ()
    """The columns that hold commands; where there is none, the cell says ``NONE``."""


NONE = "none"


@dataclass(frozen=True)
class Section:
    """Commands with one purpose. ``parts`` are the sections within it; they have no parts of their own."""

    title: str
    text: str = ""
    examples: tuple[Example, ...] = ()
    table: Table | None = None
    parts: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A whole sheet. ``picture`` is drawn with characters of one width."""

    title: str
    text: str
    sections: tuple[Section, ...]
    picture: str = ""
