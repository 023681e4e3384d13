"""Waiting for IPv6 addresses that packets are to come from.

The kernel takes none as the source of a route before it knows that nobody else has it (RFC 4862, section 5.4). It finds
that out in a worker of its own, also where it asks nobody: on lo, or without accept_dad (addrconf_dad_work() in
net/ipv6/addrconf.c).
"""

from __future__ import annotations

import socket
from collections.abc import Iterable

from pyroute2.netlink.rtnl import RTM_GETADDR
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg

from vxlab.kernel.events import RTMGRP_IPV6_IFADDR, until
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rtnetlink import NLM_F_DUMP, RouteSocket

PATIENCE = 3.0
"""Seconds: it asks once, after up to one second, and waits one more for an answer (sections 5.1 and 5.4.2)."""

_ALL_ADDRESSES = encode_message(ifaddrmsg, RTM_GETADDR, NLM_F_DUMP, {"family": socket.AF_INET6}, [])
_IFA_F_OPTIMISTIC, _IFA_F_DADFAILED, _IFA_F_TENTATIVE = 0x04, 0x08, 0x40
_UNCERTAIN = _IFA_F_OPTIMISTIC | _IFA_F_DADFAILED | _IFA_F_TENTATIVE


def wait(namespace: str, addresses: Iterable[str], patience: float = PATIENCE) -> None:
    """Wait until none of them is tentative, or it is clear that one stays so: then the kernel says what is wrong."""
    if waiting := set(addresses):
        until(namespace, RTMGRP_IPV6_IFADDR, patience, lambda route: waiting.isdisjoint(_tentative(route)))


def _tentative(route: RouteSocket) -> set[str]:
    found = ((one.get("IFA_ADDRESS"), one.get("IFA_FLAGS")) for one in route.dump(_ALL_ADDRESSES))
    return {address for address, flags in found if flags & _UNCERTAIN == _IFA_F_TENTATIVE}
