"""`vxlab send`: what tcpdump and tshark see of it on the wire, and what the kernel's VTEPs and hosts make of it."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.kernel import oracle
from tests.kernel.conftest import VXLAB, Up, bridge, ip, run, vxlab
from tests.kernel.live import tcpdump, tshark

BringUp = Callable[[Path], Up]
WATCH = ("--expect", "0.3")


@pytest.fixture
def lab(up: BringUp, library: Path) -> Up:
    return up(library / "multicast.yaml")


def mac(lab: Up, node: str, link: str = "eth0") -> str:
    return str(ip(lab(node), "link", "show", link)[0]["address"])


def send(*words: str, status: int | None = 0) -> dict[str, Any]:
    return json.loads(vxlab("send", *words, "--json", status=status).stdout)


def places(frames: list[dict[str, Any]]) -> list[str]:
    return [f"{frame['interface']} {frame['direction']}" for frame in frames]


def watched(
    lab: Up, node: str, link: str, file: Path, *words: str, fields: tuple[str, ...], only: str = "udp port 4789"
) -> list[tuple[str, ...]]:
    """What tshark reads of the frames that tcpdump saw on a link while vxlab sent."""
    with tcpdump(lab(node), link, file, only) as dump:
        vxlab("send", *words, "--expect", "0.1", status=None)
        dump.end()
    return tshark(file, *fields)


def test_an_arp_request_is_seen_everywhere_and_answered(lab: Up, tmp_path: Path) -> None:
    file = tmp_path / "h2.pcap"
    with tcpdump(lab("h2"), "eth0", file, "arp") as dump:
        told = send("arp", "h1", "--target", "h2", *WATCH)
        dump.end()
    fields = ("arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "eth.dst", "frame.len")
    assert tshark(file, *fields)[0] == ("1", mac(lab, "h1"), "10.20.0.1", "10.20.0.2", "ff:ff:ff:ff:ff:ff", "60")
    assert places(told["seen"])[0] == "h1:eth0 out" and places(told["seen"])[-1] == "h2:eth0 in"
    assert "vtep1:eth0 out" in places(told["seen"])
    assert places(told["replies"])[0] == "h2:eth0 out" and places(told["replies"])[-1] == "h1:eth0 in"
    assert {frame["meaning"].split(",")[0] for frame in told["replies"]} == {
        f"ARP 10.20.0.2 (h2) is-at {mac(lab, 'h2')}"
    }
    assert [one["bytes"] for one in told["sent"]] == [told["sent"][0]["bytes"]]


def test_the_text_says_where_and_what_came_back(lab: Up) -> None:
    text = vxlab("send", "ping", "h1", "--target", "h2", *WATCH).stdout
    first, _, rest = text.partition("\n")
    assert first.startswith("h1:eth0 sent 98 bytes: ICMP echo request 0x")
    where, _, back = rest.partition("what came back:")
    assert "where it was seen:" in where and re.search("vtep1:eth0 +out ", where) and "echo request" in where
    assert re.search("h1:eth0 +in ", back) and "echo reply" in back and "192.168.8.2 → 192.168.8.1" in back


def test_a_target_that_is_not_there_gives_exit_status_1(lab: Up) -> None:
    answer = vxlab("send", "arp", "h1", "--target", "10.20.0.99", *WATCH, status=1)
    assert "nothing came back within 0.3 s" in answer.stdout and re.search("h2:eth0 +in ", answer.stdout)
    told = send("arp", "h1", "--target", "10.20.0.99", *WATCH, status=1)
    assert told["replies"] == [] and places(told["seen"])[-1] == "h2:eth0 in"


def test_without_expect_nothing_is_awaited(lab: Up) -> None:
    told = send("arp", "h1", "--target", "10.20.0.99")
    assert len(told["sent"]) == 1 and told["seen"] == told["replies"] == []


def test_a_spoofed_reply_is_believed(lab: Up, tmp_path: Path) -> None:
    # Without the time for which a kernel keeps to what it has just learned (locktime, arp(7)).
    run("ip", "netns", "exec", lab("h1"), "sysctl", "-w", "net.ipv4.neigh.eth0.locktime=0")
    run("ip", "netns", "exec", lab("h2"), "ping", "-c", "1", "10.20.0.1")
    who = ("--from", "10.20.0.2", "--src-mac", "02:00:00:00:00:66")
    words = ("arp", "vtep1:h1", "--reply", *who, "--to", "h1")
    fields = ("arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.hw_mac", "eth.dst")
    seen = watched(lab, "h1", "eth0", tmp_path / "a.pcap", *words, fields=fields, only="arp")
    assert ("2", "02:00:00:00:00:66", "10.20.0.2", mac(lab, "h1"), mac(lab, "h1")) in seen
    entry = next(one for one in ip(lab("h1"), "neigh") if one["dst"] == "10.20.0.2")
    assert entry["lladdr"] == "02:00:00:00:00:66"


HEADER = (
    "eth.src", "eth.dst", "ip.src", "ip.dst", "ip.ttl", "udp.srcport", "udp.dstport", "udp.checksum",
    "vxlan.flags", "vxlan.gbp", "vxlan.vni", "vxlan.reserved8",
)  # fmt: skip


def test_each_part_of_the_envelope_is_sent_as_it_was_said(lab: Up, tmp_path: Path) -> None:
    words = (
        "ping", "vtep1", "--to", "h2", "--vni", "4711", "--outer-src", "192.0.2.7", "--outer-dst", "vtep2",
        "--outer-src-mac", "02:00:00:00:00:77", "--outer-dst-mac", "vtep2", "--port", "4789", "--source-port", "777",
        "--flags", "0x18", "--gbp", "99", "--reserved-last", "0xab", "--no-checksum", "--ttl", "9",
    )  # fmt: skip
    (seen,) = watched(lab, "vtep2", "eth0", tmp_path / "a.pcap", *words, fields=HEADER)
    assert seen == (
        "02:00:00:00:00:77", mac(lab, "vtep2"), "192.0.2.7", "192.168.8.2", "9", "777", "4789", "0x0000",
        "0x9800", "99", "4711", "171",
    )  # fmt: skip


def test_what_is_not_said_is_as_the_kernel_does_it(lab: Up, tmp_path: Path) -> None:
    """The same ping, encapsulated by vxlab and by the kernel's VTEP."""
    fields = (
        "eth.src",
        "eth.dst",
        "ip.src",
        "ip.dst",
        "ip.ttl",
        "udp.dstport",
        "vxlan.flags",
        "vxlan.vni",
        "frame.len",
        "icmp.type",
    )
    run("ip", "netns", "exec", lab("h1"), "ping", "-c", "1", "10.20.0.2")
    sent = watched(
        lab, "underlay", "vtep1", tmp_path / "a.pcap", "ping", "vtep1", "--vni", "42", "--to", "h2", fields=fields
    )
    kernel = watched(lab, "underlay", "vtep1", tmp_path / "b.pcap", "ping", "h1", "--to", "h2", fields=fields)
    # After some seconds a host asks by ARP whether the other one is still there (arp(7), delay_first_probe_time).
    sent, kernel = ([frame for frame in frames if frame[-1]] for frames in (sent, kernel))
    assert len(sent) == len(kernel) == 2 and sent[0] == kernel[0]


def test_broadcasts_go_to_the_group_with_its_mac(lab: Up, tmp_path: Path) -> None:
    fields = ("eth.dst", "ip.dst", "ip.ttl", "vxlan.vni", "arp.opcode")
    seen = watched(
        lab, "vtep2", "eth0", tmp_path / "a.pcap", "arp", "vtep1", "--vni", "42", "--to", "h2", fields=fields
    )
    assert seen[0] == ("01:00:5e:01:01:2a", "239.1.1.42", "1", "42", "1")


def test_broadcasts_are_replicated_where_the_device_does_so(up: BringUp, library: Path, tmp_path: Path) -> None:
    lab = up(library / "replicate.yaml")
    told = send("arp", "vtep1", "--vni", "42", "--to", "h3", *WATCH)
    flood = [
        one["dst"] for one in bridge(lab("vtep1"), "fdb", "show", "dev", "vxlan42") if one["mac"] == "00:" * 5 + "00"
    ]
    assert sorted(one["outer"][0]["dst"] for one in told["sent"]) == sorted(flood)
    assert {"h2:eth0 in", "h3:eth0 in"} <= {*places(told["seen"])} and "h1:eth0 in" in places(told["replies"])


ACCEPTED = [
    ((), True),
    (("--no-checksum",), True),
    (("--vni", "43"), False),
    (("--flags", "0x00"), False),
    (("--flags", "0x18"), False),
    (("--reserved", "0x000100"), False),
    (("--reserved-last", "1"), False),
    (("--gbp", "5"), False),
    (("--port", "8472"), False),
    (("--outer-src", "192.168.8.77"), True),
    (("--outer-dst", "239.1.1.42"), True),
    (("--outer-dst", "239.1.1.43"), False),
    (("--outer-dst-mac", "02:00:00:00:00:99"), False),
    (("--ttl", "1"), True),
    (("--source-port", "0"), True),
]


@pytest.mark.parametrize(
    ("words", "accepted"), ACCEPTED, ids=lambda value: "_".join(value) if type(value) is tuple else ""
)
def test_what_a_vtep_accepts(lab: Up, tmp_path: Path, words: tuple[str, ...], accepted: bool) -> None:
    """tcpdump at the host behind the VTEP is the judge; vxlab tells the same."""
    file = tmp_path / "h2.pcap"
    vni = () if "--vni" in words else ("--vni", "42")
    dst = () if "--outer-dst" in words else ("--outer-dst", "vtep2")
    with tcpdump(lab("h2"), "eth0", file, "icmp[icmptype] == icmp-echo") as dump:
        told = send("ping", "vtep1", "--from", "h1", "--to", "h2", *vni, *dst, *words, *WATCH, status=None)
        dump.end()
    assert len(tshark(file, "frame.number")) == accepted
    assert ("h2:eth0 in" in places(told["seen"])) == accepted == ("h2:eth0 out" in places(told["replies"]))


def test_a_mac_that_is_elsewhere_is_noted(lab: Up) -> None:
    whose = f"vxlab: {mac(lab, 'h1')} is h1's: a VTEP that learns from this has it behind "
    arp = ("arp", "vtep2", "--vni", "42", "--to", "h2", "--from", "h1", "--outer-dst", "vtep1")
    assert vxlab("send", *arp).stderr == f"{whose}192.168.8.2, until h1 sends again\n"
    assert vxlab("send", *arp, "--outer-src", "vtep1").stderr == ""
    assert vxlab("send", "arp", "vtep1", "--vni", "42", "--to", "h2", "--from", "h1").stderr == ""
    assert vxlab("send", "arp", "h1", "--to", "h2").stderr == ""
    plain = vxlab("send", "arp", "h2", "--to", "10.20.0.9", "--src-mac", "h1").stderr
    assert plain == f"{whose}h2, until h1 sends again\n"
    assert vxlab("send", "arp", "vtep1:h1", "--from", "h2", "--to", "h1").stderr == ""


def test_a_spoofed_vtep_is_learned(lab: Up) -> None:
    who = ("--from", "10.20.0.66", "--src-mac", "02:00:00:00:00:66", "--outer-src", "192.168.8.77")
    vxlab("send", "arp", "vtep1", "--vni", "42", "--to", "h2", *who, *WATCH)
    entries = bridge(lab("vtep2"), "fdb", "show", "dev", "vxlan42")
    assert [one.get("dst") for one in entries if one["mac"] == "02:00:00:00:00:66"].count("192.168.8.77") == 1


@pytest.mark.parametrize("checksum", [True, False])
def test_an_underlay_of_ipv6(up: BringUp, library: Path, tmp_path: Path, checksum: bool) -> None:
    """Without a checksum a VTEP takes nothing over IPv6 unless it is told to (udp6zerocsumrx)."""
    lab = up(library / "multicast-ipv6.yaml")
    file = tmp_path / "v6.pcap"
    more = () if checksum else ("--no-checksum",)
    with tcpdump(lab("vtep2"), "eth0", file, "udp port 4789") as dump:
        told = send("ping", "vtep1", "--vni", "42", "--to", "h2", *more, *WATCH, status=None)
        dump.end()
    seen = tshark(file, "ipv6.src", "ipv6.dst", "udp.checksum", "vxlan.vni", "icmp.type")[0]
    assert (seen[0], seen[1], seen[3], seen[4]) == ("2001:db8:8::1", "2001:db8:8::2", "42", "8")
    assert (seen[2] == "0x0000") is not checksum
    assert bool(told["replies"]) is checksum
    told = send("arp", "vtep1", "--vni", "42", "--to", "h2", *WATCH)
    assert told["sent"][0]["outer"][0]["mac_dst"] == "33:33:00:00:00:2a" and told["replies"]


def test_checksums_are_right(lab: Up, up: BringUp, library: Path, tmp_path: Path) -> None:
    six = up(library / "multicast-ipv6.yaml")
    for where in (lab, six):
        file = tmp_path / f"{where.name}.pcap"
        with tcpdump(where("vtep1"), "eth0", file, "udp port 4789") as dump:
            vxlab("send", "ping", "vtep1", "-l", where.name, "--vni", "42", "--to", "h2", "--expect", "0.1")
            dump.end()
        words = ("-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "occurrence=f")
        told = run("tshark", "-n", "-r", file, *words, "-e", "udp.checksum.status", "-e", "icmp.checksum.status").stdout
        assert told.splitlines()[0].split() == ["1", "1"]


HOSTS6 = """
name: six
segments: {blue: {vni: 42, mode: replicate, subnet: "2001:db8:20::/64"}}
vteps: {"vtep[1-2]": {}}
hosts: {"h[1-2]": {vtep: "vtep[1-2]"}}
"""


@pytest.fixture
def six(up: BringUp, tmp_path: Path) -> Up:
    file = tmp_path / "six.yaml"
    file.write_text(HOSTS6)
    lab = up(file)
    for node in ("h1", "h2", "vtep1", "vtep2", "underlay"):
        oracle.settled(lab(node))
    # What hosts say unasked when they come up has made the VTEPs ask for each other too early; they ask again in time.
    far = ip(lab("vtep2"), "-4", "addr", "show", "eth0")[0]["addr_info"][0]["local"]
    run("ip", "netns", "exec", lab("vtep1"), "ping", "-c", "1", "-W", "9", far)
    return lab


def test_neighbour_discovery(six: Up, tmp_path: Path) -> None:
    file = tmp_path / "nd.pcap"
    target = ip(six("h2"), "-6", "addr", "show", "eth0", "scope", "global")[0]["addr_info"][0]["local"]
    with tcpdump(six("h2"), "eth0", file, "icmp6") as dump:
        told = send("nd", "h1", "--to", "h2", *WATCH)
        dump.end()
    fields = ("icmpv6.type", "ipv6.dst", "eth.dst", "icmpv6.nd.ns.target_address", "icmpv6.opt.linkaddr", "ipv6.hlim")
    low = target.split(":")[-1].zfill(4)
    asked = ("135", f"ff02::1:ff00:{int(low, 16):x}", f"33:33:ff:00:{low[:2]}:{low[2:]}", target, mac(six, "h1"), "255")
    assert asked in tshark(file, *fields)
    assert {frame["meaning"].split(",")[0] for frame in told["replies"]} == {f"ND {target} (h2) is-at {mac(six, 'h2')}"}
    assert "h1:eth0 in" in places(told["replies"])


def test_an_advertisement_is_believed_and_pings_of_ipv6_are_answered(six: Up) -> None:
    assert "h1:eth0 in" in places(send("ping", "h1", "--to", "h2", *WATCH)["replies"])
    assert send("ping", "vtep1", "--vni", "42", "--to", "h2", *WATCH)["sent"][0]["meaning"].startswith(
        "ICMPv6 echo request"
    )
    target = ip(six("h2"), "-6", "addr", "show", "eth0", "scope", "global")[0]["addr_info"][0]["local"]
    run("ip", "netns", "exec", six("h1"), "ping", "-c", "1", target)
    vxlab("send", "nd", "vtep1:h1", "--reply", "--from", target, "--src-mac", "02:00:00:00:00:66", "--to", "h1")
    entry = next(one for one in ip(six("h1"), "-6", "neigh") if one["dst"] == target)
    assert entry["lladdr"] == "02:00:00:00:00:66"


def test_a_router_gets_what_is_for_another_subnet(up: BringUp, library: Path) -> None:
    lab = up(library / "irb.yaml")
    told = send("ping", "r1", "--to", "b2", *WATCH)
    gateway = ip(lab("r1"), "route", "get", "198.51.100.1")[0]["gateway"]
    run("ip", "netns", "exec", lab("r1"), "ping", "-c", "1", gateway)
    (entry,) = (one for one in ip(lab("r1"), "neigh") if one["dst"] == gateway)
    assert told["sent"][0]["inner"]["mac_dst"] == entry["lladdr"]
    assert "b2:eth0 in" in places(told["seen"]) and "r1:eth0 in" in places(told["replies"])


def test_an_unreachable_host_is_told_by_its_router(up: BringUp, library: Path) -> None:
    lab = up(library / "irb.yaml")
    run("ip", "-n", lab("vtep1"), "route", "add", "unreachable", "198.51.100.9")
    told = send("ping", "r1", "--to", "198.51.100.9", *WATCH)
    assert "unreach" in told["replies"][0]["meaning"] and places(told["replies"])[-1] == "r1:eth0 in"


def test_outer_packets_take_the_routes_of_the_underlay(up: BringUp, library: Path) -> None:
    lab = up(library / "leaf-spine.yaml")
    told = send("ping", "leaf1", "--vni", "42", "--to", "h3", *WATCH)
    hop = ip(lab("leaf1"), "route", "get", "192.168.8.3")[0]
    spines = [one.split(":")[0] for one in places(told["seen"]) if one.startswith("spine")]
    assert told["sent"][0]["interface"].startswith("leaf1:spine") and hop["dev"].startswith("spine")
    assert len(set(spines)) == 1 and "h3:eth0 in" in places(told["seen"]) and told["replies"]


def test_two_tenants_with_one_address_are_told_apart(up: BringUp, library: Path) -> None:
    lab = up(library / "tenants.yaml")
    assert places(send("ping", "r1", "--to", "r2", *WATCH)["seen"])[-1] == "r2:eth0 in"
    told = vxlab("send", "ping", "r1", "--to", "10.0.0.2", status=2).stderr
    assert "10.0.0.2 is at b2:eth0 and r2:eth0: name the node" in told
    assert lab.name == "tenants"


def test_tags_and_any_frame(lab: Up, tmp_path: Path) -> None:
    frame = "ffffffffffff 02:00:00:00:00:0a 88b5 " + "ab" * 46
    place = (lab, "vtep1", "h1")
    fields = ("eth.dst", "vlan.id", "eth.type", "frame.len", "data.data")
    words = ("frame", "h1", frame, "--vlan", "5", "--vlan", "6", "--dst-mac", "h2")
    (seen,) = watched(*place, tmp_path / "a.pcap", *words, fields=("eth.dst", "vlan.id", "frame.len"), only="vlan")
    assert seen == (mac(lab, "h2"), "5", "68")
    assert "VLAN tag (802.1Q) of type 0x88b5, vlan 5/6\n" in vxlab("send", *words).stdout
    hexadecimal = tmp_path / "frame.hex"
    hexadecimal.write_text(f"0x{frame.replace(' ', chr(10))}\n")
    words = ("frame", "h1", str(hexadecimal))
    (seen,) = watched(*place, tmp_path / "b.pcap", *words, fields=fields, only="ether proto 0x88b5")
    assert seen == ("ff:ff:ff:ff:ff:ff", "", "0x88b5", "60", "ab" * 46)
    answer = forked.run("send", "frame", "h1", "-", "--json", timeout=60, input=frame)
    assert json.loads(answer.stdout)["sent"][0]["bytes"] == frame.replace(" ", "").replace(":", "")


def test_any_frame_inside_of_vxlan(lab: Up, tmp_path: Path) -> None:
    frame = f"{mac(lab, 'h2')} 020000000b0b 88b5 {'cd' * 46}"
    told = send("frame", "vtep1", frame, "--vni", "42", *WATCH, status=1)
    assert told["sent"][0]["outer"][0]["dst"] == "192.168.8.2"
    assert places(told["seen"])[0] == "vtep1:eth0 out" and places(told["seen"])[-1] == "h2:eth0 in"
    entries = bridge(lab("vtep2"), "fdb", "show", "dev", "vxlan42")
    assert any(one["mac"] == "02:00:00:00:0b:0b" and one.get("dst") == "192.168.8.1" for one in entries)


def test_a_question_in_a_frame_is_known_as_one(lab: Up) -> None:
    asks = bytes.fromhex(f"{'ff' * 6}{mac(lab, 'h1').replace(':', '')}0806 0001 0800 06 04 0001")
    body = bytes.fromhex(mac(lab, "h1").replace(":", "")) + bytes([10, 20, 0, 1]) + bytes(6) + bytes([10, 20, 0, 2])
    told = send("frame", "h1", (asks + body).hex(), *WATCH)
    assert places(told["replies"])[0] == "h2:eth0 out"


def test_an_envelope_without_a_valid_vni_says_so(lab: Up) -> None:
    told = vxlab("send", "ping", "vtep1", "--to", "h2", "--vni", "42", "--outer-dst", "vtep2", "--flags", "0").stdout
    assert "192.168.8.1 → 192.168.8.2 no valid VNI | ICMP echo request" in told and "None" not in told


def test_count_and_interval(lab: Up, tmp_path: Path) -> None:
    words = ("ping", "h1", "--to", "h2", "--count", "3", "--interval", "0.01")
    seen = watched(lab, "h1", "eth0", tmp_path / "a.pcap", *words, fields=("icmp.type", "icmp.seq"), only="icmp")
    assert [number for kind, number in seen if kind == "8"] == ["1", "2", "3"]
    assert [number for kind, number in seen if kind == "0"] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("arp", "h9", "--to", "h1"), 2, "there is no node h9"),
        (("arp", "h1:eth7", "--to", "h2"), 2, "node h1 has no link eth7; did you mean eth0?"),
        (("arp", "h1"), 2, "say whom it is for"),
        (("arp", "h1", "--to", "h7"), 2, "h7 is neither an address nor a node of lab multicast"),
        (("arp", "h1", "--to", "h2:nolink"), 2, "node h2 has no link nolink"),
        (("nd", "h1", "--to", "h2"), 2, "h1 and h2 have no IPv6 addresses"),
        (("arp", "h1", "--to", "2001:db8::1"), 2, "2001:db8::1 is no IPv4 address"),
        (("ping", "h1", "--to", "2001:db8::1"), 2, "h1 has no IPv6 address"),
        (("ping", "h1", "--to", "underlay"), 2, "underlay has no IP address"),
        (("ping", "h1", "--to", "10.20.0.99"), 2, "nobody in the lab has 10.20.0.99: say --dst-mac"),
        (("ping", "h1", "--to", "h2", "--size", "1500"), 1, "does not take a frame of 1542 bytes: its MTU is 1450"),
        (("ping", "h1", "--to", "h2", "-4", "-6"), 2, "it is either IPv4 or IPv6"),
        (("ping", "h1", "--to", "h2", "--ttl", "4"), 2, "add --vni"),
        (("ping", "h1", "--to", "h2", "--no-checksum"), 2, "add --vni"),
        (("ping", "h1", "--to", "h2", "--src-mac", "02:00"), 2, "neither a MAC address nor a node"),
        (("ping", "h1", "--to", "h2", "--vni", "16777216"), 2, "--vni"),
        (("ping", "h1", "--to", "h2", "--vni", "42", "--flags", "0x100"), 2, "0x100 is not between 0 and 0xff"),
        (("ping", "h1", "--to", "h2", "--vni", "42", "--reserved", "x"), 2, "'x' is no whole number"),
        (("ping", "h1", "--to", "h2", "--vni", "42", "--outer-dst", "h7"), 2, "h7 is neither an address nor a node"),
        (("ping", "h1", "--to", "h2", "--vni", "42", "--outer-dst", "192.0.2.1"), 2, "192.0.2.1: say"),
        (("ping", "vtep1", "--to", "h2", "--vni", "42", "--outer-dst", "2001:db8::1"), 2, "2001:db8::1"),
        (("ping", "vtep1", "--to", "h2", "--vni", "42", "--outer-src", "2001:db8::1"), 2, "not of one IP version"),
        (("ping", "vtep1", "--to", "h2", "--vni", "42", "--size", "65000"), 1, "bytes: its MTU is 1500"),
        (("arp", "underlay", "--to", "h2"), 2, "underlay has no IPv4 address:"),
        (("ping", "h1", "--to", "h2", "--expect", "inf"), 2, "inf is not between 0 and 86400"),
        (("ping", "h1", "--to", "h2", "--expect", "1e300"), 2, "1e300 is not between 0 and 86400"),
        (("ping", "h1", "--to", "h2", "--expect", "nan"), 2, "nan is not between 0 and 86400"),
        (("ping", "h1", "--to", "h2", "-c", "2", "-i", "inf"), 2, "inf is not between 0 and 86400"),
        (("ping", "h1", "--to", "h2", "-c", "2", "-i", "nan"), 2, "nan is not between 0 and 86400"),
        (("ping", "h1", "--to", "h2", "--interval", "-1"), 2, "-1 is not between 0 and 86400"),
        (("ping", "h1", "--to", "h2", "--expect", "x"), 2, "'x' is no number of seconds"),
        (("frame", "h1", "ffff"), 2, "a frame of 2 bytes has no whole Ethernet header"),
        (("frame", "h1", "ff"), 2, "a frame of 1 byte has no whole Ethernet header"),
        (("frame", "h1", "fff"), 2, "fff has no whole bytes in hexadecimal"),
        (("frame", "h1", "-"), 2, "vxlab: standard input is empty"),
        (("frame", "h1", ""), 2, "vxlab: the frame is empty"),
        (("frame", "h1", "/dev/null"), 2, "vxlab: /dev/null is empty"),
        (("frame", "h1", "/dev/zero"), 2, "/dev/zero is longer than any frame"),
        (("frame", "h1", "/dev/urandom"), 2, "/dev/urandom is longer than any frame"),
        (("frame", "h1", "/bin/false"), 2, "/bin/false has no whole bytes in hexadecimal"),
        (("frame", "h1", "nofile"), 2, "nofile is neither hexadecimal nor a file that can be read"),
        (("frame", "h1", "/dev/urandom/x"), 2, "neither hexadecimal nor a file"),
        (("frame", "underlay", "ff" * 20), 2, "say which (underlay:br0, underlay:vtep1, underlay:vtep2)"),
        (("arp", "h1", "--to", "h2", "-l", "nolab"), 2, "no lab nolab is up"),
    ],
)
def test_bad_input(lab: Up, words: tuple[str, ...], status: int, says: str) -> None:
    answer = vxlab("send", *words, status=status)
    said = " ".join(answer.stderr.split())
    assert says in said and "Traceback" not in said and not answer.stdout


@pytest.mark.parametrize(
    ("words", "stopped"),
    [
        (("-c", "60", "-i", "0.1"), r"stopped after \d+ of 60"),
        (("-c", "60", "-i", "0.1", "--expect", "0.5"), r"stopped after \d+ of 60"),
        (("-c", "2", "-i", "50"), "stopped after 1 of 2"),
        (("-c", "2", "-i", "50", "--expect", "50"), "stopped after 1 of 2"),
        (("--expect", "50", "--json"), "stopped after 1 of 1"),
    ],
)
def test_it_ends_when_the_lab_goes_down(lab: Up, words: tuple[str, ...], stopped: str) -> None:
    ping = forked.program("send", "ping", "h1", "--target", "h2", *words)
    with (
        tcpdump(lab("h2"), "eth0", Path("/dev/null"), "icmp", count=1) as dump,
        subprocess.Popen(**ping, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as sending,
    ):
        dump.end(None)  # it has begun
        vxlab("down", lab.name)
        out, told = sending.communicate(timeout=20)
    assert re.fullmatch(f"vxlab: {stopped}: the lab was taken down\n", told), told
    assert sending.returncode == 1 and out


def test_a_full_disk_is_told_with_its_subject(lab: Up) -> None:
    words = (*VXLAB, "send", "ping", "h1", "--to", "h2")
    ended = run("sh", "-c", 'exec "$@" >/dev/full', "sh", *words, status=1)
    assert ended.stderr == "vxlab: standard output cannot be written: the disk is full\n"


def test_no_lab_is_up() -> None:
    assert "no lab is up" in vxlab("send", "arp", "h1", "--to", "h2", status=2).stderr


def test_a_link_that_is_down_or_gone(lab: Up) -> None:
    run("ip", "-n", lab("h1"), "link", "set", "eth0", "down")
    assert vxlab("send", "arp", "h1", "--to", "h2", status=1).stderr == "vxlab: h1:eth0 is down\n"
    run("ip", "-n", lab("h1"), "link", "del", "eth0")
    assert "Traceback" not in vxlab("send", "arp", "h1", "--to", "h2", status=None).stderr
    assert "node h1 has no link eth0" in vxlab("send", "arp", "h1:eth0", "--to", "h2", status=2).stderr
    run("ip", "netns", "del", lab("h2"))
    assert "Traceback" not in vxlab("send", "ping", "vtep1", "--vni", "42", "--to", "h2", status=None).stderr
