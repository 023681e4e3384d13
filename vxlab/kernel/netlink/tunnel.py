"""The VNIs of a VXLAN device with vnifilter, as ``bridge vni`` sets them (linux/if_link.h)."""

# ruff: noqa: N801  message classes have the names that pyroute2 and the kernel give them
# mypy: allow-subclassing-any

from __future__ import annotations

from pyroute2.netlink import nla, nlmsg
from pyroute2.netlink.rtnl import RTM_DELTUNNEL, RTM_GETTUNNEL, RTM_NEWTUNNEL

__all__ = ["RTM_DELTUNNEL", "RTM_GETTUNNEL", "RTM_NEWTUNNEL", "TUNNEL_MSG_FLAG_STATS", "tunnel_msg"]

TUNNEL_MSG_FLAG_STATS = 0x01


class tunnel_msg(nlmsg):
    """struct tunnel_msg; its family is AF_BRIDGE. It may hold many entries, in requests and in dumps."""

    prefix = "VXLAN_VNIFILTER_"
    fields = (("family", "B"), ("flags", "B"), ("reserved2", "H"), ("ifindex", "I"))
    nla_map = (
        ("VXLAN_VNIFILTER_UNSPEC", "none"),
        ("VXLAN_VNIFILTER_ENTRY", "entry|nested"),
    )

    class entry(nla):
        """One VNI, or a range of them where END is there."""

        prefix = "VXLAN_VNIFILTER_ENTRY_"
        nla_map = (
            ("VXLAN_VNIFILTER_ENTRY_UNSPEC", "none"),
            ("VXLAN_VNIFILTER_ENTRY_START", "uint32"),
            ("VXLAN_VNIFILTER_ENTRY_END", "uint32"),
            ("VXLAN_VNIFILTER_ENTRY_GROUP", "ip4addr"),
            ("VXLAN_VNIFILTER_ENTRY_GROUP6", "ip6addr"),
            ("VXLAN_VNIFILTER_ENTRY_STATS", "stats|nested"),
        )

        class stats(nla):
            prefix = "VNIFILTER_ENTRY_STATS_"
            nla_map = (
                ("VNIFILTER_ENTRY_STATS_UNSPEC", "none"),
                ("VNIFILTER_ENTRY_STATS_RX_BYTES", "uint64"),
                ("VNIFILTER_ENTRY_STATS_RX_PKTS", "uint64"),
                ("VNIFILTER_ENTRY_STATS_RX_DROPS", "uint64"),
                ("VNIFILTER_ENTRY_STATS_RX_ERRORS", "uint64"),
                ("VNIFILTER_ENTRY_STATS_TX_BYTES", "uint64"),
                ("VNIFILTER_ENTRY_STATS_TX_PKTS", "uint64"),
                ("VNIFILTER_ENTRY_STATS_TX_DROPS", "uint64"),
                ("VNIFILTER_ENTRY_STATS_TX_ERRORS", "uint64"),
                ("VNIFILTER_ENTRY_STATS_PAD", "none"),
            )
