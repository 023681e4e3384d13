"""The messages of vxlab.kernel.netlink, both ways.

The same thing is made in two namespaces, by iproute2 in one and by messages in the other. iproute2 must tell the same
of both, and so must a dump that vxlab decodes. What iproute2 6.1 cannot make or tell is decoded only.
"""

import errno
import itertools
import platform
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from socket import AF_INET, AF_INET6
from typing import Any

import pytest
from pyroute2.netlink import nlmsg, nlmsg_base
from pyroute2.netlink.rtnl import (
    RTM_GETADDR,
    RTM_GETLINK,
    RTM_GETNEIGH,
    RTM_GETROUTE,
    RTM_GETRULE,
    RTM_NEWLINK,
    RTM_NEWROUTE,
)
from pyroute2.netlink.rtnl.fibmsg import fibmsg
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg as their_ifinfmsg
from pyroute2.netlink.rtnl.ndmsg import ndmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg as their_rtmsg

from vxlab.kernel import namespaces
from vxlab.kernel.netlink.encap import rtmsg
from vxlab.kernel.netlink.link import data_class, ifinfmsg
from vxlab.kernel.netlink.mdb import MDB_PERMANENT, RTM_DELMDB, RTM_GETMDB, RTM_NEWMDB, br_port_msg
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.nexthop import (
    NEXTHOP_GRP_TYPE_MPATH,
    NEXTHOP_GRP_TYPE_RES,
    RTM_DELNEXTHOP,
    RTM_GETNEXTHOP,
    RTM_NEWNEXTHOP,
    nhmsg,
)
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.netlink.tunnel import RTM_DELTUNNEL, RTM_GETTUNNEL, RTM_NEWTUNNEL, tunnel_msg
from vxlab.kernel.rtnetlink import NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, RouteSocket

from .conftest import bridge, ip, run

CREATE = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL
AF_BRIDGE = 7
UNDERLAY, BRIDGE, PORT, EXTERNAL, FILTERING, PLAIN = 10, 11, 12, 13, 14, 15
RTPROT_BOOT, RTPROT_STATIC, RTPROT_BGP = 3, 4, 186
RT_SCOPE_UNIVERSE, RT_SCOPE_LINK = 0, 253
LWTUNNEL_ENCAP_IP, LWTUNNEL_ENCAP_IP6 = 2, 4
TUNNEL_KEY, TUNNEL_VXLAN_OPT = 0x0004, 0x1000

WORLD = f"""
link set lo up
link add u0 index {UNDERLAY} type veth peer name u1
link set u0 addrgenmode none
link set u1 addrgenmode none
link set u1 up
link set u0 up
address add 192.0.2.1/24 dev u0
address add 2001:db8::1/64 dev u0 nodad
link add br0 index {BRIDGE} type bridge mcast_igmp_version 3 mcast_mld_version 2
link add p0 index {PORT} type veth peer name q0
link set p0 master br0 addrgenmode none
link set p0 up
link set q0 addrgenmode none
link set q0 up
address add 203.0.113.1/24 dev br0
address add 2001:db8:1::1/64 dev br0 nodad
link set br0 addrgenmode none
link set br0 up
link add external index {EXTERNAL} type vxlan external local 192.0.2.1 dstport 4790
link add filtering index {FILTERING} type vxlan external vnifilter local 192.0.2.1 dstport 4791
link add plain index {PLAIN} type vxlan id 14 local 192.0.2.1 dstport 4792
link set external addrgenmode none
link set external up
link set filtering addrgenmode none
link set filtering up
link set plain addrgenmode none
link set plain up
"""
"""What each namespace begins with, as ``ip`` has it. No link has an address that it makes by itself."""


def since(version: str) -> pytest.MarkDecorator:
    """Skips where the running kernel is older."""
    found = re.match(r"(\d+)\.(\d+)", platform.release())
    running = tuple(map(int, found.groups())) if found else (0, 0)
    wanted = tuple(map(int, version.split(".")))
    return pytest.mark.skipif(running < wanted, reason=f"needs Linux {version}")


class World:
    """A namespace, and a socket in it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.route = RouteSocket(name)

    def refusal(self, message: type[nlmsg], kind: int, fields: Any, attributes: Any, flags: int = CREATE) -> Any:
        refused = self.route.request([encode_message(message, kind, flags, fields, list(attributes))])
        return refused[0] if refused else None

    def send(self, *words: Any, **more: Any) -> None:
        refused = self.refusal(*words, **more)
        assert refused is None, refused.text

    def dump(self, message: type[nlmsg], kind: int, **fields: int) -> list[Any]:
        return [found.whole for found in self.route.dump(encode_message(message, kind, NLM_F_DUMP, fields, []))]

    def link(self, name: str) -> Any:
        """The attributes of a link's kind and of its place in a bridge."""
        link = next(m for m in self.dump(ifinfmsg, RTM_GETLINK) if m.get_attr("IFLA_IFNAME") == name)
        info = plain(link)["IFLA_LINKINFO"]
        return info.get("IFLA_INFO_DATA"), info.get("IFLA_INFO_SLAVE_DATA")

    def add_link(self, name: str, kind: str, data: Any, *more: Any) -> None:
        self.send(ifinfmsg, RTM_NEWLINK, {}, [["IFLA_IFNAME", name], *more, linkinfo(kind, data)])


@pytest.fixture
def worlds() -> Iterator[tuple[World, World]]:
    """Two namespaces with the same in them: one for iproute2, one for messages."""
    namespaces.prepare()
    with ExitStack() as after:
        made = []
        for name in "by-words", "by-messages":
            with namespaces.create(name):
                pass
            after.callback(namespaces.delete, name)
            run("ip", "-n", name, "-batch", "-", input=WORLD)
            made.append(World(name))
            after.enter_context(made[-1].route)
        yield made[0], made[1]


def plain(message: Any) -> dict[str, Any]:
    """The attributes of a decoded message as dictionaries; of one that is there more than once, a list."""
    found: dict[str, Any] = {}
    for attribute in message["attrs"]:
        name, value = attribute[0], attribute[1]
        found.setdefault(name, []).append(_plain(value))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, nlmsg_base):
        return value
    own = {name: value[name] for name, _ in value.fields if not name.startswith("__")}
    return own | (plain(value) if "attrs" in value else {})


def nest(**attributes: Any) -> dict[str, Any]:
    return {"attrs": [[name, value] for name, value in attributes.items()]}


def linkinfo(kind: str, data: Any) -> list[Any]:
    return ["IFLA_LINKINFO", nest(IFLA_INFO_KIND=kind, IFLA_INFO_DATA={"attrs": data})]


def flat(value: Any) -> Any:
    """What was given to encode, as ``plain`` gives it after decoding."""
    if isinstance(value, list):
        return [flat(item) for item in value]
    if isinstance(value, dict) and "attrs" in value:
        rest = {name: item for name, item in value.items() if name != "attrs"}
        return rest | {name: flat(item) for name, item in value["attrs"]}
    return value


def encap_ip(number: int = 100) -> dict[str, Any]:
    return nest(
        LWTUNNEL_IP_ID=number,
        LWTUNNEL_IP_DST="192.0.2.9",
        LWTUNNEL_IP_SRC="192.0.2.1",
        LWTUNNEL_IP_TTL=33,
        LWTUNNEL_IP_TOS=4,
        LWTUNNEL_IP_FLAGS=TUNNEL_KEY,
    )


def encap_ip6() -> dict[str, Any]:
    return nest(
        LWTUNNEL_IP6_ID=0x123456,
        LWTUNNEL_IP6_DST="2001:db8::9",
        LWTUNNEL_IP6_SRC="2001:db8::1",
        LWTUNNEL_IP6_HOPLIMIT=34,
        LWTUNNEL_IP6_TC=8,
        # The kernel adds the bit by itself where there are options.
        LWTUNNEL_IP6_FLAGS=TUNNEL_KEY | TUNNEL_VXLAN_OPT,
        LWTUNNEL_IP6_OPTS=nest(LWTUNNEL_IP_OPTS_VXLAN=nest(LWTUNNEL_IP_OPT_VXLAN_GBP=7)),
    )


ENCAP_IP = "encap ip id 100 dst 192.0.2.9 src 192.0.2.1 ttl 33 tos 4 key"
ENCAP_IP6 = "encap ip6 id 1193046 dst 2001:db8::9 src 2001:db8::1 hoplimit 34 tc 8 key vxlan_opts 7"

# What is there before, the words, the family, the attributes in any order.
NEXTHOPS = [
    ((), "via 192.0.2.2 dev u0", AF_INET, {"NHA_OIF": UNDERLAY, "NHA_GATEWAY": "192.0.2.2"}),
    ((), "via 2001:db8::2 dev u0", AF_INET6, {"NHA_OIF": UNDERLAY, "NHA_GATEWAY": "2001:db8::2"}),
    ((), "blackhole", AF_INET, {"NHA_BLACKHOLE": True}),
    ((), "via 192.0.2.2 fdb", AF_INET, {"NHA_GATEWAY": "192.0.2.2", "NHA_FDB": True}),
    ((), "via 2001:db8::2 fdb", AF_INET6, {"NHA_GATEWAY": "2001:db8::2", "NHA_FDB": True}),
    (
        ("id 1 via 192.0.2.2 fdb", "id 2 via 192.0.2.3 fdb"),
        "group 1/2 fdb",
        0,
        {
            "NHA_GROUP": [{"id": n, "weight": 0, "weight_high": 0} for n in (1, 2)],
            "NHA_GROUP_TYPE": NEXTHOP_GRP_TYPE_MPATH,
            "NHA_FDB": True,
        },
    ),
    (
        ("id 1 via 192.0.2.2 dev u0", "id 2 via 192.0.2.3 dev u0"),
        "group 1,10/2,3",
        0,
        {
            "NHA_GROUP": [{"id": 1, "weight": 9, "weight_high": 0}, {"id": 2, "weight": 2, "weight_high": 0}],
            "NHA_GROUP_TYPE": NEXTHOP_GRP_TYPE_MPATH,
        },
    ),
    (
        ("id 1 via 192.0.2.2 dev u0",),
        "group 1 type resilient buckets 32 idle_timer 60 unbalanced_timer 5",
        0,
        {
            "NHA_GROUP": [{"id": 1, "weight": 0, "weight_high": 0}],
            "NHA_GROUP_TYPE": NEXTHOP_GRP_TYPE_RES,
            "NHA_RES_GROUP": nest(
                NHA_RES_GROUP_BUCKETS=32, NHA_RES_GROUP_IDLE_TIMER=6000, NHA_RES_GROUP_UNBALANCED_TIMER=500
            ),
        },
    ),
    (
        (),
        f"{ENCAP_IP} dev external",
        AF_INET,
        {"NHA_OIF": EXTERNAL, "NHA_ENCAP": encap_ip(), "NHA_ENCAP_TYPE": LWTUNNEL_ENCAP_IP},
    ),
    (
        (),
        f"{ENCAP_IP6} dev external",
        AF_INET6,
        {"NHA_OIF": EXTERNAL, "NHA_ENCAP_TYPE": LWTUNNEL_ENCAP_IP6, "NHA_ENCAP": encap_ip6()},
    ),
]


@pytest.mark.parametrize(("before", "words", "family", "attributes"), NEXTHOPS, ids=[row[1] for row in NEXTHOPS])
def test_next_hops(
    worlds: tuple[World, World], before: tuple[str, ...], words: str, family: int, attributes: dict[str, Any]
) -> None:
    by_words, by_messages = worlds
    for world, line in itertools.product(worlds, before):
        run("ip", "-n", world.name, "nexthop", "add", *line.split())
    v6 = ["-6"] if family == AF_INET6 else []
    run("ip", "-n", by_words.name, *v6, "nexthop", "add", "id", "7", *words.split())
    by_messages.send(nhmsg, RTM_NEWNEXTHOP, {"nh_family": family}, [["NHA_ID", 7], *map(list, attributes.items())])

    assert ip(by_messages.name, "nexthop") == ip(by_words.name, "nexthop")
    for world in worlds:
        found = next(m for m in world.dump(nhmsg, RTM_GETNEXTHOP) if m.get_attr("NHA_ID") == 7)
        assert found["nh_family"] == family
        told = plain(found)
        # Flags of the answer, and the time since a resilient group was last in balance.
        told.pop("NHA_OP_FLAGS", None)
        if "NHA_RES_GROUP" in told:
            told["NHA_RES_GROUP"].pop("NHA_RES_GROUP_UNBALANCED_TIME")
        assert told == {"NHA_ID": 7} | {name: flat(value) for name, value in attributes.items()}

    by_messages.send(nhmsg, RTM_DELNEXTHOP, {}, [["NHA_ID", 7]], flags=NLM_F_ACK)
    assert 7 not in [item["id"] for item in ip(by_messages.name, "nexthop")]


@since("6.12")
def test_weights_above_256_have_two_bytes(worlds: tuple[World, World]) -> None:
    world = worlds[1]
    world.send(nhmsg, RTM_NEWNEXTHOP, {"nh_family": AF_INET}, [["NHA_ID", 1], ["NHA_BLACKHOLE", True]])
    world.send(nhmsg, RTM_NEWNEXTHOP, {"nh_family": AF_INET}, [["NHA_ID", 2], ["NHA_OIF", UNDERLAY]])
    group = [{"id": 2, "weight": 3, "weight_high": 1}]
    world.send(nhmsg, RTM_NEWNEXTHOP, {}, [["NHA_ID", 3], ["NHA_GROUP", group]])
    world.send(rtmsg, RTM_NEWROUTE, route(AF_INET, 24), [["RTA_DST", "198.51.100.0"], ["RTA_NH_ID", 3]])
    assert plain(world.dump(nhmsg, RTM_GETNEXTHOP)[-1])["NHA_GROUP"] == group
    (found,) = [m for m in world.dump(rtmsg, RTM_GETROUTE, family=AF_INET) if m.get_attr("RTA_NH_ID")]
    assert found.get_attr("RTA_NH_ID") == 3


def route(family: int, length: int, scope: int = RT_SCOPE_UNIVERSE) -> dict[str, int]:
    fields = {"table": 254, "proto": RTPROT_BOOT, "scope": scope, "type": 1}
    return {"family": family, "dst_len": length, **fields}


ROUTES = [
    (
        f"198.51.100.0/24 {ENCAP_IP} dev external",
        route(AF_INET, 24, RT_SCOPE_LINK),
        {
            "RTA_DST": "198.51.100.0",
            "RTA_OIF": EXTERNAL,
            "RTA_ENCAP": encap_ip(),
            "RTA_ENCAP_TYPE": LWTUNNEL_ENCAP_IP,
        },
    ),
    (
        f"2001:db8:5::/64 {ENCAP_IP6} dev external",
        route(AF_INET6, 64),
        {
            "RTA_DST": "2001:db8:5::",
            "RTA_OIF": EXTERNAL,
            "RTA_ENCAP_TYPE": LWTUNNEL_ENCAP_IP6,
            "RTA_ENCAP": encap_ip6(),
        },
    ),
    (
        f"198.51.100.0/24 nexthop {ENCAP_IP} dev external weight 3 nexthop {ENCAP_IP6} dev external"
        " nexthop via 192.0.2.2 dev u0 nexthop via inet6 2001:db8::2 dev u0",
        route(AF_INET, 24),
        {
            "RTA_DST": "198.51.100.0",
            "RTA_MULTIPATH": [
                {
                    "oif": EXTERNAL,
                    "hops": 2,
                    "flags": 0,
                    **nest(RTA_ENCAP=encap_ip(), RTA_ENCAP_TYPE=LWTUNNEL_ENCAP_IP),
                },
                {
                    "oif": EXTERNAL,
                    "hops": 0,
                    "flags": 0,
                    **nest(RTA_ENCAP_TYPE=LWTUNNEL_ENCAP_IP6, RTA_ENCAP=encap_ip6()),
                },
                {"oif": UNDERLAY, "hops": 0, "flags": 0, **nest(RTA_GATEWAY="192.0.2.2")},
                {"oif": UNDERLAY, "hops": 0, "flags": 0, **nest(RTA_VIA={"family": AF_INET6, "addr": "2001:db8::2"})},
            ],
        },
    ),
    (
        "198.51.100.0/24 nhid 1",
        route(AF_INET, 24),
        {"RTA_DST": "198.51.100.0", "RTA_NH_ID": 1},
    ),
]


@pytest.mark.parametrize(("words", "fields", "attributes"), ROUTES, ids=[row[0].split(" src")[0] for row in ROUTES])
def test_routes(worlds: tuple[World, World], words: str, fields: dict[str, int], attributes: dict[str, Any]) -> None:
    by_words, by_messages = worlds
    for world in worlds:
        run("ip", "-n", world.name, "nexthop", "add", "id", "1", "via", "192.0.2.2", "dev", "u0")
    run("ip", "-n", by_words.name, "route", "add", *words.split())
    by_messages.send(rtmsg, RTM_NEWROUTE, fields, [[name, value] for name, value in attributes.items()])

    for family in "-4", "-6":
        assert ip(by_messages.name, family, "route") == ip(by_words.name, family, "route")
    wanted = {name: flat(value) for name, value in attributes.items()}
    for world in worlds:
        dumped = world.dump(rtmsg, RTM_GETROUTE, family=fields["family"])
        found = next(m for m in dumped if m.get_attr("RTA_DST") == attributes["RTA_DST"])
        told = plain(found)
        assert {name: told[name] for name in wanted} == wanted


def vnis(*entries: dict[str, Any]) -> list[Any]:
    return [
        ["VXLAN_VNIFILTER_ENTRY", nest(**{f"VXLAN_VNIFILTER_ENTRY_{name}": v for name, v in entry.items()})]
        for entry in entries
    ]


def test_vnis_of_a_device_that_filters(worlds: tuple[World, World]) -> None:
    by_words, by_messages = worlds
    for words in "vni 100-110 remote 192.0.2.7", "vni 200", "vni 300 remote 2001:db8::7":
        run("bridge", "-n", by_words.name, "vni", "add", "dev", "filtering", *words.split())
    entries = (
        {"START": 100, "END": 110, "GROUP": "192.0.2.7"},
        {"START": 200},
        {"START": 300, "GROUP6": "2001:db8::7"},
    )
    filtering = {"family": AF_BRIDGE, "ifindex": FILTERING}
    by_messages.send(tunnel_msg, RTM_NEWTUNNEL, filtering, vnis(*entries), flags=NLM_F_ACK)

    assert bridge(by_messages.name, "vni") == bridge(by_words.name, "vni") != []
    for world in worlds:
        (found,) = [m for m in world.dump(tunnel_msg, RTM_GETTUNNEL, family=AF_BRIDGE) if m["ifindex"] == FILTERING]
        told = plain(found)["VXLAN_VNIFILTER_ENTRY"]
        assert told == [flat(value) for _, value in vnis(*entries)]

    by_messages.send(
        tunnel_msg, RTM_DELTUNNEL, filtering, vnis({"START": 101, "END": 110}, {"START": 200}), flags=NLM_F_ACK
    )
    left = [{"vni": 100, "remote": "192.0.2.7"}, {"vni": 300, "remote": "2001:db8::7"}]
    assert bridge(by_messages.name, "vni") == [{"ifname": "filtering", "vnis": left}]


def sources(*addresses: str) -> dict[str, Any]:
    return {"attrs": [["MDBE_SRC_LIST_ENTRY", nest(MDBE_SRCATTR_ADDRESS=address)] for address in addresses]}


def mdb(device: int, port: int, group: str, attributes: dict[str, Any], state: int = MDB_PERMANENT) -> tuple[Any, Any]:
    """The fields and attributes of a request."""
    items: list[Any] = [["MDBA_SET_ENTRY", {"ifindex": port, "state": state, "addr": group}]]
    if attributes:
        items.append(["MDBA_SET_ENTRY_ATTRS", nest(**{f"MDBE_ATTR_{name}": v for name, v in attributes.items()})])
    return {"family": AF_BRIDGE, "ifindex": device}, items


def members(world: World, device: int, group: str) -> list[dict[str, Any]]:
    """What a device's database has of a group; addresses that the kernel joined by itself are other groups."""
    infos: list[dict[str, Any]] = []
    for message in world.dump(br_port_msg, RTM_GETMDB, family=AF_BRIDGE):
        if message["ifindex"] == device:
            entries = _list(plain(message)["MDBA_MDB"].get("MDBA_MDB_ENTRY", []))
            # A group that lost its last member stays for a while, empty.
            infos += [info for entry in entries for info in _list(entry.get("MDBA_MDB_ENTRY_INFO", []))]
    return [info for info in infos if info["addr"] == group]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def groups(world: World, group: str) -> list[Any]:
    """What iproute2 says of a group."""
    return [item for item in bridge(world.name, "mdb")[0]["mdb"] if item["grp"] == group]


def info(group: str, port: int = PORT, proto: int = 0x0800, **eattrs: Any) -> dict[str, Any]:
    """An entry as it is decoded."""
    own = {"ifindex": port, "state": MDB_PERMANENT, "flags": 0, "vid": 0, "addr": group, "proto": proto}
    always = {"TIMER": 0, "RTPROT": RTPROT_STATIC}
    return own | {f"MDBA_MDB_EATTR_{name}": value for name, value in {**always, **eattrs}.items()}


@pytest.mark.parametrize(
    ("group", "source", "proto", "mode"),
    [
        ("239.1.1.1", None, 0x0800, 0),
        ("239.1.1.1", "198.51.100.1", 0x0800, 1),
        ("ff0e::1", None, 0x86DD, 0),
        ("ff0e::1", "2001:db8::9", 0x86DD, 1),
        ("01:00:5e:7f:00:09", None, 0, None),
    ],
)
def test_multicast_database_of_a_bridge(
    worlds: tuple[World, World], group: str, source: str | None, proto: int, mode: int | None
) -> None:
    by_words, by_messages = worlds
    words = ("src", source) if source else ()
    run("bridge", "-n", by_words.name, "mdb", "add", "dev", "br0", "port", "p0", "grp", group, *words, "permanent")
    request = mdb(BRIDGE, PORT, group, {"SOURCE": source} if source else {})
    by_messages.send(br_port_msg, RTM_NEWMDB, *request)

    assert groups(by_messages, group) == groups(by_words, group) != []
    more = ({"GROUP_MODE": mode} if mode is not None else {}) | ({"SOURCE": source} if source else {})
    for world in worlds:
        assert members(world, BRIDGE, group) == [info(group, proto=proto, **more)]

    request = mdb(BRIDGE, PORT, group, {"SOURCE": source} if source else {})
    by_messages.send(br_port_msg, RTM_DELMDB, *request, flags=NLM_F_ACK)
    assert groups(by_messages, group) == members(by_messages, BRIDGE, group) == []


@since("6.3")
def test_sources_of_a_group_of_a_bridge(worlds: tuple[World, World]) -> None:
    world, group = worlds[1], "239.1.1.1"
    attributes = {"SRC_LIST": sources("198.51.100.1", "198.51.100.2"), "GROUP_MODE": 1, "RTPROT": RTPROT_BGP}
    world.send(br_port_msg, RTM_NEWMDB, *mdb(BRIDGE, PORT, group, attributes))

    (told,) = [item for item in groups(world, group) if "src" not in item]
    assert (told["filter_mode"], told["protocol"]) == ("include", "bgp")
    assert [item["address"] for item in told["source_list"]] == ["198.51.100.2", "198.51.100.1"]
    found = members(world, BRIDGE, group)
    listed = [
        {"MDBA_MDB_SRCATTR_ADDRESS": item["address"], "MDBA_MDB_SRCATTR_TIMER": 0} for item in told["source_list"]
    ]
    # The kernel makes an entry for each source too.
    assert [entry.get("MDBA_MDB_EATTR_SOURCE") for entry in found] == ["198.51.100.2", "198.51.100.1", None]
    assert found[-1] == info(group, GROUP_MODE=1, RTPROT=RTPROT_BGP, SRC_LIST={"MDBA_MDB_SRCLIST_ENTRY": listed})


def test_router_ports_of_a_bridge(worlds: tuple[World, World]) -> None:
    world = worlds[0]
    run("bridge", "-n", world.name, "link", "set", "dev", "p0", "mcast_router", "2")
    (found,) = [m for m in world.dump(br_port_msg, RTM_GETMDB, family=AF_BRIDGE) if m["ifindex"] == BRIDGE]
    assert [port["port"] for port in bridge(world.name, "mdb")[0]["router"]["br0"]] == ["p0"]
    port = plain(found)["MDBA_ROUTER"]["MDBA_ROUTER_PORT"]
    assert (port["ifindex"], port["MDBA_ROUTER_PATTR_TYPE"]) == (PORT, 2)


@since("6.4")
def test_multicast_database_of_a_vxlan_device(worlds: tuple[World, World]) -> None:
    world = worlds[1]
    world.send(br_port_msg, RTM_NEWMDB, *mdb(PLAIN, PLAIN, "0.0.0.0", {"DST": "192.0.2.8"}))
    assert members(world, PLAIN, "0.0.0.0") == [info("0.0.0.0", PLAIN, GROUP_MODE=0, DST="192.0.2.8")]
    world.send(br_port_msg, RTM_NEWMDB, *mdb(PLAIN, PLAIN, "ff0e::1", {"DST": "192.0.2.8", "DST_PORT": 4444}))
    assert members(world, PLAIN, "ff0e::1") == [
        info("ff0e::1", PLAIN, 0x86DD, GROUP_MODE=0, DST="192.0.2.8", DST_PORT=4444)
    ]

    group = "239.1.1.1"
    where = {"DST": "192.0.2.8", "DST_PORT": 4444, "VNI": 55, "IFINDEX": UNDERLAY, "SRC_VNI": 66}
    more = {"SRC_LIST": sources("198.51.100.1"), "GROUP_MODE": 1, "RTPROT": RTPROT_BGP}
    world.send(br_port_msg, RTM_NEWMDB, *mdb(EXTERNAL, EXTERNAL, group, where | more))
    source = {"MDBA_MDB_SRCATTR_ADDRESS": "198.51.100.1", "MDBA_MDB_SRCATTR_TIMER": 0}
    told = {"GROUP_MODE": 1, "RTPROT": RTPROT_BGP, **where}
    assert members(world, EXTERNAL, group) == [
        info(group, EXTERNAL, SOURCE="198.51.100.1", **told),
        info(group, EXTERNAL, SRC_LIST={"MDBA_MDB_SRCLIST_ENTRY": source}, **told),
    ]
    # iproute2 6.1 passes over what it does not know.
    (seen,) = [item for item in groups(world, group) if "src" not in item]
    assert (seen["dev"], seen["port"], seen["filter_mode"], seen["protocol"]) == (*["external"] * 2, "include", "bgp")
    assert [item["address"] for item in seen["source_list"]] == ["198.51.100.1"]

    world.send(br_port_msg, RTM_DELMDB, *mdb(EXTERNAL, EXTERNAL, group, where), flags=NLM_F_ACK)
    assert members(world, EXTERNAL, group) == []


VXLAN6 = {"IFLA_VXLAN_ID": 9, "IFLA_VXLAN_LOCAL6": "2001:db8::1", "IFLA_VXLAN_PORT": 5555}


def test_flow_label_and_vni_filter_of_vxlan(worlds: tuple[World, World]) -> None:
    by_words, by_messages = worlds
    words = "link add v6 type vxlan id 9 local 2001:db8::1 dstport 5555 flowlabel 0x12345"
    run("ip", "-n", by_words.name, *words.split())
    data = {**VXLAN6, "IFLA_VXLAN_LABEL": 0x12345}
    by_messages.add_link("v6", "vxlan", [[name, value] for name, value in data.items()])
    words = "link add f type vxlan external vnifilter dstport 5556"
    run("ip", "-n", by_words.name, *words.split())
    data = {"IFLA_VXLAN_COLLECT_METADATA": 1, "IFLA_VXLAN_VNIFILTER": 1, "IFLA_VXLAN_PORT": 5556}
    # As iproute2 has it.
    data["IFLA_VXLAN_LEARNING"] = 0
    by_messages.add_link("f", "vxlan", [[name, value] for name, value in data.items()])

    for name in "v6", "f":
        seen = [ip(world.name, "link", "show", name)[0]["linkinfo"] for world in worlds]
        assert seen[0] == seen[1]
        assert worlds[0].link(name) == worlds[1].link(name)
    for world in worlds:
        assert world.link("v6")[0]["IFLA_VXLAN_LABEL"] == 0x12345
        assert world.link("f")[0]["IFLA_VXLAN_VNIFILTER"] == 1


@pytest.mark.parametrize(
    ("name", "value", "default"),
    [
        pytest.param("IFLA_VXLAN_LOCALBYPASS", 0, 1, marks=since("6.5")),
        pytest.param("IFLA_VXLAN_LABEL_POLICY", 1, 0, marks=since("6.8")),
        pytest.param(
            "IFLA_VXLAN_RESERVED_BITS",
            {"vx_flags": 0xF7FF0001, "vx_vni": 0x0F},
            {"vx_flags": 0xF7FFFFFF, "vx_vni": 0xFF},
            marks=since("6.14"),
        ),
    ],
)
def test_what_iproute2_does_not_know_of_vxlan(worlds: tuple[World, World], name: str, value: Any, default: Any) -> None:
    world = worlds[1]
    assert world.link("plain")[0][name] == default
    world.add_link("v6", "vxlan", [*map(list, VXLAN6.items()), [name, value]])
    assert world.link("v6")[0][name] == value


@since("6.17")
def test_the_kernel_takes_mc_route_of_vxlan_and_tells_nobody(worlds: tuple[World, World]) -> None:
    world = worlds[1]
    attributes = [["IFLA_IFNAME", "m"], linkinfo("vxlan", [["IFLA_VXLAN_ID", 9], ["IFLA_VXLAN_MC_ROUTE", 2]])]
    refused = world.refusal(ifinfmsg, RTM_NEWLINK, {}, attributes)
    # Its number is known: it may be 0 or 1.
    assert refused.errno == errno.ERANGE
    world.add_link("m", "vxlan", [["IFLA_VXLAN_ID", 9], ["IFLA_VXLAN_MC_ROUTE", 1]])


def test_options_of_a_bridge(worlds: tuple[World, World]) -> None:
    by_words, by_messages = worlds
    words = "link add b0 address 02:00:00:00:00:01 type bridge no_linklocal_learn 1"
    run("ip", "-n", by_words.name, *words.split())
    boolopt = {"optval": 1, "optmask": 1}
    address = ["IFLA_ADDRESS", "02:00:00:00:00:01"]
    by_messages.add_link("b0", "bridge", [["IFLA_BR_MULTI_BOOLOPT", boolopt]], address)

    seen = [ip(world.name, "link", "show", "b0")[0]["linkinfo"]["info_data"] for world in worlds]
    assert seen[0] == seen[1]
    assert seen[0]["no_linklocal_learn"] == 1
    for world in worlds:
        told = world.link("b0")[0]["IFLA_BR_MULTI_BOOLOPT"]
        # The mask is of all that the kernel knows.
        assert (told["optval"], told["optmask"] & 0b111) == (1, 0b111)
    # A bit without its mask does not count.
    data = linkinfo("bridge", [["IFLA_BR_MULTI_BOOLOPT", {"optval": 0, "optmask": 0}]])
    by_messages.send(ifinfmsg, RTM_NEWLINK, {}, [["IFLA_IFNAME", "b0"], data], flags=NLM_F_ACK)
    assert by_messages.link("b0")[0]["IFLA_BR_MULTI_BOOLOPT"]["optval"] == 1


@since("6.7")
def test_a_bridge_that_learns_only_so_much(worlds: tuple[World, World]) -> None:
    world = worlds[1]
    world.add_link("b0", "bridge", [["IFLA_BR_FDB_MAX_LEARNED", 7]])
    told = world.link("b0")[0]
    assert (told["IFLA_BR_FDB_MAX_LEARNED"], told["IFLA_BR_FDB_N_LEARNED"]) == (7, 0)


def test_the_querier_of_a_bridge(worlds: tuple[World, World]) -> None:
    world = worlds[0]
    words = "link set br0 type bridge mcast_querier 1 mcast_query_use_ifaddr 1"
    run("ip", "-n", world.name, *words.split())
    told = world.link("br0")[0]["IFLA_BR_MCAST_QUERIER_STATE"]
    # Which one, depends on whether it has asked already.
    assert told["BRIDGE_QUERIER_IP_ADDRESS"] in ("0.0.0.0", "203.0.113.1")
    assert told["BRIDGE_QUERIER_IPV6_ADDRESS"] in ("::", "2001:db8:1::1")


def test_bridge_ports(worlds: tuple[World, World]) -> None:
    by_words, by_messages = worlds
    run("bridge", "-n", by_words.name, "link", "set", "dev", "p0", "isolated", "on", "cost", "77")
    data = nest(IFLA_BRPORT_ISOLATED=1, IFLA_BRPORT_COST=77)
    port = ["IFLA_LINKINFO", nest(IFLA_INFO_SLAVE_KIND="bridge", IFLA_INFO_SLAVE_DATA=data)]
    by_messages.send(ifinfmsg, RTM_NEWLINK, {"index": PORT}, [port], flags=NLM_F_ACK)
    for world in worlds:
        seen = ip(world.name, "link", "show", "p0")[0]["linkinfo"]["info_slave_data"]
        assert (seen["isolated"], seen["cost"]) == (True, 77)
        told = world.link("p0")[1]
        assert (told["IFLA_BRPORT_ISOLATED"], told["IFLA_BRPORT_COST"]) == (1, 77)


def test_macvlan(worlds: tuple[World, World]) -> None:
    by_words, by_messages = worlds
    words = "link add m0 link q0 type macvlan mode vepa nodst bcqueuelen 50"
    run("ip", "-n", by_words.name, *words.split())
    link = next(item["ifindex"] for item in ip(by_messages.name, "link") if item["ifname"] == "q0")
    data = {"IFLA_MACVLAN_MODE": 2, "IFLA_MACVLAN_FLAGS": 2, "IFLA_MACVLAN_BC_QUEUE_LEN": 50}
    by_messages.add_link("m0", "macvlan", [[name, value] for name, value in data.items()], ["IFLA_LINK", link])

    seen = [ip(world.name, "link", "show", "m0")[0]["linkinfo"]["info_data"] for world in worlds]
    assert seen[0] == seen[1]
    assert (seen[0]["mode"], seen[0]["nodst"], seen[0]["bcqueuelen"]) == ("vepa", True, 50)
    for world in worlds:
        told = world.link("m0")[0]
        assert {name: told[name] for name in data} == data
        assert told["IFLA_MACVLAN_BC_QUEUE_LEN_USED"] >= 50


@since("6.4")
def test_a_macvlan_that_defers_no_broadcast(worlds: tuple[World, World]) -> None:
    world = worlds[1]
    link = next(item["ifindex"] for item in ip(world.name, "link") if item["ifname"] == "q0")
    data = [["IFLA_MACVLAN_MODE", 4], ["IFLA_MACVLAN_BC_CUTOFF", -1]]
    world.add_link("m0", "macvlan", data, ["IFLA_LINK", link])
    assert world.link("m0")[0]["IFLA_MACVLAN_BC_CUTOFF"] == -1
    world.add_link("n0", "macvlan", [["IFLA_MACVLAN_MODE", 4], ["IFLA_MACVLAN_BC_CUTOFF", 3]], ["IFLA_LINK", link])
    assert world.link("n0")[0]["IFLA_MACVLAN_BC_CUTOFF"] == 3


def test_other_kinds_of_links_are_as_they_were(worlds: tuple[World, World]) -> None:
    world = worlds[1]
    link = next(item["ifindex"] for item in ip(world.name, "link") if item["ifname"] == "q0")
    data = linkinfo("vlan", [["IFLA_VLAN_ID", 7]])
    attributes: Callable[[], list[Any]] = lambda: [["IFLA_IFNAME", "v"], ["IFLA_LINK", link], data]  # noqa: E731
    assert encode_message(ifinfmsg, RTM_NEWLINK, CREATE, {}, attributes()) == encode_message(
        their_ifinfmsg, RTM_NEWLINK, CREATE, {}, attributes()
    )


DUMPS = (
    (ifinfmsg, RTM_GETLINK, {}),
    (ifaddrmsg, RTM_GETADDR, {}),
    (rtmsg, RTM_GETROUTE, {"family": AF_INET}),
    (rtmsg, RTM_GETROUTE, {"family": AF_INET6}),
    (fibmsg, RTM_GETRULE, {"family": AF_INET}),
    (ndmsg, RTM_GETNEIGH, {}),
    (ndmsg, RTM_GETNEIGH, {"family": AF_BRIDGE}),
)


def test_messages_by_the_attribute_are_as_pyroute2_decodes_them_whole(worlds: tuple[World, World]) -> None:
    world, _ = worlds
    ip(
        world.name,
        "rule",
        "add",
        "from",
        "192.0.2.0/24",
        "fwmark",
        "7",
        "ipproto",
        "udp",
        "dport",
        "5-9",
        "lookup",
        "9",
    )
    ip(world.name, "route", "add", "203.0.113.0/24", "via", "192.0.2.9", "mtu", "1400", "table", "300")
    ip(world.name, "neigh", "add", "192.0.2.7", "lladdr", "02:00:00:00:00:07", "dev", "u0")
    seen: set[str] = set()
    for message, kind, fields in DUMPS:
        for found in world.route.dump(encode_message(message, kind, NLM_F_DUMP, fields, [])):
            seen |= same_as_whole(found)
            if info := found.inside("IFLA_LINKINFO", ifinfmsg.ifinfo):
                data = info.inside("IFLA_INFO_DATA", data_class(info.get("IFLA_INFO_KIND")))
                port = info.inside("IFLA_INFO_SLAVE_DATA", ifinfmsg.ifinfo.bridge_slave_data)
                seen = seen.union(*(same_as_whole(inside) for inside in (info, data, port) if inside))
    assert {"IFLA_MTU", "IFLA_VXLAN_PORT", "IFLA_BR_GROUP_ADDR", "IFLA_BRPORT_STATE", "IFA_CACHEINFO"} <= seen
    assert {"RTA_GATEWAY", "RTA_METRICS", "FRA_DPORT_RANGE", "NDA_LLADDR"} <= seen


def same_as_whole(message: Message) -> set[str]:
    """The attributes of a message, each of which is the same both ways; so are the fields of its header."""
    whole = message.whole
    for name, _ in whole.fields:
        assert name.startswith("__") or message[name] == whole[name], name
    names = {attribute[0] for attribute in whole["attrs"]} - {"UNKNOWN"}
    for name in names:
        assert _plain(message.get(name)) == _plain(whole.get_attr(name)), name
    assert message.get("NO_SUCH_ATTRIBUTE") is None
    return names


def test_pyroute2_is_as_it_was() -> None:
    # Whoever compiled its tables first.
    label = [linkinfo("vxlan", [["IFLA_VXLAN_LABEL", 1], ["IFLA_VXLAN_LOCALBYPASS", 1]])]
    ours = encode_message(ifinfmsg, RTM_NEWLINK, CREATE, {}, list(label))
    theirs = encode_message(their_ifinfmsg, RTM_NEWLINK, CREATE, {}, list(label))
    assert ours[-16:].hex() == "08001a000000000105001f0001000000"
    assert theirs[-8:].hex() == "08001a0001000000"
    hop = [["RTA_NH_ID", 1]]
    route = encode_message(rtmsg, RTM_NEWROUTE, CREATE, {}, list(hop))
    assert len(route) == len(encode_message(their_rtmsg, RTM_NEWROUTE, CREATE, {}, list(hop))) + 8
