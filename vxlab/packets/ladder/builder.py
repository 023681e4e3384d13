"""From what was seen at many places to one ladder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from vxlab.packets.ladder.chart import Chart
from vxlab.packets.ladder.columns import columns
from vxlab.packets.ladder.crowd import Dropped, on_cables, thinned
from vxlab.packets.ladder.gains import Learned, teach
from vxlab.packets.ladder.legs import Leg, legs
from vxlab.packets.ladder.model import Arrow, Column, Ladder, Rest, Role
from vxlab.packets.ladder.passages import Party, What, passages
from vxlab.packets.ladder.roles import Roles
from vxlab.packets.ladder.sighting import Sighting
from vxlab.packets.names import Names
from vxlab.state.model import NetworkState

MOST_ARROWS = 80
MOST_COPIES = 3
_COUNTED = ((Role.VTEP, "VTEP"), (Role.HOST, "host"), (Role.UNDERLAY, "underlay node"))


def build(
    sightings: Iterable[Sighting],
    *,
    state: NetworkState | None = None,
    node_of: Callable[[str], str] = str,
    gained: Iterable[Learned] = (),
    title: str = "",
    copies: int | None = MOST_COPIES,
    most: int | None = MOST_ARROWS,
) -> Ladder:
    """Build the ladder of frames.

    Args:
        sightings: frames as they were seen, of all links that were watched. Not all of them need have been: with
            ``state``, a cable of which only one end was watched shows its passages all the same.
        state: the lab, which says what is cabled to what, and which nodes are VTEPs. Without one, nodes are told
            apart by what their frames look like; and frames without a place or a direction go between addresses.
        node_of: the name of a node, from that of its namespace (`Record.node_of`). Only used for showing.
        gained: FDB entries that VTEPs gained meanwhile; `vxlab.kernel.read.Entry` is one.
        title: what stands above it.
        copies: of a flood to more than a few VTEPs, how many copies are drawn; the others are counted, and so is what
            bridges and tunnels inside of nodes saw of messages that cables saw. None for all.
        most: how many arrows are drawn; None for all.
    """
    seen = list(sightings)
    chart = Chart(state, {one.place for one in seen if one.place})
    found = legs(passages(seen, chart))
    roles = Roles(found, chart)
    untaught = teach(found, gained, chart, node_of, Names(state, node_of).of)
    outside = found if copies is None else on_cables(found)
    drawn, dropped = (outside, []) if copies is None else thinned(outside, roles, copies)
    rest = drawn[most:] if most is not None else []
    drawn = drawn[:most]
    parties = columns(drawn, roles.of)
    notes = [*_left_out(rest), *_inside(len(found) - len(outside)), *_undrawn(outside, dropped, roles)]
    beyond = rest[0].passage.frames[0] if rest else None
    picture = _Picture({party: number for number, party in enumerate(parties)}, node_of)
    made = tuple(Column(_name(party, node_of), roles.of(party), roles.address(party)) for party in parties)
    first = next((leg.time for leg in found if leg.time is not None), None)
    return Ladder(made, picture.rows(drawn, dropped), title, untaught, tuple(notes), first, beyond)


def _name(party: Party, node_of: Callable[[str], str]) -> str:
    return node_of(party.name) if party.what is What.NODE else party.name


def _left_out(rest: Sequence[Leg]) -> Iterable[str]:
    if rest:
        yield f"{_some(len(rest), 'more arrow')} left out, from frame {rest[0].passage.frames[0]} on"


def _inside(count: int) -> Iterable[str]:
    if count:
        yield f"not drawn: {_some(count, 'sighting')} of the same messages at links inside of nodes"


def _undrawn(found: Sequence[Leg], dropped: Sequence[Dropped], roles: Roles) -> Iterable[str]:
    """How many places have no column, since nothing but one of many copies came there."""
    gone = {id(leg) for group in dropped for leg in group.legs}
    there = {party for leg in found if id(leg) not in gone for party in (leg.start, leg.end)}
    lost = {party for leg in found for party in (leg.start, leg.end)} - there
    counts = [(sum(roles.of(party) is role for party in lost), what) for role, what in _COUNTED]
    told = " and ".join(_some(count, what) for count, what in counts if count)
    if told:
        yield f"not drawn: {told}, which only got a copy of what is counted above"


def _some(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


@dataclass
class _Picture:
    """Makes rows of legs."""

    numbers: dict[Party, int]
    node_of: Callable[[str], str]

    def rows(self, drawn: Sequence[Leg], dropped: Sequence[Dropped]) -> tuple[Arrow | Rest, ...]:
        """The arrows, each kind of what is not drawn below the last arrow that is no later than its last one."""
        places = {id(leg): number for number, leg in enumerate(drawn)}
        made: list[tuple[float, Arrow | Rest]] = [(number, self._arrow(leg)) for number, leg in enumerate(drawn)]
        for group in dropped:
            like = group.like
            after = places.get(id(like)) if like else None
            if after is None:
                continue  # nothing of its kind is drawn: the note below the ladder counts it
            made.append((after + 0.5, self._rest(group)))
        return tuple(row for _, row in sorted(made, key=lambda one: one[0]))

    def _arrow(self, leg: Leg) -> Arrow:
        return Arrow(
            self.numbers[leg.start],
            self.numbers[leg.end],
            leg.passage.links,
            tuple(leg.passage.frames),
            leg.time,
            leg.meaning.label or "frame",
            leg.outer,
            leg.meaning.notes,
            leg.journey,
            tuple(leg.gained),
        )

    def _rest(self, group: Dropped) -> Rest:
        like = group.like
        assert like is not None  # noqa: S101  those without have no row
        starts = {leg.start for leg in group.legs}
        shared = (
            len(starts | {like.start}) == 1 and like.encapsulated and all(leg.end == like.end for leg in group.legs)
        )
        where = [leg.meaning.outer[0].dst if shared else _name(leg.end, self.node_of) for leg in group.legs]
        where = list(dict.fromkeys(where))
        between = " … " if len(where) > 2 else ", "
        told = where[0] if len(where) == 1 else f"{where[0]}{between}{where[-1]}"
        learned = sum(len(leg.gained) for leg in group.legs)
        text = f"… and {len(group.legs)} more like it: to {told}"
        if learned:
            text += f"; {learned} more learn{'s' if learned == 1 else ''} the same"
        return Rest(self.numbers[like.start], self.numbers[like.end], text, len(group.legs))
