"""From passages to legs: an end that was not captured is told by its address; legs of one message belong together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from vxlab.packets.ladder.model import Gain
from vxlab.packets.ladder.passages import ELSEWHERE, Party, Passage, What
from vxlab.packets.meaning import Meaning


@dataclass
class Leg:
    """One passage as part of a journey: that of one message from its sender to all who get it."""

    start: Party
    end: Party
    passage: Passage
    journey: int
    gained: list[Gain] = field(default_factory=list)

    @property
    def meaning(self) -> Meaning:
        return self.passage.first.meaning

    @property
    def time(self) -> int | None:
        return self.meaning.frame.time

    @property
    def encapsulated(self) -> bool:
        return bool(self.meaning.outer)

    @property
    def outer(self) -> tuple[str, ...]:
        return tuple(
            " ".join(filter(None, (tunnel.text or "?", tunnel.vni_text, tunnel.tags))) for tunnel in self.meaning.outer
        )


def legs(found: Iterable[Passage]) -> list[Leg]:
    """The legs of passages, in the same order."""
    known = _Owners()
    journeys = _Journeys()
    made = []
    for passage in found:
        start, end = known.resolve(passage)
        made.append(Leg(start, end, passage, journeys.of(passage, start, end)))
    return made


class _Owners:
    """Who has an address, as far as frames have shown: who was the first to send from it."""

    def __init__(self) -> None:
        self._owners: dict[str, Party] = {}

    def resolve(self, passage: Passage) -> tuple[Party, Party]:
        src, dst = passage.ends
        if src and src not in self._owners:
            self._owners[src] = passage.start or Party(What.ADDRESS, src)
        start = passage.start or self._owners.get(src, ELSEWHERE)
        return start, passage.end or self._towards(dst)

    def _towards(self, dst: str) -> Party:
        """Where a frame went that was not seen to come in: not to a node at which it would have been seen."""
        owner = self._owners.get(dst, Party(What.ADDRESS, dst)) if dst else ELSEWHERE
        return ELSEWHERE if owner.what is What.NODE else owner


class _Journeys:
    """Numbers messages. What takes the same leg a second time was sent a second time."""

    def __init__(self) -> None:
        self._count = 0
        self._current: dict[str, tuple[int, set[object]]] = {}

    def of(self, passage: Passage, start: Party, end: Party) -> int:
        found = passage.first.meaning
        text = found.message
        outer = tuple((tunnel.src, tunnel.dst, tunnel.vni) for tunnel in found.outer)
        leg = (start, end, passage.links, outer)
        if text not in self._current or leg in self._current[text][1]:
            self._current[text] = (self._count, set())
            self._count += 1
        number, seen = self._current[text]
        seen.add(leg)
        return number
