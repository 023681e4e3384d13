"""The reference and the JSON Schema in the library: up to date, whole, and with examples that are right."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.test_schema import wrong
from tools.docs import GENERATED, example, reference
from vxlab.state.kind import Kind
from vxlab.state.kinds import (
    ADDRESS,
    BRIDGE_PORT,
    BRIDGE_VLAN,
    FDB,
    LINK_KINDS,
    MDB,
    NEIGHBOUR,
    NEXTHOP,
    ROUTE,
    RULE,
    VETH,
    VLAN_TUNNEL,
    VNI,
    VXLAN,
)
from vxlab.state.kinds.encap import ENCAP
from vxlab.state.kinds.link import COMMON
from vxlab.state.kinds.qdisc import IMPAIRMENTS
from vxlab.state.kinds.route import NEXT_HOP
from vxlab.topology import keys, loads
from vxlab.topology.keys import Key
from vxlab.topology.lowlevel import SECTIONS, Node
from vxlab.topology.schema import TUNABLE, Document, Host, Segment, Tenant, Underlay, Vtep

Json = dict[str, Any]


@pytest.mark.parametrize("file", GENERATED, ids=lambda file: file.name)
def test_what_is_generated_is_up_to_date(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == GENERATED[file](), "run `make docs`"


@pytest.mark.parametrize(
    "kind", [*LINK_KINDS.values(), *SECTIONS.values(), ADDRESS, BRIDGE_PORT], ids=lambda kind: kind.name
)
def test_every_row_is_in_the_reference(kind: Kind) -> None:
    page = reference()
    for option in kind.table.values():
        if option.name not in ("name", "peer") and (kind, option.name) not in (
            (ADDRESS, "link"),
            (BRIDGE_PORT, "link"),
        ):
            assert f"`{option.name}`" in page and option.help in page
            assert all(f"*{word}*" in page for word in option.also)


def lab(**more: Json) -> Json:
    """A lab in the high level, with more said of its parts."""
    return {
        "underlay": more.get("underlay", {}),
        "segments": {"blue": {"vni": 42, **more.get("segment", {})}},
        "vteps": {"vtep1": more.get("vtep", {}), "vtep2": {}},
        "hosts": {"h1": {"vtep": "vtep1", **more.get("host", {})}, "h2": {"vtep": "vtep2"}},
    }


ADDRESSES = {"eth0": "192.0.2.9/24", "eth1": "203.0.113.1/24"}


def node(**more: Any) -> Json:
    """Two nodes written out, the first with every kind of link that examples name, and more."""
    links: Json = {
        **{name: {"addresses": [address]} for name, address in ADDRESSES.items()},
        "br0": {"kind": "bridge"},
        "br1": {"kind": "bridge", "vlan_filtering": True, "mcast_igmp_version": 3},
        "eth4": {"master": "br1"},
        "vxlan42": {"kind": "vxlan", "vni": 42, "local": "192.0.2.9", "master": "br0"},
        "vx0": {"kind": "vxlan", "external": True, "vnifilter": True, "port": 4790, "dev": "eth3"},
    }
    links |= more.pop("links", {})
    cables = [[f"a:{name}", f"b:{name}"] for name in (*ADDRESSES, "eth2", "eth3", "eth4")]
    return {"nodes": {"a": {"links": links, **more}, "b": {}}, "links": cables}


PORT = {"eth0": {"addresses": ["192.0.2.9/24"], "master": "br0"}, "eth2": {"master": "br0"}}
"""Ports of the bridge, for what needs some."""


TAGGED: Json = {
    "eth1": {"master": "br1"},
    "vx0": {
        "kind": "vxlan", "external": True, "vnifilter": True, "port": 4790, "master": "br1",
        "bridge_port": {"vlan_tunnel": True},
    },
}  # fmt: skip
"""Ports of the bridge that looks at tags, one of which maps VLANs."""

MAPPED: Json = {"bridge_vlans": [{"link": "vx0", "vid": "5-10"}]}
"""VLANs of that one."""


def with_vlans(section: str, entries: list[Json]) -> Json:
    """A node with such ports and VLANs."""
    return node(links=TAGGED, **{**(MAPPED if section == "vlan_tunnels" else {}), section: entries})


def accepted(document: Json) -> None:
    """Both by vxlab and by the schema."""
    loads(yaml.safe_dump(document, sort_keys=False), default_name="x")
    assert wrong(document) == []


def check(key: Key) -> Json:
    """The example of a key as a mapping of one; as the reference shows it, it is the same."""
    assert key.example is not None
    shown = yaml.safe_load(f"{{{example(key)}}}")
    assert shown == {key.name: key.example}
    return shown


def cases(known: list[Key]) -> Any:
    return pytest.mark.parametrize("key", known, ids=lambda key: key.name)


ROUTED = {"kind": "routed"}

DOCUMENT: dict[str, Json] = {
    "name": lab(),
    "description": lab(),
    "underlay": {**lab(), "segments": {"blue": {"vni": 42, "mode": "replicate"}}},
    "segments": {"vteps": {"v": {}}},
    "tenants": {"segments": {"blue": {"vni": 42, "gateway": True, "tenant": "acme"}}, "vteps": {"v": {}}},
    "vteps": {},
    "hosts": {"segments": {"blue": {"vni": 42}}, "vteps": {"vtep1": {}}},
    "nodes": {},
    "links": {"nodes": {"a": {}, "b": {}}},
}
"""What the examples of the keys at the top stand in."""


@cases(keys.of_model(Document))
def test_examples_of_the_file(key: Key) -> None:
    shown = check(key)
    accepted({**DOCUMENT[key.name], **shown})


HINDERED = {"jitter": {"delay": "10ms"}}
"""What an impairment needs beside it."""


@cases(keys.of_model(Underlay))
def test_examples_of_the_underlay(key: Key) -> None:
    company = ROUTED if key.name in ("spines", "links") else HINDERED.get(key.name, {})
    accepted(lab(underlay={**company, **check(key)}, segment={"mode": "replicate"}))


OVER = {"flowlabel": {"subnet": "2001:db8:8::/64"}}
"""The underlay that an option needs."""


@cases(keys.of_model(Segment))
def test_examples_of_segments(key: Key) -> None:
    tenant = {"gateway": True, **check(key)} if key.name == "tenant" else check(key)
    more = {"tenants": {key.example: {"vni": 1000}}} if key.name == "tenant" else {}
    accepted({**lab(segment=tenant, underlay=OVER.get(key.name, {})), **more})


VLANS = {"vlans": {"10": "blue"}}


@cases(keys.of_model(Tenant))
def test_examples_of_tenants(key: Key) -> None:
    made = lab(segment={"gateway": True, "tenant": "acme"})
    accepted({**made, "tenants": {"acme": {"vni": 1000, **check(key)}}})


@cases(keys.of_model(Vtep, (*Node.fields, "machine", "card")))
def test_examples_of_vteps(key: Key) -> None:
    if key.name in ("vlans", "style"):
        accepted(lab(vtep={**VLANS, **check(key)}))
        return
    accepted(
        lab(
            vtep={**HINDERED.get(key.name, {}), **check(key)},
            segment={"gateway": True},
            underlay=OVER.get(key.name, {}),
        )
    )


@cases([key for key in keys.of_model(Vtep) if key.name in ("machine", "card")])
def test_examples_of_vteps_that_are_machines(key: Key) -> None:
    real = lab(
        vtep={"machine": "b", "card": "eth0", **check(key)},
        underlay={"kind": "real", "subnet": "192.0.2.0/24"},
    )
    real["vteps"]["vtep2"] = {"machine": "c", "card": "eth0"}
    accepted(real)


@cases(keys.of_model(Host, Node.fields))
def test_examples_of_hosts(key: Key) -> None:
    accepted(lab(host={**HINDERED.get(key.name, {}), **check(key)}, vtep=VLANS if key.name == "trunk" else {}))


@cases(keys.of_model(Node))
def test_examples_of_nodes(key: Key) -> None:
    shown = check(key)
    if key.name == "links":
        accepted(node(links=shown["links"]))
    elif key.name in ("bridge_vlans", "vlan_tunnels"):
        accepted(with_vlans(key.name, shown[key.name]))
    elif key.name == "fdb":
        accepted(node(links={"vx0": {"kind": "vxlan", "vni": 7}}, **shown))
    else:
        accepted(node(links=PORT if key.name == "mdb" else {}, **shown))


PLAIN = {
    "bridge": {},
    "dummy": {},
    "macvlan": {"link": "eth0"},
    "vlan": {"link": "eth0", "id": 5},
    "vrf": {"table": 7},
    "vxlan": {"vni": 5, "port": 4800},
}
"""What a link of each kind needs."""

COMPANY: dict[tuple[str, str], Json] = {
    ("vxlan", "group"): {"dev": "eth0"},
    ("vxlan", "external"): {"vni": None},
    ("vxlan", "gpe"): {"vni": None, "external": True},
    ("vxlan", "flowlabel"): {"local": "2001:db8::1"},
    ("vxlan", "vnifilter"): {"vni": None, "external": True},
    ("vxlan", "vni"): {"port": 4801},
    ("vxlan", "port"): {"vni": 6},
    ("fdb", "master"): {"dst": None},
    ("fdb", "nhid"): {"dst": None},
    ("fdb", "vlan"): {"link": "eth4", "master": True, "dst": None},
    ("fdb", "sticky"): {"master": True, "dst": None, "state": "static"},
    ("fdb", "src_vni"): {"link": "vx0"},
    ("mdb", "source"): {"group": "239.1.1.2"},
    ("mdb", "source_list"): {"filter_mode": "include", "link": "br1", "port": "eth4"},
    ("mdb", "filter_mode"): {"source_list": ["192.0.2.8"], "link": "br1", "port": "eth4"},
    **{
        ("mdb", name): {"link": "vx0", "port": "vx0", "dst": "192.0.2.8"}
        for name in ("dst", "dst_port", "vni", "src_vni", "via")
    },
    ("bridge_vlan", "self"): {"link": "br1"},
    ("neighbour", "proxy"): {"mac": None},
    ("neighbour", "managed"): {"mac": None},
    ("nexthop", "group"): {"via": None, "link": None},
    ("nexthop", "blackhole"): {"via": None, "link": None},
    ("nexthop", "fdb"): {"link": None},
    ("nexthop", "family"): {"via": None},
    ("nexthop", "type"): {"group": "1/2", "buckets": 8, "via": None, "link": None},
    ("nexthop", "buckets"): {"group": "1/2", "type": "resilient", "via": None, "link": None},
    ("nexthop", "idle_timer"): {"group": "1/2", "type": "resilient", "buckets": 8, "via": None, "link": None},
    ("nexthop", "unbalanced_timer"): {"group": "1/2", "type": "resilient", "buckets": 8, "via": None, "link": None},
    ("route", "onlink"): {"link": "eth0"},
    ("route", "type"): {"via": None},
    ("route", "nhid"): {"via": None},
    ("route", "nexthops"): {"via": None},
    ("route", "pref"): {"to": "2001:db8::/64", "via": None, "link": "eth0"},
    ("rule", "l3mdev"): {"table": None},
    ("rule", "action"): {"table": None, "goto": 200},
    ("rule", "goto"): {"table": None, "action": "goto", "priority": 5},
    **{("address", name): {"address": "2001:db8:51::1/64"} for name in ("nodad", "optimistic", "home", "mngtmpaddr")},
    ("address", "autojoin"): {"address": "239.1.1.1/32"},
    ("address", "peer"): {"address": "198.51.100.9/32"},
    ("address", "preferred_lft"): {"valid_lft": 3600},
    ("address", "valid_lft"): {"preferred_lft": 1800},
    ("encap", "tc"): {"type": "ip6"},
    ("encap", "hoplimit"): {"type": "ip6"},
}
"""What an option needs beside it; None takes something away that others need."""

ENTRIES: dict[Kind, Json] = {
    BRIDGE_VLAN: {"link": "eth1", "vid": 5},
    VLAN_TUNNEL: {"link": "vx0", "vid": 5, "id": 50},
    VNI: {"link": "vx0", "vni": 7},
    NEXTHOP: {"id": 20, "via": "192.0.2.2", "link": "eth0"},
    ROUTE: {"to": "198.51.100.0/24", "via": "192.0.2.2"},
    RULE: {"priority": 50, "table": 100},
    NEIGHBOUR: {"link": "eth0", "address": "192.0.2.7", "mac": "02:00:00:00:00:07"},
    FDB: {"link": "vxlan42", "mac": "02:00:00:00:00:07", "dst": "192.0.2.7"},
    MDB: {"link": "br0", "port": "eth2", "group": "239.1.1.7"},
}
"""An entry of each list that has what it must have."""

OTHERS: Json = {
    "nexthops": [{"id": number, "via": f"192.0.2.{number}", "link": "eth0"} for number in (1, 2)]
    + [{"id": 10, "via": "192.0.2.10", "link": "eth0"}]
}


def together(name: str, key: Key, base: Json) -> Json:
    made = {**base, **COMPANY.get((name, key.name), {}), **check(key)}
    return {option: value for option, value in made.items() if value is not None}


LINK_CASES = [
    pytest.param(name, key, id=f"{name}-{key.name}")
    for name, kind in LINK_KINDS.items()
    if kind is not VETH
    for key in keys.of_kind(kind, ("name",))
    if (name, key.name) != ("vrf", "master")  # which has none
]


@pytest.mark.parametrize(("name", "key"), LINK_CASES)
def test_examples_of_links(name: str, key: Key) -> None:
    link = {"kind": name, **together(name, key, PLAIN[name])}
    others = {}
    if (name, key.name) == ("bridge", "master"):
        # A bridge can be in a VRF, and in no other bridge.
        others = {"br0": {"kind": "vrf", "table": 9}, "vxlan42": {"kind": "vxlan", "vni": 42}}
    accepted(node(links={"x0": link, **others}))


@cases([*map(keys.of_option, IMPAIRMENTS)])
def test_examples_of_impairments(key: Key) -> None:
    accepted(node(links={"eth2": {**HINDERED.get(key.name, {}), **check(key)}}))


@cases(keys.of_kind(BRIDGE_PORT, ("link",)))
def test_examples_of_ports(key: Key) -> None:
    accepted(node(links={"eth2": {"master": "br0", "bridge_port": check(key)}, "eth1": {"master": "br0"}}, **OTHERS))


@cases(keys.of_kind(ADDRESS, ("link",)))
def test_examples_of_addresses(key: Key) -> None:
    address = together("address", key, {"address": "198.51.100.1/24"})
    accepted(node(links={"eth2": {"addresses": [address]}}))


ENTRY_CASES = [
    pytest.param(section, kind, key, id=f"{section}-{key.name}")
    for section, kind in SECTIONS.items()
    for key in keys.of_kind(kind)
]


@pytest.mark.parametrize(("section", "kind", "key"), ENTRY_CASES)
def test_examples_of_entries(section: str, kind: Kind, key: Key) -> None:
    entry = together(kind.name, key, ENTRIES[kind])
    if kind in (BRIDGE_VLAN, VLAN_TUNNEL):
        accepted(with_vlans(section, [entry]))
        return
    others = [other for other in OTHERS.get(section, []) if other["id"] != entry.get("id")]
    lists = {**OTHERS, section: [*others, entry]}
    if kind is FDB and key.name == "nhid":
        lists["nexthops"] = [{"id": 1, "via": "192.0.2.10", "fdb": True}, {"id": 10, "group": "1", "fdb": True}]
    accepted(node(links=PORT if kind is MDB else {}, **lists))


@cases(keys.of_phrase(ENCAP))
def test_examples_of_tunnel_headers(key: Key) -> None:
    header = together("encap", key, {"type": "ip", "id": 42})
    accepted(node(routes=[{"to": "198.51.100.0/24", "link": "vxlan42", "encap": header}]))


@cases(keys.of_phrase(NEXT_HOP))
def test_examples_of_next_hops(key: Key) -> None:
    hop = together("next_hop", key, {"via": "192.0.2.1"})
    accepted(node(routes=[{"to": "198.51.100.0/24", "nexthops": [hop, {"via": "192.0.2.5"}]}]))


def test_every_common_option_is_there() -> None:
    assert {option.name for option in COMMON} - {"name"} <= {case.values[1].name for case in LINK_CASES}
    assert set(TUNABLE) <= {option.name for option in VXLAN.options}
