"""Which way the kernel sends a packet (RTM_GETROUTE without NLM_F_DUMP, as ``ip route get`` asks)."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from pyroute2.netlink.rtnl import RTM_GETROUTE

from vxlab.kernel.families.common import address_family
from vxlab.kernel.namespaces import inside
from vxlab.kernel.netlink.encap import rtmsg
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rtnetlink import RouteSocket


@dataclass(frozen=True)
class Hop:
    """The first step of a packet: the link, the address of who gets it there, and the source address; empty where the
    kernel has none."""

    link: str
    via: str
    source: str


def route(namespace: str, to: str) -> Hop | None:
    """Where a namespace sends a packet for an address; None where it has no route.

    Raises:
        FileNotFoundError: there is no such namespace.
    """
    address = ipaddress.ip_address(to)
    fields = {"family": address_family(address.version), "dst_len": address.max_prefixlen}
    request = encode_message(rtmsg, RTM_GETROUTE, 0, fields, [["RTA_DST", to]])
    with RouteSocket(namespace) as netlink:
        try:
            answer = netlink.ask(request)
        except OSError:  # ENETUNREACH, or what a route of type blackhole or prohibit says
            return None
    index = answer.get("RTA_OIF")
    if not index:
        return None
    with inside(namespace):
        link = socket.if_indextoname(index)
    via = answer.get("RTA_GATEWAY") or (answer.get("RTA_VIA") or {}).get("addr") or to
    return Hop(link, str(via), str(answer.get("RTA_PREFSRC") or ""))
