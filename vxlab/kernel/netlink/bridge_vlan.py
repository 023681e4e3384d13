"""The VLANs of bridges and their ports, as ``bridge vlan`` sets them (linux/if_bridge.h; br_afspec() in br_netlink.c).

pyroute2's own class has two attributes of one number, flags as lists of words, and one tunnel mapping in a message.
"""

# ruff: noqa: N801  message classes have the names that pyroute2 and the kernel give them
# mypy: allow-subclassing-any

from __future__ import annotations

from pyroute2.netlink import nla, nlmsg

IFLA_AF_SPEC, IFLA_EXT_MASK = 26, 29

FLAGS_SELF = 2
"""BRIDGE_FLAGS_SELF: the VLAN is the bridge's own."""

RANGE_BEGIN, RANGE_END = 0x8, 0x10
"""Flags of the two entries that a run of VLANs is told by (BRIDGE_VLAN_INFO_RANGE_*)."""

FILTER_COMPRESSED = 0x4
"""RTEXT_FILTER_BRVLAN_COMPRESSED: VLANs that follow each other are told as a run."""


class bridge_spec(nla):
    """IFLA_AF_SPEC of AF_BRIDGE. It may hold many entries, in requests and in dumps."""

    prefix = "IFLA_BRIDGE_"
    nla_map = (
        ("IFLA_BRIDGE_FLAGS", "uint16"),
        ("IFLA_BRIDGE_MODE", "uint16"),
        ("IFLA_BRIDGE_VLAN_INFO", "vlan_info"),
        ("IFLA_BRIDGE_VLAN_TUNNEL_INFO", "tunnel_info|nested"),
    )

    class vlan_info(nla):
        """struct bridge_vlan_info."""

        fields = (("flags", "H"), ("vid", "H"))

    class tunnel_info(nla):
        prefix = "IFLA_BRIDGE_VLAN_TUNNEL_"
        nla_map = (
            ("IFLA_BRIDGE_VLAN_TUNNEL_UNSPEC", "none"),
            ("IFLA_BRIDGE_VLAN_TUNNEL_ID", "uint32"),
            ("IFLA_BRIDGE_VLAN_TUNNEL_VID", "uint16"),
            ("IFLA_BRIDGE_VLAN_TUNNEL_FLAGS", "uint16"),
        )


class bridge_msg(nlmsg):
    """struct ifinfomsg of AF_BRIDGE, with the attributes that VLANs need."""

    prefix = "IFLA_"
    fields = (("family", "B"), ("__align", "x"), ("ifi_type", "H"), ("index", "i"), ("flags", "I"), ("change", "I"))
    nla_map = (
        (IFLA_AF_SPEC, "IFLA_AF_SPEC", "spec|nested"),
        (IFLA_EXT_MASK, "IFLA_EXT_MASK", "uint32"),
    )
    spec = bridge_spec
