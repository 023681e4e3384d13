"""Floods in a crowd: of many copies of one message a few are drawn, and the others are counted.

Drawn are those that lead to somebody who takes part in more than the flood, such as the one who answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from vxlab.packets.ladder.legs import Leg
from vxlab.packets.ladder.model import Role
from vxlab.packets.ladder.passages import Party, What
from vxlab.packets.ladder.roles import Roles, is_group

MOST_BRANCHES = 4
"""As many copies of a message are all drawn."""

Branch = Callable[[Leg], Party | None]
"""The VTEP or host that a copy is for; None for a leg that all copies share."""


@dataclass
class Dropped:
    """Legs of one kind that are not drawn; they stand below ``behind``, the last one of their kind or of all."""

    legs: list[Leg]
    behind: Leg
    like: Leg | None


def on_cables(legs: Sequence[Leg]) -> list[Leg]:
    """The legs without those inside of nodes whose message passed a cable too: there it says more."""
    passed = {leg.meaning.message for leg in legs if leg.start != leg.end}
    return [leg for leg in legs if leg.start != leg.end or leg.meaning.message not in passed]


def thinned(legs: Sequence[Leg], roles: Roles, most: int) -> tuple[list[Leg], list[Dropped]]:
    """The legs to draw, and the others by kind.

    Args:
        legs: all legs, in the order of time.
        roles: what their parties are.
        most: how many copies of one message to draw, at least.
    """
    kept = _thin(legs, _by_vtep(legs, roles), most)
    kept = _thin(kept, lambda leg: None if leg.encapsulated or roles.of(leg.end) is not Role.HOST else leg.end, most)
    drawn = set(map(id, kept))
    groups: dict[Hashable, list[Leg]] = defaultdict(list)
    for leg in legs:
        groups[leg.journey, roles.of(leg.start), roles.of(leg.end), leg.encapsulated].append(leg)
    dropped = []
    for group in groups.values():
        left_out = [leg for leg in group if id(leg) not in drawn]
        if left_out:
            like = next((leg for leg in reversed(group) if id(leg) in drawn), None)
            dropped.append(Dropped(left_out, group[-1], like))
    return kept, dropped


def _by_vtep(legs: Iterable[Leg], roles: Roles) -> Branch:
    at = {
        leg.meaning.outer[0].dst: leg.end
        for leg in legs
        if leg.encapsulated and roles.of(leg.end) is Role.VTEP and not is_group(leg.meaning.outer[0].dst)
    }

    def branch(leg: Leg) -> Party | None:
        if not leg.encapsulated:
            return leg.start if roles.of(leg.start) is Role.VTEP else None
        dst = leg.meaning.outer[0].dst
        if is_group(dst):
            return leg.end if roles.of(leg.end) is Role.VTEP else None
        return at.get(dst, Party(What.ADDRESS, dst))

    return branch


def _thin(legs: Sequence[Leg], branch: Branch, most: int) -> list[Leg]:
    branches: dict[int, dict[Party, None]] = defaultdict(dict)
    for leg in legs:
        party = branch(leg)
        if party is not None:
            branches[leg.journey].setdefault(party)
    crowded = {journey for journey, parties in branches.items() if len(parties) > max(MOST_BRANCHES, most)}
    # Who takes part in a message that is no such flood is worth to be seen in the flood too.
    telling = [leg for leg in legs if leg.journey not in crowded]
    important = {party for leg in telling for party in (leg.start, leg.end, branch(leg))}
    chosen = {}
    for journey in crowded:
        parties = list(branches[journey])
        wanted = [party for party in parties if party in important]
        others = [party for party in parties if party not in important]
        chosen[journey] = {*wanted, *others[: max(0, most - len(wanted))]}
    return [
        leg
        for leg in legs
        if leg.journey not in crowded or (party := branch(leg)) is None or party in chosen[leg.journey]
    ]
