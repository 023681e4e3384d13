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


Wanted = Callable[[Frame], bool]
"""Says of a frame whether it is asked for."""


class Evidence:
    """The frames of one exchange, in the order of their times, and the FDB after it.

    Before it, the FDB knew nothing of its two hosts but what is permanent: that was removed.
    """

    def __init__(self, caught: Iterable[Caught], after: Iterable[Entry], ports: set[int], node_of: NodeOf) -> None:
        self.frames = [Frame(frame, dissect(frame.frame, ports)) for frame in caught]
        self.after = tuple(after)
        self._node_of = node_of

    def plain(self, place: Place, wanted: Wanted) -> list[Frame]:
        """ARP messages that passed a link without encapsulation."""
        return [
            frame
            for frame in self.frames
            if frame.caught.place == place and frame.content.outer is None and wanted(frame)
        ]

    def sent(self, vtep: Vtep, wanted: Wanted) -> list[Frame]:
        """Encapsulated ARP messages that a VTEP sent into the underlay."""
        return [frame for frame in self._encapsulated(vtep, wanted) if frame.caught.outgoing]

    def received(self, vtep: Vtep, wanted: Wanted) -> list[Frame]:
        """Encapsulated ARP messages that came to a VTEP from the underlay."""
        return [frame for frame in self._encapsulated(vtep, wanted) if not frame.caught.outgoing]

    def _encapsulated(self, vtep: Vtep, wanted: Wanted) -> list[Frame]:
        places = {(vtep.namespace, link) for link in vtep.underlay_links}
        return [
            frame
            for frame in self.frames
            if frame.caught.place in places and frame.content.outer is not None and wanted(frame)
        ]

    def learned(self, vtep: Vtep, mac: str) -> list[Entry]:
        """What a VTEP has learned of a MAC during the exchange."""
        return [entry for entry in self.known(vtep, mac) if not entry.permanent]

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


def is_request(frame: Frame, sender: Host, target: Host, padding: bytes) -> bool:
    """Whether a frame is the request that the proof sends, and not one that the host itself does."""
    arp = frame.content.arp
    if arp is None or not arp.request or not frame.caught.frame.endswith(padding):
        return False
    return (arp.sender_mac, arp.sender, arp.target) == (sender.mac, sender.address, target.address)


def is_reply(arp: Arp | None, sender: Host, target: Host) -> bool:
    """Whether an ARP message is the answer to it."""
    return arp is not None and not arp.request and (arp.sender, arp.target) == (target.address, sender.address)
