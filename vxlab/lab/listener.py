"""Who is told how the work on a lab goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

PATIENCE = 60.0
"""Seconds to wait for a lab that another command is changing, unless the user says otherwise."""

Notice = Callable[[str], None]
Progress = Callable[[int], None]


class Listener(NamedTuple):
    """Who is told how the work goes: ``notice`` in words, ``total`` and ``progress`` in numbers of steps."""

    notice: Notice = lambda text: None  # noqa: ARG005
    total: Callable[[int], None] = lambda steps: None  # noqa: ARG005
    progress: Progress = lambda done: None  # noqa: ARG005


SILENT = Listener()
