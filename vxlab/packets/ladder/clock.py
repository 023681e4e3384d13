"""Times as one reads them beside a ladder: all in the unit that fits its last one."""

from __future__ import annotations

from vxlab.packets.ladder.model import Arrow, Ladder

_UNITS = ((10_000_000, 1_000, "µs"), (10_000_000_000, 1_000_000, "ms"))
_SECOND = 1_000_000_000


class Clock:
    """Tells when the arrows of one ladder are, counted from its first frame."""

    def __init__(self, ladder: Ladder) -> None:
        self._ladder = ladder
        last = max((since for arrow in ladder.arrows if (since := ladder.since(arrow)) is not None), default=0)
        self._size, self.unit = next(((size, unit) for most, size, unit in _UNITS if last < most), (_SECOND, "s"))

    def of(self, arrow: Arrow) -> str:
        """The number without its unit; empty where there is no time."""
        since = self._ladder.since(arrow)
        if since is None:
            return ""
        return f"{since / self._size:.{0 if self.unit == 'µs' else 3}f}"
