"""Impaired links: what tc and ping say of them, and a proof that tells a lost frame from a fault."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.conftest import Up, run, vxlab

pytestmark = pytest.mark.needs("qdisc netem")

LAB = """\
name: slow
underlay: {delay: 20ms}
segments: {blue: {vni: 42, mode: replicate, subnet: 10.20.0.0/24}}
vteps: {vtep1: {}, vtep2: {jitter: 2ms, loss: 10%, rate: 10mbit}}
hosts: {"h[1-2]": {vtep: "vtep[1-2]"}}
"""

BringUp = Callable[[Path], Up]


@pytest.fixture
def slow(up: BringUp, tmp_path: Path) -> Up:
    file = tmp_path / "slow.yaml"
    file.write_text(LAB)
    return up(file)


def netem(namespace: str, link: str) -> dict[str, Any]:
    """What tc says of the discipline of a link."""
    (told,) = json.loads(run("tc", "-n", namespace, "-j", "qdisc", "show", "dev", link, "root").stdout)
    assert told["kind"] == "netem"
    return told["options"]


def test_both_ends_of_a_cable_have_what_the_file_says(slow: Up) -> None:
    for place in ((slow("underlay"), "vtep2"), (slow("vtep2"), "eth0")):
        told = netem(*place)
        assert told["delay"] == pytest.approx({"delay": 0.02, "jitter": 0.002, "correlation": 0})
        assert told["loss-random"]["loss"] == pytest.approx(0.1)
        assert told["rate"]["rate"] == 10_000_000 // 8
    plain = netem(slow("vtep1"), "eth0")
    assert "rate" not in plain and "loss-random" not in plain
    assert "nothing to do" in vxlab("plan", slow.file).stdout


def test_ping_takes_the_delay_of_each_cable_twice(slow: Up) -> None:
    words = ("ping", "-c", "8", "-i", "0.2", "-W", "2", "192.0.2.9")
    run("ip", "-n", slow("vtep1"), "addr", "add", "192.0.2.8/24", "dev", "eth0")
    run("ip", "-n", slow("vtep2"), "addr", "add", "192.0.2.9/24", "dev", "eth0")
    said = run("ip", "netns", "exec", slow("vtep1"), *words).stdout
    fastest = float(said.rpartition(" = ")[2].split("/")[0])
    # Two cables there and two back, of which two may be 2 ms less late.
    assert 76 <= fastest < 200


def test_drift_is_seen_and_mended(slow: Up) -> None:
    where = (slow("vtep1"), "qdisc", "replace", "dev", "eth0", "root")
    run("tc", "-n", *where, "netem", "delay", "5ms", "loss", "1%")
    assert "change qdisc on eth0 delay=20ms" in vxlab("plan", slow.file).stdout
    run("tc", "-n", *where, "tbf", "rate", "1mbit", "burst", "10k", "latency", "50ms")
    run("tc", "-n", slow("vtep2"), "qdisc", "del", "dev", "eth0", "root")
    run("tc", "-n", slow("h2"), "qdisc", "add", "dev", "eth0", "root", "netem", "delay", "1s")
    told = vxlab("plan", slow.file).stdout
    assert "delete qdisc on eth0 (discipline cannot be changed in place)" in told
    assert "delete qdisc on eth0 (not in the file)" in told
    vxlab("up", slow.file)
    assert "nothing to do" in vxlab("plan", slow.file).stdout
    assert netem(slow("vtep1"), "eth0")["delay"]["delay"] == pytest.approx(0.02)
    # A rate that is not said any more stays in a discipline that is only changed.
    slow.file.write_text(LAB.replace(", rate: 10mbit", ""))
    vxlab("up", slow.file)
    assert "rate" not in netem(slow("vtep2"), "eth0")
    assert "nothing to do" in vxlab("plan", slow.file).stdout


def test_what_the_lab_loses_is_no_fault(slow: Up) -> None:
    """One frame in ten is lost on each end of a cable that every frame passes; each proof holds all the same."""
    assert "14 of 14 checks hold" in vxlab("verify", slow.name).stdout
    assert "lab slow: proved" in vxlab("verify", slow.name, "--all-pairs").stdout
    (stats,) = json.loads(run("tc", "-n", slow("vtep2"), "-s", "-j", "qdisc", "show", "dev", "eth0", "root").stdout)
    assert stats["packets"]


def test_what_somebody_else_loses_is_one(slow: Up) -> None:
    run("tc", "-n", slow("h2"), "qdisc", "add", "dev", "eth0", "root", "netem", "loss", "100%")
    said = vxlab("verify", slow.name, status=1).stdout
    assert "h2 is not as its file says" in said and "tc -n slow-h2 -s qdisc show dev eth0" in said


def test_what_the_lab_loses_always_is_told(up: BringUp, tmp_path: Path) -> None:
    file = tmp_path / "dead.yaml"
    file.write_text(
        LAB.replace("name: slow", "name: dead").replace("10%", "100%").replace("20ms", "1ms").replace("2ms", "0s")
    )
    lab = up(file)
    said = vxlab("verify", lab.name, status=1).stdout
    assert "a frame in each of 40 tries" in said
