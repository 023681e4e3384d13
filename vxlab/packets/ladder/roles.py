"""What each party of a ladder is, by the lab's state, else by what it was seen to do; and the address it goes by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from ipaddress import ip_address

from vxlab.packets.ladder.chart import Chart
from vxlab.packets.ladder.legs import Leg
from vxlab.packets.ladder.model import Role
from vxlab.packets.ladder.passages import Party, What


class Roles:
    """The roles of the parties of some legs, which are in the order of time."""

    def __init__(self, legs: Iterable[Leg], chart: Chart) -> None:
        self._chart = chart
        self._tunnelled: set[Party] = set()
        self._came: dict[Party, set[bytes]] = defaultdict(set)
        self._forwards: set[Party] = set()
        self._sent: dict[tuple[Party, bool], list[str]] = defaultdict(list)
        self._got: dict[tuple[Party, bool], list[str]] = defaultdict(list)
        for leg in legs:
            self._note(leg)

    def _note(self, leg: Leg) -> None:
        src, dst = leg.passage.ends
        if leg.encapsulated:
            self._tunnelled.update((leg.start, leg.end))
            inside = _inside(leg)
            if inside in self._came[leg.start]:
                self._forwards.add(leg.start)
            self._came[leg.end].add(inside)
        if leg.start != leg.end:
            self._sent[leg.start, leg.encapsulated].append(src)
            self._got[leg.end, leg.encapsulated].append(dst)

    def of(self, party: Party) -> Role:
        if party.what is What.ELSEWHERE:
            return Role.ELSEWHERE
        if party.what is What.ADDRESS:
            tunnelled = Role.UNDERLAY if is_group(party.name) else Role.VTEP
            return tunnelled if party in self._tunnelled else Role.HOST
        if party.name in self._chart.vteps:
            return Role.VTEP
        if self._chart.has(party.name):
            passive = party in self._tunnelled or not self._chart.addresses.get(party.name)
            return Role.UNDERLAY if passive else Role.HOST
        if party not in self._tunnelled:
            return Role.HOST
        return Role.UNDERLAY if party in self._forwards else Role.VTEP

    def address(self, party: Party) -> str:
        """The address that a host's frames have, and the outer one of a VTEP's; empty for all others."""
        role = self.of(party)
        if party.what is not What.NODE or role not in (Role.HOST, Role.VTEP):
            return ""
        own = self._chart.addresses.get(party.name)
        if own and role is Role.HOST and len(own) == 1:
            return own[0]
        # What a host gets may be for others: it is asked who has their addresses.
        seen = self._sent[party, False]
        if role is Role.VTEP:
            seen = [*self._chart.locals.get(party.name, ()), *self._sent[party, True], *self._got[party, True]]
        known = (address for address in seen if _is_address(address) and not is_group(address))
        return next((address for address in known if own is None or address in own), "")


def is_group(address: str) -> bool:
    """Whether it is an IP address of a group."""
    return _is_address(address) and ip_address(address).is_multicast


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _inside(leg: Leg) -> bytes:
    """What is encapsulated: routers change only what is around it."""
    layers = leg.meaning.inner.layers
    return leg.meaning.frame.data[layers[0].offset :] if layers else b""
