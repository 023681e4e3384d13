"""From sightings to passages: a frame is seen at one end of a cable or at both, and either way it passed it once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from vxlab.packets import linktypes
from vxlab.packets.ladder.chart import Chart
from vxlab.packets.ladder.ends import Ends, ends
from vxlab.packets.ladder.sighting import Sighting

_LATER = 1_000_000_000
"""Nanoseconds within which a frame that left one end of a cable comes in at the other: it waits for a CPU at most."""
_EARLIER = 1_000_000
"""Nanoseconds by which clocks and merged files may have it come in before it left."""
_TOGETHER = 100_000_000
"""Nanoseconds within which several interfaces see a frame that passes a node; who sends it again waits for longer."""


class What(Enum):
    """What a party is known by."""

    NODE = "node"
    ADDRESS = "address"
    ELSEWHERE = "elsewhere"


class Party(NamedTuple):
    """Who is at an end of an arrow: a node by its namespace, or somebody by an address."""

    what: What
    name: str


ELSEWHERE = Party(What.ELSEWHERE, "elsewhere")
"""Past what was captured."""


@dataclass
class Passage:
    """A frame that went from one party to another; an end is None until it is known. ``time`` is in nanoseconds."""

    first: Sighting
    time: int
    start: Party | None
    end: Party | None
    links: tuple[str, str]
    frames: list[int] = field(default_factory=list)
    views: set[object] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.frames.append(self.first.meaning.frame.number)

    @property
    def by_address(self) -> bool:
        """Whether nothing but its addresses says where it went."""
        return bool(self.views)

    @property
    def ends(self) -> Ends:
        return ends(self.first.meaning)


def passages(sightings: Iterable[Sighting], chart: Chart) -> list[Passage]:
    """The passages that sightings show, in the order of time.

    With a lab's state the cable of a link says between whom a frame passed; without one, names may say as much. Else
    what came in somewhere came from where the same frame had gone out; and where not even that is known, it went from
    the one address to the other.
    """
    merger = _Merger(chart)
    for time, sighting in sorted(_timed(sightings), key=lambda one: (one[0], one[1].outgoing is not True)):
        merger.add(sighting, time)
    return sorted(merger.found, key=lambda passage: passage.time)


def _timed(sightings: Iterable[Sighting]) -> Iterator[tuple[int, Sighting]]:
    """Sightings with the time to sort them by; one that has none passed when the one before it did.

    A frame leaves before it comes in, also where the clock has not moved on.
    """
    time = 0
    for sighting in sightings:
        given = sighting.meaning.frame.time
        time = time if given is None else given
        yield time, sighting


class _Merger:
    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._waiting: dict[tuple[object, ...], list[Passage]] = {}
        self._now = 0
        self.found: list[Passage] = []

    def add(self, sighting: Sighting, time: int) -> None:
        """Take a sighting in; its time (ns) is no less than that of the one before."""
        self._now = time
        outgoing = self._chart.outgoing(sighting)
        if self._chart.is_card(sighting.place) and outgoing is not None:
            self._on_card(sighting, outgoing)
        elif self._chart.knows(sighting):
            self._charted(sighting, outgoing)
        elif sighting.place is not None and outgoing is not None:
            self._guessed(sighting, outgoing)
        else:
            self._addressed(sighting)

    def _new(
        self, sighting: Sighting, start: Party | None, end: Party | None, links: tuple[str, str] = ("", "")
    ) -> Passage:
        passage = Passage(sighting, self._now, start, end, links)
        self.found.append(passage)
        return passage

    def _charted(self, sighting: Sighting, outgoing: bool | None) -> None:
        """By the cables of a lab. A link without one, or a frame of no direction, is shown within its node."""
        place = sighting.place
        assert place is not None  # noqa: S101
        far = self._chart.far_end(place)
        node = Party(What.NODE, place[0])
        if far is None or outgoing is None:
            self._new(sighting, node, node, (place[1], place[1]))
            return
        start, end = (place, far) if outgoing else (far, place)
        frame = sighting.meaning.frame
        # Whoever sees it second finds the passage that the other end has begun.
        key = (start, end, frame.wire, _bytes(sighting))
        earlier = self._waiting.get((*key, not outgoing), [])
        limit = _EARLIER if outgoing else _LATER
        while earlier and self._now - earlier[0].time > limit:
            earlier.pop(0)
        if earlier:
            self._join(earlier.pop(0), sighting, leads=outgoing)
            return
        passage = self._new(sighting, Party(What.NODE, start[0]), Party(What.NODE, end[0]), (start[1], end[1]))
        self._waiting.setdefault((*key, outgoing), []).append(passage)

    def _on_card(self, sighting: Sighting, outgoing: bool) -> None:
        """Between the machine and who has the other address: no cable leads there that a lab knows of."""
        place = sighting.place
        assert place is not None  # noqa: S101
        near, (src, dst) = Party(What.NODE, place[0]), ends(sighting.meaning)
        far = self._at(dst if outgoing else src)
        start, end, links = (near, far, (place[1], "")) if outgoing else (far, near, ("", place[1]))
        self._new(sighting, start, end, links)

    def _join(self, passage: Passage, sighting: Sighting, *, leads: bool) -> None:
        number = sighting.meaning.frame.number
        if leads:
            passage.first, passage.time = sighting, self._now
            passage.frames.insert(0, number)
        else:
            passage.frames.append(number)

    def _guessed(self, sighting: Sighting, outgoing: bool) -> None:
        """By names alone: it came from where the same bytes went out last, and were not yet seen to come in."""
        place = sighting.place
        assert place is not None  # noqa: S101
        node, frame = Party(What.NODE, place[0]), sighting.meaning.frame
        waiting = self._waiting.setdefault((frame.wire, _bytes(sighting)), [])
        if outgoing:
            waiting.append(self._new(sighting, node, None, (place[1], "")))
            return
        left = [one for one in waiting if one.start != node and self._now - one.time <= _LATER]
        fresh = next((one for one in left if one.end is None), None)
        if fresh:
            fresh.end, fresh.links = node, (fresh.links[0], place[1])
            self._join(fresh, sighting, leads=False)
        elif left:  # a copy: what lies between is not captured
            self._new(sighting, left[-1].start, node, (left[-1].links[0], place[1]))
        else:
            self._new(sighting, None, node, ("", place[1]))

    def _addressed(self, sighting: Sighting) -> None:
        """By addresses alone. A frame that two interfaces saw at the same time is one."""
        frame = sighting.meaning.frame
        view = (frame.interface.number, sighting.place, sighting.outgoing, frame.data[: _header(sighting)])
        waiting = self._waiting.setdefault((frame.data[_header(sighting) :],), [])
        for passage in waiting:
            if view not in passage.views and self._now - passage.time <= _TOGETHER:
                passage.views.add(view)
                self._join(passage, sighting, leads=False)
                return
        src, dst = ends(sighting.meaning)
        passage = self._new(sighting, self._at(src), self._at(dst))
        passage.views.add(view)
        waiting.append(passage)

    def _at(self, address: str) -> Party:
        owner = self._chart.owner(address)
        if owner:
            return Party(What.NODE, owner)
        return Party(What.ADDRESS, address) if address else ELSEWHERE


def _bytes(sighting: Sighting) -> bytes:
    return sighting.meaning.frame.data


def _header(sighting: Sighting) -> int:
    """How long the header of a cooked capture is: it differs between interfaces that see the same frame."""
    return {linktypes.COOKED: 16, linktypes.COOKED2: 20}.get(sighting.meaning.frame.interface.linktype, 0)
