"""Waiting for links to have a carrier, which the kernel tells in its own time (net/core/link_watch.c).

A nexthop needs a link that has one. And a port of a bridge begins anew when its link gets one: it forgets the state
that it was told to be in (br_port_carrier_check() in net/bridge/br_if.c). Most neighbour entries go when the
kernel sees that their link has none (neigh_carrier_down() in net/core/neighbour.c).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from contextlib import suppress

from pyroute2.netlink.rtnl import RTM_GETLINK

from vxlab.kernel.events import RTMGRP_LINK, until
from vxlab.kernel.netlink.link import ifinfmsg
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rtnetlink import NLM_F_DUMP, RouteSocket
from vxlab.state.kinds.link import TAKES_CARRIER

PATIENCE = 2.0
"""Seconds: link_watch acts at once, and at most a second later."""

_ALL_LINKS = encode_message(ifinfmsg, RTM_GETLINK, NLM_F_DUMP, {}, [])
_FLAGS = struct.Struct("=8xI").unpack_from  # struct ifinfomsg (rtnetlink(7))
_IFF_UP, _IFF_RUNNING, _IFF_LOWER_UP = 0x1, 0x40, 0x10000


def wait(namespace: str, links: Iterable[str]) -> None:
    """Wait until links have a carrier, or until it is clear that they will not: then the kernel says what is wrong."""
    if waiting := set(links):
        until(namespace, RTMGRP_LINK, PATIENCE, lambda route: waiting <= _with_carrier(route))


def settle(namespace: str, patience: float = PATIENCE) -> None:
    """Wait until the kernel has told of each link that is up whether it can carry frames: before that it drops them."""
    with RouteSocket(namespace) as route:
        if _all_told(route):
            return
    until(namespace, RTMGRP_LINK, patience, _all_told)


def settle_all(names: Iterable[str]) -> None:
    """The same in several namespaces, before frames are sent there; of those that are gone there is nothing to tell."""
    for name in names:
        with suppress(FileNotFoundError):
            settle(name)


def _all_told(route: RouteSocket) -> bool:
    """Whether there is no link that has a carrier, or none any more, and link_watch has not seen to it
    (dev_get_flags() in net/core/dev.c).
    """
    for body in route.bodies(_ALL_LINKS):
        (flags,) = _FLAGS(body)
        if flags & _IFF_UP and bool(flags & _IFF_RUNNING) != bool(flags & _IFF_LOWER_UP):
            return False
    return True


def _with_carrier(route: RouteSocket) -> set[str]:
    links = route.dump(_ALL_LINKS)
    return {link.get("IFLA_IFNAME") for link in links if link["flags"] & _IFF_RUNNING and not _is_unclear(link)}


def _is_unclear(link: Message) -> bool:
    info = link.inside("IFLA_LINKINFO", ifinfmsg.ifinfo)
    kind = info.get("IFLA_INFO_KIND") if info else None
    return kind in TAKES_CARRIER and link.get("IFLA_OPERSTATE") != "UP"
