"""Explanations as text to read and as plain data."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from vxlab.commands.explain.meaning import Explanation, Meaning
from vxlab.harmless import printable

_WIDEST = 34
_LONGEST = 200


def lines(explanation: Explanation) -> Iterator[str]:
    """The command, then its words beside what they do."""
    yield shown(explanation.command)
    words = [shown(meaning.words) for meaning in explanation.meanings]
    width = max((len(word) for word in words if len(word) <= _WIDEST), default=0)
    for word, meaning in zip(words, explanation.meanings, strict=True):
        kernel = f" ({meaning.kernel})" if meaning.kernel else ""
        yield f"  {word:{width}}  {printable(meaning.text)}{kernel}"


def shown(words: tuple[str, ...]) -> str:
    """Words as one would type them, without what could move a terminal's cursor, and not for ever."""
    text = printable(" ".join(_quoted(word) for word in words))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _quoted(word: str) -> str:
    # What the shell puts in stays as it was typed.
    return word if "$" in word and not set(word) & set(" '\";&|<>`") else shlex.quote(word)


def as_data(explanation: Explanation) -> dict[str, object]:
    """The form of ``vxlab explain --json``."""
    words = [_meaning(meaning) for meaning in explanation.meanings]
    return {"command": list(explanation.command), "known": explanation.known, "words": words}


def _meaning(meaning: Meaning) -> dict[str, object]:
    return {
        "words": list(meaning.words),
        "meaning": meaning.text,
        "kernel": meaning.kernel or None,
        "known": meaning.known,
    }
