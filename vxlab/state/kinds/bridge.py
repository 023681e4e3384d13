"""The Linux bridge: the switch inside a node (ip-link(8), "BRIDGE Type Support"; linux/if_link.h IFLA_BR_*)."""

from vxlab.state.kind import Option
from vxlab.state.kinds.link import link_kind
from vxlab.state.types import Centiseconds, Int, Mac, MaskedBit, OneOf, Type, Value, ZeroOne


def _switch(name: str, nla: str, default: bool, text: str, **more: str | bool) -> Option:
    return Option(name, ZeroOne(), f"IFLA_BR_{nla}", name, text, default, **more)  # type: ignore[arg-type]


def _time(name: str, nla: str, default: int, text: str, high: int = 2**31 - 1, low: int = 0) -> Option:
    return Option(name, Centiseconds(low, high), f"IFLA_BR_{nla}", name, text, default)


_SHORTEST_QUERY = 100
"""Hundredths of a second; the kernel takes less for this (BR_MULTICAST_QUERY_INTVL_MIN in net/bridge/br_private.h)."""


def _number(name: str, nla: str, high: int, default: int, text: str, example: int | None = None) -> Option:
    return Option(name, Int(0, high), f"IFLA_BR_{nla}", name, text, default, example=example)


def _bit(name: str, bit: int, text: str, kernel: str, iproute2: str) -> Option:
    kind: Type = MaskedBit(1 << bit, ZeroOne(), ("optval", "optmask"))
    return Option(name, kind, "IFLA_BR_MULTI_BOOLOPT", name, text, False, kernel=kernel, iproute2=iproute2)


class HashMax(Int):
    """A size that the kernel rounds up to a power of two."""

    def same(self, one: Value, other: Value) -> bool:
        return one == other or (isinstance(other, int) and one == 1 << (other - 1).bit_length())


BRIDGE = link_kind(
    "bridge",
    "a learning switch inside one namespace",
    (
        _time("ageing_time", "AGEING_TIME", 30000, "how long a learned MAC is kept"),
        _time("forward_delay", "FORWARD_DELAY", 1500, "time in the listening and learning states of STP", 3000),
        _time("hello_time", "HELLO_TIME", 200, "time between the hellos of STP", 1000),
        _time("max_age", "MAX_AGE", 2000, "how long STP believes a hello", 4000),
        _switch("stp_state", "STP_STATE", False, "whether the spanning tree protocol runs"),
        _number("priority", "PRIORITY", 65535, 32768, "the bridge's priority in the spanning tree election"),
        _number(
            "group_fwd_mask", "GROUP_FWD_MASK", 65535, 0,
            "which frames to 01:80:c2:00:00:0X are forwarded, a bit each; not 0, 1 and 2", 8,
        ),
        Option(
            "group_address", Mac(), "IFLA_BR_GROUP_ADDR", "group_address", "the address that STP talks to",
            default="01:80:c2:00:00:00", example="01:80:c2:00:00:0e",
        ),
        _bit("no_linklocal_learn", 0, "whether MACs of link-local frames are not learned", "5.0", "5.0"),
        _bit("mcast_vlan_snooping", 1, "whether snooping is done by VLAN", "5.15", "5.15"),
        _bit("fdb_local_vlan_0", 4, "whether local MACs are in VLAN 0 alone", "6.18", "6.18"),
        _bit("mst_enabled", 2, "whether STP state is kept by MST instance", "5.18", "6.9"),
        Option(
            "fdb_max_learned", Int(0, 2**32 - 1), "IFLA_BR_FDB_MAX_LEARNED", "fdb_max_learned",
            "the most learned FDB entries; 0 is no limit", default=0, kernel="6.7", iproute2="6.8",
        ),
        # The kernel takes another value of both, and with it come or stay VLANs of ports that nobody asked for.
        _switch("vlan_filtering", "VLAN_FILTERING", False, "whether the bridge looks at VLAN tags", fixed=True),
        Option(
            "vlan_protocol", OneOf({"802.1Q": 0x8100, "802.1ad": 0x88A8}), "IFLA_BR_VLAN_PROTOCOL", "vlan_protocol",
            "the kind of tag that it looks at", default="802.1Q",
        ),
        Option(
            "vlan_default_pvid", Int(0, 4094), "IFLA_BR_VLAN_DEFAULT_PVID", "vlan_default_pvid",
            "the VLAN of untagged frames at a new port, and at the bridge itself; 0 is none", default=1, fixed=True,
        ),
        _switch("vlan_stats_enabled", "VLAN_STATS_ENABLED", False, "whether it counts by VLAN"),
        _switch(
            "mcast_snooping", "MCAST_SNOOPING", True, "whether IGMP and MLD reports decide which ports get a group",
        ),
        _number(
            "mcast_router", "MCAST_ROUTER", 2, 1, "whether a multicast router is here: 0 never, 1 as seen, 2 always",
        ),
        _switch(
            "mcast_query_use_ifaddr", "MCAST_QUERY_USE_IFADDR", False,
            "whether queries come from the bridge's own address",
        ),
        _switch("mcast_querier", "MCAST_QUERIER", False, "whether the bridge asks for members"),
        Option(
            "mcast_hash_max", HashMax(1, 2**31), "IFLA_BR_MCAST_HASH_MAX", "mcast_hash_max", "the most groups", 4096,
        ),
        _number("mcast_last_member_count", "MCAST_LAST_MEMBER_CNT", 2**31 - 1, 2, "queries after a member has left"),
        _number("mcast_startup_query_count", "MCAST_STARTUP_QUERY_CNT", 2**31 - 1, 2, "queries at the start"),
        _time("mcast_last_member_interval", "MCAST_LAST_MEMBER_INTVL", 100, "time between the queries after a leave"),
        _time("mcast_membership_interval", "MCAST_MEMBERSHIP_INTVL", 26000, "how long a member is believed"),
        _time("mcast_querier_interval", "MCAST_QUERIER_INTVL", 25500, "how long another querier is believed"),
        _time("mcast_query_interval", "MCAST_QUERY_INTVL", 12500, "time between queries", low=_SHORTEST_QUERY),
        _time("mcast_query_response_interval", "MCAST_QUERY_RESPONSE_INTVL", 1000, "time that members have to answer"),
        _time(
            "mcast_startup_query_interval", "MCAST_STARTUP_QUERY_INTVL", 3125,
            "time between the queries at the start", low=_SHORTEST_QUERY,
        ),
        _switch("mcast_stats_enabled", "MCAST_STATS_ENABLED", False, "whether it counts multicast frames"),
        Option(
            "mcast_igmp_version", Int(2, 3), "IFLA_BR_MCAST_IGMP_VERSION", "mcast_igmp_version",
            "the version of IGMP queries", 2,
        ),
        Option(
            "mcast_mld_version", Int(1, 2), "IFLA_BR_MCAST_MLD_VERSION", "mcast_mld_version",
            "the version of MLD queries", 1,
        ),
        _switch("nf_call_iptables", "NF_CALL_IPTABLES", False, "whether bridged IPv4 passes iptables"),
        _switch("nf_call_ip6tables", "NF_CALL_IP6TABLES", False, "whether bridged IPv6 passes ip6tables"),
        _switch("nf_call_arptables", "NF_CALL_ARPTABLES", False, "whether bridged ARP passes arptables"),
    ),
    config="CONFIG_BRIDGE",
)  # fmt: skip
