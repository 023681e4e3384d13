"""What stands behind ``ip link add`` and ``ip link set``: what every link has, then ``type KIND`` and its options."""

from __future__ import annotations

from vxlab.commands import grammar
from vxlab.commands.explain import extra
from vxlab.commands.explain.lexicon import Lexicon, read
from vxlab.commands.explain.names import kernel_name
from vxlab.commands.explain.reader import Reader
from vxlab.state.kind import Kind, Option
from vxlab.state.kinds import BRIDGE_PORT, LINK_KINDS, VETH
from vxlab.state.kinds.link import COMMON, LOWER

_KINDS = "the kind of link: "


def _type(reader: Reader) -> None:
    """``type KIND``, and everything behind it (iplink_modify() gives it to the kind's parse_opt())."""
    name = reader.peek(1)
    if name == grammar.BRIDGE_SLAVE:
        reader.take(2, BRIDGE_PORT.help, "IFLA_INFO_SLAVE_KIND")
        read(reader, _SLAVE)
    elif name in LINK_KINDS:
        reader.take(2, f"{_KINDS}{LINK_KINDS[name].help}", "IFLA_INFO_KIND")
        read(reader, _OWN[name])
    else:
        reader.take(1, "the kind of link", "IFLA_INFO_KIND", known=bool(name))
        if name:
            reader.take_unknown((*LINK_KINDS, grammar.BRIDGE_SLAVE), why=" as a kind of link")
        read(reader, Lexicon())


def _peer(reader: Reader) -> None:
    """The other end of a veth pair, with the options of a link (veth_parse_opt() in ip/link_veth.c)."""
    option = VETH.table["peer"]
    reader.take(1, option.help.partition(",")[0], kernel_name(option))
    read(reader, NEW)


_NAME = next(option for option in COMMON if option.name == "name")
_SETTINGS = (*(option for option in COMMON if option is not _NAME), LOWER, *extra.LINK)
_MASTER = next(option for option in COMMON if option.name == "master")


def _common(named: dict[str, Option], bare: Option) -> Lexicon:
    settings = {option.name: option for option in _SETTINGS}
    return Lexicon(
        _SETTINGS,
        {
            **named, "brd": settings["broadcast"], "qlen": settings["txqueuelen"], "txqlen": settings["txqueuelen"],
        },
        (bare,),
        {"type": _type},
        "link address broadcast txqueuelen txqlen master nomaster dynamic type alias numtxqueues numrxqueues "
        "addrgenmode link-netns link-netnsid help",
    )  # fmt: skip


NEW = _common({"name": _NAME, "dev": _NAME}, _NAME)
"""Behind ``ip link add``, and behind ``peer``."""

CHANGED = _common({"name": extra.NEW_LINK_NAME, "dev": extra.DEV}, extra.DEV)
"""Behind ``ip link set`` and ``ip link delete``."""

SHOWN = Lexicon(extra.SHOW_LINK, bare=(extra.DEV,), prefixes="help", only=True)

_MORE = {"bridge": extra.BRIDGE}
_ALSO = {
    "vxlan": {"vni": "vni", "hoplimit": "ttl", "dsfield": "tos", "label": "flowlabel", "port": "srcport"},
}
_PREFIXES = {
    "vxlan": "id vni group remote local dev ttl hoplimit tos dsfield df label flowlabel ageing maxaddress port srcport "
    "dstport nolearning learning noproxy proxy norsc rsc nol2miss l2miss nol3miss l3miss udpcsum noudpcsum "
    "udp6zerocsumtx noudp6zerocsumtx udp6zerocsumrx noudp6zerocsumrx remcsumtx noremcsumtx remcsumrx noremcsumrx "
    "external noexternal gbp gpe help",
    "bridge": "forward_delay hello_time max_age ageing_time stp_state priority vlan_filtering vlan_protocol "
    "group_fwd_mask group_address fdb_flush vlan_default_pvid vlan_stats_enabled vlan_stats_per_port mcast_router "
    "mcast_snooping mcast_query_use_ifaddr mcast_querier mcast_hash_elasticity mcast_hash_max "
    "mcast_last_member_count mcast_startup_query_count mcast_last_member_interval mcast_membership_interval "
    "mcast_querier_interval mcast_query_interval mcast_query_response_interval mcast_startup_query_interval "
    "mcast_stats_enabled mcast_igmp_version mcast_mld_version nf_call_iptables nf_call_ip6tables nf_call_arptables "
    "help",
    "macvlan": "mode nopromisc bcqueuelen help",
    "vlan": "protocol id reorder_hdr gvrp mvrp loose_binding bridge_binding help",
    "vrf": "table help",
}


def _own(kind: Kind) -> Lexicon:
    """The options of a kind itself."""
    also = {word: kind.table[name] for word, name in _ALSO.get(kind.name, {}).items()}
    handlers = {"peer": _peer} if kind is VETH else {}
    options = (*kind.options, *_MORE.get(kind.name, ()))
    return Lexicon(options, also, handlers=handlers, prefixes=_PREFIXES.get(kind.name, "help"))


_OWN = {name: _own(kind) for name, kind in LINK_KINDS.items()}
_port = BRIDGE_PORT.table
_SLAVE = Lexicon(
    (*BRIDGE_PORT.options, *extra.BRIDGE_SLAVE),
    {"nobackup_port": _port["backup_port"], "mcast_fast_leave": _port["fastleave"]},
    prefixes="fdb_flush state priority cost hairpin guard root_block fastleave learning flood mcast_flood bcast_flood "
    "mcast_to_unicast proxy_arp proxy_arp_wifi mcast_router mcast_fast_leave neigh_suppress group_fwd_mask "
    "vlan_tunnel isolated locked backup_port nobackup_port help",
)
