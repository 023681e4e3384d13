"""Labs that are half made, changed, refused by the kernel, or asked for by two commands at once."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.kernel.conftest import ip, machine, netns, pings, run, vxlab
from vxlab.kernel.syscalls import umount2


def started(*words: str | Path, **streams: Any) -> subprocess.Popen[str]:
    """vxlab, running beside this test."""
    return subprocess.Popen(**forked.program(*words), **{"stdout": subprocess.DEVNULL, "text": True, **streams})


pytestmark = pytest.mark.usefixtures("leaves_nothing")


def test_what_went_by_itself_after_it_was_read_is_no_failure(library: Path) -> None:
    """As the other end of a cable does, while the kernel destroys a namespace in the background."""
    from vxlab.kernel.apply import apply
    from vxlab.lab.up import planned
    from vxlab.topology import load

    file = library / "multicast.yaml"
    vxlab("up", file)
    run("ip", "-n", "multicast-h1", "link", "set", "eth0", "down", "name", "old0")
    run("ip", "-n", "multicast-h1", "addr", "add", "192.0.2.1/32", "dev", "lo")
    steps, actual = planned(load(file))
    assert {step.resource.name for step in steps if step.action is step.action.DELETE} >= {"old0"}
    run("ip", "-n", "multicast-h1", "link", "del", "old0")
    apply(steps, actual.indexes)
    assert [link["ifname"] for link in ip("multicast-h1", "link")] == ["lo", "eth0"]
    assert "192.0.2.1" not in run("ip", "-n", "multicast-h1", "addr").stdout


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


@pytest.mark.parametrize("delay", [0.05, 0.15])
def test_killed_up_is_finished_by_up_and_removed_by_down(tmp_path: Path, delay: float) -> None:
    """In the middle of a larger lab; before each single step of small ones see test_kill.py."""
    file = tmp_path / "many.yaml"
    file.write_text(
        "name: many\nsegments: {blue: {vni: 7, mode: replicate}}\n"
        "vteps: {'v[1-30]': {}}\nhosts: {'h[1-30]': {vtep: 'v[1-30]'}}\n"
    )
    for finish in ("down", "up"):
        with started("up", file) as process:
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
    file.write_text("name: many\nnodes: {'n[1-1500]': {links: {br0: {kind: bridge}}}}\n")
    process = started("up", file)
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


CABLE = """
name: change
nodes:
  a:
    sysctls: {net.ipv6.conf.all.disable_ipv6: 1, net.ipv4.conf.vx0.rp_filter: 2}
    links:
      br0: {kind: bridge}
      br1: {kind: bridge}
      eth0: {mtu: 1500, addresses: [10.0.0.1/24, 10.0.0.3/24]}
      vx0: {kind: vxlan, vni: 5, remote: 10.0.0.2, dev: eth0, mtu: 1450, master: br0, bridge_port: {isolated: true}}
    routes: [{to: 192.0.2.0/24, via: 10.0.0.2, src: 10.0.0.3}]
  b: {}
links: [{a:eth0: {}, b:eth0: {mtu: 9000, addresses: [10.0.0.2/24]}}]
"""


@pytest.mark.parametrize(
    "change",
    [
        [("mtu: 1500", "mtu: 9000"), ("mtu: 1450", "mtu: 8950")],
        [("10.0.0.1/24, ", "")],
        [("10.0.0.1/24, 10.0.0.3/24", "10.0.0.3/16")],
        [("vni: 5", "vni: 6")],
        [("master: br0", "master: br1")],
        [("b:eth0", "c:eth0"), ("  b: {}", "  c: {}")],
        [("kind: vxlan, vni: 5, remote: 10.0.0.2, dev: eth0, mtu: 1450, master: br0, bridge_port: {isolated: true}",
          "kind: bridge")],
    ],
    ids=["mtu", "primary", "prefix", "vni", "master", "replug", "kind"],
)  # fmt: skip
def test_one_up_brings_the_lab_to_a_changed_file_and_one_back(tmp_path: Path, change: list[tuple[str, str]]) -> None:
    file = tmp_path / "change.yaml"
    changed = CABLE
    for old, new in change:
        assert old in changed
        changed = changed.replace(old, new)
    for text in (CABLE, changed, CABLE, changed):
        file.write_text(text)
        vxlab("up", file)
        assert "nothing to do" in vxlab("plan", file).stdout


@pytest.mark.parametrize(
    "words",
    [
        ["route", "add", "198.51.100.0/24", "dev", "eth0", "proto", "static"],
        ["route", "add", "198.51.100.0/24", "dev", "eth0", "scope", "host"],
        ["route", "add", "198.51.100.0/24", "nexthop", "via", "10.0.0.2", "nexthop", "via", "10.0.0.4"],
        ["neigh", "add", "10.0.0.9", "lladdr", "02:00:00:00:00:09", "dev", "eth0"],
        ["link", "add", "name", "type", "type", "bridge"],
    ],
    ids=" ".join,
)
def test_what_was_added_by_hand_goes_by_up_and_by_the_printed_commands(tmp_path: Path, words: list[str]) -> None:
    file = tmp_path / "change.yaml"
    file.write_text(CABLE)
    vxlab("up", file)
    run("ip", "-n", "change-a", *words)
    script = tmp_path / "change.sh"
    script.write_text(vxlab("plan", file, "--commands").stdout)
    vxlab("up", file)
    assert "nothing to do" in vxlab("plan", file).stdout
    run("ip", "-n", "change-a", *words)
    run("sh", "-eu", script)
    assert "nothing to do" in vxlab("plan", file).stdout


def test_an_address_with_a_peer_goes_too(tmp_path: Path) -> None:
    file = tmp_path / "change.yaml"
    file.write_text(CABLE)
    vxlab("up", file)
    run("ip", "-n", "change-a", "addr", "add", "10.9.9.1", "peer", "10.9.9.2/32", "dev", "eth0")
    vxlab("up", file)
    assert "nothing to do" in vxlab("plan", file).stdout
    assert "10.9.9.1" not in run("ip", "-n", "change-a", "addr").stdout


def test_kernel_rounding_and_what_it_leaves_out_are_no_drift(tmp_path: Path) -> None:
    file = tmp_path / "quiet.yaml"
    file.write_text(
        "name: quiet\nnodes:\n  a:\n    links:\n      br0: {kind: bridge, ageing_time: 12345, forward_delay: 777}\n"
        "      eth0: {addresses: ['2001:db8::1/64']}\n      v: {kind: vxlan, vni: 5, port: 4790}\n"
        "    routes: [{to: '2001:db8:1::/64', via: '2001:db8::2', metric: 1024}]\n"
        "    fdb: [{link: v, mac: '01:00:5e:00:00:01', dst: 192.0.2.1, port: 4790, vni: 5},\n"
        "          {link: v, mac: '01:00:5e:00:00:01', dst: 192.0.2.2}]\n"
        "  b: {}\nlinks: [[a:eth0, b:eth0]]\n"
    )
    vxlab("up", file)
    assert "nothing to do" in vxlab("plan", file).stdout
    file.write_text(file.read_text().replace("name: quiet", "name: quiet\ndescription: another"))
    vxlab("up", file)
    assert json.loads(vxlab("status", "quiet", "--json").stdout)["description"] == "another"


def test_labs_that_need_one_namespace_do_not_take_it_from_each_other(tmp_path: Path) -> None:
    """Lab x with node y-z and lab x-y with node z: whoever comes second is refused, and harms nobody."""
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text("name: x\nnodes: {y-z: {}, p: {}}\n")
    other.write_text("name: x-y\nnodes: {z: {}, q: {}}\n")
    for _ in range(5):
        both = [started("up", file, stderr=subprocess.PIPE) for file in (one, other)]
        told = [process.communicate()[1] for process in both]
        assert sorted(process.returncode for process in both) == [0, 1]
        assert any("is lab x" in text for text in told)
        won = "x" if both[0].returncode == 0 else "x-y"
        assert sorted(netns()) == (["x-p", "x-y-z"] if won == "x" else ["x-y-q", "x-y-z"])
        assert [lab["name"] for lab in json.loads(vxlab("ls", "--json").stdout)] == [won]
        vxlab("down", won)


def test_the_machines_own_namespace_under_a_labs_name_is_left_alone(library: Path) -> None:
    bystander = subprocess.Popen(["sleep", "1000"])
    others = Path("/run/netns").exists()
    try:
        vxlab("up", library / "by-hand.yaml")
        run("ip", "netns", "del", "by-hand-a")
        run("ip", "netns", "attach", "by-hand-a", str(os.getpid()))
        assert "by-hand-a exists and is not vxlab's" in vxlab("up", library / "by-hand.yaml", status=1).stderr
        assert "by-hand-a is not vxlab's any more: it is left alone" in vxlab("down", "by-hand").stderr
        assert bystander.poll() is None and netns() == ["by-hand-a"]
    finally:
        run("ip", "netns", "del", "by-hand-a")
        if not others:
            umount2("/run/netns", 0)  # umount(8) leaves /run/mount behind
            Path("/run/netns").rmdir()
        bystander.kill()
        bystander.wait()


def test_two_commands_on_one_lab_take_turns(library: Path) -> None:
    command = ("up", library / "replicate.yaml")
    both = [started(*command, stdout=subprocess.PIPE) for _ in range(2)]
    outputs = sorted(process.communicate()[0] for process in both)
    assert all(process.returncode == 0 for process in both)
    assert "nothing to do" in outputs[0] and "65 steps" in outputs[1]
    processes = [started(*words) for words in (("down", "replicate"), command) * 3]
    assert [process.wait(60) for process in processes] == [0] * 6


def test_labs_side_by_side_do_not_see_each_other(library: Path) -> None:
    names = ("multicast", "replicate", "tenants", "by-hand")
    processes = [started("up", library / f"{name}.yaml") for name in names]
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


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_what_is_no_name_of_a_lab_removes_nothing(name: str, library: Path) -> None:
    vxlab("up", library / "by-hand.yaml")
    Path("/run/bystander").touch()
    before = machine()
    vxlab("down", name)
    assert machine() == before
    assert "no lab" in vxlab("status", name, status=2).stderr
    vxlab("down", "by-hand")
    Path("/run/bystander").unlink()
