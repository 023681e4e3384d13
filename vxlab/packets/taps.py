"""Many links at once, and what passes them in the order of time."""

from __future__ import annotations

import errno
import os
import select
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from vxlab.packets.errors import TapError
from vxlab.packets.ring import BLOCK, FEWEST_BLOCKS, Place, Ring, Taken, fits, raise_file_limit

_WORKERS = 32
_LATE = 50_000_000
"""Nanoseconds that may pass between the time of a frame and its arrival in a ring: on its way through the kernel it may
have to wait for a CPU."""

_TOGETHER = 0.02
"""Seconds to wait after a frame for those that come with it: a reader that wakes for each block does little else."""


class Taps:
    """Rings on links, from the moment it is entered.

    ``rings`` are in the order of the places; a frame's number is that of its ring here.
    """

    def __init__(self, places: Sequence[Place], programs: Mapping[int, bytes], snaplen: int, memory: int) -> None:
        """Listen on links.

        Args:
            places: the links.
            programs: the filter, by link type.
            snaplen: the most bytes of a frame to take.
            memory: bytes for all rings together; each has at least four blocks of 128 KiB.
        """
        self._places = places
        self._programs = programs
        self._snaplen = snaplen
        self._size = fits(len(places), memory)
        self._held: list[Taken] = []
        self._open: dict[int, Ring] = {}
        self._leaving: list[Ring] = []
        self._poll = select.poll()
        self._written = -1
        self.rings: list[Ring] = []

    def __enter__(self) -> Self:
        raise_file_limit()
        with ThreadPoolExecutor(_WORKERS) as threads:
            waiting = [threads.submit(self._ring, number) for number in range(len(self._places))]
        failed = [error for one in waiting if (error := one.exception())]
        self.rings = [one.result() for one in waiting if not one.exception()]
        if failed:
            self._close(self.rings)
            raise _told(failed[0], len(self._places))
        for ring in self.rings:
            self._open[ring.socket.fileno()] = ring
            self._poll.register(ring.socket, select.POLLIN)
        return self

    def _ring(self, number: int) -> Ring:
        return Ring(self._places[number], number, self._programs, self._snaplen, self._size)

    def __exit__(self, *_: object) -> None:
        self._close([*self._open.values(), *self._leaving])
        self._open.clear()

    @staticmethod
    def _close(rings: Sequence[Ring]) -> None:
        """Close rings, many at a time: for each the kernel waits until no CPU uses it any more."""
        with ThreadPoolExecutor(_WORKERS) as threads:
            list(threads.map(Ring.close, rings))

    @property
    def is_open(self) -> bool:
        """Whether any link is still listened on."""
        return bool(self._open)

    @property
    def open_rings(self) -> list[Ring]:
        """Those that are still listened on."""
        return list(self._open.values())

    def watch(self, fd: int) -> None:
        """Let ``wait`` also end for something else that can be read; it is not read."""
        self._poll.register(fd, select.POLLIN)

    def watch_reader(self, fd: int) -> None:
        """Let ``wait`` fail where the reader of a pipe goes."""
        self._written = fd
        self._poll.register(fd, 0)  # POLLERR comes unasked (poll(2))

    def wait(self, seconds: float) -> None:
        """Wait for frames, or for what is watched, and then a moment for those that come with them.

        Raises:
            BrokenPipeError: the reader of a pipe that is watched has gone.
        """
        # What is held back is not waited for: it is given when its time has come.
        found = self._poll.poll((_TOGETHER if self._held else seconds) * 1000)
        if any(fd == self._written for fd, _ in found):
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if found and all(fd in self._open for fd, _ in found):
            time.sleep(min(_TOGETHER, seconds))

    def lost(self) -> list[tuple[Ring, bool]]:
        """The links to which something happened since this was asked last, and whether they are still there.

        Those that are not are listened on no longer.
        """
        events = {fd for fd, event in self._poll.poll(0) if event & ~select.POLLIN}
        failed = [ring for fd, ring in self._open.items() if fd in events and ring.failure()]
        told = [(ring, ring.is_there) for ring in failed]
        # Of a link that was down when it was removed the kernel says nothing.
        quiet = (ring for ring in self._open.values() if ring.was_down and ring not in failed)
        told += [(ring, False) for ring in quiet if not ring.is_there]
        self.leave([ring for ring, is_there in told if not is_there])
        return told

    def leave(self, rings: Sequence[Ring]) -> None:
        """Listen on links no longer; what has arrived on them is given all the same."""
        for ring in rings:
            fd = ring.socket.fileno()
            if self._open.pop(fd, None):
                self._poll.unregister(fd)
                self._leaving.append(ring)

    def take(self) -> list[Taken]:
        """What has passed the links, in the order of time; the youngest frames are held back.

        A frame is given when no older one can come any more: every ring that has frames which the kernel has not yet
        handed over says how old they may be.
        """
        certain = time.time_ns() - _LATE
        held = self._held
        for ring in (*self._open.values(), *self._leaving):
            left = ring.take(held)
            if left is not None and left < certain:
                certain = left
        held.sort()
        if not held or held[-1][0] <= certain:
            self._held = []
            return held
        cut = _first_after(held, certain)
        self._held = held[cut:]
        return held[:cut]

    def rest(self, until: int) -> list[Taken]:
        """All that passed until a time (ns) and was not yet given, in the order of time."""
        held = self._held
        waiting = [*self._open.values(), *self._leaving]
        while waiting:
            left = [(ring, ring.take(held)) for ring in waiting]
            waiting = [ring for ring, since in left if since is not None and since <= until]
            if waiting:
                # The kernel hands over what it has within some milliseconds, and poll() sees that.
                self._poll.poll(_TOGETHER * 1000)
        self._held = []
        return sorted(frame for frame in held if frame[0] <= until)

    def count(self) -> None:
        """Bring the counts of all rings up to date."""
        for ring in (*self._open.values(), *self._leaving):
            ring.count()


def _first_after(frames: Sequence[Taken], moment: int) -> int:
    """Where in frames, in the order of time, those begin that are younger."""
    low, high = 0, len(frames)
    while low < high:
        middle = (low + high) // 2
        if frames[middle][0] <= moment:
            low = middle + 1
        else:
            high = middle
    return low


def _told(error: BaseException, links: int) -> BaseException:
    if isinstance(error, OSError) and error.errno in (errno.ENOMEM, errno.EMFILE, errno.ENFILE):
        least = links * FEWEST_BLOCKS * BLOCK // 1024**2
        reason = os.strerror(error.errno).lower()
        return TapError(f"{links} links need {least} MiB and {2 * links} open files at least ({reason}): name fewer")
    return error
