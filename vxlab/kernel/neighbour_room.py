"""How full the kernel's neighbour tables are: one for ARP and one for ND, for all namespaces of a machine together."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from vxlab.kernel.netlink.attributes import attributes
from vxlab.kernel.rtnetlink import NLM_F_DUMP, RouteSocket, packed

_RTM_GETNEIGHTBL = 66
_NDTA_NAME, _NDTA_THRESH3, _NDTA_CONFIG, _NDTA_STATS = 1, 4, 5, 7
_NDTMSG = struct.Struct("=Bxxx")
_TABLE_FULLS = 10
"""Which of the counters of ``struct ndt_stats`` it is (linux/neighbour.h)."""


@dataclass(frozen=True)
class Room:
    """The most entries that a table takes, how often there was no room for one more since the machine started, and how
    many there are.
    """

    most: int
    refused: int
    entries: int = 0


def rooms(route: RouteSocket) -> dict[str, Room]:
    """The tables by the names that `ip ntable` has for them, such as arp_cache.

    Raises:
        OSError: the kernel refused.
    """
    request = packed(_RTM_GETNEIGHTBL, NLM_F_DUMP, _NDTMSG.pack(0))
    found = (attributes(message, _NDTMSG.size, len(message)) for message in route.bodies(request))
    return {_name(table): _room(table) for table in found if _NDTA_STATS in table}


def _name(table: dict[int, bytes]) -> str:
    return table[_NDTA_NAME].rstrip(b"\0").decode()


def _room(table: dict[int, bytes]) -> Room:
    most = int(struct.unpack("=I", table[_NDTA_THRESH3])[0]) if _NDTA_THRESH3 in table else 0
    refused = struct.unpack_from("=Q", table[_NDTA_STATS], 8 * _TABLE_FULLS)[0]
    # struct ndt_config: the lengths of a key and of an entry, then how many there are.
    entries = struct.unpack_from("=HHI", table[_NDTA_CONFIG])[2] if _NDTA_CONFIG in table else 0
    return Room(most, int(refused), int(entries))
