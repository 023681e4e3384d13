"""A sheet as Markdown and as HTML. Whatever its texts hold, it stays in the place that it has in the sheet.

The Markdown is CommonMark with the tables of GitHub; the HTML is one file that asks nobody for anything.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vxlab.commands.plain import comment, plain, plain_lines
from vxlab.commands.sheets.sheet import NONE, Example, Section, Sheet

if TYPE_CHECKING:
    from jinja2 import Environment

COMMENT_WIDTH = 98


def markdown(sheet: Sheet) -> str:
    """The sheet as Markdown, with the commands in blocks that can be copied as a whole."""
    return re.sub(r"\n{3,}", "\n\n", _environment(autoescape=False).get_template("sheet.md.j2").render(sheet=sheet))


def html(sheet: Sheet) -> str:
    """The sheet as a page of HTML with its style in it, for screens and for paper."""
    return _environment(autoescape=True).get_template("sheet.html.j2").render(sheet=sheet)


def _environment(autoescape: bool) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("vxlab.commands"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=autoescape,  # noqa: S701  `escaped`, `code_cell` and `fenced` are that of Markdown
    )
    filters = (plain, paragraphs, kept, escaped, code_cell, fenced, blocks)
    environment.filters |= {function.__name__: function for function in filters}
    environment.globals |= {"NONE": NONE}
    return environment


def paragraphs(text: str) -> list[str]:
    """The lines of a text, each as a paragraph of its own."""
    return [line for line in map(plain, plain_lines(text)) if line]


def kept(text: str) -> str:
    """Text whose lines and columns stay as they are."""
    return "\n".join(" ".join(plain_lines(line)).rstrip() for line in text.split("\n")).strip("\n")


# Markdown.


def escaped(text: str) -> str:
    """Text that Markdown takes as it is (CommonMark 0.31, section 2.4), on one line."""
    text = re.sub(r"([\\`*_\[\]<>|~$&!#])", r"\\\1", plain(text))
    # What makes a heading, a list or a line only where it begins one.
    text = re.sub(r"^([-+=:])", r"\\\1", text)
    return re.sub(r"^([0-9]{1,9})([.)])(?=\s|$)", r"\1\\\2", text)


def code_cell(text: str) -> str:
    """Code in a cell of a table, where a bar ends the cell even inside code, unless it is escaped."""
    text = plain(text)
    if text in ("", NONE):
        return escaped(text)
    ticks = "`" * (_longest_run(text) + 1)
    # A space on both sides is not part of the code; it is needed where a tick stands beside the fence.
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text.replace('|', chr(92) + '|')}{space}{ticks}"


def fenced(text: str, language: str = "") -> str:
    """A block of code whose fence is longer than any in it."""
    ticks = "`" * max(3, _longest_run(text) + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def blocks(section: Section) -> Iterator[tuple[str, str]]:
    """The commands of a section as blocks, each with its language: what has an answer stands by itself."""
    lines: list[str] = []
    for example in section.examples:
        lines.append(_commented(example))
        if example.output:
            yield "\n\n".join(lines), "sh"
            yield kept(example.output), "text"
            lines = []
    if lines:
        yield "\n\n".join(lines), "sh"


def _commented(example: Example) -> str:
    purpose = "\n".join(textwrap.wrap(plain(example.purpose), COMMENT_WIDTH, break_on_hyphens=False))
    return f"{comment(purpose)}\n{kept(example.command)}" if purpose else kept(example.command)
