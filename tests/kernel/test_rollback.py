"""What fails, or is told to end, is taken back: a new lab is gone, a changed one is as it was; --keep leaves it."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.forked import program
from tests.kernel.conftest import bridge, ip, netns, pings, run, vxlab
from tests.kernel.oracle import apart, world

REFUSED = "{to: 203.0.113.0/24, via: 198.51.100.1}"
"""A route that the kernel refuses: nothing leads to its gateway."""


pytestmark = pytest.mark.usefixtures("leaves_nothing")


@pytest.fixture
def files(library: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A lab, and a change to it that adds a host and cannot be done."""
    text = (library / "multicast.yaml").read_text()
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(text)
    changed = text.replace("h2: {vtep: vtep2, segment: blue}", f"h3: {{vtep: vtep2, routes: [{REFUSED}]}}")
    assert changed != text
    other.write_text(changed)
    return one, other


def state() -> str:
    return json.loads(vxlab("ls", "--json").stdout)[0]["state"]


def test_a_change_that_is_refused_leaves_the_lab_as_it_was(files: tuple[Path, Path]) -> None:
    one, other = files
    vxlab("up", one)
    before = world(netns())
    assert pings("multicast-h1", "10.20.0.2")
    learned = [entry for entry in bridge("multicast-vtep1", "fdb") if entry.get("dst") == "192.168.8.2"]
    index = ip("multicast-vtep1", "link", "show", "vxlan42")[0]["ifindex"]
    told = vxlab("up", other, status=1).stderr
    assert "create route 203.0.113.0/24 via=198.51.100.1 in multicast-h3" in told
    assert "lab multicast is as it was before" in told
    assert state() == "up" and apart(world(netns()), before, history=False) == [] and len(netns()) == len(before)
    assert "no drift" in vxlab("status", "multicast").stdout
    assert learned and all(entry in bridge("multicast-vtep1", "fdb") for entry in learned)
    assert ip("multicast-vtep1", "link", "show", "vxlan42")[0]["ifindex"] == index
    assert pings("multicast-h1", "10.20.0.2")


@pytest.mark.parametrize("is_new", [True, False])
def test_keep_leaves_what_failed_to_look_at(files: tuple[Path, Path], is_new: bool) -> None:
    one, other = files
    if not is_new:
        vxlab("up", one)
    told = vxlab("up", other, "--keep", status=1).stderr
    assert "lab multicast is half made: vxlab up" in told
    assert state() == "half made" and "multicast-h3" in netns()
    assert [link["ifname"] for link in ip("multicast-h3", "link")] == ["lo", "eth0"]
    vxlab("up", one)
    assert state() == "up" and "multicast-h3" not in netns() and pings("multicast-h1", "10.20.0.2")


def test_a_half_made_lab_stays_so_until_it_is_whole(files: tuple[Path, Path]) -> None:
    _, other = files
    vxlab("up", other, "--keep", status=1)
    assert "half made" in vxlab("up", other, status=1).stderr
    assert state() == "half made"
    assert "half made" in vxlab("status", "multicast").stdout
    vxlab("down", "multicast")
    assert netns() == []


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_change_that_is_told_to_end_is_taken_back(tmp_path: Path, signum: signal.Signals) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text("name: many\nnodes: {'n[1-20]': {links: {br0: {kind: bridge}}}}\n")
    other.write_text("name: many\nnodes: {'n[1-800]': {links: {br1: {kind: bridge}}}}\n")
    vxlab("up", one)
    before = world(netns())
    with subprocess.Popen(stderr=subprocess.PIPE, text=True, **program("up", other)) as process:
        while not Path("/run/netns/many-n30").exists():
            assert process.poll() is None
        process.send_signal(signum)
        told = process.communicate()[1]
    assert process.returncode == 128 + signum
    assert "lab many is as it was before" in told and "Traceback" not in told
    assert sorted(netns()) == sorted(before) and apart(world(netns()), before, history=False) == []
    assert state() == "up" and "no drift" in vxlab("status", "many").stdout


def test_a_full_disk_is_told_and_leaves_the_machine_as_it_was(library: Path) -> None:
    """/run/vxlab is a file system of one page, which the record does not fit on."""
    Path("/run/vxlab").mkdir()
    run("mount", "-n", "-t", "tmpfs", "-o", "size=4k", "tmpfs", "/run/vxlab")
    try:
        told = vxlab("up", library / "irb.yaml", status=1).stderr
        assert "No space left on device: /run/vxlab/irb/.next.json.new" in told
        assert netns() == [] and list(Path("/run/vxlab").iterdir()) == []
    finally:
        run("umount", "-n", "/run/vxlab")
        Path("/run/vxlab").rmdir()


def test_a_disk_that_fills_up_takes_no_change_back_and_does_none(library: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text("name: many\nnodes: {a: {}}\n")
    other.write_text("name: many\nnodes: {a: {}, 'n[1-200]': {links: {br1: {kind: bridge}}}}\n")
    Path("/run/vxlab").mkdir()
    run("mount", "-n", "-t", "tmpfs", "-o", "size=16k", "tmpfs", "/run/vxlab")
    try:
        vxlab("up", one)
        assert "No space left on device" in vxlab("up", other, status=1).stderr
        assert netns() == ["many-a"] and state() == "up"
        vxlab("down", "many")
        assert netns() == []
    finally:
        run("umount", "-n", "/run/vxlab")
        Path("/run/vxlab").rmdir()
