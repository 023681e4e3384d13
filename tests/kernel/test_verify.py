"""`vxlab verify`: proves a healthy lab, fails the right step of a broken one, and agrees with tshark."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel.conftest import Up, bridge, ip, pings, run, vxlab

BringUp = Callable[[Path], Up]
STEPS = [
    "request flooded", "far VTEP learns", "target answers", "reply sent back", "near VTEP learns", "reply delivered",
]  # fmt: skip


def verify(lab: Up, status: int = 0) -> dict:
    return json.loads(vxlab("verify", lab.name, "--json", status=status).stdout)


def failed_steps(verdict: dict) -> list[str]:
    return [step["name"] for proof in verdict["proofs"] for step in proof["steps"] if not step["passed"]]


def step(verdict: dict, name: str) -> dict:
    (found,) = [step for proof in verdict["proofs"] for step in proof["steps"] if step["name"] == name]
    return found


def frames(of_step: dict) -> list[dict]:
    return [fact for fact in of_step["evidence"] if fact["kind"] == "frame"]


PROXY_STEPS = ["VTEP answers", "nothing crosses", "destination known"]
NOTHING_TO_PROVE = {
    "flannel": "VNI 1 has no two IPv4 hosts of one subnet behind different VTEPs",
    "unicast-routing": "has no segment",
}


def test_every_library_lab_is_proved_and_again(up: BringUp, library_file: Path) -> None:
    lab = up(library_file)
    if reason := NOTHING_TO_PROVE.get(lab.name):
        assert reason in vxlab("verify", lab.name, status=1).stderr
        return
    for _ in range(2):
        verdict = verify(lab)
        assert verdict["passed"] and verdict["drift"] == []
        for proof in verdict["proofs"]:
            names = [step["name"] for step in proof["steps"]]
            assert names in (STEPS, PROXY_STEPS)
            assert all(step["evidence"] for step in proof["steps"] if step["name"] != "nothing crosses")


def test_evidence_names_the_addresses_of_the_file(up: BringUp, library: Path) -> None:
    lab = up(library / "multicast.yaml")
    verdict = verify(lab)
    (flooded,) = [f for f in frames(step(verdict, "request flooded")) if f["outer"]]
    assert (flooded["outer"]["src"], flooded["outer"]["dst"], flooded["outer"]["vni"]) == (
        "192.168.8.1", "239.1.1.42", 42,
    )  # fmt: skip
    assert flooded["outer"]["mac_dst"] == "01:00:5e:01:01:2a"
    (back,) = frames(step(verdict, "reply sent back"))
    assert (back["outer"]["src"], back["outer"]["dst"]) == ("192.168.8.2", "192.168.8.1")
    (learned,) = [f for f in step(verdict, "near VTEP learns")["evidence"] if f["kind"] == "fdb"]
    entries = bridge(lab("vtep1"), "fdb", "show", "dev", "vxlan42")
    assert any((e["mac"], e.get("dst")) == (learned["mac"], learned["dst"]) for e in entries)


def test_replicate_sends_a_copy_to_each_vtep(up: BringUp, library: Path) -> None:
    verdict = verify(up(library / "replicate.yaml"))
    copies = [f["outer"]["dst"] for f in frames(step(verdict, "request flooded")) if f["outer"]]
    assert sorted(copies) == ["192.168.8.2", "192.168.8.3"]


def test_tenants_are_isolated_and_a_leak_is_seen(up: BringUp, library: Path) -> None:
    lab = up(library / "tenants.yaml")
    assert all(proof["isolation"]["passed"] for proof in verify(lab)["proofs"])
    # Somebody plugs the blue tenant's port into the red tenant's bridge.
    run("ip", "-n", lab("vtep2"), "link", "set", "b2", "master", "br100")
    verdict = verify(lab, status=1)
    red = next(proof for proof in verdict["proofs"] if proof["vni"] == 100)
    assert not red["isolation"]["passed"] and "b2" in red["isolation"]["seen"]


def test_fails_where_the_far_vtep_does_not_learn(up: BringUp, library: Path) -> None:
    lab = up(library / "multicast.yaml")
    run("ip", "-n", lab("vtep2"), "link", "set", "vxlan42", "type", "vxlan", "nolearning")
    verdict = verify(lab, status=1)
    assert failed_steps(verdict) == ["far VTEP learns", "reply sent back"]
    assert "no FDB entry" in step(verdict, "far VTEP learns")["seen"]
    assert "239.1.1.42" in step(verdict, "reply sent back")["seen"]
    assert any("learning=true" in drift for drift in verdict["drift"])
    assert "no FDB entry" in vxlab("verify", lab.name, status=1).stdout


def test_fails_where_the_near_vtep_does_not_learn(up: BringUp, library: Path) -> None:
    lab = up(library / "multicast.yaml")
    run("ip", "-n", lab("vtep1"), "link", "set", "vxlan42", "type", "vxlan", "nolearning")
    assert failed_steps(verify(lab, status=1)) == ["near VTEP learns"]


def remake(lab: Up, node: str, *options: str) -> None:
    """Replace a VTEP's device behind vxlab's back."""
    namespace = lab(node)
    local = ip(namespace, "-4", "addr", "show", "eth0")[0]["addr_info"][0]["local"]
    run("ip", "-n", namespace, "link", "del", "vxlan42")
    words = ("local", local, "dev", "eth0", "dstport", "4789", *options)
    run("ip", "-n", namespace, "link", "add", "vxlan42", "mtu", "1450", "master", "br42", "type", "vxlan", *words)
    run("ip", "-n", namespace, "link", "set", "vxlan42", "up")


@pytest.mark.parametrize(
    ("node", "options", "first", "seen"),
    [
        ("vtep1", ("id", "42", "group", "239.9.9.9"), "request flooded", "239.9.9.9"),
        ("vtep2", ("id", "42", "group", "239.9.9.9"), "far VTEP learns", ""),
        ("vtep1", ("id", "43", "group", "239.1.1.42"), "request flooded", "VNI 43"),
        ("vtep2", ("id", "43", "group", "239.1.1.42"), "far VTEP learns", "handed nothing to h2"),
    ],
)
def test_fails_where_group_or_vni_is_wrong(
    up: BringUp, library: Path, node: str, options: tuple[str, ...], first: str, seen: str
) -> None:
    lab = up(library / "multicast.yaml")
    remake(lab, node, *options)
    verdict = verify(lab, status=1)
    assert failed_steps(verdict)[0] == first
    assert seen in step(verdict, first)["seen"]
    assert any("vxlan42" in drift for drift in verdict["drift"])
    assert vxlab("up", lab.file).returncode == 0
    assert verify(lab)["passed"]


def test_fails_where_a_flood_list_lacks_a_vtep(up: BringUp, library: Path) -> None:
    lab = up(library / "replicate.yaml")
    words = ("fdb", "del", "00:00:00:00:00:00", "dev", "vxlan42", "dst", "192.168.8.3")
    run("bridge", "-n", lab("vtep1"), *words)
    verdict = verify(lab, status=1)
    assert failed_steps(verdict) == ["request flooded"]


def test_fails_where_the_target_is_down(up: BringUp, library: Path) -> None:
    lab = up(library / "multicast.yaml")
    run("ip", "-n", lab("h2"), "addr", "flush", "dev", "eth0")
    failed = failed_steps(verify(lab, status=1))
    assert failed[0] == "target answers" and failed[-1] == "reply delivered"


def test_what_was_learned_before_is_removed_and_said(up: BringUp, library: Path) -> None:
    lab = up(library / "multicast.yaml")
    assert pings(lab("h1"), "10.20.0.2")
    (proof,) = verify(lab)["proofs"]
    assert len(proof["flushed"]) == 2


STATIC = """
name: static
nodes:
  a:
    sysctls: {net.ipv6.conf.all.disable_ipv6: 1}
    links:
      eth0: {addresses: [203.0.113.1/24]}
      vx0: {kind: vxlan, vni: 9, local: 203.0.113.1, learning: false, mac: "02:00:00:00:00:0a",
            addresses: [198.51.100.1/24]}
    fdb:
      - {link: vx0, mac: "00:00:00:00:00:00", dst: 203.0.113.2}
      - {link: vx0, mac: "02:00:00:00:00:0b", dst: 203.0.113.2}
  b:
    sysctls: {net.ipv6.conf.all.disable_ipv6: 1}
    links:
      eth0: {addresses: [203.0.113.2/24]}
      vx0: {kind: vxlan, vni: 9, local: 203.0.113.2, learning: false, mac: "02:00:00:00:00:0b",
            addresses: [198.51.100.2/24]}
    fdb:
      - {link: vx0, mac: "00:00:00:00:00:00", dst: 203.0.113.1}
links:
  - [a:eth0, b:eth0]
"""


def test_a_file_that_turns_learning_off_is_held_to_that(up: BringUp, tmp_path: Path) -> None:
    file = tmp_path / "static.yaml"
    file.write_text(STATIC)
    lab = up(file)
    assert verify(lab)["passed"]
    run("ip", "-n", lab("b"), "link", "set", "vx0", "type", "vxlan", "learning")
    assert failed_steps(verify(lab, status=1)) == ["far VTEP learns"]


def test_traffic_that_goes_on_does_not_keep_verify_from_its_end(up: BringUp, library: Path) -> None:
    lab = up(library / "multicast.yaml")
    words = ["ip", "netns", "exec", lab("h1"), "ping", "-q", "-f", "-i", "0.002", "10.20.0.2"]
    ping = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        for _ in range(3):
            run("ip", "-n", lab("h1"), "neigh", "flush", "all")
            assert verify(lab)["passed"]
        assert ping.poll() is None
    finally:
        ping.kill()
        ping.wait()


UNDERLAY = """
name: odd
nodes:
  a:
    sysctls: {net.ipv6.conf.all.disable_ipv6: 1}
    links:
      brU: {kind: bridge, mcast_snooping: false, addresses: [203.0.113.1/24]}
      eth0: {master: brU}
      vx0: {kind: vxlan, vni: 9, local: 203.0.113.1, addresses: [198.51.100.1/24]}
    fdb: [{link: vx0, mac: "00:00:00:00:00:00", dst: 203.0.113.2}]
  b:
    sysctls: {net.ipv6.conf.all.disable_ipv6: 1}
    links:
      eth0: {addresses: [203.0.113.2/24]}
      vx0: {kind: vxlan, vni: 9, local: 203.0.113.2, addresses: [198.51.100.2/24]}
    fdb: [{link: vx0, mac: "00:00:00:00:00:00", dst: 203.0.113.1, port: 4789}]
links: [[a:eth0, b:eth0]]
"""


@pytest.mark.parametrize("port", ["4789", "8472"])
def test_an_underlay_bridge_and_another_port_are_proved_too(up: BringUp, tmp_path: Path, port: str) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(UNDERLAY.replace("vni: 9", f"vni: 9, port: {port}").replace("port: 4789}", f"port: {port}}}"))
    assert verify(up(file))["passed"]


def test_a_lab_that_cannot_be_watched_says_what_is_missing(up: BringUp, library: Path) -> None:
    lab = up(library / "multicast.yaml")
    run("ip", "-n", lab("h2"), "link", "del", "eth0")
    told = vxlab("verify", lab.name, status=1).stderr
    assert "VNI 42 cannot be watched" in told and "create veth h2" in told


def test_tshark_reads_the_same(up: BringUp, library: Path, tmp_path: Path) -> None:
    """tcpdump and tshark watch the underlay while verify runs; they saw what its evidence says."""
    lab = up(library / "multicast.yaml")
    pcap = tmp_path / "underlay.pcap"
    words = [
        "ip",
        "netns",
        "exec",
        lab("vtep1"),
        "tcpdump",
        "-i",
        "eth0",
        "--immediate-mode",
        "-U",
        "-w",
        str(pcap),
        "udp",
        "port",
        "4789",
    ]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as tcpdump:
        assert tcpdump.stderr is not None
        while "listening on" not in tcpdump.stderr.readline():
            assert tcpdump.poll() is None
        verdict = verify(lab)
        tcpdump.terminate()
    fields = ("eth.dst", "ip.src", "ip.dst", "vxlan.vni", "arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4")
    options = [word for field in fields for word in ("-e", field)]
    told = run("tshark", "-r", pcap, "-T", "fields", "-E", "occurrence=f", *options).stdout
    seen = [
        (f["outer"]["mac_dst"], f["outer"]["src"], f["outer"]["dst"], str(f["outer"]["vni"]),
         "1" if f["inner"]["request"] else "2", f["inner"]["sender"], f["inner"]["target"])
        for name in ("request flooded", "near VTEP learns")
        for f in frames(step(verdict, name))
        if f["outer"]
    ]  # fmt: skip
    assert [tuple(line.split("\t")) for line in told.splitlines()] == seen


def test_a_lab_without_pairs_has_nothing_to_prove(up: BringUp, tmp_path: Path) -> None:
    file = tmp_path / "lonely.yaml"
    file.write_text("name: lonely\nnodes: {a: {}}\n")
    lab = up(file)
    assert "nothing to prove" in vxlab("verify", lab.name, status=1).stderr


PROXY = """
name: proxy
segments: {blue: {vni: 42, mode: static-l3, subnet: 10.20.0.0/24}}
vteps: {"vtep[1-2]": {}}
hosts: {"h[1-2]": {vtep: "vtep[1-2]"}}
"""


def test_a_vtep_that_answers_itself_is_proved(up: BringUp, tmp_path: Path) -> None:
    file = tmp_path / "proxy.yaml"
    file.write_text(PROXY)
    lab = up(file)
    (proof,) = verify(lab)["proofs"]
    assert [step["name"] for step in proof["steps"]] == PROXY_STEPS
    # Without the answer nothing is proved; nor where the request crosses the underlay after all.
    run("ip", "-n", lab("vtep1"), "neigh", "del", "10.20.0.2", "dev", "vxlan42")
    assert failed_steps(verify(lab, status=1)) == ["VTEP answers"]
    vxlab("up", file)
    mac = ip(lab("h2"), "link", "show", "eth0")[0]["address"]
    run("bridge", "-n", lab("vtep1"), "fdb", "del", mac, "dev", "vxlan42", "dst", "172.16.0.2")
    assert failed_steps(verify(lab, status=1)) == ["destination known"]
    vxlab("up", file)
    run("ip", "-n", lab("vtep1"), "link", "del", "vxlan42")
    words = ("vxlan42", "master", "br42", "up", "mtu", "1450", "type", "vxlan", "id", "42", "local", "172.16.0.1")
    run("ip", "-n", lab("vtep1"), "link", "add", *words, "dev", "eth0", "dstport", "4789", "remote", "172.16.0.2")
    assert "nothing crosses" in failed_steps(verify(lab, status=1))
