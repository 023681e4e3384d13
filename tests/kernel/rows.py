"""How each row of each table of vxlab.state.kinds is tried: what a file says, and what iproute2 then tells.

test_lowlevel.py makes a node for each. A row without an entry here fails a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Said = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One row of a table: how it is tried.

    ``said`` is what the thing has beside its base, ``then`` what it has after a change (None: what it had at first),
    ``otherwise`` what it has where it has nothing of this, ``base`` what it has always, ``node`` what else its node
    has. ``shown`` is what iproute2 tells of ``said``, a set for a list that holds at least that; None where iproute2
    6.1 does not tell of it, so that what vxlab reads back is all that there is. ``by_script`` is False where it cannot
    say it. What ``stays`` has no default of its own: a file that says nothing more of it leaves it as it is. What has
    ``marks`` shows that it was once otherwise. ``without`` is why the kernel of the tests cannot have it, and
    ``command`` what the command has for it then.
    """

    said: Said
    shown: Said | None
    then: Said | None = None
    otherwise: Said = field(default_factory=dict)
    base: Said = field(default_factory=dict)
    node: Said = field(default_factory=dict)
    by_script: bool = True
    stays: bool = False
    marks: bool = False
    without: str = ""
    command: str = ""


def new(said: Said, **more: Any) -> Row:
    """A row that iproute2 6.1 does not know yet."""
    return Row(said, None, by_script=False, **more)


def cannot(said: Said, command: str, why: str, **more: Any) -> Row:
    """A row that the kernel of the tests cannot have."""
    return Row(said, None, without=why, command=command, **more)


NO_VLAN = "no 802.1Q (CONFIG_BRIDGE_VLAN_FILTERING)"

BR0: Said = {"links": {"br0": {"kind": "bridge"}}}
WHOLE = ""
"""The name of the row that is the thing itself: first it is not there, then it is."""

COMMON: dict[str, Row] = {
    "mac": Row({"mac": "02:00:00:00:77:01"}, {"address": "02:00:00:00:77:01"}, {"mac": "02:00:00:00:77:02"}),
    "mtu": Row({"mtu": 1400}, {"mtu": 1400}, {"mtu": 1450}, stays=True),
    "txqueuelen": Row({"txqueuelen": 500}, {"txqlen": 500}, {"txqueuelen": 600}, stays=True),
    "alias": Row({"alias": "to the $spine"}, {"ifalias": "to the $spine"}, {"alias": "it's another"}),
    "link_group": Row({"link_group": 100}, {"group": "100"}, {"link_group": 200}),
    "master": Row({"master": "br0"}, {"master": "br0"}, {"master": "br1"}, node={
        "links": {"br0": {"kind": "bridge"}, "br1": {"kind": "bridge"}}
    }),
    "arp": Row({"arp": False}, {"flags": {"NOARP"}}, {"arp": True}, stays=True),
    "multicast": Row({"multicast": False}, {"flags": {"BROADCAST"}}, {"multicast": True}, stays=True),
    "allmulticast": Row({"allmulticast": True}, {"flags": {"ALLMULTI"}}, {"allmulticast": False}),
    "promisc": Row({"promisc": True}, {"flags": {"PROMISC"}}, {"promisc": False}),
    "up": Row({"up": False}, {"operstate": "DOWN"}, {"up": True}),
}  # fmt: skip


def common(*left_out: str, **instead: Row) -> dict[str, Row]:
    rows = {name: row for name, row in COMMON.items() if name not in left_out}
    return {**rows, **instead}


def number(name: str, value: Any, then: Any = None, shown: str = "", tells: Any = None, **more: Any) -> Row:
    """A row that iproute2 tells of under its own name, or under another, as it was said or in another form."""
    told = {shown or name: value if tells is None else tells}
    return Row({name: value}, told, None if then is None else {name: then}, **more)


def numbers(**values: Any) -> dict[str, Row]:
    return {name: number(name, *(value if isinstance(value, tuple) else (value,))) for name, value in values.items()}


BRIDGE = {
    WHOLE: Row({}, {"info_kind": "bridge", "operstate": "DOWN"}),
    **common(),
    "master": cannot({"master": "vrf0"}, "master vrf0", "no VRF: a bridge has no other master", node={
        "links": {"vrf0": {"kind": "vrf", "table": 100}}
    }),
    **numbers(
        ageing_time=(6000, 7000), forward_delay=(1000, 400), hello_time=(300, 100), max_age=(1500, 900),
        priority=(4096, 8192), mcast_router=(2, 0), mcast_hash_max=(1024, 2048),
        mcast_igmp_version=(3, 2),
        mcast_mld_version=(2, 1),
    ),
    "mcast_last_member_count": number("mcast_last_member_count", 3, 4, shown="mcast_last_member_cnt"),
    "mcast_startup_query_count": number("mcast_startup_query_count", 3, 4, shown="mcast_startup_query_cnt"),
    "stp_state": number("stp_state", True, tells=1),
    "group_fwd_mask": number("group_fwd_mask", 8, 16, tells="0x8"),
    "group_address": number("group_address", "01:80:c2:00:00:0e", "01:80:c2:00:00:0d", shown="group_addr"),
    "no_linklocal_learn": number("no_linklocal_learn", True, tells=1),
    "mcast_vlan_snooping": cannot({"mcast_vlan_snooping": True}, "mcast_vlan_snooping 1", NO_VLAN),
    "mst_enabled": cannot({"mst_enabled": True}, "mst_enabled 1", NO_VLAN),
    "fdb_local_vlan_0": cannot({"fdb_local_vlan_0": True}, "fdb_local_vlan_0 1", NO_VLAN),
    "fdb_max_learned": new({"fdb_max_learned": 10}, then={"fdb_max_learned": 20}),
    "vlan_filtering": cannot({"vlan_filtering": True}, "vlan_filtering 1", NO_VLAN),
    "vlan_protocol": cannot({"vlan_protocol": "802.1ad"}, "vlan_protocol 802.1ad", NO_VLAN),
    "vlan_default_pvid": cannot({"vlan_default_pvid": 7}, "vlan_default_pvid 7", NO_VLAN),
    "vlan_stats_enabled": cannot({"vlan_stats_enabled": True}, "vlan_stats_enabled 1", NO_VLAN),
    "mcast_snooping": number("mcast_snooping", False, tells=0),
    "mcast_query_use_ifaddr": number("mcast_query_use_ifaddr", True, tells=1),
    "mcast_querier": number("mcast_querier", True, tells=1),
    "mcast_stats_enabled": number("mcast_stats_enabled", True, tells=1),
    **{
        f"mcast_{name}": number(f"mcast_{name}", 2000, 3000, shown=f"mcast_{told}")
        for name, told in {
            "last_member_interval": "last_member_intvl", "membership_interval": "membership_intvl",
            "querier_interval": "querier_intvl", "query_interval": "query_intvl",
            "query_response_interval": "query_response_intvl", "startup_query_interval": "startup_query_intvl",
        }.items()
    },
    **{name: number(name, True, tells=1) for name in ("nf_call_iptables", "nf_call_ip6tables", "nf_call_arptables")},
}  # fmt: skip


def switch(name: str, value: bool = True, **more: Any) -> Row:
    return Row({name: value}, {name: value}, **more)


VTEP: Said = {"local": "192.0.2.1", "dev": "eth0"}
EXTERNAL: Said = {"external": True}

VXLAN = {
    WHOLE: Row({}, {"info_kind": "vxlan", "id": 42, "port": 4789, "learning": True}),
    **common(),
    "vni": number("vni", 77, 78, shown="id"),
    "group": number("group", "239.1.1.1", "239.1.1.2", base=VTEP),
    "remote": number("remote", "192.0.2.2", "192.0.2.3"),
    "local": number("local", "192.0.2.1", "192.0.2.99"),
    "dev": number("dev", "eth0", "eth1", shown="link"),
    "port": number("port", 8472, 8473),
    "srcport": number("srcport", "50000-50010", "50000-50020", shown="port_range", tells={"low": 50000, "high": 50010}),
    "ttl": number("ttl", 9, 10),
    "tos": number("tos", 4, "inherit", tells="0x4"),
    "flowlabel": number("flowlabel", 5, 6, shown="label", tells="0x5", base={"local": "2001:db8::1"}),
    "df": number("df", "set", "inherit"),
    "learning": switch("learning", False),
    "proxy": switch("proxy"),
    "rsc": switch("rsc"),
    "l2miss": switch("l2miss"),
    "l3miss": switch("l3miss"),
    "ageing": number("ageing", 60, 70),
    "maxaddress": number("maxaddress", 100, 200, shown="limit"),
    "udpcsum": number("udpcsum", False, shown="udp_csum"),
    "udp6zerocsumtx": number("udp6zerocsumtx", True, shown="udp_zero_csum6_tx"),
    "udp6zerocsumrx": number("udp6zerocsumrx", True, shown="udp_zero_csum6_rx"),
    "remcsumtx": number("remcsumtx", True, shown="remcsum_tx"),
    "remcsumrx": number("remcsumrx", True, shown="remcsum_rx"),
    "external": Row({"external": True}, {"external": True}, {"external": True, "port": 5}, {"vni": 42}, {"vni": None}),
    "vnifilter": Row({"vnifilter": True}, {"vnifilter": True}, base={"external": True, "vni": None}),
    "localbypass": new({"localbypass": False}),
    "reserved_bits": new({"reserved_bits": "0xf7ffffff000000ff"}, stays=True),
    "mcroute": new({"mcroute": True}, stays=True),
    "gbp": switch("gbp"),
    "gpe": Row({"gpe": True}, {"gpe": True}, base={"external": True, "vni": None}),
}  # fmt: skip

VETH = {
    WHOLE: Row({}, {"info_kind": "veth"}),
    **common(),
    "peer": Row({}, {"info_kind": "veth"}),
}

LOOPBACK = {
    **common(),
    # It keeps 127.0.0.1, which it gets when it is raised for the first time.
    "up": Row({"up": False}, {"operstate": "DOWN"}, {"up": True}, marks=True),
    "mtu": number("mtu", 9000, 9001, stays=True),
    "mac": cannot({"mac": "02:00:00:00:77:01"}, "address 02:00:00:00:77:01", "lo keeps its address of zeros"),
    "master": cannot({}, "", "lo is no port of a bridge, which the file is told"),
    "arp": Row({"arp": False}, {"flags": {"NOARP"}}, {"arp": True}, stays=True),
    "multicast": Row({"multicast": True}, {"flags": {"MULTICAST"}}, {"multicast": False}, stays=True),
}  # fmt: skip

MACVLAN = {
    WHOLE: Row({}, {"info_kind": "macvlan", "mode": "vepa", "link": "eth0"}),
    **common(),
    "link": number("link", "eth1"),
    "mode": number("mode", "bridge", "private"),
    "nopromisc": Row({"nopromisc": True}, {"nopromisc": True}, base={"mode": "passthru"}),
    "bcqueuelen": number("bcqueuelen", 2000, 3000, tells=2000, stays=True),
}


def without(reason: str) -> dict[str, Row]:
    """The common rows of a kind that the kernel of the tests cannot make."""
    words = {
        "mac": "address 02:00:00:00:77:01", "mtu": "mtu 1400", "txqueuelen": "txqueuelen 500",
        "alias": "alias 'to the $spine'", "master": "master br0", "arp": "arp off", "multicast": "multicast off",
        "allmulticast": "allmulticast on", "promisc": "promisc on", "up": "", "link_group": "group 100",
    }  # fmt: skip
    return {name: cannot(row.said, words[name], reason, node=row.node) for name, row in COMMON.items()}


DUMMY = {**without("no dummy"), WHOLE: cannot({}, "type dummy", "no dummy")}
VLAN = {
    **without("no 802.1Q"),
    WHOLE: cannot({}, "type vlan id 10", "no 802.1Q"),
    **{
        name: cannot({name: value}, words, "no 802.1Q")
        for name, (value, words) in {
            "link": ("eth1", "link eth1"), "protocol": ("802.1ad", "protocol 802.1ad"), "id": (11, "id 11"),
            "reorder_hdr": (False, "reorder_hdr off"), "gvrp": (True, "gvrp on"), "mvrp": (True, "mvrp on"),
            "loose_binding": (True, "loose_binding on"), "bridge_binding": (True, "bridge_binding on"),
        }.items()
    },
}  # fmt: skip
VRF = {
    **without("no VRF"),
    WHOLE: cannot({}, "type vrf table 100", "no VRF"),
    "master": cannot({}, "", "a VRF has no master, which the file is told"),
    "table": cannot({"table": 77}, "table 77", "no VRF"),
}

BRIDGE_PORT = {
    "state": number("state", "disabled", "learning", stays=True),
    **{name: switch(name, False) for name in ("learning", "flood", "mcast_flood", "bcast_flood")},
    **{
        name: switch(name)
        for name in (
            "mcast_to_unicast", "fastleave", "neigh_suppress", "isolated", "hairpin", "guard", "root_block", "locked",
            "vlan_tunnel",
        )
    },
    "mcast_router": number("mcast_router", 2, 0),
    "mcast_max_groups": new({"mcast_max_groups": 7}, then={"mcast_max_groups": 8}),
    "neigh_vlan_suppress": new({"neigh_vlan_suppress": True}),
    "mab": new({"mab": True}, base={"locked": True, "learning": True}),
    "backup_port": number("backup_port", "eth0", "vx0", node={
        "links": {"eth0": {"master": "br0"}, "vx0": {"kind": "vxlan", "vni": 42, "master": "br0"}}
    }),
    "backup_nhid": new(
        {"backup_nhid": 8},
        node={"nexthops": [{"id": 7, "via": "192.0.2.9", "fdb": True}, {"id": 8, "group": "7", "fdb": True}]},
    ),
    "group_fwd_mask": number("group_fwd_mask", 8, 16, tells="0x8"),
    "cost": number("cost", 50, 60, stays=True),
    "priority": number("priority", 5, 6),
}  # fmt: skip

FILTER: Said = {"links": {"vx0": {"kind": "vxlan", "external": True, "vnifilter": True, **VTEP}}}

VNI = {
    WHOLE: Row({}, {"vni": 10}),
    "vni": number("vni", 11, 12),
    "link": Row({"link": "vx1"}, {"ifname": "vx1"}, node={
        "links": {"vx1": {"kind": "vxlan", "external": True, "vnifilter": True, "port": 4790}}
    }),
    "group": number("group", "239.1.1.1", "239.1.1.2"),
    "remote": number("remote", "192.0.2.7", "192.0.2.8"),
}  # fmt: skip

ADDRESS = {
    WHOLE: Row({}, {"local": "192.0.2.17", "prefixlen": 28}),
    "address": Row({"address": "2001:db8:7::1/64"}, {"local": "2001:db8:7::1", "prefixlen": 64}),
    "link": Row({}, {"label": "eth0"}),
    "peer": Row(
        {"address": "192.0.2.17/32", "peer": "192.0.2.18/32"}, {"address": "192.0.2.18", "prefixlen": 32},
        {"address": "192.0.2.17/32", "peer": "192.0.2.19/32"}
    ),
    "broadcast": number("broadcast", "192.0.2.31", "192.0.2.30"),
    "label": number("label", "eth0:1", "eth0:2", stays=True),
    "scope": number("scope", "link", "host", stays=True),
    "protocol": new({"protocol": 7}, then={"protocol": 8}),
    "metric": number("metric", 50, 60),
    "valid_lft": Row(
        {"valid_lft": 3600, "preferred_lft": 3000}, {"dynamic": True}, {"valid_lft": 1600, "preferred_lft": 1000}
    ),
    "preferred_lft": number("preferred_lft", 0, 0, shown="deprecated", tells=True),
    "nodad": Row({"address": "2001:db8:7::1/64", "nodad": True}, {"nodad": True}, {"address": "2001:db8:7::1/64"}),
    "optimistic": Row(
        {"address": "2001:db8:7::1/64", "optimistic": True}, {"local": "2001:db8:7::1"}, {"address": "2001:db8:7::1/64"}
    ),
    "home": Row({"address": "2001:db8:7::1/64", "home": True}, {"home": True}, {"address": "2001:db8:7::1/64"}),
    "mngtmpaddr": Row(
        {"address": "2001:db8:7::1/64", "mngtmpaddr": True}, {"mngtmpaddr": True}, {"address": "2001:db8:7::1/64"}
    ),
    "noprefixroute": switch("noprefixroute"),
    "autojoin": Row({"address": "239.1.1.9/32", "autojoin": True}, {"autojoin": True}),
}  # fmt: skip

ENCAP4: Said = {"type": "ip", "id": 77, "dst": "192.0.2.7"}
TUNNEL: Said = {"links": {"vx0": {"kind": "vxlan", "external": True, "port": 4790}}}
TWO: Said = {"nexthops": [
    {"id": 1, "via": "192.0.2.2", "link": "eth0"}, {"id": 2, "via": "192.0.2.3", "link": "eth0"},
    {"id": 3, "via": "2001:db8::2", "link": "eth0"},
]}  # fmt: skip
NOT_VIA: Said = {"via": None, "link": None}
GROUP: Said = {**NOT_VIA, "group": "1/2"}

NEXTHOP = {
    WHOLE: Row({}, {"id": 10, "gateway": "192.0.2.9", "dev": "eth0"}),
    "id": number("id", 11, 12),
    "family": Row(
        {"family": "inet6"}, {"blackhole": None}, base={"via": None, "link": None, "blackhole": True},
    ),
    "encap": Row(
        {"encap": ENCAP4, "link": "vx0"}, {"encap": "ip", "id": 77, "dst": "192.0.2.7"},
        {"encap": {**ENCAP4, "id": 78}, "link": "vx0"}, node=TUNNEL, base={"via": None},
    ),
    "via": number("via", "2001:db8::9", "2001:db8::8", shown="gateway"),
    "link": Row({"link": "eth1", "via": None}, {"dev": "eth1"}),
    "blackhole": Row({**NOT_VIA, "blackhole": True}, {"blackhole": None}),
    "onlink": Row({"via": "203.0.113.1", "onlink": True}, {"flags": {"onlink"}}),
    "group": Row(GROUP, {"group": [{"id": 1}, {"id": 2}]}, {**GROUP, "group": "2,5"}, node=TWO),
    "type": Row({"type": "resilient", "buckets": 16}, {"type": "resilient"}, base=GROUP, node=TWO),
    "buckets": Row({"buckets": 16}, {"buckets": 16}, {"buckets": 32}, {"buckets": 8},
                   base={**GROUP, "type": "resilient"}, node=TWO),
    "idle_timer": Row({"idle_timer": 5}, {"idle_timer": 5}, {"idle_timer": 6},
                      base={**GROUP, "type": "resilient", "buckets": 16}, node=TWO, stays=True),
    "unbalanced_timer": Row({"unbalanced_timer": 50}, {"unbalanced_timer": 50}, {"unbalanced_timer": 60},
                            base={**GROUP, "type": "resilient", "buckets": 16}, node=TWO, stays=True),
    "fdb": Row({"fdb": True}, {"fdb": None}, None, {"link": "eth0"}, {"link": None}),
    "protocol": number("protocol", "static", "bgp"),
}  # fmt: skip

FDB = {
    WHOLE: Row({}, {"mac": "02:00:00:00:00:99", "dst": "192.0.2.9", "state": "permanent", "flags": {"self"}}),
    "mac": number("mac", "00:00:00:00:00:00", "01:00:5e:01:01:01"),
    "link": Row({"link": "vx1"}, {"ifname": "vx1"}, node={"links": {"vx1": {"kind": "vxlan", "vni": 43}}}),
    "self": Row({"self": True, "master": True}, {"master": "br0"}, {"self": True}, node={
        "links": {"br0": {"kind": "bridge"}, "vx0": {"master": "br0", "remote": "192.0.2.7"}}
    }),
    "master": Row({"master": True, "dst": None}, {"master": "br0"}, node={
        "links": {"br0": {"kind": "bridge"}, "vx0": {"master": "br0"}}
    }),
    "state": number("state", "static", "dynamic"),
    "dst": number("dst", "192.0.2.8", "192.0.2.7"),
    "port": number("port", 1234, 4321),
    "vni": number("vni", 77, 78),
    "src_vni": number("src_vni", 77, 78, node={"links": {"vx0": {"external": True, "vni": None}}}),
    "via": number("via", "eth0", "eth1", shown="viaIf"),
    "nhid": Row({"nhid": 8, "dst": None}, {"nhid": 8}, {"nhid": 9, "dst": None}, node={"nexthops": [
        {"id": 7, "via": "192.0.2.9", "fdb": True}, {"id": 8, "group": "7", "fdb": True},
        {"id": 9, "group": "7,4", "fdb": True},
    ]}),
    "vlan": cannot({"vlan": 7, "link": "eth0", "dst": None, "master": True}, "vlan 7", NO_VLAN, node={
        "links": {"br0": {"kind": "bridge", "vlan_filtering": True}, "eth0": {"master": "br0"}}
    }),
    "router": Row({"router": True}, {"flags": {"router"}}),
    "extern_learn": Row({"extern_learn": True}, {"flags": {"extern_learn"}}),
    "sticky": Row({"sticky": True}, {"flags": {"sticky"}},
        base={"link": "eth0", "master": True, "dst": None, "state": "static"},
        node={"links": {"br0": {"kind": "bridge"}, "eth0": {"master": "br0"}}}),
}  # fmt: skip

ROUTE = {
    WHOLE: Row({}, {"dst": "10.0.0.0/8", "gateway": "192.0.2.2", "dev": "eth0", "protocol": "boot"}),
    "type": Row({"type": "blackhole", "via": None}, {"type": "blackhole"}, {"type": "prohibit", "via": None}),
    "to": number("to", "10.7.0.0/16", "default", shown="dst"),
    "tos": number("tos", 4, 8, tells="0x04"),
    "encap": Row(
        {"encap": ENCAP4}, {"encap": "ip", "id": 77, "dst": "192.0.2.7"}, {"encap": {**ENCAP4, "ttl": 7, "key": True}},
        node=TUNNEL, base={"via": None, "link": "vx0"},
    ),
    "via": number("via", "192.0.2.3", "2001:db8::2", shown="gateway"),
    "link": Row({"link": "eth0", "via": None}, {"dev": "eth0", "scope": "link"}, {"link": "eth1", "via": None}),
    "src": number("src", "192.0.2.1", shown="prefsrc"),
    "metric": number("metric", 50, 60),
    "table": number("table", 1000, 7, tells="1000"),
    "protocol": number("protocol", "static", "bgp"),
    "scope": number("scope", "site", "global", stays=True),
    "pref": number("pref", "low", "high", base={"to": "2001:db8:1::/48", "via": "2001:db8::2"}),
    "nhid": Row({"nhid": 1, "via": None}, {"nhid": 1}, {"nhid": 2, "via": None}, node=TWO),
    **{
        name: Row({name: value}, {"metrics": [{name: value}]}, {name: then})
        for name, value, then in (("mtu", 1400, 1300), ("advmss", 1360, 1300), ("hoplimit", 7, 8), ("initcwnd", 7, 8),
                                  ("quickack", 1, None))
    },
    "onlink": Row({"via": "203.0.113.1", "link": "eth0", "onlink": True}, {"flags": {"onlink"}}),
    "nexthops": Row(
        {"nexthops": [{"via": "192.0.2.2"}, {"via": "192.0.2.3", "link": "eth0", "weight": 3}], "via": None},
        {"nexthops": [{"gateway": "192.0.2.2", "dev": "eth0", "weight": 1, "flags": []},
                      {"gateway": "192.0.2.3", "dev": "eth0", "weight": 3, "flags": []}]},
        {"nexthops": [{"via": "192.0.2.4"}, {"via": "192.0.2.3", "link": "eth0", "weight": 3}], "via": None},
    ),
}  # fmt: skip

RULE = {
    WHOLE: Row({}, {"priority": 100, "src": "all", "table": "100"}),
    "family": Row({"family": "inet6"}, {"priority": 100, "table": "100"}),
    "priority": number("priority", 101, 102),
    "not": Row({"not": True, "from": "10.0.0.0/8"}, {"not": None, "src": "10.0.0.0"}),
    "from": Row({"from": "10.0.0.0/8"}, {"src": "10.0.0.0", "srclen": 8}, {"from": "2001:db8::/32"}),
    "to": Row({"to": "10.0.0.0/8"}, {"dst": "10.0.0.0", "dstlen": 8}, {"to": "10.0.0.1/32"}),
    "tos": number("tos", 4, 8, tells="0x04"),
    "fwmark": Row({"fwmark": "0x10/0xff"}, {"fwmark": "0x10", "fwmask": "0xff"}, {"fwmark": 16}),
    "iif": number("iif", "eth0", "nowhere"),
    "oif": number("oif", "nowhere", "eth0"),
    "ipproto": number("ipproto", "tcp", 132),
    "sport": Row({"sport": "80-90"}, {"sport_start": 80, "sport_end": 90}, {"sport": 80}),
    "dport": Row({"dport": 80}, {"dport": 80}, {"dport": "80-90"}),
    "uidrange": Row({"uidrange": "1000-1999"}, {"uid_start": 1000, "uid_end": 1999}, {"uidrange": "0-0"}),
    "l3mdev": Row({"l3mdev": True, "table": None}, {"l3mdev": None}),
    "action": Row({"action": "blackhole", "table": None}, {"action": "blackhole"}, {"action": "nop", "table": None}),
    "table": number("table", "local", 1000),
    "goto": Row({"action": "goto", "goto": 32766, "table": None}, {"goto": 32766},
                {"action": "goto", "goto": 32767, "table": None}),
    "suppress_prefixlength": number("suppress_prefixlength", 0, 8, shown="suppress_prefixlen"),
    "protocol": number("protocol", "static", "bgp"),
}  # fmt: skip

NEIGHBOUR = {
    WHOLE: Row({}, {"dst": "192.0.2.9", "lladdr": "02:00:00:00:00:09", "state": {"PERMANENT"}}),
    "proxy": Row({"proxy": True, "mac": None}, {"dst": "192.0.2.9", "proxy": None}),
    "address": number("address", "2001:db8::9", "192.0.2.10", shown="dst"),
    "mac": number("mac", "02:00:00:00:00:0a", "02:00:00:00:00:0b", shown="lladdr"),
    "link": Row({"link": "eth1"}, {"dev": "eth1"}),
    "state": number("state", "noarp", "stale", tells={"NOARP"}),
    "router": Row({"router": True}, {"router": None}, base={"address": "2001:db8::9"}),
    "extern_learn": Row({"extern_learn": True}, {"extern_learn": None}),
    # Where the tables get full, the kernel lets go of one that nobody answers for, but not of one from a control plane.
    "managed": Row({"managed": True, "mac": None}, {"managed": None}, base={"extern_learn": True}),
}

IGMP3: Said = {"links": {"br0": {"mcast_igmp_version": 3}}}
DEVICE: Said = {
    "links": {"vx0": {"kind": "vxlan", "external": True, "vnifilter": True, "local": "192.0.2.1"}},
    "vnis": [{"link": "vx0", "vni": 10}],
}
ON_DEVICE: Said = {"link": "vx0", "port": "vx0", "dst": "192.0.2.7", "src_vni": 10}

MDB = {
    WHOLE: Row({}, {"grp": "239.1.1.1", "port": "eth0", "state": "permanent"}),
    "link": Row({"link": "br1", "port": "eth1"}, {"dev": "br1"}, node={
        "links": {"br1": {"kind": "bridge"}, "eth1": {"master": "br1"}}
    }),
    "port": number("port", "p0"),
    "group": number("group", "ff05::7", "01:02:03:04:05:06", shown="grp"),
    "source": number("source", "192.0.2.7", "192.0.2.8", shown="src"),
    "state": Row({"state": "temp"}, {"state": "temp"}),
    "vlan": cannot({"vlan": 7}, "vid 7", NO_VLAN),
    "filter_mode": new({"filter_mode": "include", "source_list": ["192.0.2.7"]}, node=IGMP3),
    "source_list": new({"filter_mode": "exclude", "source_list": ["192.0.2.8", "192.0.2.7"]}, node=IGMP3,
                       then={"filter_mode": "exclude", "source_list": ["192.0.2.7"]}),
    "protocol": new({"protocol": "bgp"}, then={"protocol": "zebra"}),
    **{
        name: new({name: value}, then={name: then}, base=ON_DEVICE, node=DEVICE)
        for name, value, then in (("dst", "192.0.2.8", "192.0.2.9"), ("dst_port", 1111, 2222), ("vni", 77, 78),
                                  ("via", "eth0", "eth1"))
    },
    "src_vni": new({"src_vni": 11}, base=ON_DEVICE, node={**DEVICE, "vnis": [{"link": "vx0", "vni": 10},
                                                                            {"link": "vx0", "vni": 11}]}),
}  # fmt: skip

ROWS: dict[str, dict[str, Row]] = {
    "bridge": BRIDGE,
    "vxlan": VXLAN,
    "veth": VETH,
    "loopback": LOOPBACK,
    "macvlan": MACVLAN,
    "dummy": DUMMY,
    "vlan": VLAN,
    "vrf": VRF,
    "bridge_port": BRIDGE_PORT,
    "vni": VNI,
    "address": ADDRESS,
    "nexthop": NEXTHOP,
    "fdb": FDB,
    "route": ROUTE,
    "rule": RULE,
    "neighbour": NEIGHBOUR,
    "mdb": MDB,
}
