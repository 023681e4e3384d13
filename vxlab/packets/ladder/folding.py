"""Long texts in lines, as both the terminal and drawings break them."""

from __future__ import annotations

import textwrap


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most so many characters, broken at blanks: not at the hyphen of "is-at"; one at least."""
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def even(text: str, width: int) -> list[str]:
    """As few lines as there can be, of about the same length; no word is broken for that."""
    lines = wrap(text, width)
    if len(lines) > 1:
        longest = max(map(len, text.split()))
        sizes = range(max(longest, -(-len(text) // len(lines))), width)
        lines = next((found for size in sizes if len(found := wrap(text, size)) == len(lines)), lines)
    return lines
