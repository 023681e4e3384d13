"""Labs that are broken behind vxlab's back, one way per check: the right check fails, for the right cause."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kernel.conftest import Up, ip, pings, vxlab
from tests.kernel.made import TOPOLOGIES, gateways, made, tenants
from tests.kernel.oracle import settled
from tests.kernel.proofs import check_of, failed, proved, verify
from vxlab.verify import exchange

BringUp = Callable[[Path], Up]

MULTICAST, REPLICATE, STATIC2, STATIC3 = (
    made("multicast"), made("replicate", vteps=3), made("static-l2", vteps=3), made("static-l3"),
)  # fmt: skip
LEAK = """ip -n {vtep2} link add leak type veth peer name back
ip -n {vtep2} link set leak master br100 up
ip -n {vtep2} link set back master br200 up"""


@dataclass(frozen=True)
class Break:
    """How a lab is broken, the first check that fails, a piece of its cause, and what the cause's command shows."""

    topology: str
    how: str
    check: str
    cause: str
    shows: str


def remade(node: str, local: str, options: str, mtu: int = 1450) -> str:
    """Commands that replace a VTEP's device."""
    device = f"vxlan42 mtu {mtu} master br42 type vxlan local {local} dev eth0 dstport 4789"
    return f"""ip -n {{{node}}} link del vxlan42
ip -n {{{node}}} link add {device} {options}
ip -n {{{node}}} link set vxlan42 up"""


GROUP = "group 239.0.0.42"
BREAKS = {
    "wrong VNI, near": Break(
        MULTICAST, remade("vtep1", "192.168.8.1", f"id 43 {GROUP}"), "request flooded", "vni is 43, not 42", "id 43"
    ),
    "wrong VNI, far": Break(
        MULTICAST, remade("vtep2", "192.168.8.2", f"id 43 {GROUP}"), "far VTEP learns", "vni is 43, not 42", "id 43"
    ),
    "wrong VNI, IPv6": Break(
        made("multicast", 6, 6), remade("vtep2", "2001:db8:8::2", "id 43 group ff05::2a", 1430),
        "far VTEP learns", "vni is 43, not 42", "id 43",
    ),
    "wrong group, near": Break(
        MULTICAST, remade("vtep1", "192.168.8.1", "id 42 group 239.9.9.9"),
        "request flooded", "group is 239.9.9.9, not 239.0.0.42", "group 239.9.9.9",
    ),
    "wrong group, far": Break(
        MULTICAST, remade("vtep2", "192.168.8.2", "id 42 group 239.9.9.9"),
        "far VTEP learns", "group is 239.9.9.9, not 239.0.0.42", "group 239.9.9.9",
    ),
    "wrong port": Break(
        MULTICAST, remade("vtep2", "192.168.8.2", f"id 42 {GROUP}").replace("4789", "4790"),
        "far VTEP learns", "port is 4790, not 4789", "dstport 4790",
    ),
    "learning off, near": Break(
        MULTICAST, "ip -n {vtep1} link set vxlan42 type vxlan nolearning",
        "near VTEP learns", "learning is false, not true", "nolearning",
    ),
    "learning off, far, IPv6": Break(
        made("replicate", 6, 6), "ip -n {vtep2} link set vxlan42 type vxlan nolearning",
        "far VTEP learns", "learning is false, not true", "nolearning",
    ),
    "flood list lacks a VTEP": Break(
        REPLICATE, "bridge -n {vtep1} fdb del 00:00:00:00:00:00 dev vxlan42 dst 192.168.8.3",
        "request flooded", "lacks FDB entry 00:00:00:00:00:00 192.168.8.3 on vxlan42", "192.168.8.2",
    ),
    "flood list lacks a VTEP, IPv6": Break(
        made("replicate", 6, 4, vteps=3), "bridge -n {vtep1} fdb del 00:00:00:00:00:00 dev vxlan42 dst 2001:db8:8::2",
        "request flooded", "lacks FDB entry 00:00:00:00:00:00 2001:db8:8::2", "2001:db8:8::3",
    ),
    "flood list has one more": Break(
        REPLICATE, "bridge -n {vtep1} fdb append 00:00:00:00:00:00 dev vxlan42 dst 192.168.8.77",
        "static FDB entries", "it has FDB entry 00:00:00:00:00:00 192.168.8.77 on vxlan42", "192.168.8.77",
    ),
    "static entry missing": Break(
        STATIC2, "bridge -n {vtep1} fdb del {h2.mac} dev vxlan42 dst 192.168.8.2",
        "near VTEP learns", "lacks FDB entry", "192.168.8.3",
    ),
    "static entry missing, far": Break(
        STATIC2, "bridge -n {vtep2} fdb del {h1.mac} dev vxlan42 dst 192.168.8.1",
        "far VTEP learns", "lacks FDB entry", "192.168.8.3",
    ),
    "static entry missing, of another host": Break(
        STATIC2, "bridge -n {vtep1} fdb del {h3.mac} dev vxlan42 dst 192.168.8.3",
        "static FDB entries", "lacks FDB entry", "192.168.8.2",
    ),
    "static entry wrong": Break(
        STATIC2, "bridge -n {vtep1} fdb replace {h2.mac} dev vxlan42 dst 192.168.8.3 static",
        "near VTEP learns", "lacks FDB entry", "192.168.8.3",
    ),
    "static entry wrong, IPv6": Break(
        made("static-l2", 6, 6, vteps=3),
        "bridge -n {vtep1} fdb replace {h2.mac} dev vxlan42 dst 2001:db8:8::3 static",
        "near VTEP learns", "lacks FDB entry", "2001:db8:8::3",
    ),
    "proxy does not know the host": Break(
        STATIC3, "ip -n {vtep1} neigh del 10.20.0.2 dev vxlan42", "VTEP answers", "lacks neighbour 10.20.0.2", ""
    ),
    "proxy does not know the host, IPv6": Break(
        made("static-l3", 6, 6), "ip -n {vtep1} -6 neigh del 2001:db8:20::2 dev vxlan42",
        "VTEP answers", "lacks neighbour 2001:db8:20::2", "",
    ),
    "proxy names a wrong MAC": Break(
        STATIC3, "ip -n {vtep1} neigh replace 10.20.0.2 lladdr 02:00:00:00:00:99 nud permanent dev vxlan42",
        "VTEP answers", "mac is 02:00:00:00:00:99, not", "02:00:00:00:00:99",
    ),
    "proxy does not know the VTEP": Break(
        STATIC3, "bridge -n {vtep1} fdb del {h2.mac} dev vxlan42 dst 192.168.8.2",
        "destination known", "lacks FDB entry", "",
    ),
    "no proxy": Break(
        STATIC3, remade("vtep1", "192.168.8.1", "id 42 remote 192.168.8.2"),
        "VTEP answers", "proxy is false, not true", "remote 192.168.8.2",
    ),
    "port disabled": Break(
        MULTICAST, "bridge -n {vtep1} link set dev h1 state 0",
        "request flooded", "port h1 of a bridge in vtep1 is disabled, not forwarding", "state disabled",
    ),
    "port does not flood": Break(
        MULTICAST, "bridge -n {vtep2} link set dev h2 bcast_flood off",
        "far VTEP learns", "bcast_flood is false, not true", "bcast_flood off",
    ),
    "ports isolated": Break(
        MULTICAST, "bridge -n {vtep2} link set dev h2 isolated on\nbridge -n {vtep2} link set dev vxlan42 isolated on",
        "far VTEP learns", "isolated is true, not false", "isolated on",
    ),
    "underlay MTU too small": Break(
        MULTICAST, "ip -n {vtep1} link set eth0 mtu 1400",
        "MTU fits", "vtep1's eth0 has an MTU of 1400; the file gives it none", "mtu 1400",
    ),
    "underlay MTU too small, IPv6": Break(
        made("replicate", 6, 6), "ip -n {vtep1} link set eth0 mtu 1400",
        "MTU fits", "vtep1's eth0 has an MTU of 1400; the file gives it none", "mtu 1400",
    ),
    "tunnel MTU too small": Break(
        MULTICAST, "ip -n {vtep1} link set vxlan42 mtu 1400", "MTU fits", "mtu is 1400, not 1450", "mtu 1400"
    ),
    "host MTU too small": Break(
        MULTICAST, "ip -n {h1} link set eth0 mtu 1400", "MTU fits", "mtu is 1400, not 1450", "mtu 1400"
    ),
    "host MTU too large": Break(
        MULTICAST, "ip -n {h1} link set eth0 mtu 1454", "MTU exceeded", "mtu is 1454, not 1450", "mtu 1454"
    ),
    "more room than the file says": Break(
        made("multicast", blue=", mtu: 1500"),
        "for one in {vtep1} {vtep2}; do ip -n $one link set eth0 mtu 1600; ip -n $one link set vxlan42 mtu 1500; done\n"
        "for one in vtep1 vtep2; do ip -n {underlay} link set $one mtu 1600; done",
        "MTU exceeded", "mtu is 1500, not 1450", "mtu 1500",
    ),
    "duplicate MAC, target": Break(
        MULTICAST, "ip -n {h2} link set eth0 address {h1.mac}", "reply sent back", "of eth0, mac is", "link/ether"
    ),
    "duplicate MAC, third host": Break(
        REPLICATE, "ip -n {h3} link set eth0 address {h1.mac}", "one MAC per host", "h3 is not as", "link/ether"
    ),
    "sender's link down": Break(
        MULTICAST, "ip -n {h1} link set eth0 down", "request flooded", "h1 is not as its file says: of eth0, up", "DOWN"
    ),
    "target's link down": Break(
        MULTICAST, "ip -n {h2} link set eth0 down", "far VTEP learns", "h2 is not as its file says: of eth0, up", "DOWN"
    ),
    "underlay link down": Break(
        MULTICAST, "ip -n {vtep2} link set eth0 down", "one copy per VTEP", "of eth0, up is false", "DOWN"
    ),
    "switch port down": Break(
        MULTICAST, "ip -n {underlay} link set vtep2 down", "one copy per VTEP", "of vtep2, up is false", "DOWN"
    ),
    "tunnel down": Break(
        MULTICAST, "ip -n {vtep2} link set vxlan42 down", "far VTEP learns", "of vxlan42, up is false", "vxlan id 42"
    ),
    "tunnel gone": Break(
        MULTICAST, "ip -n {vtep2} link del vxlan42", "far VTEP learns", "vtep2 is not as its file says: it lacks vxlan",
        "br42",
    ),
    "bridge gone": Break(
        MULTICAST, "ip -n {vtep2} link del br42", "far VTEP learns", "it lacks bridge br42", "vxlan42"
    ),
    "tunnel unplugged": Break(
        MULTICAST, "ip -n {vtep2} link set vxlan42 nomaster",
        "far VTEP learns", "master is nothing, not br42", "vxlan42",
    ),
    "target has no address": Break(
        MULTICAST, "ip -n {h2} addr flush dev eth0", "target answers", "lacks address 10.20.0.2/24", "eth0"
    ),
    "VTEP has no address": Break(
        MULTICAST, "ip -n {vtep2} addr flush dev eth0", "reply sent back", "lacks address 192.168.8.2/24", "eth0"
    ),
    "target does not reply": Break(
        MULTICAST, "ip netns exec {h2} sysctl -qw net.ipv4.icmp_echo_ignore_all=1",
        "unicast back", "everything is as the file says", "eth0",
    ),
    "leak between two VNIs": Break(tenants("multicast"), LEAK, "isolation", "the file has none such", "veth"),
    "leak between two VNIs, IPv6": Break(
        tenants("replicate", 6, 6), LEAK.replace("{vtep2}", "{vtep1}"), "isolation", "the file has none such", "veth"
    ),
    "tunnel in a wrong bridge": Break(
        tenants("replicate"), "ip -n {vtep2} link set vxlan200 master br100",
        "isolation", "of vxlan200, master is br100, not br200", "master br100",
    ),
    "host in a wrong bridge": Break(
        tenants("multicast"), "ip -n {vtep2} link set b2 master br100",
        "isolation", "of b2, master is br100, not br200", "master br100",
    ),
    "spines do not route": Break(
        made("replicate", kind="routed"),
        "for one in {spine1} {spine2}; do ip netns exec $one sysctl -qw net.ipv4.ip_forward=0; done",
        "one copy per VTEP", "net.ipv4.ip_forward is 0, not 1", "net.ipv4.ip_forward = 0",
    ),
    "cable of a mesh down": Break(
        made("static-l3", kind="mesh"), "ip -n {vtep1} link set vtep2 down", "unicast there", "of vtep2, up", "DOWN"
    ),
    "gateway does not route": Break(
        gateways("multicast"), "ip netns exec {vtep1} sysctl -qw net.ipv4.ip_forward=0",
        "routed there", "net.ipv4.ip_forward is 0, not 1", "= 0",
    ),
    "gateway does not route, IPv6": Break(
        gateways("replicate", 6, 6), "ip netns exec {vtep1} sysctl -qw net.ipv6.conf.all.forwarding=0",
        "routed there", "net.ipv6.conf.all.forwarding is 0, not 1", "= 0",
    ),
    "gateway of the answer does not route": Break(
        gateways("static-l2"), "ip netns exec {vtep2} sysctl -qw net.ipv4.ip_forward=0",
        "routed back", "net.ipv4.ip_forward is 0, not 1", "= 0",
    ),
    "sender has no route": Break(
        gateways("static-l3"), "ip -n {b1} route del default",
        "routed there", "it lacks route 0.0.0.0/0", "10.30.0.0/24",
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers in a broken lab: it is not waited for as long as a user would."""
    monkeypatch.setattr(exchange, "PATIENCE", 0.4)


def broken(up: BringUp, file: Path, text: str, how: str) -> Up:
    """A lab that has settled, and then was broken."""
    file.write_text(text)
    lab = up(file)
    nodes = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.split("\n")
    names = [line.split()[0].removeprefix(f"{lab.name}-") for line in nodes if line.startswith(f"{lab.name}-")]
    for name in names:
        settled(lab(name))
    if how and "vtep1" in names:
        # The VTEPs know each other: what a lab loses as it comes up is not what is looked at.
        net = "2001:db8:8::" if "2001:db8:8:" in text else "192.168.8."
        others = [name for name in names if name.startswith("vtep") and name != "vtep1"]
        assert all(pings(lab("vtep1"), f"{net}{name.removeprefix('vtep')}", 5) for name in others)
    links = {name: {link["ifname"]: link for link in ip(lab(name), "link", "show")} for name in names}
    macs = {name: links[name]["eth0"]["address"] for name in names if "eth0" in links[name]}
    for name in names:
        how = how.replace(f"{{{name}}}", lab(name)).replace(f"{{{name}.mac}}", macs.get(name, ""))
    subprocess.run(["sh", "-e"], input=how, text=True, check=True)
    return lab


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_fails_its_check_with_its_cause(up: BringUp, tmp_path: Path, name: str) -> None:
    one = BREAKS[name]
    lab = broken(up, tmp_path / "made.yaml", one.topology, one.how)
    verdict = verify(lab, status=1)
    bad = failed(verdict)
    assert bad, "nothing failed"
    # A leak disturbs more than one check, those before it too.
    check = next((one for one in bad if one["name"] == "isolation"), bad[0]) if one.check == "isolation" else bad[0]
    assert check["name"] == one.check
    assert check["seen"] and check["expected"]
    assert one.cause in check["cause"]["text"], check
    for each in bad:
        shown = subprocess.run(["sh", "-c", each["cause"]["command"]], capture_output=True, text=True, check=False)
        assert shown.returncode == 0, shown
        assert one.shows in shown.stdout or each is not check, shown.stdout


@pytest.mark.parametrize("name", ["wrong VNI, far", "static entry wrong", "proxy names a wrong MAC", "bridge gone"])
def test_what_was_broken_is_mended_by_up(up: BringUp, tmp_path: Path, name: str) -> None:
    one = BREAKS[name]
    lab = broken(up, tmp_path / "made.yaml", one.topology, one.how)
    verify(lab, status=1)
    vxlab("up", lab.file)
    assert pings(lab("h1"), "10.20.0.2", 5)
    proved(verify(lab))


FLOOD_A = '    fdb: [{link: vx0, mac: "00:00:00:00:00:00", dst: 203.0.113.2}]\n'
FILES = {
    "wrong static entry": (
        TOPOLOGIES["on-device"]
        .replace("vni: 100, local: 203.0.113.1,", "vni: 100, learning: false, local: 203.0.113.1,")
        .replace("local: 203.0.113.2,", 'local: 203.0.113.2, mac: "02:00:00:00:00:0b",')
        .replace(FLOOD_A, FLOOD_A.replace("]", ', {link: vx0, mac: "02:00:00:00:00:0b", dst: 203.0.113.7}]')),
        "unicast there", "the file says on a that b is behind 203.0.113.7, and it is behind b (203.0.113.2)",
    ),
    "flood list misses the VTEP": (
        TOPOLOGIES["on-device"].replace(FLOOD_A, FLOOD_A.replace("113.2", "113.9")),
        "request flooded", "the file floods from a to 203.0.113.9 alone, and b (203.0.113.2) takes none of it",
    ),
    "no flood list": (
        TOPOLOGIES["on-device"].replace(FLOOD_A, ""), "unicast there", "the file has a flood to nobody",
    ),
    "group of one VTEP differs": (
        MULTICAST.replace("vtep[1-2]: {}", "vtep1: {}\n  vtep2: {links: {vxlan42: {group: 239.7.7.7}}}"),
        "one copy per VTEP", "the file floods from vtep1 to 239.0.0.42 alone, and vtep2 (192.168.8.2) takes none",
    ),
    "two hosts with one MAC": (
        REPLICATE.replace(
            'h[1-3]: {vtep: "vtep[1-3]", segment: blue}',
            'h1: {vtep: vtep1, mac: "02:00:00:00:00:05"}\n  h2: {vtep: vtep2}\n'
            '  h3: {vtep: vtep3, mac: "02:00:00:00:00:05"}',
        ),
        "one MAC per host", "the file gives h1 and h3 one MAC address: 02:00:00:00:00:05",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_work_is_named(up: BringUp, tmp_path: Path, name: str) -> None:
    text, check, cause = FILES[name]
    lab = broken(up, tmp_path / "made.yaml", text, "")
    verdict = verify(lab, status=1)
    first = failed(verdict)[0]
    assert (first["name"], verdict["drift"]) == (check, [])
    assert cause in first["cause"]["text"]
    subprocess.run(["sh", "-c", first["cause"]["command"]], capture_output=True, check=True)


def test_a_check_says_what_it_saw_instead(up: BringUp, tmp_path: Path) -> None:
    one = BREAKS["wrong VNI, near"]
    lab = broken(up, tmp_path / "made.yaml", one.topology, one.how)
    check = check_of(verify(lab, status=1), "request flooded")
    assert check["seen"] == "it was sent from 192.168.8.1 to 239.0.0.42 port 4789 with VNI 43"
    assert "with VNI 42" in check["expected"]


ALSO = {
    "nothing crosses": (STATIC3, remade("vtep1", "192.168.8.1", "id 42 remote 192.168.8.2")),
    "unicast dropped": (
        made("replicate", blue=", flood: none, learning: false"),
        "bridge -n {vtep1} fdb append 00:00:00:00:00:00 dev vxlan42 dst 192.168.8.2",
    ),
    "unicast there": (REPLICATE, "ip -n {vtep1} link set vxlan42 type vxlan nolearning"),
    "near VTEP learns": (STATIC2, "bridge -n {vtep1} fdb replace {h2.mac} dev vxlan42 dst 192.168.8.3 static"),
    "one copy per VTEP": (
        REPLICATE,
        "bridge -n {vtep1} fdb append 00:00:00:00:00:00 dev vxlan42 dst 192.168.8.2 vni 43",
    ),
}
"""Checks that fail behind others."""


@pytest.mark.parametrize("check", ALSO)
def test_the_other_checks_fail_too(up: BringUp, tmp_path: Path, check: str) -> None:
    text, how = ALSO[check]
    lab = broken(up, tmp_path / "made.yaml", text, how)
    found = [one["name"] for one in failed(verify(lab, status=1))]
    assert check in found
    vxlab("down", lab.name)
    # What is left out in this lab is not what makes it fail.
    lab = broken(up, tmp_path / "made.yaml", text, "")
    assert check not in [one["name"] for one in failed(verify(lab, status=None))]


def test_what_was_flushed_is_put_back_where_nobody_teaches_it_again(up: BringUp, tmp_path: Path) -> None:
    lab = broken(up, tmp_path / "made.yaml", MULTICAST, "")
    assert pings(lab("h1"), "10.20.0.2", 5)
    subprocess.run(["ip", "-n", lab("h2"), "link", "set", "eth0", "down"], check=True)
    shown = ["bridge", "-n", lab("vtep1"), "fdb", "show", "dev", "vxlan42"]
    before = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    (proof,) = verify(lab, status=1)["proofs"]
    assert any(line.startswith("vtep1: FDB") and "dst 192.168.8.2" in line for line in proof["restored"])
    after = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    assert "dst 192.168.8.2" in before and sorted(after.split("\n")) == sorted(before.split("\n"))
