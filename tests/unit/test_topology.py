"""Topologies: ranges, names, numbers, and an expansion that does not depend on how the file is written."""

import random
from copy import deepcopy

import pytest
import yaml

from vxlab.topology import TopologyError, load, loads
from vxlab.topology.addressing import interface_name, mac, natural
from vxlab.topology.ranges import names

FULL = """
name: full
segments:
  blue: {vni: 42, subnet: 10.20.0.0/24}
  red: {vni: 7, mode: replicate, subnet: 10.30.0.0/24}
vteps: {'v[1-3]': {}, v10: {segments: [red]}}
hosts:
  'b[1-3]': {vtep: 'v[1-3]', segment: blue}
  r1: {vtep: v10, segment: red, address: 10.30.0.77, mac: "02:00:00:00:00:77"}
  a-very-long-host-name-indeed: {vtep: v1, segment: red, sysctls: {net.ipv4.ip_forward: 1}}
nodes: {x: {links: {br0: {kind: bridge}}}}
links: [[x:eth0, v1:eth9]]
"""


def shuffled(data, seed: int):
    """The same mapping with its keys in another order."""
    if isinstance(data, dict):
        items = [(key, shuffled(value, seed)) for key, value in data.items()]
        random.Random(seed).shuffle(items)  # noqa: S311
        return dict(items)
    return data


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("h", ["h"]),
        ("h[1-3]", ["h1", "h2", "h3"]),
        ("h[08-11]x", ["h08x", "h09x", "h10x", "h11x"]),
        ("h[7-7]", ["h7"]),
    ],
)
def test_ranges(pattern: str, wanted: list[str]) -> None:
    assert [*names(pattern)] == wanted


@pytest.mark.parametrize("pattern", ["h[1-2][1-2]", "h[2-1]", "h[1-10001]"])
def test_ranges_that_make_no_sense(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"h\[|range"):
        names(pattern)


def test_numbers_go_in_natural_order() -> None:
    topology = loads("segments: {s: {vni: 1}}\nvteps: {v: {}}\nhosts: {'h[1-12]': {vtep: v}}", default_name="x")
    addresses = {
        r.namespace: r.get("address") for r in topology.state if r.kind.name == "address" and "-h" in r.namespace
    }
    assert [addresses[f"x-h{n}"] for n in (1, 2, 10, 12)] == [f"10.0.0.{n}/16" for n in (1, 2, 10, 12)]
    assert sorted(["h10", "h2", "h1", "a"], key=natural) == ["a", "h1", "h2", "h10"]


def test_what_is_given_is_kept_and_jumped_over() -> None:
    text = "segments: {s: {vni: 1}}\nvteps: {v: {}}\nhosts: {h1: {vtep: v}, h2: {vtep: v, address: 10.0.0.1}}"
    state = loads(text, default_name="x").state
    addresses = {r.namespace: r.get("address") for r in state if r.kind.name == "address" and "-h" in r.namespace}
    assert addresses == {"x-h1": "10.0.0.2/16", "x-h2": "10.0.0.1/16"}


def test_segments_of_a_vtep() -> None:
    state = loads(FULL).state
    assert {r.name for r in state if r.kind.name == "vxlan" and r.namespace == "full-v10"} == {"vxlan7"}
    assert {r.name for r in state if r.kind.name == "vxlan" and r.namespace == "full-v1"} == {"vxlan7", "vxlan42"}
    group = {r.get("group") for r in state if r.kind.name == "vxlan" and r.get("vni") == 42}
    assert group == {"239.0.0.42"}


def test_names_that_are_too_long_are_shortened_and_stay_unique() -> None:
    state = loads(FULL).state
    (port,) = [r.name for r in state if r.kind.name == "veth" and str(r.get("peer")).startswith("full-a-very")]
    assert len(port) <= 15 and port.startswith("a-very-")
    assert interface_name("eth0", {"eth0"}) != "eth0"
    assert interface_name("h1", {"eth0"}) == "h1"


def test_macs_are_local_unicast_and_depend_on_names_alone() -> None:
    assert mac("lab", "a", "eth0") == mac("lab", "a", "eth0") != mac("lab", "b", "eth0")
    assert int(mac("lab", "a", "eth0")[:2], 16) & 3 == 2


def test_expansion_does_not_depend_on_the_order_of_keys() -> None:
    """Of one file that has everything; of drawn ones see test_properties.py."""
    data, document = yaml.safe_load(FULL), loads(FULL).document
    for seed in range(20):
        same = loads(yaml.safe_dump(shuffled(deepcopy(data), seed), sort_keys=False)).document
        assert same == document
        assert yaml.safe_dump(same, sort_keys=False) == yaml.safe_dump(document, sort_keys=False)


def test_expanded_means_the_same(library_file) -> None:
    topology = load(library_file)
    again = loads(yaml.safe_dump(topology.document, sort_keys=False))
    assert (again.name, again.description, again.state) == (topology.name, topology.description, topology.state)
    assert again.document == topology.document
    assert loads(yaml.safe_dump(loads(FULL).document)).state == loads(FULL).state


def test_library_files_explain_themselves(library_file) -> None:
    first = library_file.read_text().splitlines()
    assert first[0].startswith("# ") and "vxlab " in "".join(line for line in first if line.startswith("#"))
    assert load(library_file).name == library_file.stem


def test_yaml_is_read_by_its_core_schema() -> None:
    text = 'nodes: {a: {links: {x: {kind: bridge, mac: 12:34:56:12:34:56}}}, "007": {}, no: {}, 1e3: {}}'
    topology = loads(text, default_name="x")
    assert set(topology.nodes) == {"a", "007", "no", "1e3"}
    assert topology.state.link("x-a", "x").get("mac") == "12:34:56:12:34:56"


def test_names_with_leading_zeros_keep_them() -> None:
    text = "segments: {s: {vni: 1}}\nvteps: {01: {}}\nhosts: {08: {vtep: 01, segment: s}}\ndescription: 09"
    topology = loads(text, default_name="08")
    assert set(topology.nodes) == {"underlay", "01", "08"}
    again = loads(yaml.safe_dump(topology.document, sort_keys=False))
    assert (again.name, again.description, again.state) == ("08", "09", topology.state)


def test_generated_links_take_what_is_said_of_them() -> None:
    text = """
segments: {s: {vni: 42}}
vteps:
  v1: {links: {vxlan42: {port: 8472, ttl: 5}, br42: {stp_state: true}, h1: {bridge_port: {isolated: true}}}}
  v2: {links: {eth0: {mtu: 1600}}}
hosts: {h1: {vtep: v1}, all: {vtep: v2}}
"""
    state = loads(text, default_name="x").state
    device = state.link("x-v1", "vxlan42")
    assert (device.get("port"), device.get("ttl"), device.get("group")) == (8472, 5, "239.0.0.42")
    assert state.link("x-v1", "br42").get("stp_state") is True
    (port,) = [r for r in state if r.kind.name == "bridge_port" and (r.namespace, r.name) == ("x-v1", "h1")]
    assert port.get("isolated") is True
    assert state.link("x-v2", "eth0").get("mtu") == 1600
    assert not state.link("x-v2", "all")


def test_anchors_and_aliases_work() -> None:
    topology = loads("nodes: {a: &n {sysctls: {net.ipv4.ip_forward: 1}}, b: *n}", default_name="x")
    assert [r.namespace for r in topology.state if r.kind.name == "sysctl"] == ["x-a", "x-b"]


def test_cables_and_items_of_lists_may_have_ranges() -> None:
    text = """
segments: {"s[1-3]": {vni: "[101-103]", mode: replicate}}
vteps: {v1: {segments: ["s[1-2]"]}}
nodes:
  sw: {links: {br0: {kind: bridge}, lo: {addresses: ["192.0.2.[1-3]/32"]}}}
  p[1-3]: {}
links:
  - sw:x[1-3]: {master: br0}
    p[1-3]:eth0: {addresses: "10.9.0.[1-3]/24"}
  - ["sw:y[1-3]", "p[1-3]:eth1"]
"""
    state = loads(text, default_name="x").state
    assert {r.get("vni") for r in state if r.kind.name == "vxlan"} == {101, 102}
    addresses = {(r.namespace, r.name, r.get("address")) for r in state if r.kind.name == "address"}
    assert {("x-p2", "eth0", "10.9.0.2/24"), ("x-sw", "lo", "192.0.2.3/32")} <= addresses
    for number in (1, 2, 3):
        port, other = state.link("x-sw", f"x{number}"), state.link("x-sw", f"y{number}")
        assert port and port.get("master") == "br0" and port.get("peer") == f"x-p{number}:eth0"
        assert other and other.get("peer") == f"x-p{number}:eth1"


def test_the_ends_of_a_cable_pair_up() -> None:
    with pytest.raises(TopologyError) as error:
        loads('nodes: {a: {}, "p[1-3]": {}}\nlinks:\n  - ["a:x[1-2]", "p[1-3]:eth0"]', default_name="x")
    assert str(error.value).startswith("topology:3:18: p[1-3]:eth0 means 3 names, and a:x[1-2] means 2")
