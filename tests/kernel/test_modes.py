"""Every mode over every underlay, IPv4 and IPv6 inside and outside; and what segments, VTEPs and hosts override."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import sleep

import pytest

from tests.kernel.conftest import Up, bridge, ip, pings, run, vxlab

BringUp = Callable[[Path], Up]
FLOOD = "00:00:00:00:00:00"
UNDERLAY = {4: "192.168.8.0/24", 6: "2001:db8:8::/64"}
OVERLAY = {4: "10.20.0.0/24", 6: "2001:db8:20::/64"}
HOST = {4: "10.20.0.{}", 6: "2001:db8:20::{}"}

LAB = """
name: modes
underlay: {{kind: {kind}, subnet: "{underlay}"}}
segments: {{blue: {{vni: 42, mode: {mode}, subnet: "{overlay}"}}}}
vteps: {{"vtep[1-3]": {{}}}}
hosts: {{"h[1-3]": {{vtep: "vtep[1-3]"}}}}
"""


def cases() -> list[tuple[str, str, int, int]]:
    return [
        (mode, kind, outer, inner)
        for mode in ("multicast", "replicate", "static-l2", "static-l3")
        for kind in ("switch", "mesh", "routed")
        for outer in (4, 6)
        for inner in (4, 6)
        if mode != "multicast" or kind == "switch"
    ]


def device(namespace: str, name: str = "vxlan42") -> dict:
    (found,) = ip(namespace, "link", "show", name)
    return found


def data_of(namespace: str, name: str = "vxlan42") -> dict:
    return device(namespace, name)["linkinfo"]["info_data"]


def remotes(namespace: str, name: str = "vxlan42") -> list[tuple[str, str]]:
    """MAC and VTEP of the permanent entries of a device."""
    entries = bridge(namespace, "fdb", "show", "dev", name)
    return sorted((e["mac"], e["dst"]) for e in entries if "dst" in e and e.get("state") == "permanent")


@pytest.mark.parametrize(("mode", "kind", "outer", "inner"), cases())
def test_a_mode_does_what_it_says(up: BringUp, tmp_path: Path, mode: str, kind: str, outer: int, inner: int) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text(LAB.format(mode=mode, kind=kind, underlay=UNDERLAY[outer], overlay=OVERLAY[inner]))
    lab = up(file)
    for number in (1, 2, 3):
        other = number % 3 + 1
        assert pings(lab(f"h{number}"), HOST[inner].format(other))
    vtep = lab("vtep1")
    assert device(vtep)["mtu"] == (1450 if outer == 4 else 1430)
    data = data_of(vtep)
    assert data["learning"] is (mode in ("multicast", "replicate"))
    assert data.get("proxy", False) is (mode == "static-l3")
    macs = {name: ip(lab(name), "link", "show", "eth0")[0]["address"] for name in ("h2", "h3")}
    floods = [entry for entry in remotes(vtep) if entry[0] == FLOOD]
    known = [mac for mac, _ in remotes(vtep) if mac != FLOOD]
    assert len(floods) == {"multicast": 1, "replicate": 2, "static-l2": 2, "static-l3": 0}[mode]
    assert known == (sorted(macs.values()) if mode.startswith("static") else [])
    assert "nothing to do" in vxlab("plan", file).stdout
    if inner == 4:
        assert "NOT" not in vxlab("verify", lab.name).stdout


def test_the_script_builds_the_same_over_ipv6(up: BringUp, tmp_path: Path) -> None:
    file, script = tmp_path / "lab.yaml", tmp_path / "lab.sh"
    file.write_text(LAB.format(mode="static-l3", kind="routed", underlay=UNDERLAY[6], overlay=OVERLAY[6]))
    script.write_text(vxlab("cheatsheet", file).stdout)
    run("sh", script)
    try:
        assert run("ip", "netns", "exec", "modes-h1", "ping", "-c", "1", "-W", "2", "2001:db8:20::3").returncode == 0
    finally:
        run("sh", script, "--teardown")


OVERRIDES = """
name: overrides
underlay: {subnet: 192.168.8.0/24, mtu: 9000}
segments:
  blue: {vni: 42, mode: replicate, subnet: 10.20.0.0/24, ttl: 9, dstport: 8472, df: set, mtu: 8000, gbp: true}
vteps:
  vtep1: {address: 192.168.8.77, mac: "02:00:00:00:00:77", ttl: 33, tos: inherit, srcport: 40000-50000, ageing: 60}
  vtep2: {port: 4790, udpcsum: false, learning: false, localbypass: false}
hosts:
  h1: {vtep: vtep1, address: 10.20.0.9, mac: "02:00:00:00:00:09", mtu: 1400}
  h2: {vtep: vtep2}
"""


def test_segments_vteps_and_hosts_override(up: BringUp, tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text(OVERRIDES)
    lab = up(file)
    one, two = data_of(lab("vtep1")), data_of(lab("vtep2"))
    assert (one["ttl"], one["port"], one["df"], one["gbp"], one["ageing"]) == (33, 8472, "set", True, 60)
    assert (one["port_range"]["low"], one["port_range"]["high"]) == (40000, 50000)
    assert (two["ttl"], two["port"], two["learning"], two["udp_csum"]) == (9, 4790, False, False)
    (eth0,) = ip(lab("vtep1"), "addr", "show", "eth0")
    assert eth0["address"] == "02:00:00:00:00:77" and eth0["addr_info"][0]["local"] == "192.168.8.77"
    assert eth0["mtu"] == 9000 and device(lab("vtep1"))["mtu"] == 8000
    (h1,) = ip(lab("h1"), "addr", "show", "eth0")
    assert (h1["address"], h1["mtu"], h1["addr_info"][0]["local"]) == ("02:00:00:00:00:09", 1400, "10.20.0.9")
    (entry,) = [e for e in bridge(lab("vtep1"), "fdb", "show", "dev", "vxlan42") if e["mac"] == FLOOD]
    assert (entry["dst"], entry["port"]) == ("192.168.8.1", 4790)
    assert "nothing to do" in vxlab("plan", file).stdout


ODD = {
    "replicate without learning": ("mode: replicate, learning: false", 2, [], True),
    "multicast without flooding": ("mode: multicast, flood: none", 0, [], False),
    "static-l2 by a group": ("mode: static-l2, flood: group", 1, ["h2"], True),
    "static-l3 that floods": ("mode: static-l3, arp: flood, flood: replicate", 2, ["h2"], True),
    "known and learned": ("mode: static-l2, learning: true", 2, ["h2"], True),
    "replicate, answered by the VTEP": ("mode: replicate, arp: proxy", 2, [], True),
}


@pytest.mark.parametrize("case", ODD)
def test_single_settings_make_odd_combinations(up: BringUp, tmp_path: Path, case: str) -> None:
    mode, floods, known, reachable = ODD[case]
    file = tmp_path / "lab.yaml"
    text = LAB.format(mode="MODE", kind="switch", underlay=UNDERLAY[4], overlay=OVERLAY[4])
    (
        file.write_text(
            text.replace("mode: MODE", mode)
            .replace("h[1-3]", "h[1-2]")
            .replace('vtep: "vtep[1-3]"', 'vtep: "vtep[1-2]"')
        ),
    )
    lab = up(file)
    macs = [ip(lab(name), "link", "show", "eth0")[0]["address"] for name in known]
    entries = remotes(lab("vtep1"))
    assert len([mac for mac, _ in entries if mac == FLOOD]) == floods
    assert [mac for mac, _ in entries if mac != FLOOD] == macs
    assert pings(lab("h1"), "10.20.0.2", seconds=1) is reachable
    assert "nothing to do" in vxlab("plan", file).stdout


def test_a_snooping_switch_sends_a_group_to_its_members_alone(up: BringUp, tmp_path: Path) -> None:
    for version in (4, 6):
        file = tmp_path / f"snoop{version}.yaml"
        file.write_text(f"""
underlay: {{subnet: "{UNDERLAY[version]}", snooping: true}}
segments:
  red: {{vni: 100, subnet: 10.1.0.0/24}}
  blue: {{vni: 200, subnet: 10.2.0.0/24}}
vteps: {{vtep1: {{segments: [red]}}, vtep2: {{segments: [red]}}, vtep3: {{segments: [blue]}}}}
hosts: {{r1: {{vtep: vtep1, segment: red}}, r2: {{vtep: vtep2, segment: red}}}}
""")
        lab = up(file)
        switch, group = lab("underlay"), {4: "239.0.0.100", 6: "ff05::64"}[version]
        members: set[str] = set()
        # The querier asks at the start, and members answer within a second.
        for _ in range(100):
            (table,) = bridge(switch, "mdb", "show") or [{"mdb": []}]
            members = {entry["port"] for entry in table["mdb"] if entry["grp"] == group}
            if members == {"vtep1", "vtep2"}:
                break
            sleep(0.1)
        assert members == {"vtep1", "vtep2"}
        seen = ("", group)
        for attempt in range(20):  # a bridge floods everything for ten seconds after it has begun to ask
            with caught(lab("vtep2")) as member, caught(lab("vtep3")) as stranger:
                assert pings(lab("r1"), "10.1.0.2")
                assert not pings(lab("r1"), f"10.1.0.{50 + attempt}", seconds=1)
                sleep(0.2)  # what has arrived is written by then
                seen = member.read_text(), stranger.read_text()
            if group not in seen[1]:
                break
        assert group in seen[0] and group not in seen[1]
        vxlab("down", lab.name)


@contextmanager
def caught(namespace: str) -> Iterator[Path]:
    """What tcpdump sees of VXLAN on a VTEP's underlay link meanwhile, as a file of text."""
    with NamedTemporaryFile() as out, NamedTemporaryFile() as said:
        words = ("ip", "netns", "exec", namespace, "tcpdump", "-nlU", "-i", "eth0", "udp", "port", "4789")
        process = subprocess.Popen(words, stdout=out, stderr=said)
        try:
            while b"listening" not in Path(said.name).read_bytes() and process.poll() is None:
                sleep(0.01)
            yield Path(out.name)
        finally:
            process.terminate()
            process.wait(10)


IRB = """
name: irb
segments:
  red: {vni: 100, mode: RED, subnet: [10.1.0.0/24, "2001:db8:1::/64"], gateway: true}
  blue: {vni: 200, mode: static-l3, subnet: [10.2.0.0/24, "2001:db8:2::/64"], gateway: [10.2.0.254, "2001:db8:2::fe"]}
  lone: {vni: 300, subnet: 10.3.0.0/24}
vteps: {vtep1: {internet: true}, "vtep[2-3]": {}}
hosts:
  "r[1-3]": {vtep: "vtep[1-3]", segment: red}
  "b[1-3]": {vtep: "vtep[1-3]", segment: blue}
  "l[1-2]": {vtep: "vtep[1-2]", segment: lone}
"""


@pytest.mark.parametrize("mode", ["multicast", "replicate", "static-l2", "static-l3"])
def test_gateways_route_between_segments(up: BringUp, tmp_path: Path, mode: str) -> None:
    file = tmp_path / "irb.yaml"
    file.write_text(IRB.replace("RED", mode))
    lab = up(file)
    reachable = (
        ("r1", "10.1.0.3"), ("r1", "10.2.0.2"), ("r2", "10.2.0.1"), ("b3", "10.1.0.2"), ("r1", "2001:db8:2::3"),
        ("b2", "2001:db8:1::4"), ("r3", "10.1.0.1"), ("r3", "2001:db8:1::1"), ("b2", "10.2.0.254"),
        ("r1", "198.51.100.1"),
        ("b1", "2001:db8:ffff::1"), ("internet", "10.2.0.1"),
    )  # fmt: skip
    for host, address in reachable:
        assert pings(lab(host), address), (host, address)
    for host, address in (("r2", "198.51.100.1"), ("l1", "10.1.0.2"), ("l1", "10.3.0.99")):
        assert not pings(lab(host), address, seconds=1), (host, address)
    # Each VTEP has the gateway, with one MAC address.
    gateways = [ip(lab(f"vtep{number}"), "addr", "show", "br100")[0] for number in (1, 2, 3)]
    assert len({gateway["address"] for gateway in gateways}) == 1
    assert all(gateway["addr_info"][0]["local"] == "10.1.0.1" for gateway in gateways)
    assert "nothing to do" in vxlab("plan", file).stdout
    assert "NOT" not in vxlab("verify", "irb").stdout
    assert "NOT" not in vxlab("verify", "irb", "--all-pairs").stdout
