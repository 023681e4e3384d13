"""What each node and link of a lab is for, read off its state: the underlay, the VTEPs, the hosts behind them.

It is read off the links themselves, so that a lab that was written out by hand is understood as one that was not.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

from vxlab.commands.purpose.paths import Paths
from vxlab.state.kind import Family
from vxlab.state.kinds import LOOPBACK, VXLAN
from vxlab.state.kinds.encap import ENCAP
from vxlab.state.kinds.fdb import FLOOD_MAC
from vxlab.state.model import Key, NetworkState, Resource
from vxlab.state.owned import node_of
from vxlab.state.types import NOTHING


class Role(IntEnum):
    """What a node is for. A sheet goes through them in this order."""

    UNDERLAY = 0
    VTEP = 1
    HOST = 2
    OTHER = 3


class Host(NamedTuple):
    """A link with an address in a segment, and the VXLAN device that it is behind."""

    tunnel: Resource
    link: Resource
    interface: ipaddress.IPv4Interface | ipaddress.IPv6Interface

    @property
    def namespace(self) -> str:
        return self.link.namespace

    @property
    def address(self) -> str:
        return str(self.interface.ip)


class Anatomy:
    """A lab and what its parts are for."""

    def __init__(self, name: str, state: NetworkState) -> None:
        self.name = name
        self.state = state
        self.paths = Paths(state)
        self._underlay_links: dict[str, list[str]] = {}

    def node(self, namespace: str) -> str:
        """What the topology calls a namespace."""
        return node_of(self.name, namespace)

    @cached_property
    def tunnels(self) -> tuple[Resource, ...]:
        """All VXLAN devices."""
        return tuple(link for link in self.state.family(Family.LINK) if link.kind is VXLAN)

    @cached_property
    def vteps(self) -> tuple[str, ...]:
        """The namespaces with a VXLAN device, in the order of the state."""
        with_device = {tunnel.namespace for tunnel in self.tunnels}
        return tuple(namespace for namespace in self.state.namespaces if namespace in with_device)

    def tunnels_of(self, namespace: str) -> list[Resource]:
        return [link for link in self.state.inside(namespace, Family.LINK) if link.kind is VXLAN]

    @cached_property
    def tunnel_behind(self) -> dict[Key, Resource]:
        """The VXLAN device whose frames a link gets, by the link's key."""
        behind: dict[Key, Resource] = {}
        for tunnel in self.tunnels:
            for link in self.paths.domain(tunnel):
                behind.setdefault(link.key, tunnel)
        return behind

    @cached_property
    def tunnels_before(self) -> dict[str, list[Resource]]:
        """The VXLAN devices that the links of a namespace are behind; those without one are not there."""
        before: dict[str, list[Resource]] = {}
        for (_, namespace, _), tunnel in self.tunnel_behind.items():
            before.setdefault(namespace, []).append(tunnel)
        return before

    def hosts(self, tunnel: Resource) -> list[Host]:
        """Whoever has an address in the segment, here."""
        return [
            Host(tunnel, link, ipaddress.ip_interface(address))
            for link in self.paths.domain(tunnel)
            for address in self.paths.addresses(link.namespace, link.name)
        ]

    def segments(self) -> dict[tuple[int, int], list[Resource]]:
        """The devices of each VNI and UDP port: those that differ in one never hear each other. No external ones."""
        found: dict[tuple[int, int], list[Resource]] = {}
        for tunnel in self.tunnels:
            if not tunnel.get("external"):
                found.setdefault((int(tunnel.get("vni")), int(tunnel.get("port"))), []).append(tunnel)
        return dict(sorted(found.items()))

    def destinations(self, tunnel: Resource) -> list[str]:
        """The addresses of other VTEPs that a device is told to send to, each once."""
        entries = self.state.inside(tunnel.namespace, Family.FDB)
        of_device = [str(entry.get("dst")) for entry in entries if entry.name == tunnel.name]
        routes = [route for route in self.state.inside(tunnel.namespace, Family.ROUTE) if route.name == tunnel.name]
        encaps = [_encap_destination(str(route.get("encap"))) for route in routes]
        return [a for a in dict.fromkeys([str(tunnel.get("remote")), *of_device, *encaps]) if a]

    def flood_destinations(self, tunnel: Resource) -> list[str]:
        """Where a frame without an entry of its own goes: a group, or each VTEP of the all-zeros entries."""
        own = [str(tunnel.get(option)) for option in ("group", "remote")]
        return [a for a in dict.fromkeys([*own, *(str(e.get("dst")) for e in self.entries(tunnel, FLOOD_MAC))]) if a]

    def entries(self, tunnel: Resource, mac: str) -> list[Resource]:
        """The entries of a MAC in the device's own table."""
        here = self.state.inside(tunnel.namespace, Family.FDB)
        return [e for e in here if e.name == tunnel.name and e.get("mac") == mac and not e.get("master")]

    def underlay_links(self, namespace: str) -> list[str]:
        """The links by which a VTEP's outer packets leave."""
        if namespace not in self._underlay_links:
            self._underlay_links[namespace] = self._find_underlay_links(namespace)
        return self._underlay_links[namespace]

    def _find_underlay_links(self, namespace: str) -> list[str]:
        links: dict[str, None] = {}
        for tunnel in self.tunnels_of(namespace):
            if tunnel.get("dev") != NOTHING:
                links[str(tunnel.get("dev"))] = None
            for address in self.destinations(tunnel):
                links |= {hop.link: None for hop in self.paths.hops(namespace, address)}
        return [link for link in links if self._carries(namespace, link)]

    def _carries(self, namespace: str, name: str) -> bool:
        link = self.state.link(namespace, name)
        return link is not None and link.kind not in (VXLAN, LOOPBACK)

    def underlay_addresses(self, namespace: str) -> list[str]:
        """The outer source addresses that the devices of a VTEP may use."""
        local = [str(tunnel.get("local")) for tunnel in self.tunnels_of(namespace)]
        told = [address for address in dict.fromkeys(local) if address != NOTHING]
        if told:
            return told
        links = self.underlay_links(namespace)
        return [_without_length(a) for link in links for a in self.paths.addresses(namespace, link)]

    @cached_property
    def roles(self) -> dict[str, Role]:
        """The role of each namespace."""
        vteps = {*self.vteps}
        roles = {}
        for namespace in self.state.namespaces:
            if namespace in vteps:
                roles[namespace] = Role.VTEP
            elif namespace in self._underlay:
                roles[namespace] = Role.UNDERLAY
            else:
                roles[namespace] = Role.HOST if namespace in self.tunnels_before else Role.OTHER
        return roles

    @cached_property
    def _underlay(self) -> set[str]:
        """The namespaces that carry outer packets from one VTEP to the next."""
        todo = [(vtep, link) for vtep in self.vteps for link in self.underlay_links(vtep)]
        found: set[str] = set()
        vteps = {*self.vteps}
        while todo:
            for other in self._other_ends(*todo.pop()):
                if other not in found and other not in vteps and self._is_between(other):
                    found.add(other)
                    todo += [(other, link.name) for link in self.state.inside(other, Family.LINK)]
        return found

    def _other_ends(self, namespace: str, name: str) -> Iterator[str]:
        link = self.state.link(namespace, name)
        end = self.paths.other_end(link) if link else None
        if end:
            yield end.namespace

    def _is_between(self, namespace: str) -> bool:
        """Whether a node has more than one cable: what has one is at the edge."""
        return sum(map(bool, map(self.paths.other_end, self.state.inside(namespace, Family.LINK)))) > 1

    @cached_property
    def _owners(self) -> dict[str, list[Resource]]:
        owners: dict[str, list[Resource]] = {}
        for address in self.state.family(Family.ADDRESS):
            link = self.state.link(address.namespace, address.name)
            if link:
                owners.setdefault(_without_length(str(address.get("address"))), []).append(link)
        return owners

    def owner(self, address: str) -> str:
        """The node that has an address; empty where there is none, or more than one."""
        nodes = {self.node(link.namespace) for link in self._owners.get(address, [])}
        return nodes.pop() if len(nodes) == 1 else ""

    def owned_by(self, address: str) -> int:
        """How many nodes have an address."""
        return len({link.namespace for link in self._owners.get(address, [])})

    @cached_property
    def _by_mac(self) -> dict[str, set[str]]:
        nodes: dict[str, set[str]] = {}
        for link in self.state.family(Family.LINK):
            nodes.setdefault(str(link.get("mac")), set()).add(self.node(link.namespace))
        return nodes

    def owner_of_mac(self, mac: str) -> str:
        """The node that has a MAC; empty where there is none, or more than one."""
        nodes = self._by_mac.get(mac, set())
        return next(iter(nodes)) if len(nodes) == 1 else ""


def named(address: str, node: str) -> str:
    """An address with whose it is, where that is known."""
    return f"{address} ({node})" if node else address


def vni_of(tunnel: Resource) -> str:
    """What a VXLAN device carries, for a title."""
    return "any VNI" if tunnel.get("external") else f"VNI {tunnel.get('vni')}"


def some(words: Iterable[str], most: int = 6) -> str:
    """A list in words that does not grow without end."""
    all_words = list(words)
    shown = all_words if len(all_words) <= most else all_words[: most - 1]
    more = len(all_words) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _without_length(address: str) -> str:
    return address.partition("/")[0]


def _encap_destination(encap: str) -> str:
    return str(ENCAP.read(encap).get("dst", "")) if encap else ""
