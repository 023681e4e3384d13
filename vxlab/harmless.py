"""Text from files and users, made so that a terminal shows it and does nothing else.

What a terminal acts upon: control characters (ECMA-48: C0, DEL and C1), and what reorders or breaks lines (the bidi
controls of UAX #9, the line and paragraph separators of UAX #14).
"""

from __future__ import annotations

import re
from typing import TextIO

_ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")


def printable(text: str) -> str:
    """One line of text in which all that is not printable is spelled out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def acts(text: str) -> bool:
    """Whether a terminal would do more than show a text and its lines."""
    return _ACTS.search(text) is not None


def harmless(text: str) -> str:
    """Text of any number of lines in which all that a terminal acts upon is spelled out, as JSON does it too."""
    return _ACTS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class HarmlessStream:
    """A standard stream that makes all text harmless; the colours of a terminal pass.

    It has no ``buffer``: nobody gets at the stream around it.
    """

    _HIDDEN = ("buffer", "detach")

    def __init__(self, stream: TextIO) -> None:
        self.bare = stream

    def write(self, text: str) -> int:
        if acts(text):
            text = _with_colours(text) if self.bare.isatty() else harmless(text)
        return self.bare.write(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        if name in self._HIDDEN:
            raise AttributeError(name)
        return getattr(self.bare, name)


def _with_colours(text: str) -> str:
    """Harmless, but for colours (SGR of ECMA-48), which stand at the odd places."""
    parts = _COLOUR.split(text)
    parts[::2] = map(harmless, parts[::2])
    return "".join(parts)
