"""Commands in nodes: exec, shell, status, fdb, ls."""

import json
import os
import pty
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel.conftest import VXLAB, Up, bridge, pings, run, vxlab

BringUp = Callable[[Path], Up]


@pytest.fixture
def multicast(up: BringUp, library: Path) -> Up:
    return up(library / "multicast.yaml")


def test_names_of_the_lab_resolve(multicast: Up) -> None:
    assert "1 received" in vxlab("exec", "h1", "--", "ping", "-c", "1", "h2").stdout
    assert "10.20.0.2" in vxlab("exec", "h1", "ping", "-c", "1", "eth0.h2").stdout
    assert vxlab("exec", "vtep1", "--", "getent", "hosts", "vtep2").stdout.split()[0] == "192.168.8.2"
    assert "h2" not in Path("/etc/hosts").read_text()


def test_streams_and_status_pass_through(multicast: Up) -> None:
    assert run(*VXLAB, "exec", "h1", "--", "tr", "a-z", "A-Z", input="abc").stdout == "ABC"
    assert vxlab("exec", "h1", "--", "sh", "-c", "echo out; echo err >&2; exit 7", status=7).stderr == "err\n"
    assert vxlab("exec", "h1", "--", "sh", "-c", "kill -TERM $$", status=-15).stdout == ""
    assert "not found" in vxlab("exec", "h1", "--", "no-such-program", status=127).stderr
    assert vxlab("exec", "h1", "--", "printf", "%s|", "a b", "$HOME", "--json", "-l").stdout == "a b|$HOME|--json|-l|"


def test_the_node_is_the_namespace_with_its_own_sysfs(multicast: Up) -> None:
    inode = str(Path("/run/netns/multicast-h1").stat().st_ino)
    assert inode in vxlab("exec", "h1", "--", "readlink", "/proc/self/ns/net").stdout
    assert sorted(vxlab("exec", "h1", "--", "ls", "/sys/class/net").stdout.split()) == ["eth0", "lo"]
    assert vxlab("exec", "h1", "--", "sh", "-c", "echo $VXLAB_LAB/$VXLAB_NODE").stdout == "multicast/h1\n"


def test_unknown_and_ambiguous_nodes(multicast: Up, up: BringUp, library: Path) -> None:
    assert "did you mean" in vxlab("exec", "h11", "--", "true", status=2).stderr
    up(library / "replicate.yaml")
    told = vxlab("exec", "h1", "--", "true", status=2).stderr
    assert "multicast, replicate" in told and "-l LAB" in told
    assert vxlab("exec", "-l", "replicate", "h3", "--", "true").returncode == 0
    assert vxlab("exec", "h3", "--", "true").returncode == 0
    assert "no lab nope" in vxlab("exec", "-l", "nope", "h1", "--", "true", status=2).stderr


def test_shell_is_interactive_on_a_terminal(multicast: Up) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["SHELL"] = "/bin/sh"
        os.execv(VXLAB[0], [*VXLAB, "shell", "h1"])
    os.write(terminal, b"echo node=$VXLAB_NODE; exit 3\n")
    output = b""
    try:
        while chunk := os.read(terminal, 4096):
            output += chunk
    except OSError:  # a terminal whose last user has gone says EIO
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    assert b"node=h1" in output


def test_fdb_says_what_bridge_says(multicast: Up) -> None:
    assert pings(multicast("h1"), "10.20.0.2")
    rows = json.loads(vxlab("fdb", "multicast", "--json").stdout)
    for vtep in ("vtep1", "vtep2"):
        entries = bridge(multicast(vtep), "fdb", "show", "dev", "vxlan42")
        theirs = sorted((entry["mac"], entry["dst"]) for entry in entries if "dst" in entry)
        assert sorted((row["mac"], row["dst"]) for row in rows if row["vtep"] == vtep) == theirs
    learned = {(row["vtep"], row["owner"], row["behind"]) for row in rows if row["how"] == "learned"}
    assert learned == {("vtep1", "h2", "vtep2"), ("vtep2", "h1", "vtep1")}
    assert "learned" in vxlab("fdb", "multicast").stdout


def test_status_shows_nodes_and_drift(multicast: Up) -> None:
    told = json.loads(vxlab("status", "multicast", "--json").stdout)
    assert {node["node"] for node in told["nodes"]} == {"underlay", "vtep1", "vtep2", "h1", "h2"}
    assert told["drift"] == [] and told["complete"] is True
    run("ip", "-n", multicast("vtep1"), "link", "set", "vxlan42", "mtu", "1400")
    (drift,) = json.loads(vxlab("status", "multicast", "--json").stdout)["drift"]
    assert drift == {"node": "vtep1", "step": "change vxlan42: mtu=1450"}
    assert "change vxlan42: mtu=1450" in vxlab("status", "multicast").stdout
    assert "no lab nothing is up" in vxlab("status", "nothing", status=2).stderr
