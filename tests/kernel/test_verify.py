"""`vxlab verify` on healthy labs: all holds, again and again, nothing is left behind, and tshark saw the same."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import SMALL
from tests.kernel.conftest import Up, bridge, ip, pings, run, vxlab
from tests.kernel.made import TOPOLOGIES, made
from tests.kernel.oracle import settled
from tests.kernel.proofs import Json, check_of, failed, frames, proved, tables, verify
from tests.kernel.watched import merged, watching
from vxlab.packets import capture
from vxlab.packets.capture import Capture
from vxlab.verify import exchange

BringUp = Callable[[Path], Up]

LEARNED = [
    "request flooded", "one copy per VTEP", "far VTEP learns", "target answers", "reply sent back", "near VTEP learns",
    "reply delivered", "unicast there", "unicast back",
]  # fmt: skip
PROXIED = ["VTEP answers", "nothing crosses", "destination known", "unicast there", "unicast back"]
ROUTED = ["routed there", "packet delivered", "routed back", "reply delivered"]
ALWAYS = ["MTU fits", "MTU exceeded", "isolation", "one MAC per host", "static FDB entries"]
KEYS = {
    "what", "vni", "ip", "sender", "target", "passed", "checks", "flushed", "restored", "removed",
}  # fmt: skip


def names(proof: Json) -> list[str]:
    return [check["name"] for check in proof["checks"]]


def is_quiet(lab: Up) -> bool:
    """Whether nobody in a lab speaks by himself: where there is IPv6 or a group, reports come at random times."""
    text = lab.file.read_text()
    return "multicast" not in text and "group" not in text and "2001:" not in text


@pytest.mark.parametrize("name", [path.stem for path in SMALL])
def test_every_library_lab_is_proved_twice_and_left_as_it_was(up: BringUp, library: Path, name: str) -> None:
    lab = up(library / f"{name}.yaml")
    before = tables(lab)
    for _ in range(2):
        verdict = verify(lab)
        proved(verdict)
        assert verdict["lab"] == lab.name
        for proof in verdict["proofs"]:
            assert proof.keys() == KEYS
            expected = ROUTED if proof["vni"] is None else [*(PROXIED if name == "static-l3" else LEARNED), *ALWAYS]
            # Where there are more hosts than the two, one asks all others.
            assert [check for check in names(proof) if check != "every host answers"] == expected
            assert ("every host answers" in names(proof)) == (proof["vni"] == 42 and "3]" in lab.file.read_text())
    if is_quiet(lab):
        assert tables(lab) == before


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_every_mode_underlay_and_version_is_proved(up: BringUp, tmp_path: Path, name: str) -> None:
    file = tmp_path / "made.yaml"
    file.write_text(TOPOLOGIES[name])
    lab = up(file)
    verdict = verify(lab)
    proved(verdict)
    versions = {proof["ip"] for proof in verdict["proofs"]}
    wanted = {4, 6} if name == "dual" else {6} if name.endswith("-6") and name[:4] not in ("mesh", "rout") else {4}
    assert versions == wanted
    if name.startswith("gateways"):
        assert [proof["vni"] for proof in verdict["proofs"]] == [100, 200, None]


@pytest.mark.parametrize("name", ["replicate-4-4", "static-l2-4-4", "static-l3-4-4", "gateways-routed", "on-bridge"])
def test_what_was_learned_before_is_put_back(up: BringUp, tmp_path: Path, name: str) -> None:
    file = tmp_path / "made.yaml"
    file.write_text(TOPOLOGIES[name])
    lab = up(file)
    sender, target = ("a", "198.51.100.2") if name == "on-bridge" else ("r1" if "gateways" in name else "h1", "")
    target = target or "10.20.0.3" if "gateways" in name else target or "10.20.0.2"
    assert pings(lab(sender), target)
    before = tables(lab)
    verdict = verify(lab)
    proved(verdict)
    assert tables(lab) == before
    flushed = [line for proof in verdict["proofs"] for line in proof["flushed"]]
    learns = name in ("replicate-4-4", "on-bridge")
    assert bool(flushed) == learns
    assert all(line in [one for proof in verdict["proofs"] for one in proof["restored"]] for line in flushed) or learns


def test_what_was_flushed_is_told(up: BringUp, library: Path) -> None:
    lab = up(library / "multicast.yaml")
    assert pings(lab("h1"), "10.20.0.2")
    (proof,) = verify(lab)["proofs"]
    macs = {host: ip(lab(host), "link", "show", "eth0")[0]["address"] for host in ("h1", "h2")}
    assert sorted(proof["flushed"]) == [
        f"vtep1: FDB {macs['h2']} dev vxlan42 dst 192.168.8.2",
        f"vtep2: FDB {macs['h1']} dev vxlan42 dst 192.168.8.1",
    ]
    told = vxlab("verify", lab.name).stdout
    assert f"removed first, to start from a clean table: {proof['flushed'][0]}" in told


def test_evidence_names_the_addresses_of_the_file(up: BringUp, library: Path) -> None:
    lab = up(library / "multicast.yaml")
    verdict = verify(lab)
    (flooded,) = [f for f in frames(check_of(verdict, "request flooded")) if f["outer"]]
    (outer,) = flooded["outer"]
    assert (outer["src"], outer["dst"], outer["vni"]) == ("192.168.8.1", "239.1.1.42", 42)
    (back,) = frames(check_of(verdict, "reply sent back"))
    assert (back["outer"][0]["src"], back["outer"][0]["dst"]) == ("192.168.8.2", "192.168.8.1")
    (learned,) = [f for f in check_of(verdict, "near VTEP learns")["evidence"] if f["kind"] == "fdb"]
    # The proof has put back what it found, which was nothing.
    assert learned["dst"] == "192.168.8.2"
    assert all(entry["mac"] != learned["mac"] for entry in bridge(lab("vtep1"), "fdb", "show", "dev", "vxlan42"))


@pytest.mark.parametrize(
    ("name", "receivers"),
    [
        ("multicast-4-4", ["239.0.0.42"]),
        ("multicast-6-6", ["ff05::2a"]),
        ("replicate-4-4", ["192.168.8.2", "192.168.8.3"]),
        ("replicate-6-4", ["2001:db8:8::2", "2001:db8:8::3"]),
    ],
)
def test_each_mode_floods_to_whom_it_should(up: BringUp, tmp_path: Path, name: str, receivers: list[str]) -> None:
    file = tmp_path / "made.yaml"
    file.write_text(TOPOLOGIES[name])
    verdict = verify(up(file))
    sent = [f["outer"][0]["dst"] for f in frames(check_of(verdict, "request flooded")) if f["outer"]]
    assert sorted(sent) == receivers
    copies = [f["where"] for f in frames(check_of(verdict, "one copy per VTEP"))]
    assert sorted(copies) == ["vtep2:eth0", "vtep3:eth0"]
    after = {f["outer"][0]["dst"] for f in frames(check_of(verdict, "unicast there")) if f["outer"]}
    assert len(after) == 1 and after < {*receivers, "192.168.8.2", "2001:db8:8::2"} - {"239.0.0.42", "ff05::2a"}


FIELDS = ("eth.dst", "ip.src", "ip.dst", "vxlan.vni", "arp.opcode", "icmp.type")


@pytest.mark.parametrize("name", ["multicast-4-4", "replicate-4-4", "static-l2-4-4", "static-l3-4-4"])
def test_tshark_reads_the_same(up: BringUp, tmp_path: Path, name: str) -> None:
    """tcpdump watches a VTEP's link while verify runs: tshark reads the VNI, addresses and opcodes of the evidence."""
    file = tmp_path / "made.yaml"
    file.write_text(TOPOLOGIES[name])
    lab = up(file)
    with watching(lab, [("vtep1", "eth0")], tmp_path) as taps:
        verdict = verify(lab)
    pcap = merged(taps, tmp_path / "all.pcapng")
    options = [word for field in FIELDS for word in ("-e", field)]
    told = run("tshark", "-n", "-r", pcap, "-Y", "vxlan", "-T", "fields", "-E", "occurrence=f", *options).stdout
    rows = {tuple(line.split("\t")) for line in told.splitlines()}
    seen = {_row(fact) for check in verdict["proofs"][0]["checks"] for fact in frames(check) if _is_at_vtep1(fact)}
    assert seen and seen <= rows
    # Of what the VTEP asked and sent, nothing is missing in the evidence, but for the questions for each host alone.
    others = {row for row in rows - seen if row[4] == "1" or row[2] == "192.168.8.3"}
    asked = {row for row in rows if row[1] == "192.168.8.1" and row[4] != "2" and row[5] != "0"} - others
    assert asked == {row for row in seen if row[1] == "192.168.8.1"}


KINDS = {"who-has": ("1", ""), "is-at": ("2", ""), "echo request": ("", "8"), "echo reply": ("", "0")}


def _is_at_vtep1(fact: Json) -> bool:
    return fact["where"] == "vtep1:eth0" and bool(fact["outer"])


def _row(fact: Json) -> tuple[str, ...]:
    (outer,) = fact["outer"]
    kind = next(numbers for words, numbers in KINDS.items() if words in fact["meaning"])
    return (outer["mac_dst"], outer["src"], outer["dst"], str(outer["vni"]), *kind)


@pytest.mark.parametrize("interval", ["0.002", "0"])
def test_traffic_that_goes_on_does_no_harm(up: BringUp, library: Path, interval: str) -> None:
    """A flood of pings between the two hosts of the proof, and none of them is lost but while their MAC is unknown."""
    lab = up(library / "multicast.yaml")
    words = ["ip", "netns", "exec", lab("h1"), "ping", "-q", "-f", "-i", interval, "10.20.0.2"]
    ping = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        for _ in range(3):
            proved(verify(lab))
        assert ping.poll() is None
    finally:
        ping.kill()
        ping.wait()


@pytest.mark.parametrize("tries", [1, 1000])
def test_what_passed_unseen_proves_nothing(
    up: BringUp, library: Path, monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    """So many frames at once that what is asked with them is not seen: it is asked again, as often as may be."""
    send, left = Capture.send, [tries]

    def crowded(self: Capture, place: tuple[str, str], frame: bytes) -> None:
        left[0] -= 1
        for number in range(500 if left[0] >= 0 else 0):
            send(self, place, b"\xff" * 6 + frame[6:12] + b"\x08\x06" + number.to_bytes(46, "big"))
        send(self, place, frame)

    monkeypatch.setattr(Capture, "send", crowded)
    monkeypatch.setattr(capture, "_SOCKETS_BUFFER", 100_000)
    monkeypatch.setattr(exchange, "TRIES", 3)
    lab = up(library / "multicast.yaml")
    if tries == 1:
        proved(verify(lab))
    else:
        first = failed(verify(lab, status=1))[0]
        assert "frames pass faster than they can be looked at" in first["cause"]["text"]
        run("sh", "-e", "-c", first["cause"]["command"])


def test_a_lab_that_cannot_be_watched_says_what_is_missing(up: BringUp, library: Path) -> None:
    lab = up(library / "multicast.yaml")
    run("ip", "-n", lab("h2"), "link", "del", "eth0")
    told = vxlab("verify", lab.name, status=1).stderr
    assert "VNI 42 cannot be watched" in told and "create veth h2" in told
    run("ip", "netns", "del", lab("vtep2"))
    told = vxlab("verify", lab.name, status=1).stderr
    assert "vtep2: create the namespace" in told and "more" in told and "Traceback" not in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: lonely\nnodes: {a: {}}\n", "nothing to prove"),
        (made("replicate", vteps=2).replace("h[1-2]: {vtep: \"vtep[1-2]\"", "h1: {vtep: vtep1"), "no two hosts"),
        (TOPOLOGIES["on-device"].replace("vni: 100, local: 203.0.113.2", "vni: 100, port: 4790, local: 203.0.113.2"),
         "VNI 100 on port 4790 has no two hosts"),
    ],
)  # fmt: skip
def test_what_cannot_be_proved_is_told(up: BringUp, tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "made.yaml"
    file.write_text(text)
    assert told in vxlab("verify", up(file).name, status=1).stderr


def test_the_words_for_people(up: BringUp, library: Path) -> None:
    lab = up(library / "multicast.yaml")
    told = vxlab("verify", lab.name).stdout
    assert "✓  1  vtep1 takes h1's question to all, encapsulates it with VNI 42 and floods it to 239.1.1.42" in told
    assert told.endswith("lab multicast: proved, 14 of 14 checks hold\n")
    run("ip", "-n", lab("vtep2"), "link", "set", "vxlan42", "type", "vxlan", "nolearning")
    told = vxlab("verify", lab.name, status=1).stdout
    assert "likeliest cause: vtep2 is not as its file says: of vxlan42, learning is false, not true" in told
    assert "look at it: ip -n multicast-vtep2 -d link show dev vxlan42" in told
    assert "`vxlab up` would\n  vtep2: change vxlan42: learning=true" in told
    assert json.loads(vxlab("verify", lab.name, "--json", status=1).stdout)["drift"]


def test_hosts_that_are_not_yet_ready_are_waited_for(up: BringUp, tmp_path: Path) -> None:
    """The underlay of a lab that has just come up may lose the first question; the VTEP asks again after a second."""
    file = tmp_path / "made.yaml"
    file.write_text(TOPOLOGIES["replicate-4-6"])
    lab = up(file)
    assert not failed(verify(lab))
    settled(lab("h1"))
    assert not failed(verify(lab))
