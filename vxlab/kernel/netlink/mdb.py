"""Multicast databases of bridges and of VXLAN devices (linux/if_bridge.h)."""

# ruff: noqa: N801  message classes have the names that pyroute2 and the kernel give them
# mypy: allow-subclassing-any

from __future__ import annotations

import ipaddress

from pyroute2.netlink import nla, nlmsg
from pyroute2.netlink.rtnl import RTM_DELMDB, RTM_GETMDB, RTM_NEWMDB

__all__ = ["MDB_PERMANENT", "MDB_TEMPORARY", "RTM_DELMDB", "RTM_GETMDB", "RTM_NEWMDB", "br_port_msg"]

MDB_TEMPORARY, MDB_PERMANENT = 0, 1

_ETH_P_IP, _ETH_P_IPV6 = 0x0800, 0x86DD
_BYTES = {_ETH_P_IP: 4, _ETH_P_IPV6: 16, 0: 6}


class _br_mdb_entry(nla):
    """struct br_mdb_entry. ``addr`` is an IPv4, IPv6 or MAC address as text and decides ``proto``."""

    fields = (
        ("ifindex", "I"),
        ("state", "B"),
        ("flags", "B"),
        ("vid", "H"),
        ("addr", "16s"),
        ("proto", ">H"),
        ("__align", "2x"),
    )

    def encode(self) -> None:
        text = self["addr"]
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            self["addr"], self["proto"] = bytes.fromhex(text.replace(":", "")), 0
        else:
            self["addr"] = address.packed
            self["proto"] = _ETH_P_IP if address.version == 4 else _ETH_P_IPV6
        nla.encode(self)

    def decode(self) -> None:
        nla.decode(self)
        raw = self["addr"][: _BYTES.get(self["proto"], 16)]
        self["addr"] = raw.hex(":") if self["proto"] == 0 else str(ipaddress.ip_address(raw))


class br_port_msg(nlmsg):
    """struct br_port_msg; its family is AF_BRIDGE, its index that of the bridge or the VXLAN device.

    In requests the attributes are MDBA_SET_ENTRY and MDBA_SET_ENTRY_ATTRS, in what the kernel says MDBA_MDB and
    MDBA_ROUTER. Their numbers are the same: only the latter are decoded.
    """

    fields = (("family", "B"), ("__align", "3x"), ("ifindex", "I"))
    nla_map = (
        (0, "MDBA_UNSPEC", "none"),
        (1, "MDBA_SET_ENTRY", "br_mdb_entry"),
        (2, "MDBA_SET_ENTRY_ATTRS", "mdbe_attrs|nested"),
        # The last one of a number is what is decoded.
        (1, "MDBA_MDB", "mdb|nested"),
        (2, "MDBA_ROUTER", "router|nested"),
    )
    br_mdb_entry = _br_mdb_entry

    class mdbe_attrs(nla):
        prefix = "MDBE_ATTR_"
        nla_map = (
            ("MDBE_ATTR_UNSPEC", "none"),
            ("MDBE_ATTR_SOURCE", "ipaddr"),
            ("MDBE_ATTR_SRC_LIST", "src_list|nested"),
            ("MDBE_ATTR_GROUP_MODE", "uint8"),
            ("MDBE_ATTR_RTPROT", "uint8"),
            ("MDBE_ATTR_DST", "ipaddr"),
            # Not in network byte order: vxlan_mdb_config_init() turns it (drivers/net/vxlan/vxlan_mdb.c).
            ("MDBE_ATTR_DST_PORT", "uint16"),
            ("MDBE_ATTR_VNI", "uint32"),
            ("MDBE_ATTR_IFINDEX", "int32"),
            ("MDBE_ATTR_SRC_VNI", "uint32"),
            ("MDBE_ATTR_STATE_MASK", "uint8"),
        )

        class src_list(nla):
            nla_map = (
                ("MDBE_SRC_LIST_UNSPEC", "none"),
                ("MDBE_SRC_LIST_ENTRY", "srcattr|nested"),
            )

            class srcattr(nla):
                nla_map = (
                    ("MDBE_SRCATTR_UNSPEC", "none"),
                    ("MDBE_SRCATTR_ADDRESS", "ipaddr"),
                )

    class mdb(nla):
        nla_map = (
            ("MDBA_MDB_UNSPEC", "none"),
            ("MDBA_MDB_ENTRY", "entry|nested"),
        )

        class entry(nla):
            """The members of one group."""

            nla_map = (
                ("MDBA_MDB_ENTRY_UNSPEC", "none"),
                ("MDBA_MDB_ENTRY_INFO", "info|nested"),
            )

            class info(_br_mdb_entry):
                """struct br_mdb_entry with attributes behind it."""

                nla_map = (
                    ("MDBA_MDB_EATTR_UNSPEC", "none"),
                    ("MDBA_MDB_EATTR_TIMER", "uint32"),
                    ("MDBA_MDB_EATTR_SRC_LIST", "src_list|nested"),
                    ("MDBA_MDB_EATTR_GROUP_MODE", "uint8"),
                    ("MDBA_MDB_EATTR_SOURCE", "ipaddr"),
                    ("MDBA_MDB_EATTR_RTPROT", "uint8"),
                    ("MDBA_MDB_EATTR_DST", "ipaddr"),
                    ("MDBA_MDB_EATTR_DST_PORT", "uint16"),
                    ("MDBA_MDB_EATTR_VNI", "uint32"),
                    ("MDBA_MDB_EATTR_IFINDEX", "uint32"),
                    ("MDBA_MDB_EATTR_SRC_VNI", "uint32"),
                )

                class src_list(nla):
                    nla_map = (
                        ("MDBA_MDB_SRCLIST_UNSPEC", "none"),
                        ("MDBA_MDB_SRCLIST_ENTRY", "srcattr|nested"),
                    )

                    class srcattr(nla):
                        nla_map = (
                            ("MDBA_MDB_SRCATTR_UNSPEC", "none"),
                            ("MDBA_MDB_SRCATTR_ADDRESS", "ipaddr"),
                            ("MDBA_MDB_SRCATTR_TIMER", "uint32"),
                        )

    class router(nla):
        nla_map = (
            ("MDBA_ROUTER_UNSPEC", "none"),
            ("MDBA_ROUTER_PORT", "port|nested"),
        )

        class port(nla):
            fields = (("ifindex", "I"),)
            nla_map = (
                ("MDBA_ROUTER_PATTR_UNSPEC", "none"),
                ("MDBA_ROUTER_PATTR_TIMER", "uint32"),
                ("MDBA_ROUTER_PATTR_TYPE", "uint8"),
                ("MDBA_ROUTER_PATTR_INET_TIMER", "uint32"),
                ("MDBA_ROUTER_PATTR_INET6_TIMER", "uint32"),
                ("MDBA_ROUTER_PATTR_VID", "uint16"),
            )
