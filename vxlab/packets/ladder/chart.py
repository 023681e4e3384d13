"""What the state of a lab says of places: which cable a link has, which nodes are VTEPs, who has which MAC."""

from __future__ import annotations

from collections.abc import Collection

from vxlab.packets.ladder.naming import cables, is_inside
from vxlab.packets.ladder.sighting import Place, Sighting
from vxlab.state.kind import Family
from vxlab.state.kinds import CARD, VETH, VXLAN
from vxlab.state.model import NetworkState
from vxlab.state.types import NOTHING


class Chart:
    """A lab as a ladder needs it. Without a state it knows what the names of links tell.

    ``charted`` says whether there is a state.
    """

    def __init__(self, state: NetworkState | None, places: Collection[Place] = ()) -> None:
        self.charted = state is not None
        self.vteps: set[str] = set()
        self.locals: dict[str, list[str]] = {}
        self.addresses: dict[str, list[str]] = {}
        self._ends: dict[Place, Place] = {}
        self._cards: set[Place] = set()
        self._bridged: set[Place] = set()
        self._macs: dict[str, set[str]] = {}
        self._vnis: dict[Place, int] = {}
        self._owners: dict[str, set[str]] = {}
        self._namespaces: set[str] = set()
        if state is not None:
            self._read(state)
        else:
            self._ends = cables(places)

    def _read(self, state: NetworkState) -> None:
        self._namespaces.update(state.namespaces)
        for link in state.family(Family.LINK):
            place = (link.namespace, link.name)
            self._namespaces.add(link.namespace)
            if link.kind is VXLAN:
                self.vteps.add(link.namespace)
                local = str(link.get("local"))
                self.locals.setdefault(link.namespace, []).append(local)
                if local:
                    self._owners.setdefault(local, set()).add(link.namespace)
                if isinstance(vni := link.get("vni"), int) and vni:
                    self._vnis[place] = vni
            if link.kind is VETH and link.get("peer") != NOTHING:
                namespace, _, name = str(link.get("peer")).partition(":")
                self._ends[place] = (namespace, name)
                self._ends.setdefault((namespace, name), place)
            if link.kind is CARD:
                self._cards.add(place)
            if link.get("master") != NOTHING:
                self._bridged.add(place)
            if link.values.get("mac"):
                self._macs.setdefault(link.namespace, set()).add(str(link.get("mac")))
        for address in state.family(Family.ADDRESS):
            ip = str(address.get("address")).partition("/")[0]
            self.addresses.setdefault(address.namespace, []).append(ip)
            self._owners.setdefault(ip, set()).add(address.namespace)

    def has(self, namespace: str) -> bool:
        """Whether a node is of the lab."""
        return namespace in self._namespaces

    def knows(self, sighting: Sighting) -> bool:
        """Whether it is known what a frame passed: a cable, or a link inside of its node."""
        if sighting.place is None or self.charted:
            return sighting.place is not None and self.has(sighting.place[0])
        known = sighting.place in self._ends or is_inside(sighting.place[1])
        return known and sighting.outgoing is not None

    def is_card(self, place: Place | None) -> bool:
        """Whether a link is a network card of the machine: what is behind it only addresses tell."""
        return place in self._cards

    def owner(self, address: str) -> str | None:
        """The node that has an address; None where none has, or more than one."""
        owners = self._owners.get(address, ())
        return next(iter(owners)) if len(owners) == 1 else None

    def vni(self, place: Place) -> int | None:
        """The VNI of a VXLAN device; None where it has none of its own."""
        return self._vnis.get(place)

    def far_end(self, place: Place) -> Place | None:
        """The other end of a link's cable; None where it has none."""
        return self._ends.get(place)

    def outgoing(self, sighting: Sighting) -> bool | None:
        """Which way a frame went past a link: as the capture says, else as who has its source MAC says."""
        if sighting.outgoing is not None or sighting.place is None:
            return sighting.outgoing
        near, far = sighting.place, self.far_end(sighting.place)
        if far is None:
            return None
        found = sighting.meaning
        mac = (found.outer[0] if found.outer else found.inner).mac_src
        if mac in self._macs.get(near[0], ()):
            return True
        if mac in self._macs.get(far[0], ()):
            return False
        # Only what has ports sends frames of others on.
        return None if (near in self._bridged) == (far in self._bridged) else near in self._bridged
