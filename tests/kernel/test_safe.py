"""The state directory and the records in it, where somebody else has written them: nothing is followed or removed."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kernel.conftest import machine, netns, run, vxlab
from vxlab.kernel.syscalls import umount2

STATE = Path("/run/vxlab")
RECORD = STATE / "multicast" / "record.json"
NOBODY = 65534


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A directory that is nobody's lab, with a file in it."""
    place = tmp_path / "outside"
    place.mkdir()
    (place / "record.json").write_text("{}")
    (place / "precious").write_text("keep")
    return place


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    run("ip", "netns", "add", "makes-the-directory")
    run("ip", "netns", "del", "makes-the-directory")
    before = machine()
    yield
    run("rm", "-rf", "--one-file-system", STATE)
    assert machine() == before


def planted_link(outside: Path) -> None:
    STATE.symlink_to(outside)


def planted_file(_: Path) -> None:
    STATE.write_text("x")


def planted_fifo(_: Path) -> None:
    os.mkfifo(STATE)


def planted_by_others(_: Path) -> None:
    STATE.mkdir()
    os.chown(STATE, NOBODY, NOBODY)


def planted_for_all(_: Path) -> None:
    STATE.mkdir()
    STATE.chmod(0o777)


def planted_lab_link(outside: Path) -> None:
    STATE.mkdir()
    (STATE / "multicast").symlink_to(outside)


def planted_lab_by_others(_: Path) -> None:
    (STATE / "multicast").mkdir(parents=True)
    os.chown(STATE / "multicast", NOBODY, NOBODY)


PLANTED = [value for name, value in globals().items() if name.startswith("planted_")]


@pytest.mark.parametrize("plant", PLANTED, ids=lambda function: function.__name__.removeprefix("planted_"))
def test_what_somebody_planted_is_refused_and_left_alone(
    plant: Callable[[Path], None], library: Path, outside: Path
) -> None:
    plant(outside)
    before = sorted(path.name for path in outside.iterdir()), STATE.lstat()
    for words in (("up", library / "multicast.yaml"), ("down", "multicast"), ("status", "multicast")):
        told = vxlab(*words, status=None)
        assert told.returncode in (1, 2) and str(STATE) in told.stderr, told.stderr
        assert "Traceback" not in told.stderr and "should not happen" not in told.stderr
    assert (sorted(path.name for path in outside.iterdir()), STATE.lstat().st_ino) == (before[0], before[1].st_ino)
    assert (outside / "precious").read_text() == "keep" and netns() == []


@pytest.mark.parametrize("name", ["record.json", "next.json", ".next.json.new", "lock", "hosts"])
@pytest.mark.parametrize("kind", ["link", "fifo", "directory"])
def test_no_file_of_a_lab_is_followed(library: Path, outside: Path, name: str, kind: str) -> None:
    directory = STATE / "multicast"
    directory.mkdir(parents=True)
    if kind == "link":
        (directory / name).symlink_to(outside / "precious")
    elif kind == "fifo":
        os.mkfifo(directory / name)
    else:
        (directory / name).mkdir()
    for words in (("up", library / "multicast.yaml"), ("status", "multicast"), ("down", "multicast")):
        told = vxlab(*words, status=None)
        assert "Traceback" not in told.stderr and "should not happen" not in told.stderr, told.stderr
    assert (outside / "precious").read_text() == "keep" and netns() == []


def test_where_others_can_add_files_no_link_of_theirs_is_followed(library: Path, outside: Path) -> None:
    umount2("/run/netns", 0)
    Path("/run/netns").rmdir()
    STATE.mkdir()
    STATE.chmod(0o1777)
    (STATE / ".netns-mount").symlink_to(outside / "made")
    told = vxlab("up", library / "multicast.yaml", status=1).stderr
    assert "Too many levels of symbolic links: /run/vxlab/.netns-mount" in told
    assert not (outside / "made").exists() and not Path("/run/netns").exists()
    run("ip", "netns", "add", "makes-the-directory")
    run("ip", "netns", "del", "makes-the-directory")


FOREIGN = ["../../../etc/x", "other-a", "multicast-../x", "/etc/passwd", "", "multicast-a/../../x", 7, None, ["x"]]


@pytest.mark.parametrize("name", FOREIGN, ids=map(str, FOREIGN))
def test_a_record_that_was_changed_leads_nowhere(library: Path, outside: Path, name: object) -> None:
    run("ip", "netns", "add", "other-a")
    try:
        vxlab("up", library / "multicast.yaml")
        record = json.loads(RECORD.read_text())
        record["namespaces"] = [*record["namespaces"], name]
        record["name"] = name
        record["state"].append({"kind": "namespace", "namespace": name})
        RECORD.write_text(json.dumps(record))
        told = [vxlab(*words, status=None) for words in (("status", "multicast"), ("ls",), ("down", "multicast"))]
        assert all("Traceback" not in one.stderr and "should not happen" not in one.stderr for one in told)
        assert told[0].returncode == 1 and "multicast" in told[0].stderr
        assert netns() == ["other-a"] and (outside / "precious").exists() and Path("/etc/passwd").exists()
    finally:
        run("ip", "netns", "del", "other-a")


def test_nobody_else_can_write_into_the_state_directory(library: Path) -> None:
    before = os.umask(0)
    try:
        vxlab("up", library / "multicast.yaml")
        assert [path.stat().st_mode & 0o022 for path in (STATE, STATE / "multicast")] == [0, 0]
        vxlab("down", "multicast")
    finally:
        os.umask(before)
