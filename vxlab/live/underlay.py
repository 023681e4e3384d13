"""What a VTEP would put around a frame, where the user does not say it: out of the lab's state, and of its routes."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from vxlab.kernel.routes import Hop, route
from vxlab.live.directory import AmbiguousError, Directory, End, Interface, is_address
from vxlab.packets.craft import Ends, Tunnel
from vxlab.packets.groups import group_mac, is_group
from vxlab.packets.ring import Place
from vxlab.packets.wire import hardware_address
from vxlab.state.kind import Family
from vxlab.state.kinds.fdb import FLOOD_MAC
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING

_PORT = 4789
_TTL, _TTL_OF_GROUP = 64, 1  # as Linux has them (vxlan_xmit_one() in vxlan_core.c)


@dataclass(frozen=True)
class Wish:
    """What the user says of the encapsulation; None and nothing leave it to the lab."""

    vni: int
    src: str | None = None
    dst: Sequence[str] = ()
    mac_src: str | None = None
    mac_dst: str | None = None
    port: int | None = None
    source_port: int | None = None
    flags: int = 0x08
    reserved: int = 0
    reserved_last: int = 0
    checksum: bool = True
    ttl: int | None = None


class Underlay:
    """The underlay as one VTEP sees it."""

    def __init__(self, directory: Directory, namespace: str, wish: Wish) -> None:
        self._directory = directory
        self._namespace = namespace
        self._wish = wish
        self._node = directory.lab.node_of(namespace)

    def tunnels(self, link: str, frame: bytes, target: Sequence[End]) -> list[tuple[Place, Tunnel]]:
        """The encapsulations of a frame, each with the link that it goes out of: one, or one for each of a flood list.

        Args:
            link: the link to send from; empty where that is to be found out.
            frame: what is encapsulated.
            target: whom it is for, where that is known.

        Raises:
            AmbiguousError: something has to be said.
        """
        wish = self._wish
        device = self._device()
        found = []
        for dst in self._destinations(device, bool(frame[0] & 1), target):
            hop = None if is_group(dst) else route(self._namespace, dst)
            out = (self._namespace, link or self._link(dst, device, hop))
            ends = Ends(
                self._directory.mac(wish.mac_src) or hardware_address(out),
                self._directory.mac(wish.mac_dst) or self._next_hop(dst, hop, out),
                self._source(dst, device, hop, out),
                dst,
            )
            port = wish.port or int(device.get("port") if device else _PORT)
            ttl = wish.ttl if wish.ttl is not None else _TTL_OF_GROUP if is_group(dst) else _TTL
            rest = (wish.flags, wish.reserved, wish.reserved_last, wish.checksum, ttl)
            found.append((out, Tunnel(ends, wish.vni, port, wish.source_port, *rest)))
        return found

    def _device(self) -> Resource | None:
        """The device of the VNI, or the first one."""
        devices = self._directory.devices(self._namespace)
        return next((one for one in devices if one.get("vni") == self._wish.vni), devices[0] if devices else None)

    def _destinations(self, device: Resource | None, flooded: bool, target: Sequence[End]) -> list[str]:
        if self._wish.dst:
            return [self._address(text, device) for text in self._wish.dst]
        behind = None if flooded else self._behind(target)
        found = [behind] if behind else self._flood_list(device)
        if not found:
            raise AmbiguousError(f"nothing says to which VTEP {self._node} would send this: say --outer-dst")
        return found

    def _address(self, text: str, device: Resource | None) -> str:
        """The address of a VTEP that is named by its node or by that address."""
        if is_address(text):
            return str(ipaddress.ip_interface(text).ip)
        ends = self._directory.meant(text)
        found = self._vtep_address(ends[0].place[0], device) if ends and ":" not in text else None
        addresses = [str(one.ip) for end in ends for one in end.interfaces]
        if not found and not addresses:
            raise AmbiguousError(f"{text} has no address")
        return found or addresses[0]

    def _vtep_address(self, namespace: str, like: Resource | None) -> str | None:
        """The address that a VTEP has in the underlay, of the IP version that another device uses."""
        own = [str(one.get("local")) for one in self._directory.devices(namespace) if one.get("local") != NOTHING]
        if own:
            return own[0]
        devices = {one.name for one in self._directory.devices(namespace)}
        version = self._version(like)
        ends = [end for end in self._directory.of(namespace) if end.place[1] not in devices]
        found = [one for end in ends for one in end.interfaces if one.version == version]
        near = [one for one in found if any(one.ip in own.network for own in self._own(version))]
        return str((near or found)[0].ip) if found and devices else None

    def _own(self, version: int) -> list[Interface]:
        """The addresses of the sender that are not inside of a tunnel."""
        devices = {one.name for one in self._directory.devices(self._namespace)}
        ends = [end for end in self._directory.of(self._namespace) if end.place[1] not in devices]
        return [one for end in ends for one in end.interfaces if one.version == version]

    @staticmethod
    def _version(device: Resource | None) -> int:
        said = (str(device.get(option)) for option in ("local", "group", "remote")) if device else ()
        return 6 if any(":" in text for text in said) else 4

    def _behind(self, target: Sequence[End]) -> str | None:
        """The VTEP that a host is cabled to, or that it is itself."""
        for end in target:
            other = self._directory.other_end(end.place)
            for namespace in (end.place[0], *([other[0]] if other else ())):
                if namespace not in ("", self._namespace) and self._directory.devices(namespace):
                    return self._vtep_address(namespace, self._device())
        return None

    def _flood_list(self, device: Resource | None) -> list[str]:
        """Where a device sends what it has no entry for: its group or remote, and its entries of all zeros."""
        if device is None:
            return []
        found = [str(device.get(option)) for option in ("group", "remote")]
        entries = self._directory.state.inside(self._namespace, Family.FDB)
        found += [str(one.get("dst")) for one in entries if one.name == device.name and one.get("mac") == FLOOD_MAC]
        return list(dict.fromkeys(one for one in found if one != NOTHING))

    def _link(self, dst: str, device: Resource | None, hop: Hop | None) -> str:
        if hop is not None and hop.link != "lo":
            return hop.link
        if device is not None and device.get("dev") != NOTHING:
            return str(device.get("dev"))
        version = ipaddress.ip_address(dst).version
        ends = self._directory.of(self._namespace)
        fit = [end.place[1] for end in ends if any(i.version == version for i in end.interfaces)]
        fit = [name for name in fit if name != "lo"]
        if len(fit) == 1:
            return fit[0]
        raise AmbiguousError(f"{self._node} has no route to {dst}: say {self._node}:LINK, and --outer-dst-mac")

    def _next_hop(self, dst: str, hop: Hop | None, out: Place) -> str:
        if is_group(dst):
            return group_mac(dst)
        via = hop.via if hop else dst
        found = self._directory.mac_of(via) or self._at_the_other_end(out)
        if not found:
            raise AmbiguousError(f"nobody in the lab has {via}, which is next on the way to {dst}: say --outer-dst-mac")
        return found

    def _at_the_other_end(self, out: Place) -> str | None:
        """The MAC address at the end of a cable that does not end in a switch."""
        other = self._directory.other_end(out)
        there = self._directory.state.link(*other) if other else None
        return hardware_address(other) if other and there and there.get("master") == NOTHING else None

    def _source(self, dst: str, device: Resource | None, hop: Hop | None, out: Place) -> str:
        version = ipaddress.ip_address(dst).version
        if self._wish.src:
            return self._checked(self._address(self._wish.src, device), dst)
        local = str(device.get("local")) if device else ""
        if local and ipaddress.ip_address(local).version == version:
            return local
        if hop and hop.source:
            return hop.source
        ends = self._directory.ends.get(out)
        found = [str(i.ip) for i in ends.interfaces if i.version == version] if ends else []
        if not found:
            raise AmbiguousError(f"{self._node} has no address for a packet to {dst}: say --outer-src")
        return found[0]

    @staticmethod
    def _checked(src: str, dst: str) -> str:
        if (":" in src) != (":" in dst):
            raise AmbiguousError(f"{src} and {dst} are not of one IP version")
        return src
