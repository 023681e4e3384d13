"""The way of a routed packet, on states made from topology files."""

from pathlib import Path

import pytest

from tests.kernel.made import gateways
from vxlab.state.model import NetworkState
from vxlab.topology import load
from vxlab.verify.between import routed_pairs
from vxlab.verify.overlay import segments
from vxlab.verify.routing import Crossing, Journey, UntoldError, journey, routers

LIBRARY = Path(__file__).parent.parent.parent / "topologies"


def state_of(text: str, tmp_path: Path) -> NetworkState:
    file = tmp_path / "made.yaml"
    file.write_text(text)
    return load(file).state


def way(state: NetworkState, start: str, address: str) -> Journey | None:
    return journey(state, segments(state), start, address)


def test_a_packet_is_routed_where_it_starts_and_comes_back_in_the_other_vni(tmp_path: Path) -> None:
    state = state_of(gateways("static-l2"), tmp_path)
    there, back = way(state, "made-r1", "10.30.0.3"), way(state, "made-b2", "10.20.0.2")
    assert there and back
    assert there.crossings == (Crossing("made-vtep1", "made-vtep2", 200, ("192.168.8.2",)),)
    assert back.crossings == (Crossing("made-vtep2", "made-vtep1", 100, ("192.168.8.1",)),)
    assert (there.end, there.routers, back.end, back.routers) == ("made-b2", 1, "made-r1", 1)
    assert there.addresses == ("10.20.0.1", "10.30.0.3")


def test_hosts_of_one_vtep_need_no_tunnel(tmp_path: Path) -> None:
    state = state_of(gateways("multicast", 6, 6), tmp_path)
    there = way(state, "made-r1", "2001:db8:30::2")
    assert there and (there.end, there.crossings, there.routers) == ("made-b1", (), 1)
    assert sorted({*routers(state)}) == ["made-vtep1", "made-vtep2"]


def test_tunnels_that_routes_name_are_taken() -> None:
    state = load(LIBRARY / "unicast-routing.yaml").state
    there = way(state, "unicast-routing-h1", "10.0.2.2")
    assert there and there.routers == 2
    assert there.crossings == (Crossing("unicast-routing-vtep1", "unicast-routing-vtep2", 102, ("192.168.8.2",)),)


def test_who_is_in_both_subnets_needs_no_router(tmp_path: Path) -> None:
    trunks = load(LIBRARY / "trunk-hosts.yaml").state
    there = way(trunks, "trunk-hosts-h1", "10.2.0.2")
    assert there and there.crossings and not there.routers
    assert not routed_pairs(trunks, [*segments(trunks)])
    state = state_of(gateways("static-l2"), tmp_path)
    assert routed_pairs(state, [*segments(state)])


def test_there_is_no_way_to_what_nobody_has(tmp_path: Path) -> None:
    state = state_of(gateways("static-l2"), tmp_path)
    assert way(state, "made-r1", "10.30.0.77") is None
    assert way(state, "made-r1", "203.0.113.7") is None
    assert way(state, "made-r1", "2001:db8::1") is None


LOW = """
name: low
nodes:
  a: {links: {eth0: {addresses: 192.0.2.1/24}}, routes: [ROUTES]}
  b: {links: {eth0: {addresses: [192.0.2.2/24, 198.51.100.1/24]}}}
  c: {links: {eth0: {addresses: 192.0.2.3/24}, lo: {addresses: 198.51.100.1/32}}}
  s: {links: {br0: {kind: bridge}}}
links:
  - [s:a, a:eth0]
  - [s:b, b:eth0]
  - [s:c, c:eth0]
"""


def low(routes: str, tmp_path: Path) -> NetworkState:
    text = LOW.replace("ROUTES", routes)
    for end in "abc":
        text = text.replace(f"[s:{end}, {end}:eth0]", f"s:{end}: {{master: br0}}\n    {end}:eth0: {{}}")
    return state_of(text, tmp_path)


@pytest.mark.parametrize(
    ("routes", "end"),
    [
        ("{to: 198.51.100.0/24, via: 192.0.2.2}", "low-b"),
        ("{to: default, via: 192.0.2.2}, {to: 198.51.100.0/24, via: 192.0.2.3}", "low-c"),
        ("{to: 198.51.100.0/24, via: 192.0.2.2, metric: 5}, {to: 198.51.100.0/24, via: 192.0.2.3, metric: 9}", "low-b"),
        ("{to: 198.51.100.0/24, via: 192.0.2.2}, {to: 198.51.100.1/32, type: blackhole}", None),
        ("{to: 198.51.100.0/24, via: 192.0.2.2, table: 100}", None),
        ("", None),
    ],
)
def test_the_longest_prefix_of_the_main_table_wins_then_the_least_metric(
    tmp_path: Path, routes: str, end: str | None
) -> None:
    found = way(low(routes, tmp_path), "low-a", "198.51.100.1")
    assert (found.end if found else None) == end


def test_what_is_not_modelled_is_not_guessed(tmp_path: Path) -> None:
    state = low("{to: default, nexthops: [{via: 192.0.2.2}, {via: 192.0.2.3}]}", tmp_path)
    with pytest.raises(UntoldError):
        way(state, "low-a", "198.51.100.1")
