"""Two commands on one lab take turns: who waits is told for whom, and gives up in time."""

import fcntl
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forked import program
from tests.kernel.conftest import machine, netns, vxlab


@pytest.fixture
def busy(library: Path) -> Iterator[int]:
    """A lab that another process is changing: this one."""
    before = machine()
    vxlab("up", library / "by-hand.yaml")
    fd = os.open("/run/vxlab/by-hand/lock", os.O_RDWR)
    fcntl.flock(fd, fcntl.LOCK_EX)
    yield fd
    os.close(fd)
    vxlab("down", "--all")
    assert machine() == before


@pytest.mark.parametrize("command", ["up", "down", "verify"])
def test_who_waits_says_for_whom_and_gives_up(busy: int, library: Path, command: str) -> None:
    os.truncate(busy, 0)
    os.pwrite(busy, b"process 4711 of alice (vxlab up by-hand.yaml)", 0)
    what = library / "by-hand.yaml" if command == "up" else "by-hand"
    told = vxlab(command, what, "--lock-timeout", "0.2", status=1).stderr
    assert "lab by-hand is in use by process 4711 of alice (vxlab up by-hand.yaml): waiting for it" in told
    assert "still in use by process 4711 of alice (vxlab up by-hand.yaml) after 0.2 s: nothing was done" in told
    assert sorted(netns()) == ["by-hand-a", "by-hand-b"]
    assert vxlab(command, what, "--lock-timeout", "0", status=1).stderr.count("\n") == 2


def test_who_waits_goes_on_when_the_holder_has_ended(busy: int) -> None:
    with subprocess.Popen(stderr=subprocess.PIPE, text=True, **program("down", "by-hand")) as process:
        assert process.stderr is not None
        assert "waiting for it" in process.stderr.readline()
        fcntl.flock(busy, fcntl.LOCK_UN)
        assert process.wait(30) == 0
    assert netns() == []


def test_no_lock_survives_its_holder(library: Path, tmp_path: Path) -> None:
    file = tmp_path / "many.yaml"
    file.write_text("name: many\nnodes: {'n[1-1500]': {links: {br0: {kind: bridge}}}}\n")
    with subprocess.Popen(**program("up", file)) as process:
        while not Path("/run/vxlab/many/next.json").exists():
            assert process.poll() is None
        assert "changing" in vxlab("ls").stdout
        process.send_signal(signal.SIGKILL)
    assert "half made" in vxlab("ls").stdout
    told = vxlab("down", "many", "--lock-timeout", "0").stderr
    assert "in use" not in told
    assert netns() == []


def test_other_labs_do_not_wait(busy: int, library: Path) -> None:
    vxlab("up", library / "multicast.yaml", "--lock-timeout", "0")
    vxlab("down", "multicast", "--lock-timeout", "0")


@pytest.mark.parametrize("patience", ["inf", "1e30"])
def test_who_waits_for_ever_waits(busy: int, patience: str) -> None:
    with subprocess.Popen(
        stderr=subprocess.PIPE, text=True, **program("down", "by-hand", "--lock-timeout", patience)
    ) as one:
        assert one.stderr is not None
        assert "waiting for it" in one.stderr.readline()
        fcntl.flock(busy, fcntl.LOCK_UN)
        assert one.wait(30) == 0


def test_reading_does_not_wait(busy: int) -> None:
    for words in (["ls"], ["status", "by-hand"], ["fdb", "by-hand"], ["exec", "a", "--", "true"]):
        vxlab(*words)
