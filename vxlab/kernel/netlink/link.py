"""Links, with the attributes of vxlan, bridge and macvlan that pyroute2's lack (linux/if_link.h of Linux 6.18).

Of bridge ports (IFLA_BRPORT_*) pyroute2 0.9.7 lacks none.
"""

# ruff: noqa: N801  message classes have the names that pyroute2 and the kernel give them
# mypy: allow-subclassing-any

from __future__ import annotations

from typing import Any

from pyroute2.netlink import nla, nlmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfbase, macvx_data
from pyroute2.netlink.rtnl.ifinfmsg.plugins.vxlan import vxlan as _vxlan

_base = ifinfbase.ifinfo
_EMPTY = 4  # bytes of an attribute without a payload


_CORRECTED = {
    # A flow label is in network byte order (nla_get_be32() in vxlan_nl2conf()).
    "IFLA_VXLAN_LABEL": "be32",
    "IFLA_VXLAN_TTL_INHERIT": "said_flag",
}


class vxlan_data(nla):
    prefix = "IFLA_"
    nla_map = (
        *((name, _CORRECTED.get(name, kind)) for name, kind in _vxlan.nla_map),
        ("IFLA_VXLAN_VNIFILTER", "uint8"),
        ("IFLA_VXLAN_LOCALBYPASS", "uint8"),
        ("IFLA_VXLAN_LABEL_POLICY", "uint32"),
        ("IFLA_VXLAN_RESERVED_BITS", "vxlanhdr"),
        # The kernel takes it, and tells of it to nobody (vxlan_fill_info() of Linux 6.18).
        ("IFLA_VXLAN_MC_ROUTE", "uint8"),
    )
    port_range = _vxlan.port_range

    class said_flag(nla.flag):
        """A flag without a payload in requests, which the kernel tells of with one (vxlan_fill_info())."""

        def decode(self) -> None:
            nla.flag.decode(self)
            self.value = self.length == _EMPTY or bool(self.data[self.offset + _EMPTY])

    class vxlanhdr(nla):
        """struct vxlanhdr of net/vxlan.h: a frame with one of these bits in its header is dropped (vxlan_rcv())."""

        fields = (("vx_flags", ">I"), ("vx_vni", ">I"))


class bridge_data(nla):
    prefix = "IFLA_"
    nla_map = (
        *_base.bridge_data.nla_map,
        ("IFLA_BR_VLAN_STATS_PER_PORT", "uint8"),
        ("IFLA_BR_MULTI_BOOLOPT", "br_boolopt_multi"),
        ("IFLA_BR_MCAST_QUERIER_STATE", "querier_state|nested"),
        ("IFLA_BR_FDB_N_LEARNED", "uint32"),
        ("IFLA_BR_FDB_MAX_LEARNED", "uint32"),
    )
    br_id = _base.bridge_data.br_id

    class br_boolopt_multi(nla):
        """A bit for each BR_BOOLOPT_* of linux/if_bridge.h: its value, and whether the value counts."""

        fields = (("optval", "I"), ("optmask", "I"))

    class querier_state(nla):
        prefix = "BRIDGE_QUERIER_"
        nla_map = (
            ("BRIDGE_QUERIER_UNSPEC", "none"),
            ("BRIDGE_QUERIER_IP_ADDRESS", "ip4addr"),
            ("BRIDGE_QUERIER_IP_PORT", "uint32"),
            ("BRIDGE_QUERIER_IP_OTHER_TIMER", "uint64"),
            ("BRIDGE_QUERIER_PAD", "none"),
            ("BRIDGE_QUERIER_IPV6_ADDRESS", "ip6addr"),
            ("BRIDGE_QUERIER_IPV6_PORT", "uint32"),
            ("BRIDGE_QUERIER_IPV6_OTHER_TIMER", "uint64"),
        )


class macvlan_data(nla):
    """MODE and FLAGS are the kernel's numbers, both ways; pyroute2's own class decodes them to words."""

    prefix = "IFLA_"
    nla_map = (
        *macvx_data.nla_map,
        ("IFLA_MACVLAN_BC_QUEUE_LEN", "uint32"),
        ("IFLA_MACVLAN_BC_QUEUE_LEN_USED", "uint32"),
        ("IFLA_MACVLAN_BC_CUTOFF", "int32"),
    )
    mode = nla.uint32
    flags = nla.uint16
    macaddr_mode = macvx_data.macaddr_mode
    macaddr_data = macvx_data.macaddr_data


_DATA = {"vxlan": vxlan_data, "bridge": bridge_data, "macvlan": macvlan_data}


def data_class(kind: str) -> Any:
    """The class of IFLA_INFO_DATA of a kind of link."""
    return _DATA.get(kind) or _base.data_map.get(kind, nla.hex)


class ifinfmsg(ifinfbase, nlmsg):
    """struct ifinfomsg with IFLA_*."""

    # Without the flag, the kernel takes the settings of a port for a state alone (br_setlink() in br_netlink.c).
    nla_map = tuple((name, "protinfo|nested" if name == "IFLA_PROTINFO" else kind) for name, kind in ifinfbase.nla_map)

    class ifinfo(nla):
        prefix = _base.prefix
        nla_map = _base.nla_map
        info_slave_data = staticmethod(_base.info_slave_data)
        bridge_slave_data = _base.bridge_slave_data
        bond_slave_data = _base.bond_slave_data

        @staticmethod
        def info_data(self: Any, *_: object, **__: object) -> Any:
            return data_class(self.get_attr("IFLA_INFO_KIND"))
