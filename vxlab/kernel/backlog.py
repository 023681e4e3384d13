"""Packets that the kernel dropped between two links because too many were waiting.

There is one queue for each processor, for all namespaces of a machine together.

A bridge that hands one frame to more ports than the queue is long (net.core.netdev_max_backlog, 1000 where nobody has
set it) loses copies: veth puts them there (enqueue_to_backlog() in net/core/dev.c).
"""

from __future__ import annotations

from pathlib import Path

_STATISTICS = Path("/proc/net/softnet_stat")
_DROPPED = 1
"""The column (softnet_seq_show() in net/core/net-procfs.c), in hexadecimal."""


def dropped() -> int:
    """How many since the machine started.

    Raises:
        OSError: there is no /proc.
    """
    return sum(int(line.split()[_DROPPED], 16) for line in _STATISTICS.read_text().splitlines())
