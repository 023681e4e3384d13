"""The end of a message about a name that is not known."""

from collections.abc import Iterable

_LONGEST = 100
"""Characters of a word that may be another one, mistyped."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about a word that is not known: the nearest one, or all where they are few."""
    from difflib import get_close_matches  # needed where something is wrong

    known = sorted(known)
    near = get_close_matches(word, known, n=1) if len(word) <= _LONGEST else []
    if near:
        return f"; did you mean {near[0]}?"
    if not known:
        return "; there is none"
    return f"; there is {', '.join(known)}" if len(known) <= 12 else ""
