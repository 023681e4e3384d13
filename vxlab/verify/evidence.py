"""What was caught and read during one exchange, and how to ask it questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from vxlab.kernel.read import Entry
from vxlab.packets.capture import Caught, Place
from vxlab.packets.dissect import Arp, Dissected, dissect
from vxlab.verify.overlay import Host, Vtep

NodeOf = Callable[[str], str]
"""The name of a node, from that of its namespace."""


@dataclass(frozen=True)
class Frame:
    """A frame that was caught, with what is in it."""

    caught: Caught
    content: Dissected


@dataclass(frozen=True)
class Fact:
    """One piece of evidence, in words and as data."""

    text: str
    data: dict[str, Any]


class Evidence:
    """The frames of one exchange, in the order of their times, and the FDB before and after."""

    def __init__(
        self,
        caught: Iterable[Caught],
        before: Iterable[Entry],
        after: Iterable[Entry],
        ports: set[int],
        node_of: NodeOf,
    ) -> None:
        self.frames = [Frame(frame, dissect(frame.frame, ports)) for frame in caught]
        self.before, self.after = tuple(before), tuple(after)
        self._node_of = node_of

    def plain(self, place: Place, wanted: Callable[[Arp], bool]) -> list[Frame]:
        """ARP messages that passed a link without encapsulation."""
        return [
            frame
            for frame in self.frames
            if frame.caught.place == place
            and frame.content.outer is None
            and frame.content.arp is not None
            and wanted(frame.content.arp)
        ]

    def sent(self, vtep: Vtep, wanted: Callable[[Arp], bool]) -> list[Frame]:
        """Encapsulated ARP messages that a VTEP sent into the underlay."""
        return [frame for frame in self._encapsulated(vtep, wanted) if frame.caught.outgoing]

    def received(self, vtep: Vtep, wanted: Callable[[Arp], bool]) -> list[Frame]:
        """Encapsulated ARP messages that came to a VTEP from the underlay."""
        return [frame for frame in self._encapsulated(vtep, wanted) if not frame.caught.outgoing]

    def _encapsulated(self, vtep: Vtep, wanted: Callable[[Arp], bool]) -> list[Frame]:
        places = {(vtep.namespace, link) for link in vtep.underlay_links}
        return [
            frame
            for frame in self.frames
            if frame.caught.place in places
            and frame.content.outer is not None
            and frame.content.arp is not None
            and wanted(frame.content.arp)
        ]

    def learned(self, vtep: Vtep, mac: str) -> list[Entry]:
        """What a VTEP has learned of a MAC during the exchange."""
        return [entry for entry in self.known(vtep, mac) if not entry.permanent and entry not in self.before]

    def known(self, vtep: Vtep, mac: str) -> list[Entry]:
        place = (vtep.namespace, vtep.device.name)
        return [entry for entry in self.after if (entry.namespace, entry.link) == place and entry.mac == mac]

    def frame_fact(self, frame: Frame) -> Fact:
        namespace, link = frame.caught.place
        where = f"{self._node_of(namespace)}:{link}"
        way = "out" if frame.caught.outgoing else "in"
        data = {"where": where, "direction": way, "time": frame.caught.time, **frame.content.to_json()}
        return Fact(f"{where} {way}: {frame.content.text}", {"kind": "frame", **data})

    def entry_fact(self, entry: Entry) -> Fact:
        node = self._node_of(entry.namespace)
        how = "permanent" if entry.permanent else "learned"
        data = {"node": node, "link": entry.link, "mac": entry.mac, "dst": entry.dst, "how": how}
        return Fact(f"{node} FDB: {entry.mac} dev {entry.link} dst {entry.dst} ({how})", {"kind": "fdb", **data})


def is_request(sender: Host, target: Host) -> Callable[[Arp], bool]:
    """Whether an ARP message is the request that the proof sends."""
    wanted = (True, sender.mac, sender.address, target.address)
    return lambda arp: (arp.request, arp.sender_mac, arp.sender, arp.target) == wanted


def is_reply(sender: Host, target: Host) -> Callable[[Arp], bool]:
    """Whether an ARP message is the answer to it."""
    wanted = (False, target.address, sender.address)
    return lambda arp: (arp.request, arp.sender, arp.target) == wanted
