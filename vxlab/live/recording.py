"""A capture of a lab from its start to its end: when it ends, what it counts, and who is told."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from operator import itemgetter
from typing import Protocol

from vxlab.lab.record import Record
from vxlab.lab.watch import Watch
from vxlab.live import places
from vxlab.live.stop import Stop
from vxlab.packets.ring import Place, Ring, Taken
from vxlab.packets.taps import Taps

_LOOK = 0.1
"""Seconds between two looks at whether the lab is still there."""

_GRACE = 1.0
"""Seconds for showing what was caught before the end."""

_MOST_NAMES = 3
"""Links that are told of one by one."""


class Why(Enum):
    """Why a capture ended."""

    COUNT = "all frames that were asked for are there"
    TIME = "its time is over"
    ASKED = "asked to stop"
    DOWN = "the lab was taken down"
    NO_LINK = "no link is left"


@dataclass(frozen=True)
class Wanted:
    """What to capture: links, the filter by link type, the most bytes of a frame, and bytes of memory for all links.

    It ends after ``count`` frames, or ``duration`` seconds; None is no limit.
    """

    places: Sequence[Place]
    programs: Mapping[int, bytes]
    snaplen: int
    memory: int
    count: int | None = None
    duration: float | None = None


class Sink(Protocol):
    """What becomes of the frames."""

    def begin(self, rings: Sequence[Ring]) -> None:
        """Capturing has begun on these links."""

    def take(self, frames: Sequence[Taken], is_late: Callable[[], bool]) -> int:
        """Take frames, in the order of time; how many were taken before it got too late for more."""

    def end(self, tally: Tally) -> None:
        """Nothing more comes."""


@dataclass
class Tally:
    """What was counted. ``taken`` frames by number of the link; ``left`` were captured, and it was too late for them.

    Times are in nanoseconds since the epoch.
    """

    started: int = 0
    ended: int = 0
    rings: Sequence[Ring] = ()
    taken: Counter[int] = field(default_factory=Counter)
    left: int = 0
    why: Why | None = None

    @property
    def frames(self) -> int:
        return self.taken.total()

    @property
    def dropped(self) -> int:
        return sum(ring.dropped for ring in self.rings)


class Recording:
    """One capture."""

    def __init__(self, lab: Record, wanted: Wanted, sink: Sink, notice: Callable[[str], None]) -> None:
        self._lab = lab
        self._wanted = wanted
        self._sink = sink
        self._notice = notice
        self._tally = Tally()
        self._watch = Watch(lab)
        self._over: float | None = None
        self._look_at = 0.0
        self._told_drops = False

    def run(self, watched: int | None = None) -> Tally:
        """Capture until the end.

        Args:
            watched: a pipe that is written to: where its reader goes, the capture ends.

        Raises:
            BrokenPipeError: the reader went.
            TapError: a link cannot be listened on.
            OSError: the kernel refused.
        """
        wanted, tally = self._wanted, self._tally
        with Stop() as self._stop, Taps(wanted.places, wanted.programs, wanted.snaplen, wanted.memory) as self._taps:
            tally.started, tally.rings = time.time_ns(), self._taps.rings
            self._deadline = None if wanted.duration is None else time.monotonic() + wanted.duration
            self._taps.watch(self._stop.fd)
            if watched is not None:
                self._taps.watch_reader(watched)
            self._sink.begin(self._taps.rings)
            self._tell_start()
            try:
                self._until_the_end()
            finally:
                self._taps.count()
        return tally

    def _tell_start(self) -> None:
        many = len(self._wanted.places)
        where = places.name(self._lab, self._wanted.places[0]) if many == 1 else f"{many} links"
        self._notice(f"capturing on {where} of lab {self._lab.name}: Ctrl-C ends it")

    def _until_the_end(self) -> None:
        taps, tally = self._taps, self._tally
        while tally.why is None:
            taps.wait(self._patience())
            self._give(taps.take())
            self._look()
            tally.why = tally.why or self._end()
        tally.ended = time.time_ns()
        if tally.why is not Why.COUNT:
            self._give(taps.rest(tally.ended))
        taps.count()
        self._sink.end(tally)

    def _patience(self) -> float:
        if self._deadline is None:
            return _LOOK
        return max(0.0, min(_LOOK, self._deadline - time.monotonic()))

    def _give(self, frames: Sequence[Taken]) -> None:
        tally, most = self._tally, self._wanted.count
        if most is not None and tally.frames + len(frames) >= most:
            frames = frames[: most - tally.frames]
            tally.why = Why.COUNT
        if frames:
            taken = self._sink.take(frames, self._is_late)
            tally.taken.update(map(itemgetter(1), frames[:taken]))
            tally.left += len(frames) - taken

    def _end(self) -> Why | None:
        if self._stop.is_set:
            return Why.ASKED
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return Why.TIME
        if not self._watch.is_up:
            return Why.DOWN
        return None if self._taps.is_open else Why.NO_LINK

    def _is_late(self) -> bool:
        """Whether the end came a while ago."""
        if self._over is None and self._end() is not None:
            self._over = time.monotonic()
        return self._over is not None and time.monotonic() > self._over + _GRACE

    def _look(self) -> None:
        """See to links that went, and to drops; each some times in a second is enough."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + _LOOK
        self._look_at_links()
        self._taps.count()
        if self._tally.dropped and not self._told_drops:
            self._told_drops = True
            self._notice("the kernel drops frames: they come faster than they are taken. The end tells how many")

    def _look_at_links(self) -> None:
        taps = self._taps
        lost = taps.lost()
        gone = [ring for ring in taps.open_rings if not self._watch.has(ring.place[0])]
        taps.leave(gone)
        if not self._watch.is_up:
            return  # they all go, and that is told at the end
        self._tell_links([ring for ring, is_there in lost if is_there], "went down: it is listened on for its return")
        self._tell_links([*(ring for ring, is_there in lost if not is_there), *gone], "is gone")

    def _tell_links(self, rings: Sequence[Ring], what: str) -> None:
        names = [places.name(self._lab, ring.place) for ring in rings]
        if len(names) > _MOST_NAMES:
            self._notice(f"{names[0]} {what}, as {len(names) - 1} others")
            return
        for name in names:
            self._notice(f"{name} {what}")
