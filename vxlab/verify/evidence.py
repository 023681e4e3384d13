"""What was caught and read during one exchange, and how to ask it questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vxlab.kernel.learned import Learned
from vxlab.packets import linktypes
from vxlab.packets.capture import Caught
from vxlab.packets.envelope import Envelope, Unreadable, envelope
from vxlab.packets.files.model import Frame, Interface
from vxlab.packets.layers import layers
from vxlab.packets.meaning import Meaning, meaning
from vxlab.packets.probe import Probe
from vxlab.packets.ring import Place
from vxlab.packets.tags import without_tags
from vxlab.verify.overlay import Destination, Vtep
from vxlab.verify.scene import Scene

Wanted = Callable[[bytes], bool]
"""Says of a frame without its encapsulation whether it is asked for."""


@dataclass(frozen=True)
class Sighting:
    """A frame that was caught; ``envelope`` is what VXLAN put around it, ``inner`` the frame without that.

    ``vlans`` are those of the tags that were left in it although it is encapsulated, which ``inner`` is without too.
    """

    caught: Caught
    envelope: Envelope | None
    inner: bytes
    vlans: tuple[int, ...] = ()

    @classmethod
    def of(cls, caught: Caught, ports: frozenset[int]) -> Sighting:
        try:
            around = envelope(linktypes.ETHERNET, caught.frame, ports)
        except Unreadable:
            around = None
        return (
            cls(caught, around, *without_tags(caught.frame[around.inner :]))
            if around
            else cls(caught, None, caught.frame)
        )

    @property
    def place(self) -> Place:
        return self.caught.place

    @property
    def destination(self) -> Destination | None:
        """Where its encapsulation takes it."""
        around = self.envelope
        return Destination(around.dst, around.port, around.vni or 0) if around else None


@dataclass(frozen=True)
class Entry:
    """An FDB entry of a VTEP; ``learned`` is whether it came by itself and will go by itself."""

    vtep: Vtep
    mac: str
    dst: str
    learned: bool
    vni: int | None = None

    @property
    def namespace(self) -> str:
        return self.vtep.namespace

    @property
    def link(self) -> str:
        return self.vtep.device.name


@dataclass(frozen=True)
class Fact:
    """One piece of evidence, in words and as data."""

    text: str
    data: dict[str, Any]


class Evidence:
    """The frames of one exchange, in the order of their times, and the FDB after it.

    Before it, the FDB knew nothing of its two hosts but what is permanent: that was removed.
    """

    def __init__(
        self, scene: Scene, probe: Probe, caught: Iterable[Caught], after: Mapping[Vtep, Iterable[Learned]]
    ) -> None:
        self.scene, self.probe = scene, probe
        self._caught = tuple(caught)
        self.after = after

    @cached_property
    def sightings(self) -> tuple[Sighting, ...]:
        return tuple(Sighting.of(caught, self.scene.ports) for caught in self._caught)

    @cached_property
    def _by_place(self) -> dict[Place, list[Sighting]]:
        places: dict[Place, list[Sighting]] = {}
        for sighting in self.sightings:
            places.setdefault(sighting.place, []).append(sighting)
        return places

    def plain(self, place: Place, wanted: Wanted) -> list[Sighting]:
        """Frames that passed a link without encapsulation."""
        return [s for s in self._by_place.get(place, ()) if s.envelope is None and wanted(s.inner)]

    def encapsulated(self, wanted: Wanted) -> list[Sighting]:
        """Encapsulated frames, wherever they were seen."""
        return [s for s in self.sightings if s.envelope is not None and wanted(s.inner)]

    def sent(self, vtep: Vtep, wanted: Wanted) -> list[Sighting]:
        """Encapsulated frames that a VTEP sent into the underlay; of one on another machine, those that came here."""
        if not self.scene.is_here(vtep.namespace):
            arrived = (s for s in self.encapsulated(wanted) if not s.caught.outgoing)
            return [s for s in arrived if s.envelope and s.envelope.src in vtep.addresses]
        return [s for s in self._around(vtep, wanted) if s.caught.outgoing]

    def received(self, vtep: Vtep, wanted: Wanted) -> list[Sighting]:
        """Encapsulated frames that came to a VTEP from the underlay."""
        return [s for s in self._around(vtep, wanted) if not s.caught.outgoing]

    def _around(self, vtep: Vtep, wanted: Wanted) -> list[Sighting]:
        """Encapsulated frames that passed the underlay links of a VTEP."""
        passed = (s for place in vtep.underlay_places for s in self._by_place.get(place, ()))
        found = [s for s in passed if s.envelope is not None and wanted(s.inner)]
        return sorted(found, key=lambda sighting: sighting.caught.time)

    def learned(self, vtep: Vtep, mac: str) -> list[Entry]:
        """What a VTEP has learned of a MAC during the exchange."""
        return [entry for entry in self.known(vtep, mac) if entry.learned]

    def known(self, vtep: Vtep, mac: str) -> list[Entry]:
        """Where a VTEP has a MAC, as far as it was asked."""
        found = (entry for entry in self.after.get(vtep, ()) if entry.mac == mac)
        return [Entry(vtep, mac, entry.dst, entry.ages, entry.vni) for entry in found]

    def frame_fact(self, sighting: Sighting) -> Fact:
        caught = sighting.caught
        namespace, link = caught.place
        where, way = f"{self.scene.node(namespace)}:{link}", "out" if caught.outgoing else "in"
        found = told(self.scene, caught)
        outer = " / ".join(f"{tunnel.text} port {tunnel.port} {tunnel.vni_text}" for tunnel in found.outer)
        data = found.to_json()
        kept = {key: data[key] for key in ("time_ns", "length", "outer", "inner", "way", "meaning")}
        text = f"{where} {way}: {outer} | {found.text}" if outer else f"{where} {way}: {found.text}"
        return Fact(text, {"kind": "frame", "where": where, "direction": way, **kept})

    def entry_fact(self, entry: Entry) -> Fact:
        node, link = self.scene.vtep(entry.vtep), entry.link
        how = "learned" if entry.learned else "permanent"
        data = {"node": node, "link": link, "mac": entry.mac, "dst": entry.dst, "how": how}
        return Fact(f"{node} FDB: {entry.mac} dev {link} dst {entry.dst} ({how})", {"kind": "fdb", **data})


def told(scene: Scene, caught: Caught) -> Meaning:
    """A caught frame in the words of `vxlab inspect`."""
    namespace, link = caught.place
    interface = Interface(0, linktypes.ETHERNET, f"{scene.node(namespace)}:{link}")
    frame = Frame(0, interface, round(caught.time * 1e9), len(caught.frame), caught.frame)
    return meaning(frame, layers(frame, scene.ports), scene.names)
