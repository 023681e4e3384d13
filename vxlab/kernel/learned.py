"""What the kernel has learned by itself: FDB entries of VXLAN devices and bridges, and neighbours (linux/neighbour.h).

These tables are the ones that are long: N VTEPs know N hosts each. So they are read and changed as bare structs; the
tables of `vxlab.state` are for what is made on purpose.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from vxlab.kernel.netlink.attributes import attributes
from vxlab.kernel.rtnetlink import (
    MAX_BATCH,
    NLM_F_CREATE,
    NLM_F_DUMP,
    NLM_F_REPLACE,
    Refusal,
    RouteSocket,
    packed,
)

_RTM_NEWNEIGH, _RTM_DELNEIGH, _RTM_GETNEIGH = 28, 29, 30
_AF_BRIDGE = 7
_NDA_DST, _NDA_LLADDR, _NDA_VLAN, _NDA_PORT, _NDA_VNI, _NDA_IFINDEX, _NDA_MASTER, _NDA_SRC_VNI = 1, 2, 5, 6, 7, 8, 9, 11
_IDENTITY = frozenset((_NDA_DST, _NDA_LLADDR, _NDA_VLAN, _NDA_PORT, _NDA_VNI, _NDA_IFINDEX, _NDA_SRC_VNI))
_NUD_INCOMPLETE, _NUD_REACHABLE, _NUD_STALE, _NUD_NOARP, _NUD_PERMANENT = 0x01, 0x02, 0x04, 0x40, 0x80
_NUD_KNOWN = 0x1E
"""Reachable, stale, delay or probe: a MAC address is known, and will be forgotten."""
_NTF_SELF, _NTF_MASTER, _NTF_EXT_LEARNED = 0x02, 0x04, 0x10
_NDMSG = struct.Struct("=BxxxiHBB")
_ATTRIBUTE = struct.Struct("=HH")


@dataclass(frozen=True, slots=True)
class Learned:
    """One entry: of an FDB, or with ``family`` AF_INET or AF_INET6 a neighbour.

    ``index`` is the link's. ``attributes`` are those that make out which entry it is, as the kernel tells them.
    """

    family: int
    index: int
    state: int
    flags: int
    attributes: tuple[tuple[int, bytes], ...]
    bridged: bool

    @property
    def mac(self) -> str:
        return self._get(_NDA_LLADDR).hex(":")

    @property
    def dst(self) -> str:
        """The VTEP that a MAC is behind, or the address of a neighbour; empty where there is none."""
        packed = self._get(_NDA_DST)
        families = {4: socket.AF_INET, 16: socket.AF_INET6}
        return socket.inet_ntop(families[len(packed)], packed) if len(packed) in families else ""

    @property
    def port(self) -> int | None:
        """The UDP port of that VTEP, where it is not the device's (NDA_PORT, in network order)."""
        return int.from_bytes(self._get(_NDA_PORT), "big") or None

    @property
    def vni(self) -> int | None:
        """The VNI to send with, where it is not the device's."""
        return int.from_bytes(self._get(_NDA_VNI), sys.byteorder) or None

    @property
    def src_vni(self) -> int | None:
        """The VNI that it is an entry of, in a device that has several."""
        return int.from_bytes(self._get(_NDA_SRC_VNI), sys.byteorder) or None

    @property
    def of_tunnel(self) -> bool:
        """Whether it is in the FDB of a VXLAN device."""
        return self.family == _AF_BRIDGE and not self.bridged and bool(self._get(_NDA_DST))

    @property
    def is_neighbour(self) -> bool:
        return self.family != _AF_BRIDGE

    @property
    def is_asked_for(self) -> bool:
        """Whether it is a neighbour that is being asked for its MAC address: frames wait for that."""
        return self.is_neighbour and bool(self.state & _NUD_INCOMPLETE)

    @property
    def ages(self) -> bool:
        """Whether the kernel learned it and will forget it; nobody has put it there."""
        if self.flags & _NTF_EXT_LEARNED or self.state & (_NUD_NOARP | _NUD_PERMANENT):
            return False
        return self.family == _AF_BRIDGE or bool(self.state & _NUD_KNOWN)

    @property
    def key(self) -> tuple[int, int, tuple[tuple[int, bytes], ...], bool]:
        """Which one it is."""
        known = tuple(pair for pair in self.attributes if not self.is_neighbour or pair[0] == _NDA_DST)
        return (self.family, self.index, known, self.bridged)

    def _get(self, attribute: int) -> bytes:
        return next((value for kind, value in self.attributes if kind == attribute), b"")


def fdb(route: RouteSocket) -> Iterator[Learned]:
    """Every FDB entry of a namespace, those that do not age too.

    Raises:
        OSError: the kernel refused.
    """
    return _dump(route, _AF_BRIDGE)


def neighbours(route: RouteSocket) -> Iterator[Learned]:
    """Every neighbour entry of a namespace, of both versions of IP.

    Raises:
        OSError: the kernel refused.
    """
    return _dump(route, socket.AF_UNSPEC)


def forget(route: RouteSocket, entries: Iterable[Learned]) -> list[Refusal]:
    """Remove entries; what is refused has mostly aged meanwhile."""
    return _tell(route, _RTM_DELNEIGH, 0, [(entry, 0) for entry in entries])


def forget_asked(route: RouteSocket) -> bool:
    """Ask no neighbour any more, and drop the frames that wait for one (neigh_invalidate() in net/core/neighbour.c).

    Returns:
        Whether one was being asked.

    Raises:
        OSError: the kernel refused.
    """
    asked = [entry for entry in neighbours(route) if entry.is_asked_for]
    forget(route, asked)
    return bool(asked)


def put_back(route: RouteSocket, entries: Iterable[Learned]) -> list[Refusal]:
    """Add entries as if they had just been learned."""
    fresh = [(entry, _NUD_STALE if entry.is_neighbour else _NUD_REACHABLE) for entry in entries]
    return _tell(route, _RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, fresh)


def _tell(route: RouteSocket, kind: int, flags: int, wanted: list[tuple[Learned, int]]) -> list[Refusal]:
    """Send a message for each entry, with the state that it is to have; the refusals count from the first of all."""
    refused: list[Refusal] = []
    for start in range(0, len(wanted), MAX_BATCH):
        part = wanted[start : start + MAX_BATCH]
        messages = [_message(entry, kind, flags, state) for entry, state in part]
        refused += (replace(refusal, index=start + refusal.index) for refusal in route.request(messages))
    return refused


def _message(entry: Learned, kind: int, flags: int, state: int) -> bytes:
    own = 0 if entry.is_neighbour else _NTF_MASTER if entry.bridged else _NTF_SELF
    body = _NDMSG.pack(entry.family, entry.index, state, own, 0)
    for attribute, value in entry.attributes:
        body += _ATTRIBUTE.pack(4 + len(value), attribute) + value + bytes(-len(value) % 4)
    return packed(kind, flags, body)


def _dump(route: RouteSocket, family: int) -> Iterator[Learned]:
    body = _NDMSG.pack(family, 0, 0, 0, 0)
    return map(_entry, route.bodies(packed(_RTM_GETNEIGH, NLM_F_DUMP, body)))


def _entry(body: bytes) -> Learned:
    family, index, state, flags, _ = _NDMSG.unpack_from(body)
    told = attributes(body, _NDMSG.size, len(body))
    kept = sorted(item for item in told.items() if item[0] in _IDENTITY)
    return Learned(family, index, state, flags, tuple(kept), _NDA_MASTER in told)
