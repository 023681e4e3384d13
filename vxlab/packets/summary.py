"""Counts of a whole capture: by VNI, by pair of VTEPs, flooded against unicast, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from struct import Struct
from typing import Any, TypeVar

from vxlab.packets import linktypes
from vxlab.packets.envelope import Envelope, Unreadable, Way, envelope
from vxlab.packets.files.model import Frame

MOST_ROWS = 4096
"""Rows of a table; what comes after that many different ones is counted as others."""

_Pair = tuple[str, str]
_K = TypeVar("_K")


@dataclass
class Count:
    """Frames, and their bytes on the wire."""

    frames: int = 0
    bytes: int = 0

    def add(self, other: Count) -> None:
        self.frames += other.frames
        self.bytes += other.bytes

    def to_json(self) -> dict[str, int]:
        return {"frames": self.frames, "bytes": self.bytes}


@dataclass
class Ways:
    """Counts of encapsulated frames by the way they take."""

    by: dict[Way, Count] = field(default_factory=lambda: {way: Count() for way in Way})

    @property
    def total(self) -> Count:
        return _sum(self.by.values())

    @property
    def flooded(self) -> Count:
        return _sum((self.by[Way.MULTICAST], self.by[Way.REPLICATED]))

    def to_json(self) -> dict[str, Any]:
        ways = {way.value: count.to_json() for way, count in self.by.items()}
        return {**self.total.to_json(), "flooded": self.flooded.to_json(), **ways}


def _sum(counts: Iterable[Count]) -> Count:
    total = Count()
    for count in counts:
        total.add(count)
    return total


@dataclass
class Summary:
    """What was counted. ``plain`` frames are not encapsulated; of ``unreadable`` ones the headers break off.

    Nested encapsulation counts as its outermost. The VNI None is that of headers without a valid one.
    """

    first: int | None = None
    last: int | None = None
    plain: Count = field(default_factory=Count)
    unreadable: Count = field(default_factory=Count)
    encapsulated: Ways = field(default_factory=Ways)
    vnis: dict[int | None, Ways] = field(default_factory=dict)
    pairs: dict[_Pair, Ways] = field(default_factory=dict)
    other_vnis: Ways = field(default_factory=Ways)
    other_pairs: Ways = field(default_factory=Ways)

    @property
    def total(self) -> Count:
        return _sum((self.plain, self.unreadable, self.encapsulated.total))

    def add(self, what: Envelope | type[Unreadable] | None, count: Count) -> None:
        """Count frames that have the same envelope."""
        if isinstance(what, Envelope):
            pair = (what.src, what.dst)
            for ways in (
                self.encapsulated,
                _row(self.vnis, what.vni, self.other_vnis),
                _row(self.pairs, pair, self.other_pairs),
            ):
                ways.by[what.way].add(count)
        else:
            (self.plain if what is None else self.unreadable).add(count)

    def to_json(self) -> dict[str, Any]:
        return {
            **self.total.to_json(),
            "first_ns": self.first,
            "last_ns": self.last,
            "plain": self.plain.to_json(),
            "unreadable": self.unreadable.to_json(),
            "encapsulated": self.encapsulated.to_json(),
            "vnis": [{"vni": vni, **ways.to_json()} for vni, ways in self.sorted_vnis()],
            "other_vnis": self.other_vnis.to_json(),
            "pairs": [{"src": pair[0], "dst": pair[1], **ways.to_json()} for pair, ways in self.sorted_pairs()],
            "other_pairs": self.other_pairs.to_json(),
        }

    def sorted_vnis(self) -> list[tuple[int | None, Ways]]:
        return sorted(self.vnis.items(), key=lambda row: -1 if row[0] is None else row[0])

    def sorted_pairs(self) -> list[tuple[_Pair, Ways]]:
        """The pairs of VTEPs, those with most bytes first."""
        return sorted(self.pairs.items(), key=lambda row: (-row[1].total.bytes, row[0]))


def _row(rows: dict[_K, Ways], key: _K, others: Ways) -> Ways:
    found = rows.get(key)
    if found is None:
        if len(rows) >= MOST_ROWS:
            return others
        found = rows[key] = Ways()
    return found


_PLAIN_UDP4 = Struct("!12x3sxHxxHxB2x8s2xHH2xB3x3sxB").unpack_from
"""Of Ethernet, IPv4 without options, UDP and VXLAN in a row: type with version and header length, total length,
fragment, protocol, both addresses, destination port, length, flags, VNI, and the first byte of the inner MAC."""

_SHORTEST = 14 + 20 + 8 + 8 + 14
_IP4_OF_20 = b"\x08\x00\x45"


def summarise(frames: Iterable[Frame], ports: Collection[int], into: Summary) -> Summary:
    """Count frames.

    Args:
        frames: what to count. Where reading them fails, what came before is counted.
        ports: the UDP destination ports that carry VXLAN.
        into: what to add to.
    """
    counter = _Counter(frozenset(ports), into)
    try:
        counter.count(frames)
    finally:
        counter.flush()
    return into


class _Counter:
    """Counts frames with the same headers together: what they are is found out once for all of them."""

    def __init__(self, ports: frozenset[int], summary: Summary) -> None:
        self._ports = ports
        self._summary = summary
        self._seen: dict[tuple[Any, ...], tuple[Envelope | type[Unreadable] | None, Count]] = {}

    def count(self, frames: Iterable[Frame]) -> None:
        ports, seen, summary = self._ports, self._seen, self._summary
        for _, interface, time, wire, data, _ in frames:
            key: tuple[Any, ...] | None = None
            if len(data) >= _SHORTEST and interface.linktype == linktypes.ETHERNET:
                start, length, fragment, protocol, pair, port, udp, flags, vni, mac = _PLAIN_UDP4(data)
                if start == _IP4_OF_20 and protocol == 17 and not fragment & 0x1FFF and length >= 50 and udp >= 30:
                    key = (pair, port, vni, flags, mac & 1, data[45] if flags & 0x04 else 0)
            if key is None:
                summary.add(_envelope(interface.linktype, data, ports), Count(1, wire))
            else:
                known = seen.get(key)
                if known is None:
                    known = self._learn(key, data)
                known[1].frames += 1
                known[1].bytes += wire
            if time is not None:
                if summary.first is None or summary.last is None:
                    summary.first = summary.last = time
                elif time > summary.last:
                    summary.last = time
                elif time < summary.first:
                    summary.first = time

    def _learn(self, key: tuple[Any, ...], data: bytes) -> tuple[Envelope | type[Unreadable] | None, Count]:
        if len(self._seen) >= MOST_ROWS:
            self.flush()
        known = self._seen[key] = (_envelope(linktypes.ETHERNET, data, self._ports), Count())
        return known

    def flush(self) -> None:
        for what, count in self._seen.values():
            self._summary.add(what, count)
        self._seen.clear()


def _envelope(linktype: int, data: bytes, ports: Collection[int]) -> Envelope | type[Unreadable] | None:
    try:
        return envelope(linktype, data, ports)
    except Unreadable:
        return Unreadable
