"""What is to be sent: ARP, neighbour discovery, echo requests, or any frame, with what the user left out filled in."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from vxlab.kernel.routes import route
from vxlab.lab.record import Record
from vxlab.live import places
from vxlab.live.directory import AmbiguousError, Directory, End, Interface, is_address, pair
from vxlab.live.underlay import Underlay, Wish
from vxlab.packets import craft
from vxlab.packets.counted import counted
from vxlab.packets.craft import Ends
from vxlab.packets.errors import CraftError
from vxlab.packets.groups import group_mac, solicited_node
from vxlab.packets.ring import Place
from vxlab.packets.wire import hardware_address

_ETHERNET = 14


@dataclass(frozen=True)
class Said:
    """What the user says of the message; None and nothing leave it to the lab.

    ``source`` and ``target`` are nodes, NODE:LINK or addresses; the MAC addresses may be nodes too.
    """

    source: str | None = None
    target: str | None = None
    mac_src: str | None = None
    mac_dst: str | None = None
    vlans: Sequence[int] = ()


@dataclass(frozen=True)
class Parcel:
    """A frame and the link that it goes out of. ``inner`` is what it encapsulates, or the frame itself."""

    place: Place
    frame: bytes
    inner: bytes
    port: int | None = None


@dataclass(frozen=True)
class _Between:
    """Who talks to whom."""

    source: End
    own: Interface
    target: End
    its: Interface


class Sender:
    """A node, or a link of it, that sends."""

    def __init__(self, lab: Record, where: str, said: Said, wish: Wish | None) -> None:
        """Args:
            lab: the lab.
            where: NODE or NODE:LINK.
            said: about the message.
            wish: about its encapsulation; None for a plain frame.

        Raises:
            UnknownNameError: there is no such node or link.
        """
        node, self._link = places.split(where)
        self.lab = lab
        self._node = node
        self._namespace = places.node_namespace(lab, node)
        if self._link:
            places.require(node, self._link, places.links(self._namespace))
        self._said = said
        self._wish = wish
        self._directory = Directory(lab)

    def arp(self, *, reply: bool) -> list[Parcel]:
        """Who has the target; or the news for the target that the source is at its MAC address."""
        between = self._between(4)
        mac = self._target_mac(between) if reply else None
        # Who reads a frame that came back knows it by this: the padding is nobody's (RFC 826).
        padding = secrets.token_bytes(craft.PADDING)
        return self._parcels(craft.arp(self._ends(between, mac or craft.BROADCAST), mac, padding), [between.target])

    def neighbour_discovery(self, *, reply: bool) -> list[Parcel]:
        """The same of IPv6."""
        between = self._between(6)
        if reply:
            frame = craft.advertisement(self._ends(between, self._target_mac(between)))
            return self._parcels(frame, [between.target])
        target = str(between.its.ip)
        group = solicited_node(target)
        ends = self._ends(between, group_mac(group), group)
        return self._parcels(craft.solicitation(ends, target), [between.target])

    def echo(self, version: int | None, size: int, count: int) -> list[list[Parcel]]:
        """Echo requests, with so many bytes of data each."""
        between = self._between(version)
        ends = self._ends(between, self._towards(between))
        identifier = secrets.randbits(16)
        data = (secrets.token_bytes(16) + bytes(max(0, size - 16)))[:size]
        return [
            self._parcels(craft.echo(ends, identifier, number, data), [between.target])
            for number in range(1, count + 1)
        ]

    def frame(self, frame: bytes) -> list[Parcel]:
        """A frame as it is, but for the MAC addresses that are said."""
        if len(frame) < _ETHERNET:
            raise CraftError(
                f"a frame of {counted(len(frame), 'byte')} has no whole Ethernet header, which is {_ETHERNET}"
            )
        dst = bytes.fromhex((self._directory.mac(self._said.mac_dst) or frame[:6].hex(":")).replace(":", ""))
        src = bytes.fromhex((self._directory.mac(self._said.mac_src) or frame[6:12].hex(":")).replace(":", ""))
        target = [end for end in self._directory.ends.values() if self._has_mac(end, dst.hex(":"))]
        return self._parcels(dst + src + frame[12:], target)

    def _has_mac(self, end: End, mac: str) -> bool:
        link = self._directory.state.link(*end.place)
        return link is not None and link.get("mac") == mac

    def _parcels(self, frame: bytes, target: Sequence[End]) -> list[Parcel]:
        inner = craft.tagged(frame, self._said.vlans)
        if self._wish is None:
            return [Parcel((self._namespace, self._out(target)), inner, inner)]
        tunnels = Underlay(self._directory, self._namespace, self._wish).tunnels(self._link, inner, target)
        return [Parcel(place, craft.encapsulated(inner, tunnel), inner, tunnel.port) for place, tunnel in tunnels]

    def _between(self, version: int | None) -> _Between:
        if self._said.target is None:
            raise AmbiguousError("say whom it is for, with --target")
        targets = self._directory.meant(self._said.target)
        sources = self._sources(targets)
        try:
            source, own, target, its = pair(sources, targets, version)
        except LookupError:
            raise self._no_pair([end for group in sources for end in group], targets, version) from None
        return _Between(source, own, target, its)

    def _no_pair(self, sources: Sequence[End], targets: Sequence[End], version: int | None) -> AmbiguousError:
        """Who lacks the address that two who talk to each other need."""
        wanted = {version} if version else _versions(targets) or {4, 6}
        kind = f"IPv{next(iter(wanted))}" if len(wanted) == 1 else "IP"
        own, its = self._said.source or (f"{self._node}:{self._link}" if self._link else self._node), self._said.target
        if not _versions(sources) & wanted and not _versions(targets) & wanted:
            what = f"{own} and {its} have no {kind} addresses to talk from and to"
        elif not _versions(targets) & wanted:
            what = f"{its} {'is' if is_address(its or '') else 'has'} no {kind} address"
        else:
            what = f"{own} has no {kind} address"
        return AmbiguousError(f"{what}: say --from, or an address as --target")

    def _sources(self, targets: Sequence[End]) -> list[list[End]]:
        """Who may be the one that the message is from, the likeliest first."""
        directory = self._directory
        if self._said.source is not None:
            return [directory.meant(self._said.source)]
        if self._wish is not None:
            return [[*directory.cabled(self._namespace)], directory.of(self._namespace), self._hosts(targets)]
        if not self._link:
            return [directory.of(self._namespace)]
        link = directory.state.link(self._namespace, self._link)
        names = (self._link, str(link.get("master")) if link else "")
        return [[end for name in names if (end := directory.ends.get((self._namespace, name)))]]

    def _hosts(self, targets: Sequence[End]) -> list[End]:
        """All nodes but VTEPs and the targets."""
        taken = {end.place[0] for end in targets}
        hosts = [name for name in self.lab.namespaces if name not in taken and not self._directory.devices(name)]
        return [end for name in hosts for end in self._directory.of(name)]

    def _ends(self, between: _Between, mac_dst: str, dst: str = "") -> Ends:
        mac = self._directory.mac(self._said.mac_src) or self._mac_of_source(between)
        chosen = self._directory.mac(self._said.mac_dst) or mac_dst
        return Ends(mac, chosen, str(between.own.ip), dst or str(between.its.ip))

    def _mac_of_source(self, between: _Between) -> str:
        if between.source.place[0] and between.source.place[1] != "lo":
            return between.source.mac
        if self._wish is not None:
            raise AmbiguousError(f"nobody in the lab has {between.own.ip} on a link: say --src-mac")
        return hardware_address((self._namespace, self._out([between.target])))

    def _towards(self, between: _Between) -> str:
        """The MAC address of who takes a packet first: the target, or the router on the way to it."""
        if self._said.mac_dst:
            return ""
        if between.its.ip.is_multicast:
            return group_mac(str(between.its.ip))
        if between.its.ip in between.own.network and between.own.network.num_addresses > 1:
            return self._target_mac(between)
        hop = route(between.source.place[0] or self._namespace, str(between.its.ip))
        found = self._directory.mac_of(hop.via) if hop else None
        return found or self._target_mac(between)

    def _target_mac(self, between: _Between) -> str:
        if self._said.mac_dst:
            return self._directory.mac(self._said.mac_dst) or ""
        # Who is named is meant; an address may be that of several.
        named = [] if is_address(self._said.target or "") else [between.target]
        found = self._directory.mac_of(str(between.its.ip), named)
        if not found:
            raise AmbiguousError(f"nobody in the lab has {between.its.ip}: say --dst-mac")
        return found

    def _out(self, target: Sequence[End]) -> str:
        """The link that a plain frame goes out of."""
        if self._link:
            return self._link
        for address in (one for end in target for one in end.interfaces):
            near = [end for end in self._directory.of(self._namespace) if _shares(end, address)]
            if near:
                return near[0].place[1]
            hop = route(self._namespace, str(address.ip))
            if hop and hop.link != "lo":
                return hop.link
        return self._only_link()

    def _only_link(self) -> str:
        ends = [end for end in self._directory.of(self._namespace) if end.place[1] != "lo"]
        for fit in ([end for end in ends if end.interfaces], ends):
            if len(fit) == 1:
                return fit[0].place[1]
        known = ", ".join(self._directory.name(end) for end in ends) or "none"
        raise AmbiguousError(f"{self._node} has more than one link that may send this, or none: say which ({known})")


def _versions(ends: Sequence[End]) -> set[int]:
    """The versions of IP that links have addresses of."""
    return {one.version for end in ends for one in end.interfaces}


def _shares(end: End, address: Interface) -> bool:
    """Whether an address is in a subnet of a link."""
    return end.place[1] != "lo" and any(
        one.version == address.version and address.ip in ipaddress.ip_network(one.network) for one in end.interfaces
    )
