"""What doctor says, beside what the machine does."""

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.kernel.conftest import TIMEOUT, Ended, machine, run, seen, vxlab
from tests.kernel.users import User, may_have_namespaces, program, reachable
from vxlab.kernel.syscalls import CLONE_NEWNS, CLONE_NEWUSER, MS_BIND, mount, unshare
from vxlab.state.kinds import LINK_KINDS

MS_REMOUNT, MS_RDONLY = 0x20, 0x1

LINKS = {
    "bridge": "type bridge",
    "dummy": "type dummy",
    "macvlan": "link lower0 type macvlan",
    "veth": "type veth peer name other0",
    "vlan": "link lower0 type vlan id 5",
    "vrf": "type vrf table 5",
    "vxlan": "type vxlan id 5 dstport 4789",
}
"""Behind `ip link add probe0`: the least that makes one of each kind."""

Findings = dict[str, dict[str, Any]]


def findings(told: Ended) -> Findings:
    return {finding["name"]: finding for finding in json.loads(told.stdout)["findings"]}


def doctor(before: Callable[[], None] = lambda: None, status: int | None = 0) -> Findings:
    return findings(seen(forked.run("doctor", "--json", timeout=TIMEOUT, before=before), status))


def added(*words: str) -> dict[str, Any] | None:
    """What ip(8) tells of the link that it makes, in a namespace of its own; None where it cannot make it."""
    script = (
        'ip link add lower0 type veth peer name lower1 && ip link add probe0 "$@" && exec ip -d -j link show dev probe0'
    )
    made = run("unshare", "--net", "sh", "-c", script, "sh", *words, status=None)
    return json.loads(made.stdout)[0]["linkinfo"].get("info_data", {}) if made.returncode == 0 else None


@pytest.mark.vm
def test_each_kind_of_link_is_there_if_ip_can_make_it() -> None:
    assert LINKS.keys() == LINK_KINDS.keys()
    told = doctor()
    for kind, words in LINKS.items():
        assert (told[kind]["verdict"] == "ok") == (added(*words.split()) is not None), kind
    lost = [kind for kind in LINKS if told[kind]["verdict"] == "missing"]
    assert all(LINK_KINDS[kind].config in told[kind]["means"] for kind in lost)


@pytest.mark.vm
def test_options_are_there_if_the_kernel_tells_them() -> None:
    told = doctor()
    for option, value in (("vlan_filtering", 1), ("mcast_snooping", 0)):
        made = added("type", "bridge", option, str(value)) or {}
        assert (told[f"bridge {option}"]["verdict"] == "ok") == (made.get(option) == value)
    made = added("type", "vxlan", "external", "dstport", "4789") or {}
    assert (told["vxlan external"]["verdict"] == "ok") == bool(made.get("external"))
    said = run("unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms", status=None)
    assert (told["qdisc netem"]["verdict"] == "ok") == (said.returncode == 0)


def test_up_refuses_in_the_same_words(tmp_path: Path) -> None:
    told = doctor()
    missing = [kind for kind in ("dummy", "vrf") if told[kind]["verdict"] == "missing"]
    if not missing:
        pytest.skip("this kernel has them all")
    file = tmp_path / "lacking.yaml"
    link = {"dummy": "{kind: dummy}", "vrf": "{kind: vrf, table: 5}"}[missing[0]]
    file.write_text(f"name: lacking\nnodes: {{a: {{links: {{x0: {link}}}}}}}\n")
    refused = vxlab("up", file, status=1).stderr
    assert f"of kind {missing[0]} ({LINK_KINDS[missing[0]].config}" in refused


def test_it_leaves_nothing_and_keeps_its_keys() -> None:
    before = machine()
    told = json.loads(vxlab("doctor", "--json").stdout)
    assert machine() == before
    assert list(told) == ["able", "root", "summary", "findings"]
    assert told["able"] and told["root"] and told["summary"].startswith("root can bring labs up here")
    keys = ["part", "name", "verdict", "now", "means", "command", "essential"]
    assert all(list(finding) == keys for finding in told["findings"])
    parts = [finding["part"] for finding in told["findings"]]
    assert list(dict.fromkeys(parts)) == ["namespaces", "kernel", "programs", "limits"]
    text = vxlab("doctor").stdout
    assert all(finding["name"] in text and finding["command"] in text for finding in told["findings"])


def test_programs_are_looked_for_on_path(tmp_path: Path) -> None:
    def empty() -> None:
        os.environ["PATH"] = str(tmp_path)

    told = doctor(empty)
    assert told["ping"]["verdict"] == "missing" and told["ping"]["command"] == "apt-get install iputils-ping"
    assert all(told[name]["verdict"] != "ok" for name in ("ip", "bridge", "tcpdump", "tshark"))
    old = tmp_path / "ip"
    old.write_text("#!/bin/sh\necho ip utility, iproute2-5.10.0\n")
    old.chmod(0o755)
    means = doctor(empty)["ip"]["means"]
    assert "bridge mcast_vlan_snooping (5.15)" in means and "(5.0)" not in means


def test_limits_are_those_of_the_machine() -> None:
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1024))

    told = doctor(few)
    assert told["open files"]["verdict"] == "limited" and told["open files"]["now"] == "256, at most 1024"
    assert "480 links" in told["open files"]["means"] and told["open files"]["command"]
    for version, table in ((4, "arp_cache"), (6, "ndisc_cache")):
        most = json.loads(run("ip", "-j", "ntable", "show", "name", table).stdout)[0]["thresh3"]
        row = told[f"net.ipv{version}.neigh.default.gc_thresh1-3"]
        assert row["now"].endswith(str(most)) and (row["verdict"] == "ok") == (most >= 10_000)
    count = Path("/proc/sys/user/max_net_namespaces").read_text().strip()
    assert told["user.max_net_namespaces"]["now"] == count


def test_without_rights_root_has_no_labs() -> None:
    words = ("setpriv", "--inh-caps=-all", "--bounding-set=-all", sys.executable, "-m", "vxlab", "doctor", "--json")
    told = run(*words, status=1)
    assert json.loads(told.stdout)["able"] is False
    assert "CAP_SYS_ADMIN" in findings(told)["namespaces"]["means"]


def test_sysctls_that_cannot_be_written() -> None:
    def read_only() -> None:
        unshare(CLONE_NEWNS)
        mount("/proc/sys", "/proc/sys", "none", MS_BIND)
        mount("", "/proc/sys", "none", MS_BIND | MS_REMOUNT | MS_RDONLY)

    assert "Read-only" in doctor(read_only, status=1)["sysctls"]["means"]


def test_an_ordinary_user_is_told_of_their_own_namespaces() -> None:
    user = User(69_000, Path("/"))

    def forbidden() -> None:
        user.become()
        unshare(CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user.uid} {user.uid} 1")
        Path("/proc/self/gid_map").write_text(f"{user.uid} {user.uid} 1")
        Path("/proc/sys/user/max_user_namespaces").write_text("0")

    with reachable(*program()):
        told = doctor(user.become, status=None)
        allowed = may_have_namespaces(user.uid)
        assert (told["user namespaces"]["verdict"] == "ok") == allowed
        if not allowed:
            pytest.skip("this machine lets ordinary users have no namespaces: so the rest is not seen")
        assert told["vxlan"] == doctor()["vxlan"]
        told = doctor(forbidden, status=1)
    assert told["user namespaces"]["verdict"] == "missing"
    assert told["user namespaces"]["means"] == "user.max_user_namespaces is 0"
    assert told["user namespaces"]["command"].startswith("sysctl -w user.max_user_namespaces=")
    assert user.processes() == {}
