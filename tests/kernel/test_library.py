"""Every file of the library shows what its first comment says: iproute2, ping, tcpdump and tshark are the judges.

Each file has an entry here, which looks at the two or three facts that are its idea, and at who reaches whom: all that
the file promises, and no more. A file without an entry fails.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path

from tests.conftest import ANYWHERE, ROOT
from tests.kernel.conftest import TIMEOUT, Up, bridge, ip, netns, pings, run, until, vxlab

BringUp = Callable[[Path], Up]
Idea = Callable[[Up], None]
FLOOD = "00:00:00:00:00:00"
IDEAS: dict[str, Idea] = {}


def shows(name: str) -> Callable[[Idea], Idea]:
    """What the library's file of this name shows."""

    def note(idea: Idea) -> Idea:
        assert IDEAS.setdefault(name, idea) is idea
        return idea

    return note


def test_library_file_shows_its_idea(up: BringUp, library_file: Path) -> None:
    assert library_file.stem in IDEAS, "a new file: say here what it shows"
    lab = up(library_file)
    assert "no drift" in vxlab("status", lab.name).stdout
    IDEAS[library_file.stem](lab)
    the_two_commands_run(library_file)
    assert "no drift" in vxlab("status", lab.name).stdout


DIES = "ping -c 1 -W 1 -s 1472"
"""The one command that a first comment tells to fail."""


def the_two_commands_run(file: Path) -> None:
    modeline, *lines = file.read_text().splitlines()
    assert modeline == "# yaml-language-server: $schema=vxlab.schema.json"
    commands = [line.removeprefix("#   ") for line in lines if line.startswith("#   ")]
    assert len(commands) == 2 and all(command.startswith("vxlab ") for command in commands)
    for command in commands:
        # As in a shell where vxlab is on the PATH; $0 is the interpreter that runs this test.
        script = f'vxlab() {{ "$0" -m vxlab "$@"; }}; {command}'
        run("sh", "-c", script, sys.executable, status=1 if DIES in command else 0, cwd=ROOT)


def test_every_idea_has_a_file() -> None:
    assert set(IDEAS) == {file.stem for file in ANYWHERE}


# What a lab is, as iproute2 has it.


def link(namespace: str, name: str) -> dict:
    (found,) = ip(namespace, "link", "show", name)
    return found


def data(namespace: str, name: str) -> dict:
    """What a link has of its own kind."""
    return link(namespace, name)["linkinfo"]["info_data"]


def mac(lab: Up, host: str) -> str:
    return link(lab(host), "eth0")["address"]


def sent(namespace: str, name: str) -> int:
    """The packets that have left by a link."""
    (found,) = ip(namespace, "-s", "link", "show", name)
    return found["stats64"]["tx"]["packets"]


def fdb(namespace: str, device: str) -> set[tuple[str, str]]:
    """The MACs that a VXLAN device knows, each with its VTEP."""
    return {(entry["mac"], entry["dst"]) for entry in bridge(namespace, "fdb", "show", "dev", device) if "dst" in entry}


def flood_list(namespace: str, device: str) -> set[str]:
    return {dst for mac, dst in fdb(namespace, device) if mac == FLOOD}


def neighbours(namespace: str, device: str) -> dict[str, str]:
    """The neighbours that were told, not asked for."""
    entries = ip(namespace, "neigh", "show", "dev", device)
    return {entry["dst"]: entry["lladdr"] for entry in entries if entry["state"] == ["PERMANENT"]}


def routes(namespace: str) -> dict[str, dict]:
    return {route["dst"]: route for route in ip(namespace, "route")}


def reaches(lab: Up, host: str, address: str) -> bool:
    return pings(lab(host), address, seconds=10)


def everybody_reaches(lab: Up, addresses: dict[str, str]) -> None:
    for one, other in permutations(addresses, 2):
        assert reaches(lab, one, addresses[other]), f"{one} does not reach {other}"


def nobody_reaches(lab: Up, address: str, *hosts: str) -> None:
    for host in hosts:
        assert not pings(lab(host), address, seconds=1), f"{host} reaches {address}"


def ping(lab: Up, host: str, *words: str, status: int = 0) -> str:
    """What ping says: of an answer, or (status 1) of none."""
    wait = "1" if status else "10"
    return run("ip", "netns", "exec", lab(host), "ping", "-c", "1", "-W", wait, *words, status=status).stdout


# What is on the wire, as tcpdump records and tshark reads it.

ADDRESSES, LAST = "0180c200000e000000000000", "88b5" + b"that is all".hex()
"""The frame that ends a capture: with an EtherType for experiments (IEEE 802), to an address that no bridge passes on,
from one that none learns."""

SEND = """
import socket, sys
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind((sys.argv[1], 0))
link.send(bytes.fromhex(sys.argv[2]))
"""


class Wire:
    """A capture on one link. It can be read when it has ended."""

    def __init__(self) -> None:
        self.pcap = b""

    def shows(self, wanted: str, *fields: str) -> list[tuple[str, ...]]:
        """The fields of each frame that tshark's display filter takes; of several values the first, the outer one."""
        named = [word for field in fields for word in ("-e", field)]
        ports = ("-d", "udp.port==8472,vxlan")
        words = ("tshark", "-r", "-", *ports, "-Y", f"({wanted}) && !(eth.type == 0x88b5)")
        words += ("-T", "fields", "-E", "occurrence=f", *named)
        result = subprocess.run(words, input=self.pcap, capture_output=True, timeout=TIMEOUT, check=True)
        return [tuple(line.split("\t")) for line in result.stdout.decode().splitlines()]

    def count(self, wanted: str) -> int:
        return len(self.shows(wanted, "frame.number"))


@contextmanager
def watched(namespace: str, name: str) -> Iterator[Wire]:
    """All that passes a link while the block runs: it ends with a frame that has been seen."""
    wire = Wire()
    words = ("ip", "netns", "exec", namespace, "tcpdump", "-i", name, "-w", "-", "-U", "--immediate-mode")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tcpdump:
        try:
            assert tcpdump.stderr and tcpdump.stdout
            assert any(b"listening on" in line for line in tcpdump.stderr)
            yield wire
            run("ip", "netns", "exec", namespace, sys.executable, "-c", SEND, name, ADDRESSES + LAST)
            while bytes.fromhex(LAST) not in wire.pcap:
                wire.pcap += tcpdump.stdout.read1()  # type: ignore[attr-defined]
        finally:
            tcpdump.kill()


def vteps(*fields: str) -> tuple[str, ...]:
    return ("ip.src", "ip.dst", "vxlan.vni", *fields)


ASKED, ANSWERED = "icmp.type == 8", "icmp.type == 0"

# The files.


def twenty(*numbers: int) -> dict[str, str]:
    """The hosts of most files."""
    return {f"h{number}": f"10.20.0.{number}" for number in numbers}


@shows("by-hand")
def by_hand(lab: Up) -> None:
    for node, other in (("a", "192.0.2.2"), ("b", "192.0.2.1")):
        assert flood_list(lab(node), "vx0") == {other}
        assert "master" not in link(lab(node), "vx0")
    assert fdb(lab("a"), "vx0") == {(FLOOD, "192.0.2.2")}
    everybody_reaches(lab, {"a": "198.51.100.1", "b": "198.51.100.2"})
    assert fdb(lab("a"), "vx0") == {(FLOOD, "192.0.2.2"), (link(lab("b"), "vx0")["address"], "192.0.2.2")}
    nobody_reaches(lab, "198.51.100.3", "a", "b")


@shows("multicast")
def multicast(lab: Up) -> None:
    floods_to_group(lab, "239.1.1.42", "192.168.8.1", "192.168.8.2", 1450, "ip")


@shows("multicast-ipv6")
def multicast_ipv6(lab: Up) -> None:
    assert [a["family"] for a in ip(lab("vtep1"), "addr", "show", "eth0")[0]["addr_info"]] == ["inet6", "inet6"]
    floods_to_group(lab, "ff05::2a", "2001:db8:8::1", "2001:db8:8::2", 1430, "ipv6")


def floods_to_group(lab: Up, group: str, one: str, other: str, mtu: int, outer: str) -> None:
    for vtep in ("vtep1", "vtep2"):
        device = data(lab(vtep), "vxlan42")
        assert (device.get("group") or device.get("group6"), link(lab(vtep), "vxlan42")["mtu"]) == (group, mtu)
        joined = ip(lab(vtep), "maddress", "show", "dev", "eth0")[0]["maddr"]
        assert group in [address.get("address") for address in joined]
        assert flood_list(lab(vtep), "vxlan42") == {group}
    with watched(lab("underlay"), "br0") as wire:
        everybody_reaches(lab, twenty(1, 2))
    assert wire.shows("vxlan && arp.opcode == 1", f"{outer}.src", f"{outer}.dst")[0] == (one, group)
    assert wire.count(f"vxlan && {outer}.dst == {group}") == 1
    assert wire.shows("vxlan && arp.opcode == 2", f"{outer}.src", f"{outer}.dst") == [(other, one)]
    nobody_reaches(lab, "10.20.0.3", "h1", "h2")


@shows("pod")
def pod(lab: Up) -> None:
    assert netns().count(lab("web")) == 1 and lab("sidecar") not in netns()
    assert reaches(lab, "client", "10.20.0.1")
    # The server opens its port in its own time.
    until(lambda: "localhost says 200" in vxlab("logs", "sidecar").stdout)
    for node, runs in (("web", "http.server"), ("sidecar", "localhost says")):
        seen = vxlab("exec", node, "--", "ps", "-wweo", "pid=,args=").stdout.splitlines()
        assert sum(runs in line for line in seen) == 1 and len(seen) == 3


@shows("replicate")
def replicate(lab: Up) -> None:
    everyone = {f"192.168.8.{number}" for number in (1, 2, 3)}
    for number in (1, 2, 3):
        assert flood_list(lab(f"vtep{number}"), "vxlan42") == everyone - {f"192.168.8.{number}"}
        assert "group" not in data(lab(f"vtep{number}"), "vxlan42")
    with watched(lab("vtep1"), "eth0") as wire:
        assert reaches(lab, "h1", "10.20.0.2")
    assert sorted(wire.shows("vxlan && arp.opcode == 1 && ip.src == 192.168.8.1", "ip.dst")) == [
        ("192.168.8.2",), ("192.168.8.3",),
    ]  # fmt: skip
    everybody_reaches(lab, twenty(1, 2, 3))
    nobody_reaches(lab, "10.20.0.4", "h1")


@shows("static-l2")
def static_l2(lab: Up) -> None:
    everyone = {number: (mac(lab, f"h{number}"), f"192.168.8.{number}") for number in (1, 2, 3)}
    known = {}
    for number in (1, 2, 3):
        others = [entry for other, entry in everyone.items() if other != number]
        known[number] = {*others, *((FLOOD, vtep) for _, vtep in others)}
        assert data(lab(f"vtep{number}"), "vxlan42")["learning"] is False
        assert fdb(lab(f"vtep{number}"), "vxlan42") == known[number]
    with watched(lab("underlay"), "br0") as wire:
        everybody_reaches(lab, twenty(1, 2, 3))
    assert wire.count("vxlan && arp.opcode == 1") > 0
    assert {number: fdb(lab(f"vtep{number}"), "vxlan42") for number in known} == known
    nobody_reaches(lab, "10.20.0.4", "h1")


@shows("static-l3")
def static_l3(lab: Up) -> None:
    macs = {number: mac(lab, f"h{number}") for number in (1, 2, 3)}
    for number in (1, 2, 3):
        vtep, others = lab(f"vtep{number}"), {n: m for n, m in macs.items() if n != number}
        assert (data(vtep, "vxlan42")["proxy"], data(vtep, "vxlan42")["learning"]) == (True, False)
        assert fdb(vtep, "vxlan42") == {(m, f"192.168.8.{n}") for n, m in others.items()}
        assert neighbours(vtep, "vxlan42") == {f"10.20.0.{n}": m for n, m in others.items()}
    # Somebody comes whom no VTEP has been told of: nobody finds him, and he finds nobody's ARP either.
    run("ip", "-n", lab("h3"), "addr", "add", "10.20.0.9/24", "dev", "eth0")
    with watched(lab("underlay"), "br0") as wire:
        assert reaches(lab, "h1", "10.20.0.2")
        nobody_reaches(lab, "10.20.0.9", "h1")
    run("ip", "-n", lab("h3"), "addr", "del", "10.20.0.9/24", "dev", "eth0")
    assert wire.count("vxlan && arp") == 0
    assert (wire.count(f"vxlan && {ASKED}"), wire.count(f"vxlan && {ANSWERED}"), wire.count("vxlan")) == (1, 1, 2)
    everybody_reaches(lab, twenty(1, 2, 3))


@shows("rsc")
def rsc(lab: Up) -> None:
    for vtep in ("vtep1", "vtep2"):
        assert data(lab(vtep), "vxlan42")["rsc"] is True
        (entry,) = [
            entry
            for entry in bridge(lab(vtep), "fdb", "show", "dev", "vxlan42")
            if entry["mac"] == mac(lab, "router") and "dst" in entry
        ]
        assert entry["dst"] == "192.168.8.3" and "router" in entry["flags"]
    assert neighbours(lab("vtep1"), "vxlan42") == {"10.0.2.2": mac(lab, "h2")}
    assert "via 10.0.1.1" in run("ip", "-n", lab("h1"), "route", "get", "10.0.2.2").stdout
    with watched(lab("router"), "eth0") as wire:
        assert "ttl=64" in ping(lab, "h1", "10.0.2.2") and "ttl=64" in ping(lab, "h2", "10.0.1.2")
    assert wire.count("arp") > 0 and wire.count("!arp") == 0
    # The router is there all the same: for itself, and for those whom the VTEP does not know.
    assert reaches(lab, "h1", "10.0.1.1") and reaches(lab, "h1", "10.0.2.1")
    run("ip", "-n", lab("vtep1"), "neigh", "del", "10.0.2.2", "dev", "vxlan42")
    with watched(lab("router"), "eth0") as wire:
        assert reaches(lab, "h1", "10.0.2.2")
    assert wire.shows(f"{ASKED} && !(icmp.type == 5)", "ip.ttl") == [("64",), ("63",)] and wire.count(ANSWERED) == 0
    vxlab("up", lab.file)


@shows("unicast-routing")
def unicast_routing(lab: Up) -> None:
    for number in (1, 2, 3):
        vtep = lab(f"vtep{number}")
        device = data(vtep, "vx0")
        assert device["external"] is True and device["learning"] is False and device.get("id", 0) == 0
        others = [other for other in (1, 2, 3) if other != number]
        tunnels = {to: (r["encap_id"], r["dst"]) for to, r in encapsulated(vtep).items()}
        assert tunnels == {f"10.0.{n}.0/24": (100 + n, f"192.168.8.{n}") for n in others}
    with watched(lab("underlay"), "br0") as wire:
        assert reaches(lab, "h1", "10.0.2.2")
    assert wire.shows(ASKED, *vteps()) == [("192.168.8.1", "192.168.8.2", "102")]
    assert wire.shows(ANSWERED, *vteps()) == [("192.168.8.2", "192.168.8.1", "101")]
    everybody_reaches(lab, {f"h{number}": f"10.0.{number}.2" for number in (1, 2, 3)})
    assert all(bridge(lab(f"vtep{number}"), "fdb", "show", "dev", "vx0") == [] for number in (1, 2, 3))
    nobody_reaches(lab, "10.0.4.2", "h1")


def encapsulated(namespace: str) -> dict[str, dict]:
    """The routes that add a tunnel header. In iproute2's JSON two keys are called dst: the destination, the VTEP."""
    text = run("ip", "-n", namespace, "route").stdout
    found = re.findall(r"(?m)^(\S+) +encap ip id (\d+) src \S+ dst (\S+)", text)
    return {to: {"encap_id": int(number), "dst": vtep} for to, number, vtep in found}


@shows("leaf-spine")
def leaf_spine(lab: Up) -> None:
    leaf = lab("leaf1")
    hops = routes(leaf)["192.168.8.0/24"]["nexthops"]
    assert [hop["dev"] for hop in hops] == ["spine1", "spine2"]
    assert not [name for name in netns() if name.endswith("-underlay")]
    everybody_reaches(lab, twenty(1, 2, 3))

    def by_spine(ports: Iterable[int]) -> tuple[int, int]:
        before = sent(leaf, "spine1"), sent(leaf, "spine2")
        program = (
            "import socket, sys\n"
            "for port in map(int, sys.argv[1:]):\n"
            "    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            "    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
            "    s.bind(('', port))\n"
            "    s.sendto(b'', ('10.20.0.2', 9))\n"
        )
        run("ip", "netns", "exec", lab("h1"), sys.executable, "-c", program, *map(str, ports))
        return sent(leaf, "spine1") - before[0], sent(leaf, "spine2") - before[1]

    with watched(leaf, "spine1") as wire:
        one, other = by_spine(range(20000, 20200))
    assert 200 <= one + other < 220 and min(one, other) > 50
    assert len(set(wire.shows("vxlan", "udp.srcport"))) > 25
    # One flow keeps to one path, so that its packets stay in order.
    assert sorted(by_spine([20001] * 50))[1] >= 50 > 10 > sorted(by_spine([20001] * 50))[0]
    nobody_reaches(lab, "10.20.0.4", "h1")


@shows("tunnel-mesh")
def tunnel_mesh(lab: Up) -> None:
    assert not [name for name in netns() if name.endswith(("-underlay", "-spine1"))]
    assert {to: routes(lab("vtep1"))[to]["dev"] for to in ("192.168.8.2", "192.168.8.3")} == {
        "192.168.8.2": "vtep2", "192.168.8.3": "vtep3",
    }  # fmt: skip
    with watched(lab("vtep2"), "vtep3") as far, watched(lab("vtep1"), "vtep2") as near:
        assert reaches(lab, "h1", "10.20.0.2")
    assert near.count("vxlan && arp.opcode == 1") == 1
    # vtep2 and vtep3 got a copy each, and passed none on.
    assert far.count("vxlan") == 0
    everybody_reaches(lab, twenty(1, 2, 3))
    nobody_reaches(lab, "10.20.0.4", "h1")


@shows("tenants")
def tenants(lab: Up) -> None:
    assert [data(lab("vtep1"), f"vxlan{vni}")["id"] for vni in (100, 200)] == [100, 200]
    for tenant in ("r", "b"):
        everybody_reaches(lab, {f"{tenant}1": "10.0.0.1", f"{tenant}2": "10.0.0.2"})
    run("ip", "-n", lab("b2"), "addr", "add", "10.0.0.9/24", "dev", "eth0")
    with watched(lab("b2"), "eth0") as wire:
        nobody_reaches(lab, "10.0.0.9", "r1", "r2")
    assert wire.count("frame") == 0
    assert reaches(lab, "b1", "10.0.0.9")
    run("ip", "-n", lab("b2"), "addr", "del", "10.0.0.9/24", "dev", "eth0")


@shows("irb")
def irb(lab: Up) -> None:
    for vni in (100, 200):
        one, other = (link(lab(vtep), f"br{vni}")["address"] for vtep in ("vtep1", "vtep2"))
        assert one == other
    hosts = {"r1": "10.1.0.2", "r2": "10.1.0.3", "b1": "10.2.0.2", "b2": "10.2.0.3"}
    with watched(lab("underlay"), "br0") as wire:
        assert "ttl=63" in ping(lab, "r1", hosts["b2"])
    assert wire.shows(ASKED, *vteps()) == [("192.168.8.1", "192.168.8.2", "200")]
    assert wire.shows(ANSWERED, *vteps()) == [("192.168.8.2", "192.168.8.1", "100")]
    assert "ttl=64" in ping(lab, "r1", hosts["r2"])
    everybody_reaches(lab, {**hosts, "internet": "198.51.100.1"})
    for host in hosts:
        gateway = f"{hosts[host].rpartition('.')[0]}.1"
        assert reaches(lab, host, gateway)
        assert [n["lladdr"] for n in ip(lab(host), "neigh") if n["dst"] == gateway] == [
            link(lab("vtep1"), "br100" if host.startswith("r") else "br200")["address"]
        ]
    nobody_reaches(lab, "10.2.0.9", "r1")


@shows("flannel")
def flannel(lab: Up) -> None:
    pods = {f"pod{number}": f"10.244.{number}.2" for number in (1, 2, 3)}
    known = {}
    for number in (1, 2, 3):
        node, others = lab(f"node{number}"), [other for other in (1, 2, 3) if other != number]
        device = data(node, "flannel.1")
        assert (device["id"], device["port"], device["learning"]) == (1, 8472, False)
        ways = {n: routes(node)[f"10.244.{n}.0/24"] for n in others}
        assert {n: (way["gateway"], way["dev"], way["flags"]) for n, way in ways.items()} == {
            n: (f"10.244.{n}.0", "flannel.1", ["onlink"]) for n in others
        }
        macs = {n: link(lab(f"node{n}"), "flannel.1")["address"] for n in others}
        assert neighbours(node, "flannel.1") == {f"10.244.{n}.0": macs[n] for n in others}
        known[node] = {(macs[n], f"192.168.8.{n}") for n in others}
        assert fdb(node, "flannel.1") == known[node]
        assert link(node, f"veth{number}")["master"] == "cni0"
    with watched(lab("underlay"), "br0") as wire:
        assert "ttl=62" in ping(lab, "pod1", pods["pod2"])
        everybody_reaches(lab, pods)
    assert set(wire.shows("udp && !arp", "udp.dstport", "vxlan.vni")) == {("8472", "1")}
    assert wire.count("vxlan && arp") == 0
    assert {node: fdb(node, "flannel.1") for node in known} == known
    nobody_reaches(lab, "10.244.2.3", "pod1")


@shows("mtu-trap")
def mtu_trap(lab: Up) -> None:
    assert [link(lab("h1"), "eth0")["mtu"], link(lab("vtep1"), "vxlan42")["mtu"]] == [1500, 1450]
    everybody_reaches(lab, twenty(1, 2))
    ping(lab, "h1", "-s", "1422", "-M", "do", "10.20.0.2")
    for size in ("1423", "1472"):
        with watched(lab("h2"), "eth0") as wire:
            told = ping(lab, "h1", "-s", size, "-M", "do", "10.20.0.2", status=1)
        # Nobody says why: neither a router (ICMP 3/4) nor the host itself.
        assert "100% packet loss" in told and "rror" not in told and "Frag" not in told
        assert wire.count("icmp") == 0
    nobody_reaches(lab, "10.20.0.3", "h1")


@shows("custom-port")
def custom_port(lab: Up) -> None:
    assert [data(lab("vtep1"), name)["port"] for name in ("vxlan42", "vxlan43")] == [4789, 8472]
    sockets = run("ip", "netns", "exec", lab("vtep1"), "ss", "-Hlun").stdout
    assert {line.split()[3].rpartition(":")[2] for line in sockets.splitlines()} == {"4789", "8472"}
    new, old = ({f"{letter}{n}": f"10.{net}.0.{n}" for n in (1, 2)} for letter, net in (("n", 20), ("o", 30)))
    with watched(lab("underlay"), "br0") as wire:
        everybody_reaches(lab, new)
        everybody_reaches(lab, old)
    assert set(wire.shows("vxlan", "udp.dstport", "vxlan.vni")) == {("4789", "42"), ("8472", "43")}
    nobody_reaches(lab, old["o2"], "n1")
    nobody_reaches(lab, new["n2"], "o1")


@shows("hundred")
def hundred(lab: Up) -> None:
    text = lab.file.read_text()
    assert len([line for line in text.splitlines() if not line.startswith("#")]) <= 10
    assert len(netns()) == 201
    assert reaches(lab, "h1", "10.0.0.100") and reaches(lab, "h50", "10.0.0.51")
    learned = {(mac(lab, "h1"), "172.16.0.1")}
    for number in (2, 77, 100):
        assert learned <= fdb(lab(f"vtep{number}"), "vxlan42")
    nobody_reaches(lab, "10.0.0.101", "h1")
