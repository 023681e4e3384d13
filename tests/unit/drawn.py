"""Topologies by chance, for the property tests: each is valid, and each key of the language is in some of them."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st

from vxlab.state.kind import Kind, Option
from vxlab.state.kinds import ADDRESS, BRIDGE, BRIDGE_PORT, MACVLAN, ROUTE, RULE, VLAN, VXLAN
from vxlab.state.kinds.link import COMMON
from vxlab.state.kinds.rule import Mark
from vxlab.state.kinds.vxlan import ReservedBits
from vxlab.state.types import Bool, Int, Mac, Named, OneOf, PortRange, Text, Type
from vxlab.topology import TopologyError, loads
from vxlab.topology.schema import TUNABLE

Data = dict[str, Any]
Draw = st.DrawFn

SOCKET = ("gbp", "remcsumrx", "udp6zerocsumrx")
"""Options of a VXLAN device in which those at one UDP port must agree."""

V4, V6, BOTH = "v4", "v6", "both"


def of_type(kind: Type) -> st.SearchStrategy[Any]:
    """Values of a type."""
    if isinstance(kind, Named):
        return st.sampled_from([*sorted(kind.names), kind.low, kind.high]) | st.integers(kind.low, kind.high)
    if isinstance(kind, Int):
        return st.integers(kind.low, kind.high)
    if isinstance(kind, Bool):
        return st.booleans()
    if isinstance(kind, OneOf):
        return st.sampled_from(sorted(kind.numbers))
    if isinstance(kind, PortRange):
        return st.tuples(st.integers(0, 60000), st.integers(0, 5000)).map(lambda pair: f"{pair[0]}-{sum(pair)}")
    if isinstance(kind, Mac):
        return st.integers(1, 2**32).map(lambda n: "02:00:" + ":".join(f"{n:010x}"[i : i + 2] for i in (2, 4, 6, 8)))
    if isinstance(kind, Text):
        return st.sampled_from(["words", "to the spine", "a; b", "ünï", "$(x)", "no"])
    if isinstance(kind, ReservedBits | Mark):
        return st.integers(0, 2**32 - 1)
    return st.just(kind.example)


@st.composite
def options(draw: Draw, rows: tuple[Option, ...] | list[Option]) -> Data:
    """A few of some rows, by their own name or another, each with a value."""
    chosen = draw(st.lists(st.sampled_from(list(rows)), max_size=4, unique_by=lambda row: row.name)) if rows else []
    return {draw(st.sampled_from([row.name, *row.also])): draw(of_type(row.type)) for row in chosen}


def rows(kind: Kind, *left_out: str) -> list[Option]:
    return [row for name, row in kind.table.items() if name not in left_out]


def one(draw: Draw, *values: Any) -> Any:
    return draw(st.sampled_from(values))


def maybe(draw: Draw, key: str, *values: Any) -> Data:
    """The key with one of the values, or nothing."""
    return {key: one(draw, *values)} if draw(st.booleans()) else {}


# The high level.

PLAIN = [
    VXLAN.table[name]
    for name in TUNABLE
    if name not in (*SOCKET, "mtu", "learning", "port", "name", "mac", "up", "master")
]
EXTRAS = {
    "links": {"d0": {"kind": "dummy", "addresses": ["192.0.2.1/24"]}},
    "sysctls": {"net.ipv4.conf.d0.forwarding": 1, "net.ipv4.tcp_syncookies": True},
    "routes": [{"to": "198.18.0.0/15", "via": "192.0.2.7"}],
    "rules": [{"priority": 7, "table": "main"}],
    "nexthops": [{"id": 1, "via": "192.0.2.9", "link": "d0"}],
    "neighbours": [{"link": "d0", "address": "192.0.2.7", "mac": "02:00:00:00:00:07"}],
}  # fmt: skip


@st.composite
def high_level(draw: Draw) -> Data:
    """A topology of underlay, segments, VTEPs and hosts, perhaps with nodes written out beside them."""
    kind, v6 = one(draw, "switch", "mesh", "routed"), draw(st.booleans())
    underlay = _underlay(draw, kind, v6)
    names = draw(st.lists(st.sampled_from(["blue", "red", "7"]), min_size=1, max_size=3, unique=True))
    segments = {name: _segment(draw, number, kind, v6) for number, name in enumerate(names, 1)}
    vteps = _vteps(draw, kind, v6, segments)
    hosts = _hosts(draw, segments, vteps)
    document = {"underlay": underlay, "segments": segments, "vteps": vteps, "hosts": hosts}
    if draw(st.booleans()):
        document["nodes"] = {"out": {"links": {"x": {"kind": "bridge"}}}}
        near = f"{_first(next(iter(vteps)))}:far"
        document["links"] = [one(draw, ["out:eth0", near], {"out:eth0": {"master": "x"}, near: {"mtu": 1400}})]
    return {"name": "drawn", **maybe(draw, "description", "words", "two\nlines"), **document}


def _first(name: str) -> str:
    return name.replace("[1-3]", "1")


def _underlay(draw: Draw, kind: str, v6: bool) -> Data:
    underlay: Data = {
        "kind": kind,
        "subnet": "2001:db8:8::/64" if v6 else "192.168.8.0/24",
        **maybe(draw, "mtu", 1500, 1600, 9000),
    }
    if kind == "switch":
        underlay |= maybe(draw, "snooping", True, False)
    else:
        underlay |= maybe(draw, "links", "2001:db8:9::/64" if v6 else "10.99.0.0/24")
    if kind == "routed":
        underlay |= maybe(draw, "spines", 1, 3)
    return underlay


def _segment(draw: Draw, number: int, kind: str, v6: bool) -> Data:
    mode = one(draw, *(["multicast"] if kind == "switch" else []), "replicate", "static-l2", "static-l3")
    segment: Data = {"vni": 100 * number, "mode": mode}
    floods = ["replicate", "none", *(["group"] if kind == "switch" else [])]
    segment |= maybe(draw, "flood", *floods) | maybe(draw, "arp", "flood", "proxy")
    if mode != "static-l3":
        segment |= maybe(draw, "learning", True, False)
    if segment.get("flood", "group" if mode == "multicast" else "") == "group":
        segment |= maybe(draw, "group", *(["ff05::7", "ff0e::1"] if v6 else ["239.1.1.7", "239.255.0.1"]))
    subnets = [f"10.{number}.0.0/24", f"2001:db8:{number}::/64"]
    gates = [f"10.{number}.0.77", f"2001:db8:{number}::77"]
    which = one(draw, V4, V6, BOTH)
    segment["subnet"] = {V4: subnets[0], V6: one(draw, subnets[1], [subnets[1]]), BOTH: subnets}[which]
    segment |= maybe(draw, "gateway", True, {V4: gates[0], V6: gates[1:], BOTH: gates}[which])
    segment |= maybe(draw, "mtu", 1280, 1400, 9000)
    segment |= draw(options(PLAIN))
    if draw(st.booleans()):
        segment |= {option: draw(st.booleans()) for option in SOCKET} | {"port": 5000 + number}
    return segment


def _vteps(draw: Draw, kind: str, v6: bool, segments: Data) -> Data:
    names = draw(
        st.lists(
            st.sampled_from(["vtep", "br100", "vxlan100", "lo", "v[1-3]", "a-name-that-is-far-too-long-for-a-link"]),
            min_size=1,
            max_size=3,
            unique=True,
        )
    )
    vteps: Data = {}
    for number, name in enumerate(names, 1):
        vtep: Data = draw(options(PLAIN))
        if draw(st.booleans()):
            vtep["segments"] = draw(st.lists(st.sampled_from(list(segments)), unique=True))
        if "[" not in name:
            vtep |= maybe(draw, "address", f"2001:db8:8::7{number}" if v6 else f"192.168.8.7{number}")
            vtep |= maybe(draw, "mac", f"02:00:00:00:01:0{number}") if kind == "switch" else {}
        if any(segments[segment].get("gateway") for segment in vtep.get("segments", segments)):
            vtep |= maybe(draw, "internet", True, False)
        if draw(st.booleans()):
            vtep |= _generated(draw, vtep.get("segments", segments), segments)
        vteps[name] = one(draw, vtep, {**_extras(draw), **vtep})
    return vteps


def _generated(draw: Draw, carried: Any, segments: Data) -> Data:
    """What a VTEP says of links that its segments make, beside its own."""
    links: Data = {"d0": EXTRAS["links"]["d0"]}
    for name in carried:
        vni = segments[name]["vni"]
        links[f"vxlan{vni}"] = draw(options([VXLAN.table["ageing"], VXLAN.table["ttl"], VXLAN.table["alias"]]))
        links[f"br{vni}"] = draw(options([BRIDGE.table["ageing_time"], BRIDGE.table["txqueuelen"]]))
    return {"links": links}


def _extras(draw: Draw) -> Data:
    """Low-level keys, as far as those that they need are there."""
    last = draw(st.integers(0, len(EXTRAS)))
    return dict(list(EXTRAS.items())[:last])


def _hosts(draw: Draw, segments: Data, vteps: Data) -> Data:
    hosts: Data = {}
    for number, name in enumerate(
        draw(st.lists(st.sampled_from(["h", "h[1-3]", "x-host", "eth0", "pc"]), max_size=4, unique=True)), 1
    ):
        behind = one(draw, *vteps)
        carried = (vteps[behind] or {}).get("segments", segments)
        if not carried or ("[" in behind and "[" not in name):
            continue
        segment = one(draw, *carried)
        host: Data = {"vtep": behind, "segment": segment, **_extras(draw), **maybe(draw, "mtu", 1280, 1300)}
        if "[" not in name:
            host |= maybe(draw, "mac", f"02:00:00:00:02:0{number}")
            host |= maybe(draw, "address", *_addresses(segments[segment], number))
        hosts[name] = host
    return hosts


def _addresses(segment: Data, number: int) -> list[Any]:
    subnets = segment["subnet"] if isinstance(segment["subnet"], list) else [segment["subnet"]]
    addresses = [subnet.replace(".0/24", f".9{number}").replace("::/64", f"::9{number}") for subnet in subnets]
    return [addresses[0], addresses]


# The low level.

LINK_ROWS = [row for row in COMMON if row.name not in ("name", "mtu", "master", "up")]
VXLAN_ROWS = rows(VXLAN, *(row.name for row in COMMON), *SOCKET, "gpe", "flowlabel", "vni", "group", "remote", "local", "dev", "port", "external", "vnifilter", "learning")  # fmt: skip
BRIDGE_ROWS = rows(BRIDGE, *(row.name for row in COMMON), "mcast_snooping", "vlan_filtering")
PORT_ROWS = rows(BRIDGE_PORT, "link", "backup_port", "backup_nhid")
ROUTE_ROWS = rows(
    ROUTE, "to", "type", "via", "link", "encap", "nexthops", "nhid", "src", "onlink", "table", "metric", "tos"
)
RULE_ROWS = rows(RULE, "priority", "family", "from", "to", "l3mdev", "action", "table", "goto")
V6_FLAGS = ("home", "mngtmpaddr", "nodad", "optimistic")
ADDRESS_ROWS = rows(
    ADDRESS, *V6_FLAGS, "autojoin", "link", "address", "peer", "broadcast", "valid_lft", "preferred_lft"
)


@st.composite
def low_level(draw: Draw) -> Data:
    """A topology of nodes: every kind of link, and every list."""
    more = {name: draw(options(LINK_ROWS)) for name in ("eth0", "eth1", "br0", "vx0", "d0")}
    port = {
        "bridge_port": draw(options(PORT_ROWS)) | maybe(draw, "backup_port", "vx0") | maybe(draw, "backup_nhid", 10)
    }
    links: Data = {
        "lo": {"addresses": one(draw, ["192.0.2.1/32"], "192.0.2.1/32")},
        "br0": {"kind": "bridge", **more["br0"], "vlan_filtering": True, **draw(options(BRIDGE_ROWS)), **_ip(draw, "10.1.1.1/24")},
        "vx0": {"kind": "vxlan", "vni": 100, "local": "192.0.2.1", **more["vx0"], **draw(options(VXLAN_ROWS)), "master": "br0", **port},
        "vx1": {"kind": "vxlan", "external": True, "vnifilter": True, "port": 4999, "dev": "eth0", **maybe(draw, "mtu", 1280, 1430)},
        "vx2": {"kind": "vxlan", "vni": 5, "dstport": 4790, **one(draw, {"group": "239.1.1.1", "dev": "eth0"}, {"remote": "2001:db8::7"}), **draw(options(VXLAN_ROWS))},
        "d0": {"kind": "dummy", **maybe(draw, "up", False), **more["d0"]},
        "red": {"kind": "vrf", "table": 100},
        "v10": {"kind": "vlan", "link": "eth0", "id": 10, **draw(options(rows(VLAN, *(row.name for row in COMMON), "id", "link"))), "master": "red", **_ip(draw, "10.3.0.1/24")},
        "m0": {"kind": "macvlan", "link": "eth0", **draw(options(rows(MACVLAN, *(row.name for row in COMMON), "link"))), **_ip(draw, "10.4.0.1/24")},
        "eth1": one(draw, {"master": "br0"}, {"bridge_port": draw(options(PORT_ROWS)), "master": "br0"}),
    }  # fmt: skip
    far = {"b:eth0": {"addresses": ["198.51.100.2/24"]}}
    return {
        "name": "drawn",
        "nodes": {"a": {"sysctls": _sysctls(draw), "links": links, **_lists(draw)}, "b": one(draw, None, {}, {"links": {"lo": None}})},
        "links": [
            {"a:eth0": {"addresses": ["198.51.100.1/24"], **more["eth0"], **maybe(draw, "mtu", 1500, 9000)}, **far},
            one(draw, ["b:eth1", "a:eth1"], {"a:eth1": more["eth1"], "b:eth1": None}),
        ],
    }  # fmt: skip


def _ip(draw: Draw, address: str) -> Data:
    """Addresses with more said about them."""
    network = address.rpartition(".")[0]
    whole = {"address": address, **draw(options(ADDRESS_ROWS)), **maybe(draw, "broadcast", f"{network}.255")}
    lives = one(draw, {}, {"valid_lft": 100, "preferred_lft": 50}, {"valid_lft": "forever"})
    v6 = {"address": "2001:db8:7::1/64", **dict.fromkeys(draw(st.sets(st.sampled_from(V6_FLAGS))), True)}
    return {"addresses": one(draw, [], address, [address, "2001:db8:7::1/64"], [whole | lives, v6])}


def _sysctls(draw: Draw) -> Data:
    keys = ["net.ipv4.ip_forward", "net.ipv4.conf.eth0.forwarding", "net.ipv6.conf.all.disable_ipv6", "net/ipv4/conf/v10/rp_filter", "net.core.somaxconn"]  # fmt: skip
    return {key: one(draw, 0, 1, "1", True) for key in draw(st.lists(st.sampled_from(keys), unique=True))}


def _lists(draw: Draw) -> Data:
    encap = one(
        draw,
        {"type": "ip", "id": 5, "dst": "192.0.2.3", "ttl": 4},
        "ip id 5 dst 192.0.2.3",
        {"type": "ip6", "dst": "2001:db8::9", "key": True},
    )
    lists: Data = {
        "vnis": [{"link": "vx1", "vni": 5}, {"link": "vx1", "vni": 6, "group": "239.1.1.6"}, {"dev": "vx1", "vni": 7, "remote": "192.0.2.8"}],
        "nexthops": [
            {"id": 10, "group": one(draw, "2/3", [2, 3], "2,7/3"), "fdb": True},
            {"id": 1, "via": "198.51.100.2", "link": "eth0"},
            {"id": 2, "via": "192.0.2.3", "fdb": True},
            {"id": 3, "via": "192.0.2.4", "fdb": True},
            {"id": 11, "group": 1, "type": "resilient", "buckets": 8, **maybe(draw, "idle_timer", 9)},
            {"id": 12, "blackhole": True, **maybe(draw, "protocol", "bgp", 77)},
            {"id": 13, "link": "vx1", "family": "inet6", "encap": {"type": "ip6", "id": 5, "dst": "2001:db8::7"}},
        ],
        "routes": [
            {"to": "default", "via": "198.51.100.2", **maybe(draw, "metric", 0, 7), **draw(options(ROUTE_ROWS))},
            {"to": "10.5.0.0/24", "nexthops": one(draw, [{"via": "198.51.100.2", "weight": 2}, {"via": "198.51.100.3", "dev": "eth0"}], "nexthop via 198.51.100.2 nexthop via 198.51.100.3")},
            {"to": "10.6.0.0/24", "type": one(draw, "blackhole", "unreachable", "prohibit", "throw")},
            {"to": "10.7.0.0/24", "link": "vx1", "encap": encap},
            {"to": "10.8.0.0/24", "nhid": one(draw, 1, 11)},
            {"to": "10.9.0.0/24", "via": "10.3.0.9", "link": "v10", "onlink": True, "table": 100},
            {"to": "192.0.2.128/25", "link": one(draw, "eth0", "m0"), **maybe(draw, "table", "local", 7)},
        ],
        "rules": [
            {"priority": 10, "table": one(draw, "main", 100), **maybe(draw, "from", "default", "10.0.0.0/8"), **draw(options(RULE_ROWS))},
            {"priority": 11, "l3mdev": True, "family": "inet6"},
            {"priority": 12, "action": "goto", "goto": 20},
            {"pref": 20, "action": one(draw, "nop", "blackhole")},
        ],
        "neighbours": [
            {"link": "eth0", "address": "198.51.100.2", "mac": "02:00:00:00:00:02", **maybe(draw, "state", "stale", "permanent")},
            {"link": "br0", "address": "10.1.1.9", "proxy": True},
            {"dev": "v10", "address": "2001:db8::5", "lladdr": "02:00:00:00:00:05", "router": True},
        ],
        "fdb": [
            {"link": "vx0", "mac": "00:00:00:00:00:00", "dst": "203.0.113.2", **maybe(draw, "port", 4789, 8472), **maybe(draw, "vni", 100, 7)},
            {"link": "vx0", "mac": "00:00:00:00:00:00", "dst": "203.0.113.3", **maybe(draw, "via", "eth0")},
            {"link": "vx0", "mac": "02:00:00:00:00:09", "nhid": 10},
            {"link": "vx1", "mac": "02:00:00:00:00:09", "src_vni": 5, "dst": "203.0.113.2", **maybe(draw, "router", True)},
            {"link": "eth1", "mac": "02:00:00:00:00:0a", "master": True, "state": "static", **maybe(draw, "vlan", 5)},
            {"link": "vx0", "mac": "02:00:00:00:00:0b", "master": True, "self": True},
        ],
        "mdb": [
            {"link": "br0", "port": "eth1", "group": "239.1.1.7", **maybe(draw, "state", "permanent", "temp"), **maybe(draw, "vlan", 5)},
            {"link": "br0", "port": "vx0", "group": one(draw, "ff05::7", "01:00:5e:01:01:01")},
            {"link": "vx2", "port": "vx2", "group": "0.0.0.0", "dst": "192.0.2.6", "state": "permanent", **maybe(draw, "source_list", ["192.0.2.7"])},
        ],
    }  # fmt: skip
    return {name: entries for name, entries in lists.items() if name in _NEEDED or draw(st.booleans())}


_NEEDED = ("nexthops",)
"""The lists that others refer to."""


def validates(document: Data) -> bool:
    try:
        loads(written(document))
    except TopologyError:
        return False
    return True


def written(document: Data) -> str:
    """In block style, so that each key has a line of its own."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)


class _Dumper(yaml.SafeDumper):
    """One that writes everything where it stands."""

    def ignore_aliases(self, data: Data) -> bool:  # noqa: ARG002
        return True


drawn = st.one_of(high_level(), low_level())
"""Almost always valid: what contradicts itself is avoided, as far as that is not rare."""

topologies = drawn.filter(validates)
