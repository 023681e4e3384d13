"""Symmetric IRB: what is routed between VTEPs for a tenant, and what keeps tenants with the same prefixes apart."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.conftest import Up, ip, pings, run, vxlab
from tests.kernel.live import tcpdump, tshark
from tests.kernel.test_script import assert_scripts_and_up_make_the_same

pytestmark = pytest.mark.needs("vrf")

# Both tenants have the same prefixes and addresses; acme's red is on two VTEPs, and has both versions of IP.
LAB = """\
name: two
underlay: {subnet: 192.168.8.0/24}
tenants: {acme: {vni: 1000, table: 10}, globex: {vni: 2000}}
segments:
  ar: {vni: 100, mode: static-l2, subnet: [10.1.0.0/24, "2001:db8:1::/64"], gateway: true, tenant: acme}
  ab: {vni: 200, mode: static-l2, subnet: [10.2.0.0/24, "2001:db8:2::/64"], gateway: true, tenant: acme}
  gr: {vni: 300, mode: static-l2, subnet: 10.1.0.0/24, gateway: true, tenant: globex}
  gb: {vni: 400, mode: static-l2, subnet: 10.2.0.0/24, gateway: true, tenant: globex}
vteps: {vtep1: {segments: [ar, gr]}, vtep2: {segments: [ar, ab, gb]}}
hosts:
  ar1: {vtep: vtep1, segment: ar}
  ar2: {vtep: vtep2, segment: ar}
  ab2: {vtep: vtep2, segment: ab}
  gr1: {vtep: vtep1, segment: gr}
  gb2: {vtep: vtep2, segment: gb}
"""


@pytest.fixture
def two(up: Callable[[Path], Up], tmp_path: Path) -> Up:
    file = tmp_path / "two.yaml"
    file.write_text(LAB)
    return up(file)


def router_mac(namespace: str, vni: int = 1000) -> str:
    (link,) = ip(namespace, "link", "show", f"br{vni}")
    return link["address"]


def routes(namespace: str, vrf: str) -> list[dict[str, Any]]:
    return ip(namespace, "route", "show", "vrf", vrf)


def captured(lab: Up, namespace: str, *words: str) -> list[tuple[str, ...]]:
    """What tshark reads of the inner headers of the frame that leaves a node while something is done there."""
    pcap = lab.file.with_suffix(".pcap")
    with tcpdump(namespace, "eth0", pcap, "udp port 4789", count=1, direction="out") as dump:
        run(*words)
        dump.end(None)
    return tshark(pcap, "vxlan.vni", "eth.src", "eth.dst", "ip.ttl", occurrence="l")


def test_vrfs_have_routes_to_hosts_behind_other_vteps_alone(two: Up) -> None:
    vrfs = {vrf["name"]: vrf["table"] for vrf in json.loads(run("ip", "-n", two("vtep1"), "-j", "vrf").stdout)}
    assert vrfs == {"acme": 10, "globex": 2000}
    told = {route["dst"]: route for route in routes(two("vtep1"), "acme")}
    assert told.keys() == {"default", "10.1.0.0/24", "10.1.0.3", "10.2.0.2"}
    assert told["default"]["type"] == "unreachable"
    assert (told["10.2.0.2"]["gateway"], told["10.2.0.2"]["dev"]) == ("192.168.8.2", "br1000")
    (known,) = ip(two("vtep1"), "neigh", "show", "dev", "br1000", "192.168.8.2")
    assert (known["lladdr"], known["state"]) == (router_mac(two("vtep2")), ["PERMANENT"])
    assert "nothing to do" in vxlab("plan", two.file).stdout


def test_hosts_reach_their_own_tenant_by_two_routers(two: Up) -> None:
    for sender, address in (("ar1", "10.2.0.2"), ("gr1", "10.2.0.2"), ("ar1", "2001:db8:2::2")):
        said = run("ip", "netns", "exec", two(sender), "ping", "-c", "1", "-W", "5", address).stdout
        assert "ttl=62" in said
    run("ip", "-n", two("gb2"), "link", "set", "eth0", "down")
    assert pings(two("ar1"), "10.2.0.2") and not pings(two("gr1"), "10.2.0.2")


def test_what_is_routed_has_the_l3_vni_and_router_macs(two: Up) -> None:
    ping = ("ip", "netns", "exec", two("ar1"), "ping", "-c", "1", "-W", "5", "10.2.0.2")
    assert pings(two("ar1"), "10.2.0.2")  # the VTEPs know each other then
    ((vni, src, dst, ttl),) = captured(two, two("vtep1"), *ping)
    assert (vni, ttl) == ("1000", "63")
    assert (src, dst) == (router_mac(two("vtep1")), router_mac(two("vtep2")))


def test_proof_names_the_tenant_s_way(two: Up) -> None:
    verdict = json.loads(vxlab("verify", two.name, "--json").stdout)
    assert verdict["passed"] and not verdict["unproved"]
    routed = [proof for proof in verdict["proofs"] if proof["vni"] is None]
    assert {frozenset((p["sender"], p["target"])) for p in routed} >= {
        frozenset(("ar1", "ab2")),
        frozenset(("gr1", "gb2")),
    }
    (proof,) = (proof for proof in routed if {proof["sender"], proof["target"]} == {"gr1", "gb2"})
    near = {"gr1": "vtep1", "gb2": "vtep2"}[proof["sender"]]
    checks = {check["name"]: check for check in proof["checks"]}
    assert f"from router MAC {router_mac(two(near), 2000)}" in checks["routed there"]["expected"]
    assert "TTL 62: 2 routers" in checks["packet delivered"]["expected"]
    assert "ab2 (10.2.0.2)" in checks["tenants apart"]["expected"]
    assert "proved" in vxlab("verify", two.name, "--all-pairs").stdout


def test_breaks_are_found_with_their_cause(two: Up) -> None:
    for node, words, told in (
        ("vtep1", ("ip", "route", "del", "10.2.0.2", "table", "10"), "create route 10 10.2.0.2/32"),
        ("vtep2", ("bridge", "fdb", "del", router_mac(two("vtep1")), "dev", "vxlan1000", "dst", "192.168.8.1"), "FDB"),
        ("vtep1", ("ip", "link", "set", "br1000", "address", "02:00:00:00:00:99"), "br1000"),
    ):
        run(words[0], "-n", two(node), *words[1:])
        said = vxlab("verify", two.name, "--pair", "ar1,ab2", status=1).stdout
        assert f"{node} is not as its file says" in said and told.split()[-1] in said, said
        vxlab("up", two.file)


def test_scripts_and_up_make_the_same(library: Path, tmp_path: Path) -> None:
    assert_scripts_and_up_make_the_same(library / "symmetric-irb.yaml", tmp_path, "batch")
