"""What impaired links have lost, as their disciplines count it (linux/gen_stats.h)."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from vxlab.kernel.namespaces import index_of
from vxlab.kernel.rtnetlink import RouteSocket


def lost(namespace: str, links: Collection[str]) -> int:
    """How many frames the disciplines of some links have dropped since they were made.

    Raises:
        OSError: there is no such namespace, or the kernel refused.
    """
    from vxlab.kernel.families.qdisc import ALL
    from vxlab.kernel.netlink.qdisc import TC_H_ROOT, tcmsg

    indexes = set()
    for link in links:
        with suppress(OSError):  # what is not there loses nothing
            indexes.add(index_of(namespace, link))
    dropped = 0
    with RouteSocket(namespace) as route:
        for told in route.dump(ALL):
            stats = told.inside("TCA_STATS2", tcmsg.stats2)
            queue = stats.get("TCA_STATS_QUEUE") if stats else None
            if queue and told["index"] in indexes and told["parent"] == TC_H_ROOT:
                dropped += queue["drops"]
    return dropped
