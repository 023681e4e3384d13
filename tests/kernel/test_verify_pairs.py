"""`vxlab verify --pair` and `--all-pairs`: what is between two nodes, and between all."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel.conftest import Up, ip, run, vxlab
from tests.kernel.made import TOPOLOGIES, gateways, made, tenants
from tests.kernel.oracle import settled
from tests.kernel.proofs import Json, failed, proved, tables, verify
from vxlab.verify import all_pairs

BringUp = Callable[[Path], Up]


@pytest.fixture
def lab(up: BringUp, tmp_path: Path) -> Callable[[str], Up]:
    def bring(text: str) -> Up:
        file = tmp_path / "made.yaml"
        file.write_text(text)
        return up(file)

    return bring


def the_proof(verdict: Json) -> Json:
    (proof,) = verdict["proofs"]
    return proof


def test_a_pair_of_one_segment(lab: Callable[[str], Up]) -> None:
    verdict = verify(lab(TOPOLOGIES["replicate-4-4"]), "--pair", "h3,h1")
    proved(verdict)
    proof = the_proof(verdict)
    assert (proof["sender"], proof["target"], proof["vni"], len(proof["checks"])) == ("h3", "h1", 42, 14)


def test_a_pair_behind_one_vtep_never_enters_the_underlay(lab: Callable[[str], Up]) -> None:
    shared = lab(TOPOLOGIES["shared-vtep"])
    verdict = verify(shared, "--pair", "h1:eth0,h3")
    proved(verdict)
    names = [check["name"] for check in the_proof(verdict)["checks"]]
    assert names[:5] == ["request flooded", "one copy per VTEP", "target answers", "reply stays", "reply delivered"]
    assert "unicast there" in names and "far VTEP learns" not in names


BEHIND_ONE = """
name: one
segments:
  blue: {vni: 42, mode: static-l3, subnet: 10.20.0.0/24}
  red: {vni: 43, mode: replicate, subnet: 10.30.0.0/24}
  green: {vni: 44, mode: static-l2, subnet: 10.44.0.0/24, flood: none}
vteps: {v1: {}}
hosts: {"b[1-2]": {vtep: v1, segment: blue}, "r[1-2]": {vtep: v1, segment: red}, "g[1-2]": {vtep: v1, segment: green}}
"""


def test_hosts_that_are_all_behind_one_vtep(lab: Callable[[str], Up]) -> None:
    """Whatever the mode, its bridge hands frames from the one to the other."""
    one = lab(BEHIND_ONE)
    verdict = verify(one)
    proved(verdict)
    assert verdict["unproved"] == [] and [proof["vni"] for proof in verdict["proofs"]] == [42, 43, 44]
    for proof in verdict["proofs"]:
        assert "question stays" in [check["name"] for check in proof["checks"]]
    run("bridge", "-n", one("v1"), "link", "set", "dev", "b2", "state", "0")
    assert failed(verify(one, "--pair", "b1,b2", status=1))[0]["name"] == "question stays"


def test_a_host_that_is_not_of_the_pair_is_asked_too(lab: Callable[[str], Up]) -> None:
    three = lab(made("replicate", vteps=3))
    proved(verify(three))
    run("ip", "-n", three("h3"), "link", "set", "eth0", "down")
    verdict = verify(three, status=1)
    (check,) = failed(verdict)
    assert check["name"] == "every host answers"
    assert check["seen"] == "h3: not reached" and "h3 is not as its file says" in check["cause"]["text"]
    assert verify(three, "--pair", "h1,h2")["passed"]
    told = vxlab("verify", three.name, "--pair", "h1,h2").stdout
    assert told.endswith("; but it is not as its file says\n") and "h3: raise eth0" in told


@pytest.mark.parametrize("version", [4, 6])
def test_a_pair_that_is_routed(lab: Callable[[str], Up], version: int) -> None:
    routed = lab(gateways("replicate", version, version))
    verdict = verify(routed, "--pair", "r1,b2")
    proved(verdict)
    there, *_, back, _ = the_proof(verdict)["checks"]
    assert "into VNI 200 by vtep1, for vtep2" in there["expected"] and "into VNI 100 by vtep2" in back["expected"]
    # On one VTEP they are routed without a tunnel.
    verdict = verify(routed, "--pair", "r1,b1")
    proved(verdict)
    assert [check["name"] for check in the_proof(verdict)["checks"]] == ["packet delivered", "reply delivered"]


def test_a_pair_that_is_kept_apart_and_one_that_leaks(lab: Callable[[str], Up]) -> None:
    one = lab(tenants("replicate").replace("192.168.8.0/24", "192.168.8.0/24, mtu: 1600"))
    verdict = verify(one, "--pair", "r1,b1")
    proved(verdict)
    (check,) = the_proof(verdict)["checks"]
    assert check["name"] == "kept apart" and any(fact["where"] == "r1:eth0" for fact in check["evidence"])
    run("ip", "-n", one("vtep1"), "link", "set", "b1", "master", "br100")
    (check,) = failed(verify(one, "--pair", "r1,b1", status=1))
    assert "reached b1" in check["seen"] and "of b1, master is br100, not br200" in check["cause"]["text"]
    # What was never sent proves nothing.
    vxlab("up", one.file)
    run("ip", "-n", one("r1"), "link", "set", "eth0", "down")
    (check,) = failed(verify(one, "--pair", "r1,b1", status=1))
    assert check["seen"] == "r1's link sent nothing" and "of eth0, up is false" in check["cause"]["text"]


@pytest.mark.parametrize(
    ("pair", "status", "told"),
    [
        ("h1,h9", 2, "there is no node h9 in lab made"),
        ("h1,h1", 2, "h1 and h1 are one"),
        ("h1,h2:eth7", 2, "node h2 has no link eth7 with an address"),
        ("h1,underlay", 2, "node underlay has no link with an address"),
        ("h1", 2, "a pair is two nodes with a comma between them"),
        ("h1,h2,h3", 2, "a pair is two nodes with a comma between them"),
    ],
)
def test_a_pair_that_is_none(up: BringUp, tmp_path: Path, pair: str, status: int, told: str) -> None:
    file = tmp_path / "made.yaml"
    file.write_text(made("replicate"))
    said = " ".join(vxlab("verify", up(file).name, "--pair", pair, status=status).stderr.replace("│", " ").split())
    assert told in said and "Traceback" not in said


def all_of(one: Up, status: int = 0) -> Json:
    verdict: Json = json.loads(vxlab("verify", one.name, "--all-pairs", "--json", status=status).stdout)
    return verdict


PROVED = [
    *(f"{mode}-{o}-{i}" for mode in ("multicast", "replicate", "static-l2") for o, i in ((4, 4), (6, 6))),
    "static-l3-4-4", "mesh-replicate-6", "gateways-replicate-4-4", "tenants-replicate-6", "on-bridge",
    "shared-vtep", "ports",
]  # fmt: skip


@pytest.mark.parametrize("name", PROVED)
def test_all_pairs_of_a_healthy_lab(lab: Callable[[str], Up], name: str) -> None:
    one = lab(TOPOLOGIES[name])
    verdict = all_of(one)
    assert verdict["passed"] and [part["failures"] for part in verdict["segments"]] == [[]] * len(verdict["segments"])
    for part in verdict["segments"]:
        assert part["answered"] == part["pairs"] == part["hosts"] * (part["hosts"] - 1)
    if name == "replicate-4-4":
        assert (verdict["segments"][0]["pairs"], verdict["segments"][0]["entries"]) == (6, 6)


def test_all_pairs_leave_the_tables_of_hosts_and_tunnels(lab: Callable[[str], Up]) -> None:
    one = lab(TOPOLOGIES["replicate-4-4"])
    before = tables(one)
    all_of(one)
    after = tables(one)
    assert {name: after[name] for name in after if "underlay" not in name} == {
        name: before[name] for name in before if "underlay" not in name
    }


FAILURES = {
    "flooding": ("replicate-4-4", "bridge -n made-vtep1 fdb del 00:00:00:00:00:00 dev vxlan42 dst 192.168.8.3"),
    "learning": ("multicast-4-4", "ip -n made-vtep2 link set vxlan42 type vxlan nolearning"),
    "reachability": ("multicast-4-4", "ip -n made-h2 link set eth0 down"),
    "isolation": ("tenants-replicate-4", "ip -n made-vtep2 link set b2 master br100"),
    # The VTEP floods, and the bridge of another one does not stop it.
    "unicast": (
        "multicast-4-4",
        "ip -n made-vtep1 link set vxlan42 type vxlan nolearning\n"
        "bridge -n made-vtep3 link set dev vxlan42 learning off",
    ),
}


@pytest.mark.parametrize("what", FAILURES)
def test_all_pairs_of_a_broken_lab(lab: Callable[[str], Up], monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    name, how = FAILURES[what]
    one = lab(TOPOLOGIES[name])
    assert all_of(one)["passed"]
    monkeypatch.setattr(all_pairs, "_PATIENCE", 0.4)
    run("sh", "-e", "-c", how)
    verdict = all_of(one, status=1)
    told = [failure for part in verdict["segments"] for failure in part["failures"]]
    assert not verdict["passed"] and what in {failure["what"] for failure in told}
    assert all(failure.keys() == {"sender", "target", "what", "seen"} and failure["seen"] for failure in told)
    assert f"    {told[0]['what']}: {told[0]['sender']} → " in vxlab("verify", one.name, "--all-pairs", status=1).stdout


def test_all_pairs_go_with_no_other_question(lab: Callable[[str], Up]) -> None:
    one = lab(made("replicate"))
    for words in (("--pair", "h1,h2"), ("--ladder", "a.svg")):
        assert "--all-pairs goes neither" in " ".join(
            vxlab("verify", one.name, "--all-pairs", *words, status=2).stderr.split()
        )
    run("ip", "-n", one("h2"), "link", "del", "eth0")
    assert "a host's link cannot be watched" in vxlab("verify", one.name, "--all-pairs", status=1).stderr
    settled(one("h1"))
    assert ip(one("h1"), "link", "show", "eth0")
