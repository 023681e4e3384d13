"""The frames that ask: scapy and tshark read in them what they should say, and answers are known again."""

import subprocess
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6PacketTooBig, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw
from scapy.utils import wrpcap

from vxlab.packets.groups import group_mac, solicited_node
from vxlab.packets.probe import ArpRequest, Echo, End, Probe, Solicitation, answerer, ask

ONE, OTHER = End("02:00:00:00:00:01", "10.0.0.1"), End("02:00:00:00:00:02", "10.0.0.2")
ONE6, OTHER6 = End("02:00:00:00:00:01", "2001:db8::1"), End("02:00:00:00:00:02", "2001:db8::12:3456")

PROBES: dict[str, Probe] = {
    "arp": ask(ONE, OTHER),
    "arp for one": ask(ONE, OTHER, to=OTHER.mac),
    "nd": ask(ONE6, OTHER6),
    "nd for one": ask(ONE6, OTHER6, to=OTHER6.mac),
    "echo": Echo(ONE, OTHER),
    "echo odd": Echo(ONE, OTHER, size=1401),
    "echo smallest": Echo(ONE, OTHER, size=Echo.SMALLEST),
    "echo6": Echo(ONE6, OTHER6),
    "echo6 odd": Echo(ONE6, OTHER6, size=1333),
    "echo for a router": Echo(ONE, OTHER, to="02:00:00:00:00:99"),
}


def test_arp_says_what_scapy_would_say() -> None:
    frame = Ether(PROBES["arp"].frame)
    assert (frame.dst, frame.src, len(PROBES["arp"].frame)) == ("ff:ff:ff:ff:ff:ff", ONE.mac, 60)
    arp = frame[ARP]
    assert (arp.op, arp.hwsrc, arp.psrc, arp.pdst, arp.hwdst) == (
        1,
        ONE.mac,
        ONE.address,
        OTHER.address,
        "00:" * 5 + "00",
    )
    assert Ether(PROBES["arp for one"].frame).dst == OTHER.mac
    assert isinstance(PROBES["arp"], ArpRequest) and isinstance(PROBES["nd"], Solicitation)


def test_nd_says_what_scapy_would_say() -> None:
    frame = Ether(PROBES["nd"].frame)
    assert (frame.dst, frame[IPv6].dst, frame[IPv6].hlim) == ("33:33:ff:12:34:56", "ff02::1:ff12:3456", 255)
    assert (frame[ICMPv6ND_NS].tgt, frame[ICMPv6ND_NS].payload.lladdr) == (OTHER6.address, ONE6.mac)
    direct = Ether(PROBES["nd for one"].frame)
    assert (direct.dst, direct[IPv6].dst) == (OTHER6.mac, OTHER6.address)


@pytest.mark.parametrize("name", PROBES)
def test_lengths_and_checksums_are_those_that_scapy_makes(name: str) -> None:
    data = PROBES[name].frame
    again = Ether(data)
    for layer in (IP, IPv6, ICMP, ICMPv6ND_NS, ICMPv6EchoRequest):
        if layer in again:
            for field in ("len", "plen", "chksum", "cksum"):
                if field in again[layer].fields:
                    del again[layer].fields[field]
    assert bytes(again) == data


def test_an_echo_is_as_large_as_it_should_be_and_is_not_fragmented() -> None:
    for size in (64, 84, 1401, 1450):
        frame = Ether(Echo(ONE, OTHER, size=size).frame)
        assert (frame[IP].len, len(frame), str(frame[IP].flags), frame[ICMP].type) == (size, size + 14, "DF", 8)
        frame6 = Ether(Echo(ONE6, OTHER6, size=size).frame)
        assert (frame6[IPv6].plen + 40, len(frame6)) == (size, size + 14)
    assert Ether(PROBES["echo for a router"].frame).dst == "02:00:00:00:00:99"


def test_tshark_finds_nothing_wrong(tmp_path: Path) -> None:
    pcap = tmp_path / "probes.pcap"
    wrpcap(str(pcap), [Ether(probe.frame) for probe in PROBES.values()])
    words = ["tshark", "-n", "-r", str(pcap), "-o", "ip.check_checksum:TRUE"]
    fields = ["_ws.malformed", "_ws.expert.message", "arp.opcode", "icmp.type", "icmpv6.type", "icmp.checksum.status"]
    fields += ["icmpv6.checksum.status", "ip.checksum.status"]
    options = [word for field in fields for word in ("-e", field)]
    told = subprocess.run([*words, "-T", "fields", *options], capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in told.splitlines()]
    for name, (malformed, expert, arp, icmp, icmp6, *status) in zip(PROBES, rows, strict=True):
        # There is no answer in the file, and what fills an ARP request up is chance on purpose.
        remarks = [
            one for one in expert.split(",") if one and not one.startswith(("No response", "Didn't find padding"))
        ]
        assert not malformed and all("padding of non-zeros" in one or "trailer" in one for one in remarks), name
        kind = {"a": ("1", "", ""), "n": ("", "", "135"), "e": ("", "", "128") if "6" in name else ("", "8", "")}[
            name[0]
        ]
        assert (arp, icmp, icmp6) == kind
        assert {*status} <= {"1", ""}, name


def reply_to(name: str) -> bytes:
    """An answer as a host would give it, by scapy."""
    probe = PROBES[name]
    there = Ether(src=OTHER.mac, dst=ONE.mac)
    if name.startswith("arp"):
        return bytes(there / ARP(op=2, hwsrc=OTHER.mac, psrc=OTHER.address, hwdst=ONE.mac, pdst=ONE.address))
    if name.startswith("nd"):
        na = ICMPv6ND_NA(tgt=OTHER6.address, S=1, O=1) / Raw(bytes([2, 1]) + bytes.fromhex("020000000002"))
        return bytes(there / IPv6(src=OTHER6.address, dst=ONE6.address, hlim=255) / na)
    asked = Ether(probe.frame)
    if "6" in name:
        echo = asked[ICMPv6EchoRequest]
        told = ICMPv6EchoReply(id=echo.id, seq=echo.seq, data=echo.data)
        return bytes(there / IPv6(src=OTHER6.address, dst=ONE6.address) / told)
    icmp = asked[ICMP]
    told4 = ICMP(type=0, id=icmp.id, seq=icmp.seq) / Raw(bytes(icmp.payload))
    return bytes(there / IP(src=OTHER.address, dst=ONE.address) / told4)


@pytest.mark.parametrize("name", PROBES)
def test_an_answer_is_known_and_nothing_else_is(name: str) -> None:
    probe, reply = PROBES[name], reply_to(name)
    assert probe.is_request(probe.frame) and not probe.is_request(reply)
    assert probe.is_reply(reply) and not probe.is_reply(probe.frame)
    assert probe.answer(reply) == OTHER.mac
    assert answerer(reply) == probe.target.packed and answerer(probe.frame) == b""
    # The same question of another time is another one.
    again = Echo(probe.sender, probe.target) if isinstance(probe, Echo) else ask(probe.sender, probe.target)
    assert not probe.is_request(again.frame)
    if isinstance(probe, Echo):
        assert not again.is_reply(reply)
    for cut in range(0, len(reply), 7):
        assert not probe.is_reply(reply[:cut]) or cut >= 42
        assert answerer(reply[:cut]) in (b"", probe.target.packed) or cut < 78


@pytest.mark.parametrize("name", PROBES)
def test_what_concerns_a_probe_is_seen_through_its_encapsulation(name: str) -> None:
    probe, reply = PROBES[name], reply_to(name)
    around = bytes(Ether() / IP(src="192.0.2.1", dst="192.0.2.2") / Raw(bytes(8)) / VXLAN(vni=42))
    for frame in (probe.frame, reply):
        assert probe.concerns(frame) and probe.concerns(around + frame)
    # Other pings between the two go by.
    other = Echo(probe.sender, probe.target)
    assert not probe.concerns(other.frame) and not probe.concerns(around + other.frame)


def test_too_big_is_known_by_what_it_quotes() -> None:
    probe = PROBES["echo odd"]
    assert isinstance(probe, Echo)
    told = ICMP(type=3, code=4, nexthopmtu=1300) / Raw(probe.frame[14 : 14 + 60])
    frame = bytes(Ether(dst=ONE.mac) / IP(src=OTHER.address, dst=ONE.address) / told)
    assert probe.is_too_big(frame) and not probe.is_too_big(probe.frame) and not probe.is_too_big(reply_to("echo odd"))
    assert not Echo(ONE, OTHER).is_too_big(frame)
    probe6 = PROBES["echo6 odd"]
    assert isinstance(probe6, Echo)
    told6 = ICMPv6PacketTooBig(mtu=1300) / Raw(probe6.frame[14 : 14 + 100])
    frame6 = bytes(Ether(dst=ONE.mac) / IPv6(src=OTHER6.address, dst=ONE6.address) / told6)
    assert probe6.is_too_big(frame6) and not probe6.is_too_big(probe6.frame)


@pytest.mark.parametrize(
    ("group", "mac"),
    [("239.1.1.42", "01:00:5e:01:01:2a"), ("239.129.1.42", "01:00:5e:01:01:2a"), ("ff05::2a", "33:33:00:00:00:2a")],
)
def test_groups_have_the_macs_of_the_rfcs(group: str, mac: str) -> None:
    assert group_mac(group) == mac


def test_a_solicited_node_group_has_the_last_three_bytes() -> None:
    assert solicited_node("fe80::2aa:ff:fe28:9c5a") == "ff02::1:ff28:9c5a"  # the example of RFC 4291 section 2.7.1
