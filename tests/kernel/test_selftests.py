"""Networks of the kernel's self-tests: as a topology, they are what plain ip and bridge commands make of them.

Each stands in selftests/ twice, as NAME.sh and as NAME.yaml. The script's head says what is left out of it.
"""

from pathlib import Path

import pytest

from tests.kernel import oracle
from tests.kernel.conftest import machine, netns, run, vxlab

HERE = Path(__file__).parent / "selftests"
NAMES = sorted(path.stem for path in HERE.glob("*.sh"))

World = dict[str, dict]

NOT_SAID = {"test_vxlan_mdb": ("mdb",)}
"""Answers that are not compared, because the script lacks what iproute2 6.1 cannot say."""


def by_script(name: str, *words: str) -> World:
    """What the commands make."""
    run("sh", HERE / f"{name}.sh", *words)
    try:
        return oracle.world(netns())
    finally:
        for namespace in netns():
            run("ip", "netns", "del", namespace)


def by_vxlab(*files: Path) -> World:
    """What topologies of one lab make, one after the other; of each, vxlab sees that it is there."""
    before = machine()
    try:
        for file in files:
            vxlab("up", file)
            assert "nothing to do" in vxlab("plan", file).stdout
        return oracle.world(netns())
    finally:
        vxlab("down", files[0])
        assert machine() == before


def assert_same(one: World, other: World, *left_out: str) -> None:
    assert one.keys() == other.keys()
    found = oracle.apart(one, other, *left_out, history=False)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", NAMES)
def test_topology_makes_what_the_commands_make(name: str) -> None:
    assert_same(by_vxlab(HERE / f"{name}.yaml"), by_script(name), *NOT_SAID.get(name, ()))


def changed(name: str, tmp_path: Path, old: str, new: str) -> Path:
    """A topology with one thing said otherwise."""
    text = (HERE / f"{name}.yaml").read_text()
    assert old in text
    file = tmp_path / f"{name}.yaml"
    file.write_text(text.replace(old, new))
    return file


def test_remote_of_a_device_with_default_destinations_is_set_in_place(tmp_path: Path) -> None:
    name = "test_vxlan_fdb_changelink"
    first = changed(name, tmp_path, "remote: 192.0.2.30, ", "")
    assert_same(by_vxlab(first), by_script(name, "first"))
    assert_same(by_vxlab(first, HERE / f"{name}.yaml"), by_script(name))


def test_localbypass_is_changed_in_place(tmp_path: Path) -> None:
    name = "test_vxlan_nolocalbypass"
    file = changed(name, tmp_path, "learning: false,", "learning: false, localbypass: false,")
    vxlab("up", HERE / f"{name}.yaml")
    try:
        # iproute2 6.1 neither sets it nor tells of it: what vxlab reads back is all that there is.
        words = "link set dev vx0 type vxlan nolocalbypass"
        lines = vxlab("plan", file, "--commands").stdout.splitlines()
        assert lines == ["# localbypass needs iproute2 6.5", f"ip -n nolocalbypass-ns1 {words}"]
        vxlab("up", file)
        assert "nothing to do" in vxlab("plan", file).stdout
        assert "localbypass" in vxlab("plan", HERE / f"{name}.yaml", "--commands").stdout
    finally:
        vxlab("down", "nolocalbypass")


def test_entries_of_the_mdb_of_a_device_are_there() -> None:
    """Those that the script lacks. iproute2 6.1 lists them, but not where they lead to."""
    found = by_vxlab(HERE / "test_vxlan_mdb.yaml")
    for node, group, source in (("ns1v4", "239.1.1.1", "192.0.2.12"), ("ns1v6", "ff0e::1", "2001:db8:100::")):
        entries = found[f"vxlan-mdb-{node}"]["mdb"]
        assert {(entry["grp"], entry["port"], entry["state"]) for entry in entries} == {(group, "vx0", "permanent")}
        told = [(entry.get("src", ""), entry["filter_mode"], entry["protocol"]) for entry in entries]
        # Beside the four of the file, those that keep the listed sources out.
        assert sorted(told) == [
            *[("", "exclude", "static")] * 3,
            (f"{source}1", "include", "zebra"),
            (f"{source}3", "include", "static"),
            (f"{source}4", "include", "static"),
        ]
        (listed,) = [entry["source_list"] for entry in entries if "source_list" in entry]
        assert sorted(entry["address"] for entry in listed) == [f"{source}3", f"{source}4"]
