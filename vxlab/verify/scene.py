"""The lab that is being proved: what its file says, what is there now, and where to watch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vxlab.kernel.read import Actual, read
from vxlab.lab.record import Record
from vxlab.packets.capture import Place
from vxlab.packets.names import Names
from vxlab.plan import Plan, plan
from vxlab.state.model import NetworkState, Resource
from vxlab.verify.overlay import Host, Segment, Vtep, segments

_ETHERNET_MTU = 1500


@dataclass(frozen=True)
class Scene:
    """A lab, and what was read of it before the proof."""

    lab: Record
    actual: Actual

    @classmethod
    def of(cls, lab: Record) -> Scene:
        """Read a lab.

        Raises:
            OSError: the kernel refused.
        """
        return cls(lab, read(lab.namespaces, lab.state))

    @property
    def state(self) -> NetworkState:
        """What the file says."""
        return self.lab.state

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(segments(self.state))

    @cached_property
    def drift(self) -> Plan:
        """What `vxlab up` would change."""
        return plan(self.actual.state, self.state)

    @cached_property
    def names(self) -> Names:
        return Names(self.state, self.lab.node_of)

    @cached_property
    def ports(self) -> frozenset[int]:
        """The UDP ports that carry VXLAN."""
        return frozenset(vtep.port for segment in self.segments for vtep in segment.vteps)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every link of a host, and every underlay link of a VTEP."""
        return tuple(dict.fromkeys(self._places()))

    def _places(self) -> Iterator[Place]:
        for segment in self.segments:
            yield from (host.place for host in segment.hosts)
            yield from (place for vtep in segment.vteps for place in vtep.underlay_places)

    def node(self, namespace: str) -> str:
        return self.lab.node_of(namespace)

    def host(self, host: Host) -> str:
        """The name of the node that a host is."""
        return self.node(host.place[0])

    def vtep(self, vtep: Vtep) -> str:
        """The name of the node that a VTEP is in."""
        return self.node(vtep.namespace)

    def mtu(self, link: Resource) -> int:
        """The MTU that the file gives a link, in bytes; without one, what the kernel gave it."""
        there = self.actual.state.link(link.namespace, link.name)
        told = link.values.get("mtu") or (there.values.get("mtu") if there else None)
        return int(told) if isinstance(told, int) else _ETHERNET_MTU
