"""Waiting for something in a namespace of which the kernel tells in its own time (rtnetlink(7))."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from vxlab.kernel import namespaces
from vxlab.kernel.rtnetlink import RouteSocket

RTMGRP_LINK, RTMGRP_IPV6_IFADDR = 0x1, 0x100


def until(namespace: str, group: int, patience: float, done: Callable[[RouteSocket], bool]) -> None:
    """Ask whether it is so, again after each message to a group, until it is so or ``patience`` seconds are over."""
    events = namespaces.open_socket(namespace, socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    with events, RouteSocket(namespace) as route:
        events.bind((0, group))
        end = monotonic() + patience
        while not done(route):
            ready, _, _ = select.select([events], [], [], max(0.0, end - monotonic()))
            if not ready:
                return
            # Whatever it says, and also where some were lost (ENOBUFS), it is asked again.
            with suppress(OSError):
                events.recv(1 << 16)
