"""What impaired links have lost, as their disciplines count it (linux/gen_stats.h)."""

from __future__ import annotations

import socket
from collections.abc import Collection
from contextlib import suppress

from vxlab.kernel.namespaces import inside
from vxlab.kernel.rtnetlink import RouteSocket


def lost(namespace: str, links: Collection[str]) -> int:
    """How many frames the disciplines of some links have dropped since they were made.

    Raises:
        OSError: there is no such namespace, or the kernel refused.
    """
    from vxlab.kernel.families.qdisc import ALL
    from vxlab.kernel.netlink.qdisc import TC_H_ROOT, tcmsg

    indexes, dropped = set[int](), 0
    with inside(namespace), RouteSocket() as route:
        for link in links:
            with suppress(OSError):  # what is not there loses nothing
                indexes.add(socket.if_nametoindex(link))
        for told in route.dump(ALL):
            stats = told.inside("TCA_STATS2", tcmsg.stats2)
            queue = stats.get("TCA_STATS_QUEUE") if stats else None
            if queue and told["index"] in indexes and told["parent"] == TC_H_ROOT:
                dropped += queue["drops"]
    return dropped
