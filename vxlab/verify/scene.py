"""The lab that is being proved: what its file says, what is there now, and where to watch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from vxlab.kernel import carrier
from vxlab.kernel.backlog import dropped
from vxlab.kernel.learned import Learned, fdb, forget_asked
from vxlab.kernel.neighbour_room import Room, rooms
from vxlab.kernel.read import Actual
from vxlab.kernel.rtnetlink import RouteSocket
from vxlab.lab import ownership
from vxlab.lab.actual import read
from vxlab.lab.record import Record
from vxlab.packets.capture import Capture
from vxlab.packets.names import Names
from vxlab.packets.ring import Place
from vxlab.plan import Plan, plan
from vxlab.state.kinds import VETH
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import Value
from vxlab.state.vlans import Mapped, by_port
from vxlab.verify.impaired import Impaired
from vxlab.verify.overlay import Segment, Station, Vtep, devices, segments, single_stations
from vxlab.verify.routing import carriers, ends
from vxlab.verify.tables import Tables

ETHERNET_MTU = 1500


@dataclass(frozen=True)
class Scene:
    """A lab, what was read of it before the proof, and the capture on all its places while that goes on."""

    lab: Record
    actual: Actual
    capture: Capture
    rooms: dict[str, Room]
    dropped: int

    @classmethod
    @contextmanager
    def of(cls, lab: Record) -> Iterator[Scene]:
        """Read a lab and watch it.

        Raises:
            CollisionError: somebody put another namespace in the place of one of the lab's.
            OSError: the kernel refused, or a link to watch is not there.
        """
        ownership.refuse_foreign(lab.name, lab.namespaces)
        carrier.settle_all(lab.namespaces)
        with RouteSocket() as route:
            scene = cls(lab, read(lab.name, lab.namespaces, lab.state), Capture(), rooms(route), dropped())
        with scene.capture:
            yield scene

    def watch(self) -> None:
        """Open what is not yet open: a link that is missing is told by the proof that needs it.

        Raises:
            OSError: a link is not there.
        """
        self.capture.add(self.places)

    def crowded(self) -> dict[str, Room]:
        """The neighbour tables of the kernel that have had no room for an entry since the lab was read."""
        with RouteSocket() as route:
            now = rooms(route)
        return {name: room for name, room in now.items() if room.refused != self.rooms.get(name, room).refused}

    @property
    def lost(self) -> int:
        """How many packets between links the kernel has dropped for want of room since the lab was read."""
        return dropped() - self.dropped

    @property
    def state(self) -> NetworkState:
        """What the file says, of other machines too."""
        return self.lab.whole

    @cached_property
    def _here(self) -> frozenset[str]:
        return frozenset(self.lab.state.namespaces)

    def is_here(self, namespace: str) -> bool:
        """Whether a node is on this machine: of others only what comes here is seen."""
        return namespace in self._here

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(segments(self.state))

    @cached_property
    def drift(self) -> Plan:
        """What `vxlab up` would change."""
        return plan(self.actual.state, self.lab.state)

    @cached_property
    def impaired(self) -> Impaired:
        """What keeps frames from being seen."""
        return Impaired(self.state, self.capture, self.is_here)

    def forget_asked(self) -> bool:
        """Drop the frames that wait in nodes until a neighbour has said its MAC address; whether there may be some."""
        found = False
        for namespace in self.lab.state.namespaces:
            with RouteSocket(namespace) as route:
                found = forget_asked(route) or found
        return found

    @cached_property
    def mapped(self) -> Mapped:
        """Which VLAN is which VNI now."""
        return by_port(self.actual.state)

    @cached_property
    def names(self) -> Names:
        return Names(self.state, self.lab.node_of)

    @cached_property
    def ports(self) -> frozenset[int]:
        """The UDP ports that carry VXLAN."""
        return frozenset(vtep.port for vtep in self.vteps)

    @cached_property
    def vteps(self) -> tuple[Vtep, ...]:
        """Every VXLAN device, those that are in no segment too."""
        return tuple(devices(self.state))

    @cached_property
    def stations(self) -> tuple[Station, ...]:
        """Every link with an address that is its own."""
        return tuple(single_stations(self.state))

    @cached_property
    def ends(self) -> tuple[Station, ...]:
        """Where packets start and end."""
        return tuple(end for end in ends(self.state) if self.is_here(end.place[0]))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every link of a host, and every underlay link of a VTEP."""
        return tuple(place for place in dict.fromkeys(self._places()) if self.is_here(place[0]))

    def _places(self) -> Iterator[Place]:
        yield from (host.place for segment in self.segments for host in segment.hosts)
        yield from (end.place for end in self.ends)
        yield from (place for vtep in self.vteps for place in vtep.underlay_places)

    def tables(self, macs: frozenset[str], addresses: frozenset[str], besides: frozenset[str] = frozenset()) -> Tables:
        """What all nodes have learned of some addresses, and of what carries the overlay: VTEPs, routers, switches.

        Args:
            macs: what is to be unknown at first.
            addresses: of these too.
            besides: further MAC addresses that the proof teaches.
        """
        return Tables(tuple(sorted(self.lab.namespaces)), macs, addresses, self._carriers | besides)

    @cached_property
    def _carriers(self) -> frozenset[str]:
        # By what is there: the file does not say the MAC address of what the kernel numbered.
        return carriers(self.actual.state) | carriers(self.state)

    def node(self, namespace: str) -> str:
        return self.lab.node_of(namespace)

    def host(self, host: Station) -> str:
        """The name of the node that a host is."""
        return self.node(host.place[0])

    def vtep(self, vtep: Vtep) -> str:
        """The name of the node that a VTEP is in."""
        return self.node(vtep.namespace)

    def fdb(self, vtep: Vtep) -> list[Learned]:
        """The FDB of a VTEP as it is now.

        Raises:
            OSError: the kernel refused, or its node is gone.
        """
        index = self.actual.indexes.of(vtep.namespace, vtep.device.name)
        with RouteSocket(vtep.namespace) as route:
            there = [entry for entry in fdb(route) if entry.index == index and entry.of_tunnel]
        return [entry for entry in there if vtep.of_vni in (None, entry.src_vni)]

    def mtu(self, link: Resource) -> int:
        """The MTU that the file gives a link, in bytes.

        Without one, a cable has that of Ethernet; what other kinds have follows from their ports and parents, and so is
        what the kernel says.
        """
        told = link.values.get("mtu") or (None if link.kind is VETH else self.mtu_now(link))
        return int(told) if isinstance(told, int) else ETHERNET_MTU

    def mtu_now(self, link: Resource) -> Value | None:
        """The MTU that a link has, in bytes; None where it is not there."""
        there = self.actual.state.link(link.namespace, link.name)
        return there.values.get("mtu") if there else None
