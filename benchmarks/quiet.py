"""Waiting until the kernel has cleaned up the namespaces that are gone.

One worker of the kernel does that, after the command that removed them has ended: about 40 ms for each VTEP, during
which it holds the lock that every change of a link needs (cleanup_net() in net/core/net_namespace.c, which waits for an
RCU grace period for each VXLAN device and each bridge). What is measured meanwhile, is measured wrongly.

No file of the kernel says when it is done. But the worker takes all that waits as one batch, and begins no batch before
the last one has ended: so a namespace is made, with a cable out of it, and removed. When its end of the cable is gone,
and the other with it, then all batches before its own have ended. Its own may have had others in it, and a socket may
have kept a namespace for one grace period longer than its process: so that is done three times, each of which takes at
least one such period (rcu_barrier() in cleanup_net()).
"""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PROBE = "bench-probe"
_RTMGRP_LINK = 1
_EXPEDITED = Path("/sys/kernel/rcu_expedited")


def wait() -> None:
    """Return when every namespace that was removed until now is gone from the kernel."""
    with _expedited():
        for _ in range(3):
            _wait_for_batch()


def _wait_for_batch() -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as events:
        events.bind((0, _RTMGRP_LINK))
        _ip("netns", "add", _PROBE)
        _ip("link", "add", "name", _PROBE, "type", "veth", "peer", "name", "eth0", "netns", _PROBE)
        _ip("netns", "del", _PROBE)
        while _PROBE in (name for _, name in socket.if_nameindex()):
            events.recv(65536)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@contextmanager
def _expedited() -> Iterator[None]:
    """Have the kernel not let a grace period take its time, which halves the wait; nothing is measured meanwhile."""
    try:
        is_ours = int(_EXPEDITED.read_text()) == 0  # else somebody wants it so, or another benchmark waits too
        if is_ours:
            _EXPEDITED.write_text("1")
    except OSError:  # a kernel without it, or /sys is not ours to write: then it takes longer
        is_ours = False
    try:
        yield
    finally:
        if is_ours:
            _EXPEDITED.write_text("0")
