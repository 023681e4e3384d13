"""What iproute2 has words for and no state of vxlab holds: filters, indexes, what moves a link. Rows like the others.

Words and values are those of ip/*.c and bridge/*.c of iproute2, names those of linux/if_link.h, linux/rtnetlink.h,
linux/neighbour.h and linux/if_bridge.h.
"""

from __future__ import annotations

from vxlab.state.kind import Option
from vxlab.state.kinds.address import ADDRESS
from vxlab.state.kinds.bridge_port import BRIDGE_PORT
from vxlab.state.kinds.bridge_vlan import BRIDGE_VLAN
from vxlab.state.kinds.route import ROUTE, TABLES, TYPES
from vxlab.state.types import Int, Ip, LinkRef, Mac, Named, OneOf, OnOff, Prefix, Present, Text, Type, ZeroOne

_U32 = 2**32 - 1


class _Any(Type):
    """A name that the kernel or a file of iproute2 gives a meaning to."""

    says = "a name or a number"
    example = "name"

    def parse(self, raw: object) -> str:
        return str(raw)


def _word(name: str, nla: str, text: str) -> Option:
    return Option(name, Present(), nla, name, text)


def _number(name: str, nla: str, text: str, high: int = _U32) -> Option:
    return Option(name, Int(0, high), nla, name, text)


def _name(name: str, nla: str, text: str, kind: Type | None = None) -> Option:
    return Option(name, kind or _Any(), nla, name, text)


def _on_off(name: str, nla: str, text: str) -> Option:
    return Option(name, OnOff(), nla, name, text)


def _words(nla: str, **texts: str) -> tuple[Option, ...]:
    return tuple(_word(name, nla, text) for name, text in texts.items())


NEW_NAME = Option("dev", LinkRef(), "IFLA_IFNAME", "dev", "the interface name")
DEV = Option("dev", LinkRef(), "ifi_index", "dev", "the link that is meant")
VRF = _name("vrf", "IFLA_MASTER", "the VRF that it belongs to", LinkRef())
NOMASTER = _word("nomaster", "IFLA_MASTER", "that it belongs to no bridge and no VRF")
GROUP = _name("group", "IFLA_GROUP", "the group of links that it belongs to, by name or number")

LINK = (
    _name("broadcast", "IFLA_BROADCAST", "the link-layer broadcast address", Mac()),
    _number("index", "ifi_index", "the number of the link in its namespace"),
    _name("netns", "IFLA_NET_NS_FD", "the network namespace that it moves to, by name or process id"),
    _name("link-netns", "IFLA_LINK_NETNSID", "the namespace of the link that it stands on"),
    _number("link-netnsid", "IFLA_LINK_NETNSID", "the namespace of the link that it stands on, by number"),
    _number("numtxqueues", "IFLA_NUM_TX_QUEUES", "how many transmit queues it has"),
    _number("numrxqueues", "IFLA_NUM_RX_QUEUES", "how many receive queues it has"),
    _number("gso_max_size", "IFLA_GSO_MAX_SIZE", "the largest segmentation offload packet, in bytes"),
    _number("gso_max_segs", "IFLA_GSO_MAX_SEGS", "the most segments of a segmentation offload packet"),
    _number("gro_max_size", "IFLA_GRO_MAX_SIZE", "the largest packet that receive offload puts together, in bytes"),
    _name(
        "addrgenmode", "IFLA_INET6_ADDR_GEN_MODE", "how the link-local IPv6 address is chosen",
        OneOf({"eui64": 0, "none": 1, "stable_secret": 2, "random": 3}),
    ),
    _name("mode", "IFLA_LINKMODE", "what its operational state follows", OneOf({"default": 0, "dormant": 1})),
    _name(
        "state", "IFLA_OPERSTATE", "its operational state (RFC 2863)",
        OneOf({
            "unknown": 0, "notpresent": 1, "down": 2, "lowerlayerdown": 3, "testing": 4, "dormant": 5, "up": 6,
            "UNKNOWN": 0, "NOTPRESENT": 1, "DOWN": 2, "LOWERLAYERDOWN": 3, "TESTING": 4, "DORMANT": 5, "UP": 6,
        }),
    ),
    _on_off("carrier", "IFLA_CARRIER", "whether it has carrier"),
    _on_off("protodown", "IFLA_PROTO_DOWN", "whether it is held down by a protocol"),
    _on_off("dynamic", "IFF_DYNAMIC", "whether its address may be lost when it goes down"),
    _on_off("trailers", "IFF_NOTRAILERS", "an old flag of 4.2BSD without effect"),
    VRF,
    NOMASTER,
)  # fmt: skip

NEW_LINK_NAME = Option("new_name", LinkRef(), "IFLA_IFNAME", "name", "its new interface name")

BRIDGE = (
    _word("fdb_flush", "IFLA_BR_FDB_FLUSH", "remove what the bridge has learned"),
    Option("vlan_stats_per_port", ZeroOne(), "IFLA_BR_VLAN_STATS_PER_PORT", "vlan_stats_per_port",
           "whether it counts by VLAN for each port"),
    _number("mcast_hash_elasticity", "IFLA_BR_MCAST_HASH_ELASTICITY", "without effect since Linux 4.20"),
)  # fmt: skip
BRIDGE_SLAVE = (
    _word("fdb_flush", "IFLA_BRPORT_FLUSH", "remove what the bridge has learned at this port"),
    _on_off("proxy_arp", "IFLA_BRPORT_PROXYARP", "whether the bridge answers ARP for it"),
    _on_off("proxy_arp_wifi", "IFLA_BRPORT_PROXYARP_WIFI", "whether the bridge answers ARP for it, as wireless needs"),
)
BRIDGE_LINK = (
    _on_off("learning_sync", "IFLA_BRPORT_LEARNING_SYNC", "whether the device tells the bridge what it learns"),
    _name("hwmode", "IFLA_BRIDGE_MODE", "how the device switches", OneOf({"veb": 0, "vepa": 1})),
    _word("self", "BRIDGE_FLAGS_SELF", "set it at the device itself"),
    _word("master", "BRIDGE_FLAGS_MASTER", "set it at the bridge that the link is a port of"),
    DEV,
)

ADDRESS_EXTRA = (_name("anycast", "IFA_ANYCAST", "an anycast address"),)
TO = _name("to", "", "addresses in this prefix", Prefix())
_SHOWN_FLAGS = _words(
    "IFA_FLAGS",
    dynamic="addresses that run out",
    permanent="addresses that stay",
    primary="addresses that are the first of their prefix",
    secondary="addresses that are not the first of their prefix",
    temporary="temporary addresses (RFC 8981)",
    tentative="addresses of which is not known yet whether somebody else has them",
    deprecated="addresses that new connections do not use",
    dadfailed="addresses that somebody else has",
)
SHOW_LINK = (
    DEV,
    _word("up", "IFF_UP", "links that are enabled"),
    _word("down", "IFF_UP", "links that are not enabled"),
    _name("master", "IFLA_MASTER", "the ports of this bridge, or the links of this VRF", LinkRef()),
    VRF,
    NOMASTER,
    GROUP,
    _name("type", "IFLA_INFO_KIND", "links of this kind, or ports of this kind of link"),
    _word("novf", "IFLA_EXT_MASK", "what is not said of virtual functions"),
)
SHOW_ADDRESS = (
    *SHOW_LINK,
    TO,
    _name("label", "IFA_LABEL", "labels that match this pattern"),
    _name("scope", "ifa_scope", "the scope of the address", Named(0, 255, names={
        **getattr(ADDRESS.table["scope"].type, "names", {}), "all": 256,
    })),
    _name("proto", "IFA_PROTO", "who made the address"),
    *_SHOWN_FLAGS,
)  # fmt: skip

_METRICS = {
    "window": ("RTAX_WINDOW", "the largest TCP window that is announced"),
    "cwnd": ("RTAX_CWND", "the largest congestion window"),
    "initrwnd": ("RTAX_INITRWND", "the receive window to start with"),
    "ssthresh": ("RTAX_SSTHRESH", "the slow start threshold to start with"),
    "reordering": ("RTAX_REORDERING", "how much reordering TCP expects"),
}
ROUTE_EXTRA = (
    *(_number(name, f"RTA_METRICS/{nla}", text) for name, (nla, text) in _METRICS.items()),
    *(
        _name(name, f"RTA_METRICS/{nla}", text)
        for name, nla, text in (
            ("rtt", "RTAX_RTT", "the round-trip time to start with"),
            ("rttvar", "RTAX_RTTVAR", "its variance"),
            ("rto_min", "RTAX_RTO_MIN", "the shortest retransmission timeout of TCP"),
            ("congctl", "RTAX_CC_ALGO", "the congestion control of TCP"),
            ("features", "RTAX_FEATURES", "what TCP may use, such as ecn"),
        )
    ),
    _name("expires", "RTA_EXPIRES", "in how many seconds it is removed (IPv6)"),
    _name("realms", "RTA_FLOW", "the realms that it is counted in"),
    _name("from", "RTA_SRC", "the source prefix that it is for (IPv6)", Prefix()),
    _name("to", "RTA_DST", "the destination", Prefix()),
    _name("vrf", "RTA_TABLE", "the table of this VRF", LinkRef()),
)
SHOW_ROUTE = (
    _name("table", "RTA_TABLE", "the table; all for all tables, cache for what is cached", Named(
        1, _U32, names={**TABLES, "all": 0, "cache": 0}
    )),
    _name("root", "", "prefixes within this one", Prefix()),
    _name("match", "", "prefixes around this one", Prefix()),
    _name("exact", "", "this prefix itself", Prefix()),
    _name("to", "RTA_DST", "the destination", Prefix()),
    _name("from", "RTA_SRC", "the source prefix", Prefix()),
    _name("vrf", "RTA_TABLE", "the table of this VRF", LinkRef()),
    _name("type", "rtm_type", "what becomes of the packets", OneOf({**TYPES, "all": 0})),
    _name("iif", "RTA_IIF", "the link that packets come by", LinkRef()),
    _name("oif", "RTA_OIF", "the link that it leaves by", LinkRef()),
    _name("mark", "RTA_MARK", "the firewall mark"),
    _name("realms", "RTA_FLOW", "the realms"),
    _word("cached", "RTM_F_CLONED", "routes that are cached"),
    _word("cloned", "RTM_F_CLONED", "routes that are cached"),
)  # fmt: skip
DESTINATION = Option("to", Prefix(), "RTA_DST", "to", "where the packet would go")
GET_ROUTE = (
    DESTINATION,
    _name("from", "RTA_SRC", "the source address of the packet", Prefix()),
    _name("iif", "RTA_IIF", "the link that the packet comes by: how it would be forwarded", LinkRef()),
    _name("oif", "RTA_OIF", "the link that it has to leave by", LinkRef()),
    _name("vrf", "RTA_OIF", "the VRF that it belongs to", LinkRef()),
    _name("mark", "RTA_MARK", "its firewall mark"),
    _name("tos", "rtm_tos", "its TOS byte", ROUTE.table["tos"].type),
    _number("uid", "RTA_UID", "the user id of its sender"),
    _name("ipproto", "RTA_IP_PROTO", "its protocol"),
    _number("sport", "RTA_SPORT", "its source port", 65535),
    _number("dport", "RTA_DPORT", "its destination port", 65535),
    _word("fibmatch", "RTM_F_FIB_MATCH", "answer with the route that matched, not with what came of it"),
    _word("notify", "RTM_F_NOTIFY", "tell about later changes of the route"),
)

RULE_EXTRA = (
    _name("realms", "FRA_FLOW", "the realms that packets are counted in"),
    _name("tun_id", "FRA_TUN_ID", "the id of the tunnel that they came by"),
    _name("suppress_ifgroup", "FRA_SUPPRESS_IFGROUP", "routes by a link of this group do not count"),
    _word("nop", "FR_ACT_NOP", "do nothing: go on with the next rule"),
)

NEIGHBOUR_EXTRA = (
    _word("use", "NTF_USE", "resolve it now, as if it were used"),
    _name("protocol", "NDA_PROTOCOL", "who made it"),
)
_NUD = {
    "none": 0, "incomplete": 1, "reachable": 2, "stale": 4, "delay": 8, "probe": 16, "failed": 32, "noarp": 64,
    "permanent": 128, "all": 255,
}  # fmt: skip
SHOW_NEIGHBOUR = (
    DEV,
    _name("to", "NDA_DST", "neighbours in this prefix", Prefix()),
    _name("nud", "ndm_state", "neighbours of which this is known", OneOf(_NUD)),
    _name("master", "NDA_MASTER", "neighbours on the ports of this bridge, or in this VRF", LinkRef()),
    _name("vrf", "NDA_MASTER", "neighbours in this VRF", LinkRef()),
    _word("nomaster", "NDA_MASTER", "neighbours on links of no bridge and no VRF"),
    _word("unused", "NDA_CACHEINFO", "neighbours that nobody uses now"),
    _word("proxy", "NTF_PROXY", "addresses that this node answers for"),
    _name("protocol", "NDA_PROTOCOL", "who made it"),
)
GET_NEIGHBOUR = (
    DEV,
    Option("to", Ip(), "NDA_DST", "to", "the neighbour's IP address"),
    _word("proxy", "NTF_PROXY", "ask among the addresses that this node answers for"),
)

SHOW_NEXTHOP = (
    DEV,
    _number("id", "NHA_ID", "its number"),
    _word("groups", "NHA_GROUPS", "groups alone"),
    _name("master", "NHA_MASTER", "those by links of this bridge or VRF", LinkRef()),
    _name("vrf", "NHA_MASTER", "those by links of this VRF", LinkRef()),
    _name("protocol", "nh_protocol", "who made it"),
    _word("fdb", "NHA_FDB", "those for FDB entries"),
)

FDB_EXTRA = (
    _word("use", "NTF_USE", "take it as used now"),
    _word("activity_notify", "NFEA_ACTIVITY_NOTIFY", "tell when it is used again"),
    _word("inactive", "NFEA_ACTIVITY_NOTIFY", "take it as not in use"),
    _word("norefresh", "NFEA_DONT_REFRESH", "leave its timer as it is"),
)
SHOW_FDB = (
    Option("dev", LinkRef(), "ndm_ifindex", "dev", "the link that the MAC is behind, or a VXLAN device"),
    _name("br", "NDA_MASTER", "the bridge", LinkRef()),
    _name("brport", "ndm_ifindex", "the port of the bridge", LinkRef()),
    _number("vlan", "NDA_VLAN", "the VLAN", 4094),
    _name("state", "ndm_state", "how long it stays"),
    _word("dynamic", "ndm_state", "entries that age"),
    _number("vni", "NDA_VNI", "the VNI"),
    _word("self", "NTF_SELF", "in the table of the link itself"),
    _word("master", "NTF_MASTER", "in the table of the bridge"),
)
SHOW_MDB = (DEV, _number("vid", "br_mdb_entry.vid", "the VLAN", 4094))
SHOW_DEV = (DEV,)
QDISC_PLACES = (
    _word("root", "TC_H_ROOT", "the discipline that stands for the whole link"),
    _word("ingress", "TC_H_INGRESS", "what comes in, not what is sent"),
    _name("parent", "tcm_parent", "the class that it is below"),
    _name("handle", "tcm_handle", "its own number, such as 1:"),
)
NETEM = (
    _number("limit", "tc_netem_qopt.limit", "how many frames wait at most"),
    _number("gap", "tc_netem_qopt.gap", "every how many frames one is sent at once"),
    _name("duplicate", "tc_netem_qopt.duplicate", "how many of all frames are sent twice, at random"),
    _name("corrupt", "TCA_NETEM_CORRUPT", "how many of all frames have a wrong bit, at random"),
    _name("reorder", "TCA_NETEM_REORDER", "how many of all frames overtake those that wait, at random"),
    _name("distribution", "TCA_NETEM_DELAY_DIST", "how the jitter is distributed: uniform, normal, pareto"),
)
SHOW_PORTS = (DEV, _name("master", "IFLA_MASTER", "the ports of this bridge", LinkRef()))

_vlan = BRIDGE_VLAN.table
VLAN = (*_vlan.values(), _word("master", "BRIDGE_FLAGS_MASTER", "at the bridge that the link is a port of"))
TUNNEL_INFO = _word("tunnel_info", "IFLA_BRIDGE_VLAN_TUNNEL_INFO", "the tunnel that the VLAN is mapped to")
SHOW_VLAN = (_vlan["link"], _vlan["vid"])
VLAN_SETTINGS = (
    DEV,
    _name("vid", "BRIDGE_VLANDB_ENTRY_INFO", _vlan["vid"].help, _vlan["vid"].type),
    _name("state", "BRIDGE_VLANDB_ENTRY_STATE", "its STP state", BRIDGE_PORT.table["state"].type),
)

MULTICAST = (Option("address", Mac(), "ifr_hwaddr", "", "the link-layer multicast address"), DEV)

MONITORED = _words(
    "",
    all="every change",
    link="changes of links",
    address="changes of addresses",
    maddress="changes of multicast addresses",
    route="changes of routes",
    mroute="changes of multicast routes",
    prefix="prefixes that routers announce (IPv6)",
    neigh="changes of neighbours",
    netconf="changes of the forwarding settings",
    rule="changes of rules",
    nexthop="changes of nexthops",
    nsid="changes of namespace ids",
    label="name the kind of each line",
    fdb="changes of FDB entries",
    mdb="changes of MDB entries",
    vlan="changes of VLANs",
    vni="changes of VNIs",
)
ALL_NSID = _word("all-nsid", "NETLINK_LISTEN_ALL_NSID", "in every namespace that has an id here")
MONITOR_FILE = _name("file", "", "read the changes from a file that rtmon wrote", Text())
