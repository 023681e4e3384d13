"""Numbers of things in words."""

from __future__ import annotations


def counted(number: int, what: str) -> str:
    """So many of a thing: ``1 frame``, ``2 frames``."""
    return f"{number} {what}{'' if number == 1 else 's'}"
