"""Text that people wrote, made safe to stand in a script or on a sheet. Each form then quotes it for itself."""

from __future__ import annotations

import re

_LINE_ENDS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")


def plain_lines(text: str) -> list[str]:
    """The lines of a text, without what would hide in a terminal: control characters and marks of direction."""
    if text.isprintable():
        return [text]
    return ["".join(c for c in line.replace("\t", " ") if c.isprintable()) for line in _LINE_ENDS.split(text)]


def plain(text: str) -> str:
    """The same as one line."""
    return " ".join(" ".join(plain_lines(text)).split())


def comment(text: str) -> str:
    """Text as comments of a shell script: nothing in it can end one."""
    return "\n".join(f"# {line}".rstrip() for line in plain_lines(text))
