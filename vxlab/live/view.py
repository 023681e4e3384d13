"""Frames for a reader, one at a time, while they come."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from vxlab.lab.record import Record
from vxlab.live import places
from vxlab.live.recording import Tally
from vxlab.packets.files.model import Frame, Interface
from vxlab.packets.layers import layers
from vxlab.packets.meaning import Meaning, meaning
from vxlab.packets.names import Names, ports
from vxlab.packets.ring import OUTGOING, Ring, Taken


@dataclass(frozen=True)
class Seen:
    """A frame as it passed a link of a lab, and how many were dropped on that link just before it."""

    meaning: Meaning
    outgoing: bool
    dropped_before: int

    @property
    def way(self) -> str:
        return "out" if self.outgoing else "in"


class Reader:
    """Reads frames as the lab does: with its UDP ports, and the names of its nodes."""

    def __init__(self, lab: Record, rings: Sequence[Ring], otherwise: Collection[int]) -> None:
        """``otherwise`` are the ports of VXLAN where the lab has no device that says."""
        self._interfaces = [Interface(ring.number, ring.linktype, places.name(lab, ring.place)) for ring in rings]
        self._ports = frozenset(ports(lab.state) or otherwise)
        self._names = Names(lab.whole, lab.node_of)
        self._number = 0

    def read(self, taken: Taken) -> Seen:
        """What a frame means."""
        time, number, kind, wire, data, lost = taken
        self._number += 1
        frame = Frame(self._number, self._interfaces[number], time, wire, data)
        return Seen(meaning(frame, layers(frame, self._ports), self._names), kind == OUTGOING, lost)


class ViewSink:
    """Shows what is captured. Where frames come faster than they are shown, the kernel drops some and counts them."""

    def __init__(self, lab: Record, otherwise: Collection[int], show: Callable[[Seen], None]) -> None:
        self._lab = lab
        self._otherwise = otherwise
        self._show = show

    def begin(self, rings: Sequence[Ring]) -> None:
        self._reader = Reader(self._lab, rings, self._otherwise)

    def take(self, frames: Sequence[Taken], is_late: Callable[[], bool]) -> int:
        for number, frame in enumerate(frames):
            if is_late():
                return number
            self._show(self._reader.read(frame))
        return len(frames)

    def end(self, tally: Tally) -> None:
        pass
