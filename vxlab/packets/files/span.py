"""Some frames of a capture, by their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vxlab.packets.files.model import Frame

_FORM = re.compile(r"(\d{1,18})?(-)?(\d{1,18})?", re.ASCII)


@dataclass(frozen=True)
class Span:
    """The frames from one number to another, both counted from 1; ``last`` is None for all that follow."""

    first: int = 1
    last: int | None = None

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read ``10-40``, ``10-``, ``-40`` or ``10``.

        Raises:
            ValueError: it is none of these, or no frame can be in it.
        """
        form = _FORM.fullmatch(text.strip())
        first, dash, last = form.groups() if form else (None, None, None)
        if first is None and last is None:
            raise ValueError(f"{text!r} says no frames, as 10-40, 10-, -40 or 10 do")
        span = cls(int(first or 1), int(last) if last else None if dash else int(first or 1))
        if span.first < 1 or (span.last is not None and span.last < span.first):
            raise ValueError(
                f"there is no frame in {text!r}: they count from 1, and from the lower number to the higher"
            )
        return span

    def of(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Those of some frames, without reading on behind the last one."""
        if self.last is not None and self.last < 1:
            return
        for frame in frames:
            if frame.number >= self.first:
                yield frame
            if frame.number == self.last:
                return
