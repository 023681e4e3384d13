"""The JSON Schema: what `vxlab validate` accepts passes it, and gross mistakes do not."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import forked
from tests.conftest import ROOT, TOPOLOGIES
from tests.unit.test_tables import ROWS
from vxlab.state.kind import Option
from vxlab.state.types import Percent
from vxlab.topology import TopologyError, loads, source
from vxlab.topology.jsonschema import ranged, schema, text
from vxlab.topology.starter import MODELINE, modes, starter

SCHEMA = schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
FILES = [*TOPOLOGIES, *sorted((ROOT / "tests").rglob("*.yaml"))]


def data(written: str) -> Any:
    """A file as editors see it: before other words for keys and ranges are replaced."""
    return source.parse(written, "test").data


def wrong(document: Any) -> list[str]:
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def test_it_is_a_json_schema() -> None:
    VALIDATOR.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"] == "urn:vxlab:topology"
    assert json.loads(text()) == SCHEMA
    printed = forked.run("schema", timeout=60)
    assert printed.stdout == text()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_topologies_pass(file: Path) -> None:
    assert wrong(data(file.read_text())) == []
    assert wrong(loads(file.read_text(), default_name=file.stem).document) == []


@pytest.mark.parametrize("mode", modes())
def test_starters_pass(mode: str) -> None:
    assert wrong(data(starter("mine", mode))) == []


@pytest.mark.parametrize("file", TOPOLOGIES, ids=lambda file: file.stem)
def test_library_files_name_the_schema(file: Path) -> None:
    assert file.read_text().splitlines()[0] == MODELINE


GOOD = """
name: 007
description: "on"
underlay:
segments:
  a: {id: 42, dstport: 8472, ttl: inherit, subnet: [10.0.0.0/24, "2001:db8::/64"], gateway: [10.0.0.9, "2001:db8::9"]}
  "b[7-8]": {vni: "[7-8]", gateway: true, subnet: "10.[7-8].0.0/16", reserved_bits: 1, mode: replicate}
vteps:
  v1: {segments: [a, "b[7-8]"]}
  "v[2-3]":
    segments: [a, b7]
    mac: "02:00:00:00:00:0[2-3]"
    address: 172.16.0.[2-3]
    links: {vxlan7: {id: 7, dstport: 4790}, br7: {stp_state: true}, eth0: ~, 12: {kind: dummy}}
    sysctls: {net.ipv4.ip_forward: true, net/ipv4/conf/eth0/forwarding: 1, net.core.somaxconn: "[2-3]"}
hosts:
  01: {vtep: v1, segment: a, address: [10.0.0.1, "2001:db8::1"]}
  "h[02-03]":
    vtep: "v[2-3]"
    segment: b7
    neighbours: [{dev: eth0, address: "10.0.9.[2-3]", lladdr: "02:00:00:00:09:01"}]
nodes:
  n:
    links:
      lo: {addresses: 192.0.2.1/255.255.255.255}
      e0: {addresses: [192.0.3.1/24, {address: 192.0.4.1/24, brd: 192.0.4.255}], master: vrf1}
      e0.5: {kind: vlan, vid: 5, link: e0, bridge_port: ~}
      vrf1: {kind: vrf, table: 10}
    rules: [{pref: 5, lookup: main, fwmark: 0x10}, {order: 6, table: 10, fwmark: 0x1/0xff, sport: 80}]
    nexthops: [{id: 1, dev: e0}, {id: 2, dev: e0}, {id: 3, group: [1, "2,3"]}, {id: 4, group: 1}]
    routes:
      - {to: 198.51.100.0/24, nexthops: nexthop via 192.0.3.2 nexthop via 192.0.3.3 weight 2, table: 10}
      - {to: 198.51.101.0/24, nexthops: [via 192.0.3.2, {via: 192.0.3.3, encap: {type: ip, id: 4}}], table: 10}
      - {to: 198.51.102.0/24, via: 192.0.3.2, dev: e0, encap: ip id 4 dst 192.0.2.9, table: 10}
  m:
links:
  - {n:e0: ~, m:e0: {mtu: 9000}}
  - [n:e1, m:e1]
  - ["n:x[1-3]", "m:x[4-6]"]
  - {"n:y[1-2]": {alias: "to y[3-4]"}, "m:y[3-4]": {mtu: "[1400-1401]"}}
"""


def test_every_way_to_write_something_passes() -> None:
    loads(GOOD)
    assert wrong(data(GOOD)) == []


SMALL = """
underlay: {kind: switch}
segments: {s: {vni: 1, mode: replicate, ttl: 3}}
vteps: {v: {links: {vxlan1: {ttl: 5}, br1: {stp_state: true}}}}
hosts: {h: {vtep: v, mtu: 1400}}
nodes:
  n:
    sysctls: {net.ipv4.ip_forward: 1}
    links:
      e0: {addresses: [192.0.2.1/24]}
      x: {kind: vxlan, vni: 3, local: 192.0.2.1}
      b: {kind: bridge}
      d: {kind: dummy, master: b}
    fdb: [{link: x, mac: "00:00:00:00:00:00", dst: 192.0.2.2}]
    routes: [{to: default, nexthops: [{via: 192.0.2.3}]}]
    neighbours: [{link: e0, address: 192.0.2.2, mac: "02:00:00:00:00:01"}]
    rules: [{priority: 10, table: main}]
    mdb: [{link: b, port: d, group: 239.1.1.1}]
  m: {}
links: [[n:e0, m:e0]]
"""

GROSS = [
    ("underlay:", "underlays:"),
    ("kind: switch", "kind: hub"),
    ("kind: switch", "kind: switch, subnet: 10"),
    ("kind: switch", "mtu: big"),
    ("vni: 1,", ""),
    ("vni: 1,", "vni: 16777216,"),
    ("vni: 1,", "vni: '1',"),
    ("vni: 1,", "vni: 1, vnis: 1,"),
    ("mode: replicate", "mode: evpn"),
    ("ttl: 3", "ttl: 256"),
    ("ttl: 3", "ttl: fast"),
    ("ttl: 3", "learning: 1"),
    ("ttl: 3", "subnet: true"),
    ("ttl: 3", "group: 10.0.0.1"),
    ("ttl: 3", "external: true"),
    ("ttl: 5", "tll: 5"),
    ("ttl: 5", "stp_state: true"),
    ("stp_state: true", "ttl: 5"),
    ("vteps: {v:", "vteps: {v/v:"),
    ("vteps: {v:", "vteps: {-v:"),
    ("vtep: v, ", ""),
    ("vtep: v, ", "vtep: [v], "),
    ("mtu: 1400", "mtu: 67"),
    ("net.ipv4.ip_forward: 1", "kernel.hostname: 1"),
    ("net.ipv4.ip_forward: 1", "net.ipv4.ip_forward: [1]"),
    ("addresses: [192.0.2.1/24]", "addresses: [192.0.2.1]"),
    ("addresses: [192.0.2.1/24]", "addresses: [{}]"),
    ("addresses: [192.0.2.1/24]", "vni: 3"),
    ("kind: vxlan", "kind: veth"),
    ("kind: vxlan", "kind: vxlans"),
    ("kind: vxlan", "kind: dummy"),
    ("local: 192.0.2.1", "local: here"),
    ("master: b", "bridge_port: {learn: true}"),
    ("master: b", "mac: 01:00:00:00:00:00"),
    ("e0: {addr", "much-too-long-a-name: {addr"),
    ("link: x, ", ""),
    ("dst: 192.0.2.2", "dst: 192.0.2.2, port: 0"),
    ("to: default, ", ""),
    ("{via: 192.0.2.3}", "{gateway: 192.0.2.3}"),
    ("nexthops: [{via: 192.0.2.3}]", "nexthops: []"),
    ("nexthops: [{via: 192.0.2.3}]", "via: 192.0.2.3, encap: {id: 1}"),
    ("address: 192.0.2.2", "address: 192.0.2.2/24"),
    ("priority: 10", "prio: 10"),
    ("239.1.1.1", "everyone"),
    ("  m: {}", "  m: []"),
    ("[n:e0, m:e0]", "[n:e0]"),
    ("[n:e0, m:e0]", "[n:e0, m:e0, n:e1]"),
    ("[n:e0, m:e0]", "[n:e0, m]"),
    ("[n:e0, m:e0]", "{n:e0: {}, m:e0: {vni: 1}}"),
    ("[n:e0, m:e0]", "n:e0"),
]


@pytest.mark.parametrize(("old", "new"), GROSS)
def test_gross_mistakes_fail(old: str, new: str) -> None:
    loads(SMALL, default_name="x")
    assert wrong(data(SMALL)) == []
    assert old in SMALL
    mistaken = SMALL.replace(old, new, 1)
    assert wrong(data(mistaken))
    with pytest.raises(TopologyError):
        loads(mistaken, default_name="x")


def objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if "properties" in part and "if" not in part and part.get("required") != ["kind"]:
            yield part
        for inner in part.values():
            yield from objects(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from objects(inner)


def test_every_mapping_is_closed_and_every_key_explained() -> None:
    found = list(objects(SCHEMA))
    assert len(found) > 20
    for mapping in found:
        assert mapping["title"]
        # The options of a link are closed where its kind is known.
        assert mapping.get("additionalProperties") is False or [*mapping["properties"]] == ["kind"]
        assert all(key["description"] for key in mapping["properties"].values())


VALUES = [
    *(None, True, False, -1, 0, 1, 2, 10, 64, 255, 256, 4789, 65535, 65536, 2**24 - 1, 2**24, 2**31, 2**32 - 1, 2**64),
    *("", "a", "eth0", "eth0.5", "all", "lo", "main", "default", "auto", "inherit", "forever", "a b", "ü", "7"),
    *("192.0.2.1", "192.0.2.1/24", "192.0.2.0/24", "192.0.2.0/255.255.255.0", "0.0.0.0/0", "239.1.1.1", "fe80::1%eth0"),
    *("::", "::1", "::/0", "2001:DB8::1", "2001:db8::/32", "ff05::1", "FF05::1", "::ffff:1.2.3.4", "ff::1", "1::/0"),
    *("02:00:00:00:00:01", "02-00-00-00-00-01", "01:00:5e:00:00:01", "00:00:00:00:00:00", "0x10", "0x10/0xff"),
    *("/", "/usr/share", "netem", "10ms", "1.5 Sec", "10mbit", "0bit", "512 KBIT", "5%", "0.001 %", "100"),
    *("80", "80-90", "80 90", "1000-1999", "1/2", "1,10/2,20", "192.0.2.1,192.0.2.2", "net.ipv4.ip_forward", "a:eth0"),
    *("net/ipv4/conf/eth0.5/forwarding", "ip id 42 dst 192.0.2.2", "via 192.0.2.1 dev eth0", "nexthop via 192.0.2.1"),
    *("[1-3]", "h[1-3]", "[7-7]", "v[2-3]", "10.0.0.[1-3]", "02:00:00:00:00:0[2-3]", "a:e[1-2]", ["s[1-2]"], "1[2-3]"),
    *([], {}, ["192.0.2.1"], [1, 2], ["1,2", 3], [{"via": "192.0.2.1"}], {"type": "ip", "id": 4}, {"via": "192.0.2.1"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "option"), ROWS)
def test_what_a_type_accepts_its_schema_accepts(kind: Any, option: Option) -> None:
    values = [*VALUES, *getattr(option.type, "names", ()), *getattr(option.type, "numbers", ())]
    validator = jsonschema.Draft202012Validator(option.type.schema())
    accepted = 0
    for value in values:
        try:
            option.type.parse(deepcopy(value))
        except ValueError:
            continue
        accepted += 1
        assert validator.is_valid(value), value
    assert accepted
    refused = [value for value in (None, 1.5) if not validator.is_valid(value)]
    # What may have decimals is text to vxlab, and a number to editors.
    assert len(refused) == 2 - isinstance(option.type, Percent)


def test_a_range_goes_wherever_a_pattern_is() -> None:
    part = {"type": "string", "pattern": "^a[0-9]$", "examples": [{"pattern": "a"}]}
    validator = jsonschema.Draft202012Validator(ranged(part))
    assert [validator.is_valid(text) for text in ("a1", "a[1-3]", "b1", "[1-", "a[x-y]")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert ranged(part)["examples"] == part["examples"]


def places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a document but itself."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def known_keys(part: Any) -> set[str]:
    if isinstance(part, dict):
        here = set(part["properties"]) if isinstance(part.get("properties"), dict) else set()
        return here.union(*(known_keys(inner) for inner in part.values()))
    return set().union(*(known_keys(inner) for inner in part)) if isinstance(part, list) else set()


DOCUMENTS = [data(text) for text in (GOOD, SMALL, *(file.read_text() for file in FILES if file.stem != "hundred"))]
KEYS = sorted(known_keys(SCHEMA))


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A good document in which one or two things are changed, taken out or added."""
    document = deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(1, 2))):
        *path, last = draw(st.sampled_from(sorted(places(document), key=str)))
        parent = document
        for key in path:
            parent = parent[key]
        what = draw(st.sampled_from(("change", "remove", "add")))
        value = deepcopy(draw(st.sampled_from(VALUES)))
        if what == "change":
            parent[last] = value
        elif what == "remove":
            del parent[last]
        elif isinstance(parent, dict):
            parent[draw(st.sampled_from(KEYS))] = value
        else:
            parent.append(value)
    return document


@settings(max_examples=400, deadline=None)
@given(document=mutated())
def test_whatever_validates_passes(document: Any) -> None:
    written = yaml.safe_dump(document, sort_keys=False)
    try:
        loads(written, default_name="x")
    except TopologyError:
        return
    assert wrong(data(written)) == []
