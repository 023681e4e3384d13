"""Labs that are half made, changed, refused by the kernel, or asked for by two commands at once."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kernel.conftest import Up, ip, machine, netns, pings, run, vxlab

BringUp = Callable[[Path], Up]


@pytest.fixture(autouse=True)
def leaves_nothing() -> Iterator[None]:
    before = machine()
    yield
    vxlab("down", "--all")
    assert machine() == before


def damage_namespace_gone() -> None:
    run("ip", "netns", "del", "multicast-vtep1")


def damage_file_without_namespace() -> None:
    run("ip", "netns", "del", "multicast-h1")
    Path("/run/netns/multicast-h1").touch(mode=0)


def damage_link_gone() -> None:
    run("ip", "-n", "multicast-vtep2", "link", "del", "vxlan42")


def damage_cable_gone() -> None:
    run("ip", "-n", "multicast-h2", "link", "del", "eth0")


def damage_bridge_gone() -> None:
    run("ip", "-n", "multicast-underlay", "link", "del", "br0")


def damage_address_changed() -> None:
    run("ip", "-n", "multicast-h1", "addr", "flush", "dev", "eth0")
    run("ip", "-n", "multicast-h1", "addr", "add", "10.99.0.1/24", "dev", "eth0")


def damage_everything_down() -> None:
    for link in ("eth0", "vxlan42", "h1", "br42"):
        run("ip", "-n", "multicast-vtep1", "link", "set", link, "down")


def damage_wrong_kind() -> None:
    run("ip", "-n", "multicast-vtep1", "link", "del", "vxlan42")
    run("ip", "-n", "multicast-vtep1", "link", "add", "vxlan42", "type", "bridge")


DAMAGES = [value for name, value in globals().items() if name.startswith("damage_")]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda function: function.__name__.removeprefix("damage_"))
def test_up_repairs_and_down_removes_a_damaged_lab(library: Path, damage: Callable[[], None]) -> None:
    file = library / "multicast.yaml"
    vxlab("up", file)
    fresh = run("ip", "-n", "multicast-vtep2", "-d", "addr").stdout.count("\n")
    damage()
    drift = json.loads(vxlab("status", "multicast", "--json").stdout)["drift"]
    assert drift
    vxlab("up", file)
    assert "nothing to do" in vxlab("plan", file).stdout
    assert pings("multicast-h1", "10.20.0.2")
    assert run("ip", "-n", "multicast-vtep2", "-d", "addr").stdout.count("\n") == fresh
    damage()
    vxlab("down", "multicast")
    assert netns() == []


@pytest.mark.parametrize("delay", [0.35, 0.45, 0.5, 0.55, 0.6])
def test_killed_up_is_finished_by_up_and_removed_by_down(tmp_path: Path, delay: float) -> None:
    """Wherever the kill hits: the record says what may be there."""
    file = tmp_path / "many.yaml"
    file.write_text(
        "name: many\nsegments: {blue: {vni: 7, mode: replicate}}\n"
        "vteps: {'v[1-30]': {}}\nhosts: {'h[1-30]': {vtep: 'v[1-30]'}}\n"
    )
    for finish in ("down", "up"):
        with subprocess.Popen([sys.executable, "-m", "vxlab", "up", file], stdout=subprocess.DEVNULL) as process:
            try:
                process.wait(delay)
            except subprocess.TimeoutExpired:
                process.kill()
        vxlab(finish, file)
        if finish == "up":
            assert "nothing to do" in vxlab("plan", file).stdout
            assert pings("many-h1", "10.0.0.30")
        vxlab("down", file)
        assert netns() == []


def test_interrupted_up_takes_itself_back(tmp_path: Path) -> None:
    file = tmp_path / "many.yaml"
    file.write_text("name: many\nnodes: {'n[1-400]': {}}\n")
    process = subprocess.Popen([sys.executable, "-m", "vxlab", "up", file], stdout=subprocess.DEVNULL)
    while not Path("/run/vxlab/many/hosts").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert netns() == []


def test_changed_file_changes_only_what_differs(library: Path, tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    text = (library / "multicast.yaml").read_text()
    file.write_text(text)
    vxlab("up", file)
    assert pings("multicast-h1", "10.20.0.2")
    before = ip("multicast-vtep1", "link")
    file.write_text(text.replace("h2: {vtep: vtep2, segment: blue}", "h3: {vtep: vtep2, address: 10.20.0.9}"))
    vxlab("up", file)
    assert "multicast-h3" in netns() and "multicast-h2" not in netns()
    assert pings("multicast-h1", "10.20.0.9")
    after = ip("multicast-vtep1", "link")
    assert [(link["ifindex"], link["ifname"]) for link in after] == [
        (link["ifindex"], link["ifname"]) for link in before
    ]
    assert "nothing to do" in vxlab("up", file).stdout


def test_what_the_kernel_refuses_is_told_with_its_command_and_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "refused.yaml"
    file.write_text(
        "name: refused\nnodes:\n  a:\n    links: {br0: {kind: bridge, addresses: [10.0.0.1/24]}}\n"
        "    routes:\n      - {to: 10.9.0.0/16, via: 10.8.0.1}\n"
    )
    result = vxlab("up", file, status=1)
    assert "create route 10.9.0.0/16 via=10.8.0.1 in refused-a" in result.stderr
    assert "ip -n refused-a route add 10.9.0.0/16 via 10.8.0.1" in result.stderr
    assert "unreachable" in result.stderr.lower() or "invalid" in result.stderr.lower()
    assert netns() == []
    file.write_text("name: refused\nnodes: {a: {sysctls: {net.ipv4.no_such_thing: 1}}}\n")
    assert "net.ipv4.no_such_thing" in vxlab("up", file, status=1).stderr
    assert "traceback" not in vxlab("up", file, status=1).stderr.lower()


def test_two_commands_on_one_lab_take_turns(library: Path) -> None:
    command = [sys.executable, "-m", "vxlab", "up", library / "replicate.yaml"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = sorted(process.communicate()[0] for process in both)
    assert all(process.returncode == 0 for process in both)
    assert "nothing to do" in outputs[0] and "65 steps" in outputs[1]
    mixed = [[sys.executable, "-m", "vxlab", *words] for words in (["down", "replicate"], command[3:])] * 3
    processes = [subprocess.Popen(words, stdout=subprocess.DEVNULL) for words in mixed]
    assert [process.wait(60) for process in processes] == [0] * 6


def test_labs_side_by_side_do_not_see_each_other(library: Path) -> None:
    names = ("multicast", "replicate", "tenants", "by-hand")
    commands = [[sys.executable, "-m", "vxlab", "up", library / f"{name}.yaml"] for name in names]
    processes = [subprocess.Popen(words, stdout=subprocess.DEVNULL) for words in commands]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert [lab["name"] for lab in json.loads(vxlab("ls", "--json").stdout)] == sorted(names)
    assert pings("multicast-h1", "10.20.0.2") and pings("replicate-h3", "10.20.0.1")
    vxlab("down", "multicast")
    assert pings("replicate-h3", "10.20.0.1")
    vxlab("down", "--all")
    assert netns() == []


def test_a_kind_that_the_kernel_lacks_is_named_before_anything_changes() -> None:
    """The probe is told a kind that no kernel has; kinds that exist pass. It comes back to where it was."""
    home = Path("/proc/thread-self/ns/net").readlink()
    from vxlab.kernel.features import missing_kinds

    assert missing_kinds(["bridge", "veth", "vxlan", "no-such-kind"]) == ["no-such-kind"]
    assert Path("/proc/thread-self/ns/net").readlink() == home
