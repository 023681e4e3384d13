"""The kernel's names of what a message's header carries, and so no attribute; the tables have those of attributes.

Sources: linux/if.h, linux/if_addr.h, linux/neighbour.h, linux/rtnetlink.h, linux/fib_rules.h, linux/if_bridge.h,
linux/nexthop.h, linux/lwtunnel.h, linux/pkt_sched.h.
"""

from __future__ import annotations

from collections.abc import Sequence

from vxlab.state.kind import Option
from vxlab.state.kinds import (
    ADDRESS,
    BRIDGE_PORT,
    BRIDGE_VLAN,
    FDB,
    LOOPBACK,
    MDB,
    NEIGHBOUR,
    NEXTHOP,
    QDISC,
    ROUTE,
    RULE,
    SYSCTL,
    VETH,
    VLAN_TUNNEL,
    VNI,
)
from vxlab.state.kinds.encap import ENCAP
from vxlab.state.kinds.route import NEXT_HOP
from vxlab.state.phrase import Phrase, Phrases
from vxlab.state.types import Member, Type

_LINK, _ENCAP, _HOP = LOOPBACK.table, ENCAP.table, NEXT_HOP.table

_HEADERS: dict[Option, str] = {
    _LINK["up"]: "IFF_UP",
    _LINK["promisc"]: "IFF_PROMISC",
    _LINK["allmulticast"]: "IFF_ALLMULTI",
    _LINK["multicast"]: "IFF_MULTICAST",
    _LINK["arp"]: "IFF_NOARP",
    VETH.table["peer"]: "VETH_INFO_PEER",
    BRIDGE_PORT.table["link"]: "ifi_index",
    BRIDGE_VLAN.table["link"]: "ifi_index",
    BRIDGE_VLAN.table["pvid"]: "BRIDGE_VLAN_INFO_PVID",
    BRIDGE_VLAN.table["untagged"]: "BRIDGE_VLAN_INFO_UNTAGGED",
    BRIDGE_VLAN.table["self"]: "BRIDGE_FLAGS_SELF",
    VLAN_TUNNEL.table["link"]: "ifi_index",
    ADDRESS.table["link"]: "ifa_index",
    ADDRESS.table["scope"]: "ifa_scope RT_SCOPE_*",
    NEIGHBOUR.table["link"]: "ndm_ifindex",
    NEIGHBOUR.table["state"]: "ndm_state NUD_*",
    NEIGHBOUR.table["proxy"]: "NTF_PROXY",
    NEIGHBOUR.table["router"]: "NTF_ROUTER",
    NEIGHBOUR.table["extern_learn"]: "NTF_EXT_LEARNED",
    FDB.table["link"]: "ndm_ifindex",
    FDB.table["state"]: "ndm_state NUD_*",
    FDB.table["self"]: "NTF_SELF",
    FDB.table["master"]: "NTF_MASTER",
    FDB.table["router"]: "NTF_ROUTER",
    FDB.table["extern_learn"]: "NTF_EXT_LEARNED",
    FDB.table["sticky"]: "NTF_STICKY",
    ROUTE.table["type"]: "rtm_type RTN_*",
    ROUTE.table["tos"]: "rtm_tos",
    ROUTE.table["protocol"]: "rtm_protocol RTPROT_*",
    ROUTE.table["scope"]: "rtm_scope RT_SCOPE_*",
    ROUTE.table["onlink"]: "RTNH_F_ONLINK",
    _HOP["link"]: "rtnh_ifindex",
    _HOP["weight"]: "rtnh_hops",
    _ENCAP["type"]: "RTA_ENCAP_TYPE LWTUNNEL_ENCAP_*",
    NEXTHOP.table["family"]: "nh_family",
    NEXTHOP.table["onlink"]: "RTNH_F_ONLINK",
    NEXTHOP.table["protocol"]: "nh_protocol RTPROT_*",
    RULE.table["family"]: "fib_rule_hdr.family",
    RULE.table["tos"]: "fib_rule_hdr.tos",
    RULE.table["not"]: "FIB_RULE_INVERT",
    RULE.table["action"]: "fib_rule_hdr.action FR_ACT_*",
    MDB.table["link"]: "br_port_msg.ifindex",
    MDB.table["port"]: "br_mdb_entry.ifindex",
    MDB.table["group"]: "br_mdb_entry.addr",
    MDB.table["state"]: "br_mdb_entry.state MDB_*",
    MDB.table["vlan"]: "br_mdb_entry.vid",
    QDISC.table["link"]: "tcm_ifindex",
    QDISC.table["discipline"]: "TCA_KIND",
    QDISC.table["loss"]: "tc_netem_qopt.loss",
    VNI.table["link"]: "tunnel_msg.ifindex",
    SYSCTL.table["key"]: "/proc/sys",
    SYSCTL.table["value"]: "/proc/sys",
}

# Values whose constant is not just the word in capitals.
_CONSTANTS: dict[tuple[Option, str], str] = {
    (ADDRESS.table["scope"], "global"): "UNIVERSE",
    (ROUTE.table["scope"], "global"): "UNIVERSE",
    (RULE.table["action"], "lookup"): "TO_TBL",
    (MDB.table["state"], "temp"): "TEMPORARY",
    (FDB.table["state"], "static"): "NOARP|NUD_REACHABLE",
    (FDB.table["state"], "temp"): "NOARP|NUD_REACHABLE",
    (FDB.table["state"], "dynamic"): "REACHABLE",
    (FDB.table["state"], "local"): "PERMANENT",
}


def kernel_name(option: Option, values: Sequence[str] = ()) -> str:
    """What the kernel calls an option that has these values; empty where it has no name for it."""
    if not option.nla:
        return _header(option, values[-1] if values else "")
    attribute = option.nla6 if option.nla6 and any(":" in value for value in values) else option.nla
    names = _attributes(option.type, attribute, values)
    return ", ".join(names) if names else attribute


def _header(option: Option, value: str) -> str:
    field, has_constants, _ = _HEADERS.get(option, "").partition("*")
    if not has_constants:
        return field
    constant = _CONSTANTS.get((option, value), value.upper())
    # A number has no name that could be told, and the shell's variables neither.
    return field + constant if constant.isidentifier() or "|" in constant else field.partition(" ")[0]


def _attributes(kind: Type, attribute: str, values: Sequence[str]) -> list[str]:
    """The attributes that are sent for a value, each with the one or the member inside it."""
    if isinstance(kind, Member):
        return [f"{attribute}.{kind.member}"]
    if not values or isinstance(kind, Phrase | Phrases):
        return []
    try:
        sent = kind.attributes(attribute, kind.from_word(" ".join(values)))
    except (ValueError, TypeError):
        return []
    return [name + _inside(raw) for name, raw in sent]


def _inside(raw: object) -> str:
    nested = raw.get("attrs", []) if isinstance(raw, dict) else []
    return "".join(f"/{name}" for name, _ in nested)
