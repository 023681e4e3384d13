"""Tenants: what symmetric IRB is made of, and what is told of wrong ones."""

import pytest

from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, VRF, VXLAN
from vxlab.state.model import NetworkState, Resource
from vxlab.topology import TopologyError, loads
from vxlab.verify.overlay import segments, single_stations
from vxlab.verify.routing import Crossing, journey

LAB = """\
name: lab
underlay: {subnet: 192.168.8.0/24}
tenants:
  acme: {vni: 1000, table: 10}
  globex: {vni: 2000}
segments:
  ar: {vni: 100, mode: static-l2, subnet: 10.1.0.0/24, gateway: true, tenant: acme}
  ab: {vni: 200, mode: static-l2, subnet: 10.2.0.0/24, gateway: true, tenant: acme}
  gr: {vni: 300, mode: static-l2, subnet: 10.1.0.0/24, gateway: true, tenant: globex}
  gb: {vni: 400, mode: static-l2, subnet: 10.2.0.0/24, gateway: true, tenant: globex}
vteps:
  vtep1: {segments: [ar, gr]}
  vtep2: {segments: [ab, gb]}
hosts:
  a1: {vtep: vtep1, segment: ar}
  a2: {vtep: vtep2, segment: ab}
  g1: {vtep: vtep1, segment: gr}
  g2: {vtep: vtep2, segment: gb}
"""


@pytest.fixture
def state() -> NetworkState:
    return loads(LAB).state


def link(state: NetworkState, node: str, name: str) -> Resource:
    found = state.link(f"lab-{node}", name)
    assert found is not None
    return found


def inside(state: NetworkState, node: str, family: Family) -> list[Resource]:
    return state.inside(f"lab-{node}", family)


def test_each_vtep_has_a_vrf_with_the_gateways_and_the_l3_tunnel_in_it(state: NetworkState) -> None:
    assert [one.get("table") for one in inside(state, "vtep1", Family.LINK) if one.kind is VRF] == [10, 2000]
    for bridge, vrf in (("br100", "acme"), ("br1000", "acme"), ("br300", "globex"), ("br2000", "globex")):
        assert (link(state, "vtep1", bridge).kind, link(state, "vtep1", bridge).get("master")) == (BRIDGE, vrf)
    tunnel = link(state, "vtep1", "vxlan1000")
    assert (tunnel.kind, tunnel.get("vni"), tunnel.get("learning")) == (VXLAN, 1000, False)
    assert state.link("lab-vtep1", "br200") is None, "a VTEP has no segment that it has no host of"


def test_each_vtep_knows_the_routers_of_the_others_by_their_mac_addresses(state: NetworkState) -> None:
    far = str(link(state, "vtep2", "br1000").get("mac"))
    assert far != link(state, "vtep1", "br1000").get("mac")
    known = {
        one.get("address"): one.get("mac") for one in inside(state, "vtep1", Family.NEIGHBOUR) if one.name == "br1000"
    }
    assert known == {"192.168.8.2": far}
    entries = [one for one in inside(state, "vtep1", Family.FDB) if one.get("mac") == far]
    assert [(one.name, one.get("dst"), one.get("master")) for one in entries] == [
        ("vxlan1000", "192.168.8.2", False),
        ("vxlan1000", "", True),
    ]


def test_each_host_behind_another_vtep_has_a_route_and_what_is_not_known_ends_there(state: NetworkState) -> None:
    found = {(r.get("table"), r.get("to")): r for r in inside(state, "vtep1", Family.ROUTE)}
    assert found.keys() == {(10, "0.0.0.0/0"), (10, "10.2.0.2/32"), (2000, "0.0.0.0/0"), (2000, "10.2.0.2/32")}
    assert found[10, "0.0.0.0/0"].get("type") == "unreachable"
    to = found[10, "10.2.0.2/32"]
    assert (to.get("via"), to.get("link"), to.get("onlink")) == ("192.168.8.2", "br1000", True)


@pytest.mark.parametrize(
    ("underlay", "subnet", "via"),
    [
        ("192.168.8.0/24", "2001:db8:2::/64", "::ffff:192.168.8.2"),
        ("2001:db8:8::/64", "2001:db8:2::/64", "2001:db8:8::2"),
        ("2001:db8:8::/64", "10.2.0.0/24", "2001:db8:8::2"),
    ],
)
def test_next_hops_are_of_a_version_that_the_route_takes(underlay: str, subnet: str, via: str) -> None:
    state = loads(LAB.replace("192.168.8.0/24", underlay).replace("subnet: 10.2.0.0/24", f'subnet: "{subnet}"')).state
    routes = [r for r in inside(state, "vtep1", Family.ROUTE) if r.get("table") == 10 and r.get("link") == "br1000"]
    assert [route.get("via") for route in routes] == [via]
    known = [one.get("address") for one in inside(state, "vtep1", Family.NEIGHBOUR) if one.name == "br1000"]
    assert via in known


def test_the_model_follows_a_tenant_s_own_way(state: NetworkState) -> None:
    parts = segments(state)
    for host, far, vni in (("a1", "a2", 1000), ("g1", "g2", 2000)):
        way = journey(state, parts, f"lab-{host}", "10.2.0.2")
        assert way is not None and (way.end, way.routers) == (f"lab-{far}", 2)
        macs = tuple(str(link(state, vtep, f"br{vni}").get("mac")) for vtep in ("vtep1", "vtep2"))
        assert way.crossings == (Crossing("lab-vtep1", "lab-vtep2", vni, ("192.168.8.2",), macs),)
    assert journey(state, parts, "lab-a1", "10.9.0.1") is None, "the default route is unreachable"
    assert len([s for s in single_stations(state) if s.address == "10.2.0.2"]) == 2


MISTAKES = [
    ("vni: 2000", "vni: 1000", "5:12: VNI 1000 is already that of tenant acme: what is routed has one of its own; see line 4"),
    ("vni: 1000", "vni: 300", "4:10: VNI 300 is already that of segment gr: what is routed has one of its own; see line 9"),
    ("vni: 2000", "vni: 2000, table: 10", "5:23: routing table 10 is already that of tenant acme: a VRF needs its own; see line 4"),
    ("table: 10", "table: 2000", "5:12: routing table 2000 is already that of tenant acme: a VRF needs its own; see line 4"),
    ("table: 10", "table: 254", "4:21: routing table 254 is main, which every node has: a VRF needs its own"),
    ("table: 10", "table: 0", "4:28: 0 is not a whole number from 1 to 4294967295"),
    ("vni: 1000, ", "", "4:3: vni is missing: the L3 VNI"),
    ("  globex:", "  emca: {vni: 7}\n  globex:", "5:3: tenant emca has no segment with a gateway, and so nothing to route"),
    ("gateway: true, tenant: acme}", "tenant: acme}", "7:56: a tenant routes between gateways, and segment ar has none: say gateway: true"),
    ("tenant: acme}", "tenant: acne}", "7:71: there is no tenant acne; did you mean acme?"),
    ("vtep1: {", "vtep1: {internet: true, ", "12:11: vtep1 routes nothing: none of its segments has a gateway that is of no tenant"),
    ("vtep1: {", "vtep1: {links: {vxlan200: {ttl: 5}}, ", "12:19: vtep1 has no vxlan200"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), MISTAKES, ids=[told for *_, told in MISTAKES])
def test_mistakes_are_told_where_they_are(old: str, new: str, told: str) -> None:
    with pytest.raises(TopologyError) as raised:
        loads(LAB.replace(old, new, 1))
    assert f"topology:{told}" in str(raised.value)


def test_what_is_said_of_the_links_of_a_tenant_needs_no_kind() -> None:
    state = loads(LAB.replace("vtep1: {", "vtep1: {links: {vxlan1000: {ttl: 9}, br2000: {alias: it}}, ")).state
    assert link(state, "vtep1", "vxlan1000").get("ttl") == 9
    assert link(state, "vtep1", "br2000").get("alias") == "it"


def test_two_vrfs_with_one_table_are_refused_at_the_low_level_too() -> None:
    links = "{one: {kind: vrf, table: 7}, two: {kind: vrf, table: 7}}"
    with pytest.raises(TopologyError, match="two VRFs with one are not apart"):
        loads(f"name: x\nnodes: {{a: {{links: {links}}}}}")
