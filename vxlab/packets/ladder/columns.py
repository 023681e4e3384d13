"""The order of the columns is that of the journey: the sender, its VTEP, the underlay, other VTEPs with their hosts.

Every party stands behind the one that it was first in touch with, as in a tree that is walked from its root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from vxlab.packets.ladder.legs import Leg
from vxlab.packets.ladder.model import Role
from vxlab.packets.ladder.passages import Party

RoleOf = Callable[[Party], Role]


def columns(legs: Sequence[Leg], role: RoleOf) -> list[Party]:
    """The parties of legs from left to right."""
    tree = _Tree(role)
    ordered = _first_things_first(legs, role)
    pairs = list(_behind(ordered))
    if pairs:
        tree.add(*pairs[0])
        for leg in ordered:
            if leg.encapsulated:
                tree.add(leg.start, leg.end)
        for host, vtep in pairs:
            tree.add(host, vtep)
    for leg in ordered:
        tree.add(leg.start, leg.end)
    return _underlay_together(tree.walk(), role)


def _behind(legs: Sequence[Leg]) -> Iterator[tuple[Party, Party]]:
    """Hosts with their VTEPs, where frames go by addresses: then no arrow leads from the one to the other.

    A message that is seen without encapsulation and with it has its sender behind the VTEP that encapsulated it first.
    """
    vteps: dict[int, Party] = {}
    for leg in legs:
        if leg.encapsulated and leg.passage.by_address:
            vteps.setdefault(leg.journey, leg.start)
    for leg in legs:
        if not leg.encapsulated and leg.passage.by_address and leg.journey in vteps:
            yield leg.start, vteps[leg.journey]


def _underlay_together(order: list[Party], role: RoleOf) -> list[Party]:
    """The order with all that is between the VTEPs where the first of it is, so that it is crossed once."""
    between = [party for party in order if role(party) is Role.UNDERLAY]
    if not between:
        return order
    at = order.index(between[0])
    return [*order[:at], *between, *(party for party in order[at:] if role(party) is not Role.UNDERLAY)]


def _first_things_first(legs: Sequence[Leg], role: RoleOf) -> list[Leg]:
    """The legs with those of the first message in front that a host sent through a tunnel."""
    tunnelled = {leg.journey for leg in legs if leg.encapsulated}
    sent = [leg for leg in legs if role(leg.start) is Role.HOST]
    chosen = next((leg.journey for leg in sent if leg.journey in tunnelled), sent[0].journey if sent else -1)
    return sorted(legs, key=lambda leg: leg.journey != chosen)


class _Tree:
    def __init__(self, role: RoleOf) -> None:
        self._role = role
        self._roots: list[Party] = []
        self._parents: dict[Party, Party | None] = {}
        self._children: dict[Party, list[Party]] = {}

    def add(self, start: Party, end: Party) -> None:
        if start not in self._parents:
            self._place(start, end if end in self._parents else None)
        if end not in self._parents:
            self._place(end, start)

    def _place(self, party: Party, parent: Party | None) -> None:
        self._parents[party] = parent
        self._children[party] = []
        (self._roots if parent is None else self._children[parent]).append(party)

    def walk(self) -> list[Party]:
        order: list[Party] = []
        stack = self._roots[::-1]
        while stack:
            party = stack.pop()
            children = self._children[party]
            beside = [child for child in children if self._is_neighbour(party, child)]
            order += [*beside, party]
            stack += [child for child in reversed(children) if child not in beside]
        return order

    def _is_neighbour(self, party: Party, child: Party) -> bool:
        """Whether a host is behind the same VTEP as the sender: then it stands on the sender's side."""
        parent = self._parents[party]
        if parent is None or self._role(party) is not Role.VTEP or self._role(parent) is not Role.HOST:
            return False
        return self._role(child) is Role.HOST and not self._children[child]
