"""What is a lab's, and what is not: marks, lost records, names that somebody else has."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.conftest import VXLAB, bridge, ip, machine, netns, pings, run, vxlab

DIRECTORY = Path("/run/vxlab")


@pytest.fixture(autouse=True)
def leaves_nothing() -> Iterator[None]:
    # Other people's namespaces need the directory too, and so it is there before.
    run("ip", "netns", "add", "makes-the-directory")
    run("ip", "netns", "del", "makes-the-directory")
    before = machine()
    yield
    vxlab("down", "--all")
    assert machine() == before


@pytest.fixture
def foreign() -> Iterator[str]:
    """A namespace that somebody else made and calls like a lab's, with a link in it."""
    name = "multicast-h2"
    run("ip", "netns", "add", name)
    run("ip", "-n", name, "link", "add", "theirs", "type", "bridge")
    yield name
    assert "theirs" in [link["ifname"] for link in ip(name, "link")]
    run("ip", "netns", "del", name)


def labs() -> dict[str, str]:
    return {lab["name"]: lab["state"] for lab in json.loads(vxlab("ls", "--json").stdout)}


def lose(lab: str) -> None:
    """The lab's directory is deleted by hand."""
    for path in (DIRECTORY / lab).iterdir():
        path.unlink()
    (DIRECTORY / lab).rmdir()


def test_a_lab_whose_record_was_deleted_is_lost_and_removed(library: Path) -> None:
    vxlab("up", library / "by-hand.yaml")
    vxlab("up", library / "multicast.yaml")
    lose("multicast")
    assert labs() == {"by-hand": "up", "multicast": "lost"}
    assert "lost" in vxlab("ls").stdout
    for words in (["status", "multicast"], ["verify", "multicast"], ["fdb", "multicast"]):
        assert "lab multicast has lost its record: vxlab down multicast removes it" in vxlab(*words, status=2).stderr
    assert vxlab("down", "multicast").stdout == "lab multicast is down\n"
    assert sorted(netns()) == ["by-hand-a", "by-hand-b"] and labs() == {"by-hand": "up"}


def test_down_all_removes_lost_labs_too(library: Path) -> None:
    vxlab("up", library / "by-hand.yaml")
    lose("by-hand")
    vxlab("down", "--all")
    assert netns() == []


def test_up_takes_a_lost_lab_over_as_it_is(library: Path) -> None:
    vxlab("up", library / "multicast.yaml")
    assert pings("multicast-h1", "10.20.0.2")
    before = ip("multicast-vtep1", "link"), bridge("multicast-vtep1", "fdb")
    lose("multicast")
    vxlab("up", library / "multicast.yaml")
    assert labs() == {"multicast": "up"}
    assert [link["ifindex"] for link in ip("multicast-vtep1", "link")] == [link["ifindex"] for link in before[0]]
    assert any(entry.get("dst") == "192.168.8.2" for entry in bridge("multicast-vtep1", "fdb"))
    assert "nothing to do" in vxlab("plan", library / "multicast.yaml").stdout


def test_a_record_that_cannot_be_read_keeps_nothing_from_being_removed(library: Path) -> None:
    vxlab("up", library / "multicast.yaml")
    record = DIRECTORY / "multicast" / "record.json"
    for broken in ("", "{", "[]", "{}", '{"namespaces": 7}', '{"namespaces": ["../../etc/passwd", "multicast-h1"]}'):
        record.write_text(broken)
        assert labs() == {"multicast": "unreadable"}
        assert "vxlab down multicast removes the lab all the same" in vxlab("status", "multicast", status=1).stderr
    vxlab("down", "multicast")
    assert netns() == []


def test_a_foreign_namespace_stops_up_by_its_name(library: Path, foreign: str) -> None:
    before = machine()
    told = vxlab("up", library / "multicast.yaml", status=1).stderr
    assert told == (
        f"vxlab: namespace {foreign} exists and is not vxlab's: remove it (ip netns del {foreign}) "
        "or give the lab another name\n"
    )
    assert machine() == before
    assert told == vxlab("plan", library / "multicast.yaml", status=1).stderr


def test_what_took_the_place_of_a_labs_namespace_is_left_alone(library: Path) -> None:
    vxlab("up", library / "multicast.yaml")
    run("ip", "netns", "del", "multicast-h2")
    run("ip", "netns", "add", "multicast-h2")
    run("ip", "-n", "multicast-h2", "link", "add", "theirs", "type", "bridge")
    status = json.loads(vxlab("status", "multicast", "--json").stdout)
    assert {"node": "h2", "step": "create the namespace"} in status["drift"]
    assert [node["there"] for node in status["nodes"] if node["node"] == "h2"] == [False]
    assert "multicast-h2 exists and is not vxlab's" in vxlab("up", library / "multicast.yaml", status=1).stderr
    assert "multicast-h2 is not vxlab's any more: it is left alone" in vxlab("down", "multicast").stderr
    assert netns() == ["multicast-h2"]
    assert "theirs" in [link["ifname"] for link in ip("multicast-h2", "link")]
    run("ip", "netns", "del", "multicast-h2")


def test_namespaces_of_look_alike_names_are_not_lost_labs(library: Path) -> None:
    """Neither those of other people, nor those of a lab that the rendered script made: it is its user's."""
    vxlab("up", library / "by-hand.yaml")
    run("ip", "netns", "add", "by-hand-c")
    run("ip", "netns", "add", "other-a")
    run("ip", "netns", "exec", "other-a", "sysctl", "-qw", "net.ipv4.conf.lo.tag=7")
    assert labs() == {"by-hand": "up"}
    vxlab("down", "--all")
    assert sorted(netns()) == ["by-hand-c", "other-a"]
    for name in ("by-hand-c", "other-a"):
        run("ip", "netns", "del", name)


def test_a_node_that_printed_commands_add_is_the_labs(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text("name: grows\nnodes: {a: {}}\n")
    vxlab("up", file)
    file.write_text("name: grows\nnodes: {a: {}, b: {links: {br0: {kind: bridge}}}}\n")
    script = tmp_path / "grow.sh"
    script.write_text(vxlab("plan", file, "--commands").stdout)
    run("sh", "-eu", script)
    assert "nothing to do" in vxlab("plan", file).stdout
    vxlab("up", file)
    assert labs() == {"grows": "up"}


def test_a_lab_with_hyphens_is_found_by_its_own_name(tmp_path: Path) -> None:
    for name in ("a", "a-b", "a-b-c"):
        file = tmp_path / f"{name}.yaml"
        file.write_text(f"name: {name}\nnodes: {{x-{len(name)}-y: {{}}}}\n")
        vxlab("up", file)
    for name in ("a", "a-b", "a-b-c"):
        lose(name)
    assert labs() == dict.fromkeys(("a", "a-b", "a-b-c"), "lost")
    vxlab("down", "a-b")
    assert labs() == dict.fromkeys(("a", "a-b-c"), "lost")


def test_exec_does_not_enter_what_took_a_nodes_place(library: Path) -> None:
    vxlab("up", library / "by-hand.yaml")
    run("ip", "netns", "del", "by-hand-a")
    run("ip", "netns", "add", "by-hand-a")
    told = vxlab("exec", "a", "--", "true", status=1).stderr
    assert "namespace by-hand-a is not lab by-hand's any more" in told
    for words in (
        ["capture", "by-hand", "--duration", "0.1"],
        ["verify", "by-hand"],
        ["send", "arp", "b", "--target", "a"],
    ):
        assert vxlab(*words, status=1).stderr == told
    run("ip", "netns", "del", "by-hand-a")
    assert "namespace by-hand-a is not there" in vxlab("exec", "a", "--", "true", status=1).stderr


def test_a_file_of_the_lab_that_was_deleted_is_told_and_comes_back(library: Path) -> None:
    vxlab("up", library / "by-hand.yaml")
    (DIRECTORY / "by-hand" / "hosts").unlink()
    assert "/run/vxlab/by-hand/hosts is gone: vxlab up" in vxlab("exec", "a", "--", "true", status=1).stderr
    vxlab("up", library / "by-hand.yaml")
    assert "a\n" in vxlab("exec", "a", "--", "cat", "/etc/hosts").stdout


def test_a_lab_is_not_taken_down_from_inside(library: Path) -> None:
    vxlab("up", library / "by-hand.yaml")
    words = (*VXLAB, "down", "by-hand")
    told = run("ip", "netns", "exec", "by-hand-a", *words, status=1).stderr
    assert told == "vxlab: this runs inside of by-hand-a: take lab by-hand down from outside\n"
    assert labs() == {"by-hand": "up"}


def test_what_a_kill_left_before_there_was_a_record_goes_with_all(library: Path) -> None:
    """Neither a record nor a namespace tells of it."""
    directory = DIRECTORY / "by-hand"
    directory.mkdir(parents=True)
    for name in (".next.json.new", "lock"):
        (directory / name).touch()
    assert labs() == {}
    vxlab("down", "--all")
    assert not DIRECTORY.exists()


@pytest.mark.parametrize("field", ["description", "file", "created", "by", "settings"])
def test_a_record_with_something_else_in_it_is_unreadable(library: Path, field: str) -> None:
    vxlab("up", library / "by-hand.yaml")
    file = DIRECTORY / "by-hand" / "record.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), field: [1]}))
    assert labs() == {"by-hand": "unreadable"}
    assert f"{field} " in vxlab("status", "by-hand", status=1).stderr
