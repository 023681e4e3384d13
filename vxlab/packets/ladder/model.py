"""What a ladder is, whatever it is drawn with: columns for the places, and arrows between them in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Role(Enum):
    """What a column stands for."""

    HOST = "host"
    VTEP = "vtep"
    UNDERLAY = "underlay"  # a switch, a router, a group: what VTEPs meet in
    ELSEWHERE = "elsewhere"  # a place that was not captured


@dataclass(frozen=True)
class Column:
    """A place: a node, or where the capture names none, an address. ``address`` is empty where none was seen."""

    name: str
    role: Role
    address: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "role": self.role.value, "address": self.address or None}


@dataclass(frozen=True)
class Gain:
    """An FDB entry that a VTEP gained: behind which VTEP (``dst``) a MAC is. ``owner`` names who has the MAC."""

    node: str
    link: str
    mac: str
    dst: str
    vni: int | None = None
    owner: str = ""

    @property
    def text(self) -> str:
        who = f"{self.mac} ({self.owner})" if self.owner else self.mac
        return f"{self.node} learns: {who} is behind {self.dst}"

    def to_json(self) -> dict[str, Any]:
        return {
            "node": self.node,
            "link": self.link,
            "mac": self.mac,
            "owner": self.owner or None,
            "dst": self.dst,
            "vni": self.vni,
        }


@dataclass(frozen=True)
class Arrow:
    """One passage of a frame from a column to another; within a node (``start`` is ``end``), past a link of it.

    Args:
        start, end: numbers of columns, from 0.
        links: the links that it left and came in by; empty where that is not known.
        frames: the numbers of the captured frames that show it: one, or one for either end of a cable.
        time: in nanoseconds since the epoch, or None where the capture has none.
        message: what the innermost frame says.
        outer: the encapsulations, from the outside inwards, as "192.168.8.1 → 239.1.1.42 VNI 42"; empty for none.
        notes: what is unusual about it: malformed, snapped, reserved bits.
        journey: arrows with the same number are one message on its way, from 0.
        gained: the FDB entries that the VTEP at its end learned from it.
    """

    start: int
    end: int
    links: tuple[str, str]
    frames: tuple[int, ...]
    time: int | None
    message: str
    outer: tuple[str, ...]
    notes: tuple[str, ...]
    journey: int
    gained: tuple[Gain, ...] = ()

    @property
    def encapsulated(self) -> bool:
        return bool(self.outer)

    @property
    def labels(self) -> tuple[str, ...]:
        """What is written beside it, a line each."""
        return (self.message, *self.outer, *self.notes)

    @property
    def at(self) -> str:
        """The link that it passed within a node; empty for an arrow from one to another."""
        return (self.links[0] or self.links[1]) if self.start == self.end else ""


@dataclass(frozen=True)
class Rest:
    """Arrows that are not drawn: more of what stands above. ``start`` and ``end`` are the columns that they concern."""

    start: int
    end: int
    text: str
    arrows: int = 0


@dataclass(frozen=True)
class Ladder:
    """The journey of frames as a sequence diagram.

    ``untaught`` are FDB entries of which no frame here is the teacher. ``notes`` say what was left out, and ``beyond``
    is the number of the first frame that was left out at the end.
    """

    columns: tuple[Column, ...]
    rows: tuple[Arrow | Rest, ...]
    title: str = ""
    untaught: tuple[Gain, ...] = ()
    notes: tuple[str, ...] = ()
    first: int | None = None
    beyond: int | None = None

    @property
    def arrows(self) -> Iterator[Arrow]:
        return (row for row in self.rows if isinstance(row, Arrow))

    @property
    def foot(self) -> tuple[str, ...]:
        """What stands below the ladder."""
        return (*(f"{gain.text}, and no frame here taught it" for gain in self.untaught), *self.notes)

    def since(self, arrow: Arrow) -> int | None:
        """Nanoseconds from the first arrow to one."""
        return None if arrow.time is None or self.first is None else arrow.time - self.first

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title or None,
            "columns": [column.to_json() for column in self.columns],
            "arrows": [self._arrow(arrow) for arrow in self.arrows],
            "untaught": [gain.to_json() for gain in self.untaught],
            "notes": list(self.notes),
        }

    def _arrow(self, arrow: Arrow) -> dict[str, Any]:
        return {
            "from": self.columns[arrow.start].name,
            "to": self.columns[arrow.end].name,
            "from_link": arrow.links[0] or None,
            "to_link": arrow.links[1] or None,
            "frames": list(arrow.frames),
            "time_ns": arrow.time,
            "since_ns": self.since(arrow),
            "journey": arrow.journey,
            "message": arrow.message,
            "outer": list(arrow.outer),
            "notes": list(arrow.notes),
            "gained": [gain.to_json() for gain in arrow.gained],
        }
