"""Who has which address in a lab, where the cables lead, and what users mean by a name."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from vxlab.lab.errors import LabError, UnknownNameError
from vxlab.lab.record import Record
from vxlab.live import places
from vxlab.packets.ring import Place
from vxlab.packets.wire import hardware_address
from vxlab.state.kind import Family
from vxlab.state.model import Resource
from vxlab.suggest import did_you_mean

Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface
_LOOPBACK = "lo"
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


class AmbiguousError(LabError):
    """What is meant has to be said."""

    status = 2


@dataclass(frozen=True)
class End:
    """A link with its addresses."""

    place: Place
    interfaces: tuple[Interface, ...]

    @property
    def mac(self) -> str:
        return hardware_address(self.place)


class Directory:
    """What the file says of a lab's addresses; MAC addresses are those that the links have now."""

    def __init__(self, lab: Record) -> None:
        self.lab = lab
        self.state = lab.state

    @cached_property
    def ends(self) -> dict[Place, End]:
        """All links; within a node those that are not lo come first."""
        found: dict[Place, list[Interface]] = {}
        links = [link for link in self.state.family(Family.LINK) if link.name != _LOOPBACK]
        for link in (*links, *(link for link in self.state.family(Family.LINK) if link.name == _LOOPBACK)):
            found[link.namespace, link.name] = []
        for address in self.state.family(Family.ADDRESS):
            interface = ipaddress.ip_interface(str(address.get("address")))
            if not interface.is_loopback:
                found.setdefault((address.namespace, address.name), []).append(interface)
        return {place: End(place, tuple(interfaces)) for place, interfaces in found.items()}

    def of(self, namespace: str) -> list[End]:
        """The links of a node."""
        return [end for end in self.ends.values() if end.place[0] == namespace]

    def having(self, address: str) -> list[End]:
        """Who has an address."""
        wanted = ipaddress.ip_address(address)
        return [end for end in self.ends.values() if any(one.ip == wanted for one in end.interfaces)]

    def name(self, end: End) -> str:
        return places.name(self.lab, end.place)

    def meant(self, text: str) -> list[End]:
        """Who is meant by NODE, NODE:LINK or an address. An address that nobody has is one without a link.

        Raises:
            UnknownNameError: there is no such node or link.
        """
        if is_address(text):
            alone = ipaddress.ip_interface(text.partition("/")[0])
            known = self.having(str(alone.ip))
            only = [End(end.place, tuple(i for i in end.interfaces if i.ip == alone.ip)) for end in known]
            return only or [End(("", ""), (alone,))]
        node = text.partition(":")[0]
        if node not in self.lab.nodes:
            hint = did_you_mean(node, self.lab.nodes)
            raise UnknownNameError(f"{text} is neither an address nor a node of lab {self.lab.name}{hint}")
        link = places.split(text)[1]
        namespace = self.lab.nodes[node]
        if not link:
            return self.of(namespace)
        places.require(node, link, places.links(namespace))
        return [self.ends.get((namespace, link), End((namespace, link), ()))]

    def mac(self, text: str | None) -> str | None:
        """A MAC address that may be named by its node; None where nothing is said.

        Raises:
            UnknownNameError: it is neither.
            AmbiguousError: the node has none.
        """
        if text is None or _MAC.fullmatch(text.lower()):
            return text and text.lower()
        if is_address(text) or text.split(":")[0] not in self.lab.nodes:
            hint = did_you_mean(text, self.lab.nodes)
            raise UnknownNameError(f"{text} is neither a MAC address nor a node of lab {self.lab.name}{hint}")
        ends = [end for end in self.meant(text) if end.place[1] != _LOOPBACK]
        if not ends:
            raise AmbiguousError(f"{text} has no MAC address")
        return next((end for end in ends if end.interfaces), ends[0]).mac

    def mac_of(self, address: str, ends: Sequence[End] = ()) -> str | None:
        """The MAC address behind an address; None where nobody has it.

        Args:
            address: the address.
            ends: who may be meant; all who have it where that is empty.

        Raises:
            AmbiguousError: several have it.
        """
        wanted = ipaddress.ip_address(address)
        known = [end for end in ends if end.place[0] and any(one.ip == wanted for one in end.interfaces)]
        known = known or self.having(address)
        macs = {end.mac: end for end in known if end.place[1] != _LOOPBACK}
        if len(macs) > 1:
            who = " and ".join(self.name(end) for end in macs.values())
            raise AmbiguousError(f"{address} is at {who}: name the node, or the MAC address with --dst-mac")
        return next(iter(macs), None)

    def other_end(self, place: Place) -> Place | None:
        """Where the cable of a link leads."""
        link = self.state.link(*place)
        if link is None or link.kind.name != "veth":
            return None
        namespace, _, name = str(link.get("peer")).partition(":")
        return namespace, name

    def devices(self, namespace: str) -> list[Resource]:
        """The VXLAN devices of a node."""
        return [link for link in self.state.inside(namespace, Family.LINK) if link.kind.name == "vxlan"]

    def cabled(self, namespace: str) -> Iterator[End]:
        """The links at the other ends of a node's cables."""
        for end in self.of(namespace):
            other = self.other_end(end.place)
            if other in self.ends:
                yield self.ends[other]


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True


Pair = tuple[End, Interface, End, Interface]
"""Two links and their addresses."""


def pair(sources: Sequence[Sequence[End]], targets: Sequence[End], version: int | None) -> Pair:
    """The two ends, and their addresses, that can best talk to each other: of one subnet, if there are such.

    Args:
        sources: groups of links, of which an earlier one is better.
        targets: the other end, one of these links.
        version: that of IP; None for any.

    Raises:
        LookupError: they have no addresses of one IP version.
    """
    groups = [list(_pairs(group, targets, version)) for group in sources]
    for fits in (_talk_directly, _share_a_subnet, _are_two):
        for group in groups:
            for found in group:
                if fits(found):
                    return found
    raise LookupError("no addresses of one IP version")


def _pairs(sources: Sequence[End], targets: Sequence[End], version: int | None) -> Iterator[Pair]:
    for one in sources:
        for own in one.interfaces:
            for other in targets:
                for its in other.interfaces:
                    if own.version == its.version and version in (None, own.version):
                        yield one, own, other, its


def _share_a_subnet(found: Pair) -> bool:
    return found[3].ip in found[1].network


def _talk_directly(found: Pair) -> bool:
    return _share_a_subnet(found) and found[1].ip != found[3].ip


def _are_two(_: Pair) -> bool:
    return True
