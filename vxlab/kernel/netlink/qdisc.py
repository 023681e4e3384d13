"""Queueing disciplines of links, netem with all that is sent to it (linux/rtnetlink.h, linux/pkt_sched.h).

pyroute2's own class knows neither netem's rates nor its times of 64 bits.
"""

# ruff: noqa: N801  message classes have the names that pyroute2 and the kernel give them
# mypy: allow-subclassing-any

from __future__ import annotations

from pyroute2.netlink import nla, nlmsg
from pyroute2.netlink.rtnl import RTM_DELQDISC, RTM_GETQDISC, RTM_NEWQDISC

__all__ = ["RTM_DELQDISC", "RTM_GETQDISC", "RTM_NEWQDISC", "TC_H_ROOT", "netem", "tcmsg"]

TC_H_ROOT = 0xFFFFFFFF
"""The parent of the discipline that stands for its whole link."""


class netem(nla):
    """struct tc_netem_qopt, with TCA_NETEM_* behind it. Times of the structure are in ticks of the packet scheduler."""

    prefix = "TCA_NETEM_"
    fields = (("latency", "I"), ("limit", "I"), ("loss", "I"), ("gap", "I"), ("duplicate", "I"), ("jitter", "I"))
    nla_map = (
        ("TCA_NETEM_UNSPEC", "none"),
        ("TCA_NETEM_CORR", "hex"),
        ("TCA_NETEM_DELAY_DIST", "hex"),
        ("TCA_NETEM_REORDER", "hex"),
        ("TCA_NETEM_CORRUPT", "hex"),
        ("TCA_NETEM_LOSS", "hex"),
        ("TCA_NETEM_RATE", "rate"),
        ("TCA_NETEM_ECN", "uint32"),
        ("TCA_NETEM_RATE64", "uint64"),
        ("TCA_NETEM_PAD", "none"),
        ("TCA_NETEM_LATENCY64", "int64"),
        ("TCA_NETEM_JITTER64", "int64"),
    )

    class rate(nla):
        """struct tc_netem_rate: ``rate`` is in bytes per second."""

        fields = (("rate", "I"), ("packet_overhead", "i"), ("cell_size", "I"), ("cell_overhead", "i"))


class tcmsg(nlmsg):
    """struct tcmsg. TCA_OPTIONS are those of netem: look at TCA_KIND before."""

    prefix = "TCA_"
    fields = (
        ("family", "B"),
        ("__align", "3x"),
        ("index", "i"),
        ("handle", "I"),
        ("parent", "I"),
        ("info", "I"),
    )
    nla_map = (
        ("TCA_UNSPEC", "none"),
        ("TCA_KIND", "asciiz"),
        ("TCA_OPTIONS", "netem"),
        ("TCA_STATS", "hex"),
        ("TCA_XSTATS", "hex"),
        ("TCA_RATE", "hex"),
        ("TCA_FCNT", "hex"),
        ("TCA_STATS2", "stats2|nested"),
    )
    netem = netem

    class stats2(nla):
        """What became of the frames of a discipline (linux/gen_stats.h)."""

        prefix = "TCA_STATS_"
        nla_map = (
            ("TCA_STATS_UNSPEC", "none"),
            ("TCA_STATS_BASIC", "hex"),
            ("TCA_STATS_RATE_EST", "hex"),
            ("TCA_STATS_QUEUE", "queue"),
        )

        class queue(nla):
            """struct gnet_stats_queue."""

            fields = (("qlen", "I"), ("backlog", "I"), ("drops", "I"), ("requeues", "I"), ("overlimits", "I"))
