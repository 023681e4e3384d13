"""Echo requests that a node's own kernel routes and sends."""

from __future__ import annotations

import socket

from vxlab.kernel.namespaces import open_socket
from vxlab.verify.overlay import Station

TTL = 64
"""The TTL, or hop limit, that they start with."""


def echo_socket(sender: Station) -> socket.socket:
    """A raw socket (raw(7)) for ICMP messages from a station's address; IPv6 fills in their checksum (RFC 3542).

    Raises:
        OSError: the node is gone, or has not this address.
    """
    version4 = sender.version == 4
    family, level = (socket.AF_INET, socket.IPPROTO_IP) if version4 else (socket.AF_INET6, socket.IPPROTO_IPV6)
    protocol = socket.IPPROTO_ICMP if version4 else socket.IPPROTO_ICMPV6
    out = open_socket(sender.place[0], family, socket.SOCK_RAW, protocol)
    try:
        out.setsockopt(level, socket.IP_TTL if version4 else socket.IPV6_UNICAST_HOPS, TTL)
        out.bind((sender.address, 0))
    except OSError:
        out.close()
        raise
    return out
