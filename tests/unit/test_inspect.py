"""`vxlab inspect`: reads what tshark, editcap and scapy write, says what tshark says, and breaks on nothing."""

import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    ICMPv6MLReport2,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    IPv6ExtHdrHopByHop,
    RouterAlert,
)
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Packet, Raw

from tests import forked
from vxlab.cli import main
from vxlab.cli.frames import row
from vxlab.packets import linktypes
from vxlab.packets.envelope import Unreadable, envelope
from vxlab.packets.files import CaptureFileError, CutError, Frame, Interface, open_capture
from vxlab.packets.layers import Field, Why, layers
from vxlab.packets.meaning import Meaning, meaning
from vxlab.packets.names import Names, ports
from vxlab.packets.summary import MOST_ROWS, Summary, summarise
from vxlab.topology import load

Run = Callable[..., subprocess.CompletedProcess[str]]
PORTS = frozenset({4789, 8472})
H1, H2, ALL = "02:00:00:00:00:11", "02:00:00:00:00:12", "ff:ff:ff:ff:ff:ff"
VALID = "08000000"
START = 1_700_000_000


def vtep(dst: str, port: int = 4789, header: str = VALID, vni: int = 42, tag: int = 0) -> Packet:
    """What a VTEP puts around a frame; ``header`` is the first half of the VXLAN header in hexadecimal."""
    ether = Ether(src="02:00:00:00:00:01", dst="01:00:5e:01:01:2a" if dst.startswith("239") else "02:00:00:00:00:02")
    network = IPv6(src="2001:db8::1", dst=dst) if ":" in dst else IP(src="192.168.8.1", dst=dst)
    vxlan = bytes.fromhex(header) + vni.to_bytes(3, "big") + b"\0"
    return (ether / Dot1Q(vlan=tag) if tag else ether) / network / UDP(sport=50000, dport=port) / Raw(vxlan)


def asks(dst: str = ALL) -> Packet:
    return Ether(src=H1, dst=dst) / ARP(op=1, hwsrc=H1, psrc="10.20.0.1", pdst="10.20.0.2")


def answers() -> Packet:
    return Ether(src=H2, dst=H1) / ARP(op=2, hwsrc=H2, psrc="10.20.0.2", hwdst=H1, pdst="10.20.0.1")


PINGS = Ether(src=H1, dst=H2) / IP(src="10.20.0.1", dst="10.20.0.2") / ICMP(id=7, seq=3) / Raw(b"x" * 40)
SOLICITS = (
    Ether(src=H1, dst="33:33:ff:00:00:02") / IPv6(src="2001:db8:1::1", dst="ff02::1:ff00:2")
    / ICMPv6ND_NS(tgt="2001:db8:1::2") / ICMPv6NDOptSrcLLAddr(lladdr=H1)
)  # fmt: skip
ADVERTISES = (
    Ether(src=H2, dst=H1) / IPv6(src="2001:db8:1::2", dst="2001:db8:1::1")
    / ICMPv6ND_NA(tgt="2001:db8:1::2") / ICMPv6NDOptDstLLAddr(lladdr=H2)
)  # fmt: skip
JOINS = (
    Ether(src=H1, dst="33:33:00:00:00:16") / IPv6(src="fe80::1", dst="ff02::16")
    / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6MLReport2()
)  # fmt: skip

ARP_TEXT = "ARP who-has 10.20.0.2 tell 10.20.0.1"
SAID: list[tuple[Packet, str]] = [
    (asks(), ARP_TEXT),
    (vtep("239.1.1.42") / asks(), f"{ARP_TEXT}, flooded to 239.1.1.42"),
    (vtep("192.168.8.2") / asks(), f"{ARP_TEXT}, flooded, the copy for 192.168.8.2"),
    (vtep("192.168.8.2") / asks(H2), f"{ARP_TEXT}, to 192.168.8.2"),
    (vtep("192.168.8.2") / answers(), f"ARP 10.20.0.2 is-at {H2}, to 192.168.8.2"),
    (vtep("2001:db8::2", 8472, tag=9) / SOLICITS,
     "ND who-has 2001:db8:1::2 tell 2001:db8:1::1, flooded, the copy for 2001:db8::2 in vlan 9"),
    (Ether(src=H1, dst=ALL) / Dot1Q(vlan=5) / Dot1Q(vlan=6) / asks()[ARP], f"{ARP_TEXT}, vlan 5/6"),
    (vtep("239.1.1.42", tag=9) / (Ether(src=H1, dst=ALL) / Dot1Q(vlan=5) / asks()[ARP]),
     f"{ARP_TEXT}, vlan 5, flooded to 239.1.1.42 in vlan 9"),
    (vtep("ff05::42") / ADVERTISES, f"ND 2001:db8:1::2 is-at {H2}, flooded to ff05::42"),
    (vtep("192.168.8.2") / PINGS, "ICMP echo request 0x0007/3 10.20.0.1 → 10.20.0.2, to 192.168.8.2"),
    (vtep("192.168.8.2", vni=1) / vtep("192.168.8.3", vni=2) / asks(),
     f"{ARP_TEXT}, flooded, the copy for 192.168.8.3, inside VNI 1 to 192.168.8.2"),
    (vtep("192.168.8.2", header="88480007") / PINGS,
     "ICMP echo request 0x0007/3 10.20.0.1 → 10.20.0.2, to 192.168.8.2, group policy 7"),
    (vtep("192.168.8.2", header="0c000001") / PINGS[IP],
     "ICMP echo request 0x0007/3 10.20.0.1 → 10.20.0.2, to 192.168.8.2"),
    (vtep("192.168.8.2", header="00000000") / PINGS,
     "ICMP echo request 0x0007/3 10.20.0.1 → 10.20.0.2, to 192.168.8.2, no valid VNI: the I flag is clear"),
    (vtep("192.168.8.2", header="58000100") / PINGS,
     "ICMP echo request 0x0007/3 10.20.0.1 → 10.20.0.2, to 192.168.8.2, "
     "reserved bits set: reserved_flags_0_3 = 0x5 reserved_1 = 0x100"),
    (JOINS, "MLDv2 - Multicast Listener Report fe80::1 → ff02::16"),
    (Ether(dst=H1, src=H2) / IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=1000, dport=80, flags="S"),
     "TCP 1000 → 80 [S] 10.0.0.1 → 10.0.0.2"),
    (Ether(dst=H1, src=H2) / IP(src="10.0.0.1", dst="10.0.0.2") / ICMP(type=3, code=4, nexthopmtu=1400),
     "ICMP fragmentation needed, next-hop MTU 1400, 10.0.0.1 → 10.0.0.2"),
    (Ether(dst=H1, src=H2) / IP(src="10.0.0.1", dst="239.1.1.42", proto=2) / Raw(b"\x16" + bytes(7)),
     "IGMP v2 report 10.0.0.1 → 239.1.1.42"),
    (Ether(dst=H1, src=H2, type=0x88B5) / Raw(b"\x02\x07"), "Ethernet of type 0x88b5"),
    (Ether(dst=H1, src=H2) / IPv6(src="fe80::1", dst="fe80::2") / ICMPv6EchoRequest(id=1, seq=2),
     "ICMPv6 echo request 0x0001/2 fe80::1 → fe80::2"),
]  # fmt: skip
FRAMES = [bytes(packet) for packet, _ in SAID]


def frame(data: bytes, wire: int | None = None, linktype: int = linktypes.ETHERNET) -> Frame:
    return Frame(1, Interface(0, linktype), 0, len(data) if wire is None else wire, data)


def read(one: Frame) -> Meaning:
    return meaning(one, layers(one, PORTS), Names())


def pcap(
    frames: list[bytes], order: str = "<", magic: int = 0xA1B2C3D4, linktype: int = 1, snap: int = 1 << 18
) -> bytes:
    """A pcap file, as draft-ietf-opsawg-pcap has it."""
    written = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snap, linktype)]
    for number, data in enumerate(frames):
        header = struct.pack(f"{order}IIII", START + number, 123456 + number, len(data[:snap]), len(data))
        written.append(header + data[:snap])
    return b"".join(written)


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + length + body + length


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order: str, name: str, linktype: int = 1, snap: int = 0, more: bytes = b"") -> bytes:
    options = option(order, 2, name.encode()) + more + option(order, 0, b"")
    return block(order, 1, struct.pack(f"{order}HHI", linktype, 0, snap) + options)


def packet(order: str, number: int, ticks: int, data: bytes) -> bytes:
    head = struct.pack(f"{order}5I", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(order, 6, head + data)


def sections() -> bytes:
    """Two sections of either byte order, the interfaces of which have names, resolutions and offsets of their own."""
    big, little = ">", "<"
    return b"".join([
        section(big),
        interface(big, "vtep1:eth0", more=option(big, 9, b"\x09")),
        interface(big, "vtep2:eth0", more=option(big, 9, b"\x94") + option(big, 14, struct.pack(">q", START))),
        packet(big, 1, 3 << 19, FRAMES[0]),
        packet(big, 0, START * 10**9 + 7, FRAMES[1]),
        block(big, 5, bytes(12)),
        section(little),
        interface(little, "h1:eth0"),
        packet(little, 0, START * 10**6 + 5, FRAMES[2]),
        block(little, 3, struct.pack("<I", len(FRAMES[3])) + FRAMES[3]),
    ])  # fmt: skip


def cooked(linktype: int) -> list[bytes]:
    """Frames as `-i any` captures them."""
    made = []
    for data in FRAMES:
        kind = data[12:14]
        mac = data[6:12] + bytes(2)
        if linktype == linktypes.COOKED:
            made.append(struct.pack("!HHH", 4, 1, 6) + mac + kind + data[14:])
        else:
            made.append(kind + struct.pack("!HIHBB", 0, 2, 1, 4, 6) + mac + data[14:])
    return made


FILES: dict[str, bytes] = {
    "little": pcap(FRAMES),
    "big": pcap(FRAMES, ">"),
    "nano": pcap(FRAMES, "<", 0xA1B23C4D),
    "big-nano": pcap(FRAMES, ">", 0xA1B23C4D),
    "snapped": pcap(FRAMES, snap=60),
    "sll": pcap(cooked(linktypes.COOKED), linktype=linktypes.COOKED),
    "sll2": pcap(cooked(linktypes.COOKED2), ">", linktype=linktypes.COOKED2),
    "raw": pcap([data[14:] for data in FRAMES if data[12:14] in (b"\x08\0", b"\x86\xdd")], linktype=linktypes.RAW),
    "sections": sections(),
}


def tshark(file: Path, *fields: str) -> list[list[str]]:
    words = ["tshark", "-r", str(file), "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,"]
    # Its time zone of its own is no matter; that it looks into port 8472 too, it must be told.
    words += ["-d", "udp.port==8472,vxlan", *(word for name in fields for word in ("-e", name))]
    told = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
    return [line.split("\t") for line in told.splitlines()]


def inspected(file: Path) -> list[Meaning]:
    with open_capture(str(file)) as capture:
        return [meaning(one, layers(one, PORTS), Names()) for one in capture]


@pytest.fixture(params=[*FILES, "pcapng", "merged"])
def capture(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A capture of each format, two of them written by Wireshark's own tools."""
    file = tmp_path / "capture"
    if request.param in FILES:
        file.write_bytes(FILES[request.param])
        return file
    parts = [tmp_path / "one", tmp_path / "two"]
    parts[0].write_bytes(FILES["nano"])
    parts[1].write_bytes(FILES["sll"])
    words = ["editcap", "-F", "pcapng", parts[0]] if request.param == "pcapng" else ["mergecap", "-w"]
    words += [file] if request.param == "pcapng" else [file, *parts]
    subprocess.run([*map(str, words)], check=True, timeout=60)
    return file


def test_every_format_is_read_as_tshark_does(capture: Path) -> None:
    known = ("frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "frame.interface_name")
    told = tshark(capture, *known)
    with open_capture(str(capture)) as frames:
        seen = list(frames)
    assert len(seen) == len(told) > 3
    for one, (number, time, length, captured, name) in zip(seen, told, strict=True):
        assert (one.number, one.wire, len(one.data)) == (int(number), int(length), int(captured))
        # tshark 4.0 looks for the interfaces of a later section among those of the first.
        if one.interface.name not in ("", "h1:eth0"):
            assert one.interface.name == name
        if one.time is not None:
            assert f"{one.time // 10**9}.{one.time % 10**9:09d}" == time


def test_every_frame_says_what_tshark_says(capture: Path) -> None:
    told = tshark(capture, "vxlan.vni", "ip.src", "ip.dst", "ipv6.dst", "udp.dstport", "arp.opcode",
                  "arp.dst.proto_ipv4", "icmpv6.nd.ns.target_address", "_ws.malformed")  # fmt: skip
    for found, (vnis, src, dst, dst6, dports, opcode, target, solicited, malformed) in zip(
        inspected(capture), told, strict=True
    ):
        taken = [layer.packet for layer in found.layers.layers if layer.packet is not None]
        if any("next_protocol" in p.fields for p in taken):
            continue  # tshark reads GPE at port 4790 alone: see below
        headers = [p.fields["vni"] for p in taken if p.name.startswith("VXLAN") and "vni" in p.fields]
        assert ",".join(map(str, headers)) == vnis
        assert ",".join(p.fields["src"] for p in taken if type(p) is IP and "src" in p.fields) == src
        assert ",".join(p.fields["dst"] for p in taken if type(p) is IP and "dst" in p.fields) == dst
        assert ",".join(p.fields["dst"] for p in taken if type(p) is IPv6 and "dst" in p.fields) == dst6
        assert ",".join(str(p.fields["dport"]) for p in taken if type(p) is UDP and "dport" in p.fields) == dports
        arps = [p.fields for p in taken if type(p) is ARP]
        assert ",".join(str(f["op"]) for f in arps if "op" in f) == opcode
        assert ",".join(f["pdst"] for f in arps if "pdst" in f) == target
        assert ",".join(p.fields["tgt"] for p in taken if type(p) is ICMPv6ND_NS and "tgt" in p.fields) == solicited
        assert not malformed and (found.layers.broken is None or found.layers.broken.why is Why.SNAPPED)


def test_gpe_and_the_group_policy_are_read_as_tshark_does(tmp_path: Path) -> None:
    file = tmp_path / "file"
    sent = [vtep("192.168.8.2", 4790, "0f000001") / PINGS[IP], vtep("192.168.8.2", 4789, "88480007") / PINGS]
    file.write_bytes(pcap([bytes(one) for one in sent]))
    (gpe, policy) = tshark(file, "vxlan.vni", "vxlan.next_proto", "ip.dst", "vxlan.gbp")
    with open_capture(str(file)) as frames:
        first, second = (meaning(one, layers(one, {4789, 4790}), Names()) for one in frames)
    assert gpe[:3] == ["42", "1", "192.168.8.2,10.20.0.2"]
    assert (first.outer[0].vni, first.outer[0].next_protocol, first.inner.dst) == (42, 1, "10.20.0.2")
    assert (policy[3], second.outer[0].group_policy) == ("7", 7)


@pytest.mark.parametrize(("sent", "said"), SAID, ids=lambda value: value[:60] if isinstance(value, str) else "")
def test_a_frame_is_told_in_words(sent: Packet, said: str) -> None:
    assert read(frame(bytes(sent))).text == said


def test_every_byte_of_a_frame_has_a_field_and_scapy_builds_it_again() -> None:
    for data in FRAMES:
        bits = [0] * len(data) * 8
        for layer in layers(frame(data), PORTS).layers:
            for field in layer.fields:
                for bit in range(field.first_bit, field.first_bit + field.bits):
                    bits[bit] += 1
        assert set(bits) == {1}


def test_a_value_that_scapy_cannot_tell_is_shown_as_it_is() -> None:
    def fails(_: object) -> str:
        raise TypeError

    assert Field("name", 5, 0, 8, fails).text == "5"


def test_reserved_bits_are_each_shown() -> None:
    for bit in range(32):
        if bit in (0, 4, 5):  # G, I, P: other forms of the header
            continue
        header = (int(VALID, 16) | 1 << (31 - bit)).to_bytes(4, "big").hex()
        found = read(frame(bytes(vtep("192.168.8.2", header=header) / PINGS)))
        assert len(found.outer[0].reserved) == 1, bit
        assert "reserved bits set" in found.text


def test_where_a_frame_breaks_is_told() -> None:
    data = bytes(vtep("239.1.1.42") / asks())
    cut = data[:80]
    malformed = read(frame(cut)).layers.broken
    assert malformed and (malformed.why, malformed.layer, malformed.offset) == (Why.MALFORMED, "ARP", 78)
    snapped = read(frame(cut, len(data))).layers.broken
    assert snapped and (snapped.why, snapped.layer, snapped.offset) == (Why.SNAPPED, "ARP", 78)
    longer = bytearray(data)
    longer[16:18] = (len(data) + 100).to_bytes(2, "big")
    broken = read(frame(bytes(longer))).layers.broken
    assert broken and (broken.layer, broken.offset) == ("IPv4", len(data))
    older = bytearray(data)
    older[14] = 0x55
    broken = read(frame(bytes(older))).layers.broken
    assert broken and (broken.layer, broken.what) == ("IPv4", "its version is 5")
    # No field of another version is where that of IPv4 is.
    older[20] = 0x1F
    found = read(frame(bytes(older)))
    assert found.text == "IPv4, [malformed: IPv4 breaks at byte 14, its version is 5]" and not found.inner.src
    assert [field.name for field in found.layers.layers[1].fields] == ["version"]
    sixth = bytes(Ether(src=H1, dst=H2) / IPv6(version=5, src="fe80::1", dst="fe80::2"))
    assert read(frame(sixth)).text == "IPv6, [malformed: IPv6 breaks at byte 14, its version is 5]"


def test_a_vni_is_only_called_invalid_where_its_flag_was_read() -> None:
    data = bytes(vtep("192.168.8.2") / asks())
    clear = bytes(vtep("192.168.8.2", header="00000000") / asks())
    start = 14 + 20 + 8
    for whole in (data, clear):
        for length in range(start, start + 8):
            found = read(frame(whole[:length]))
            assert "no valid VNI" not in found.text and "malformed: VXLAN breaks" in found.text
            assert all("no valid" not in tunnel.vni_text for tunnel in found.outer)
    found = read(frame(clear))
    assert "no valid VNI: the I flag is clear" in found.text and found.outer[0].vni_text == "no valid VNI"
    assert "is_whole" not in found.to_json()["outer"][0]


def test_no_vni_is_none_of_python() -> None:
    within = vtep("192.168.8.2", header="00000000") / vtep("192.168.8.3", vni=2) / asks()
    assert "inside no valid VNI to 192.168.8.2" in read(frame(bytes(within))).text
    assert " none/2 " in row(read(frame(bytes(within))), 0, None)


def test_a_fragment_is_not_malformed() -> None:
    whole = vtep("192.168.8.2") / Ether(src=H1, dst=H2) / IP(dst="10.20.0.2") / UDP(dport=9) / Raw(bytes(1400))
    whole[Ether].type = 0x0800
    first, second = fragment(whole, fragsize=800)
    for part in (bytes(first), bytes(second)):
        broken = read(frame(part)).layers.broken
        assert broken is None or broken.why is Why.FRAGMENT
    assert "VNI" not in read(frame(bytes(second))).text and read(frame(bytes(first))).outer[0].vni == 42
    # An offset has 13 bits, in units of 8 bytes: the uppermost one is 32 KiB (RFC 791 section 3.1).
    for bit in range(13):
        later = whole.copy()
        later[IP].frag = 1 << bit
        assert envelope(1, bytes(later), PORTS) is None
        both = summarise([frame(bytes(whole)), frame(bytes(later))], PORTS, Summary())
        assert (both.encapsulated.total.frames, both.plain.frames) == (1, 1)


def test_the_summary_counts_what_scapy_sees() -> None:
    """The fast path, on whole frames, frames of each length, and frames with any byte changed."""
    chance = random.Random(5)  # noqa: S311  the same frames each time
    for linktype, frames in ((1, FRAMES), *((kind, cooked(kind)) for kind in (linktypes.COOKED, linktypes.COOKED2))):
        for data in frames:
            tried = [data, *(mutated(chance, data) for _ in range(60))]
            for one in tried:
                counted = summarise([frame(one, linktype=linktype)], PORTS, Summary())
                assert_same(counted, frame(one, linktype=linktype))


def test_frames_of_the_same_headers_are_each_as_long_as_they_say() -> None:
    """Frames that differ in nothing else are counted together; a length that leaves no room for what is inside does."""
    whole = bytes(vtep("192.168.8.2") / asks())
    for at, enough in ((16, 20 + 8 + 8 + 14), (38, 8 + 8 + 14)):  # the total length of IPv4, the length of UDP
        for length in (enough - 1, enough, enough + 1):
            changed = bytearray(whole)
            changed[at : at + 2] = length.to_bytes(2, "big")
            counted = summarise([frame(whole), frame(bytes(changed))], PORTS, Summary())
            assert counted.unreadable.frames == (length < enough)
            assert counted.encapsulated.total.frames == 1 + (length >= enough)
            assert_same(summarise([frame(bytes(changed))], PORTS, Summary()), frame(bytes(changed)))


def assert_same(counted: Summary, one: Frame) -> None:
    found = read(one)
    try:
        around = envelope(one.interface.linktype, one.data, PORTS)
    except Unreadable:
        assert counted.unreadable.frames == 1
        assert found.layers.broken is not None, one.data.hex()
        return
    if around is None:
        assert counted.plain.frames == 1
        assert found.outer == [], one.data.hex()
        return
    assert list(counted.vnis) == [around.vni] and list(counted.pairs) == [(around.src, around.dst)]
    assert found.outer, one.data.hex()
    outermost = found.outer[0]
    assert (around.vni, around.src, around.dst) == (outermost.vni, outermost.src, outermost.dst), one.data.hex()
    assert around.way is found.way


def mutated(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    if chance.random() < 0.4:
        del changed[chance.randrange(len(changed)) :]
    if chance.random() < 0.2:
        at = chance.randrange(len(changed) + 1)
        changed[at:at] = chance.randbytes(chance.randrange(1, 40))
    return bytes(changed)


def test_a_tower_of_tags_and_tunnels_ends() -> None:
    tags = bytes.fromhex("ffffffffffff 020000000001 8100") + bytes.fromhex("00018100") * 16000
    tunnels = b"".join(bytes(vtep("192.168.8.2")) for _ in range(500))
    for data in (tags, tunnels):
        assert len(layers(frame(data), PORTS).layers) <= 66
        summarise([frame(data)], PORTS, Summary())


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_anywhere_shows_what_is_there(name: str, tmp_path: Path) -> None:
    """Each frame before the cut is given, then a sentence; a file that ends between frames is whole."""
    data = FILES[name]
    file = tmp_path / "file"
    given = -1
    for length in (*range(4, min(len(data), 400)), len(data) - 1):
        file.write_bytes(data[:length])
        seen = 0
        with open_capture(str(file)) as frames:
            try:
                for _ in frames:
                    seen += 1
            except CutError as error:
                assert "is cut in the middle" in str(error)
            except CaptureFileError:
                assert seen == 0
        assert seen >= given
        given = seen
    assert given > 0


def test_tables_do_not_grow() -> None:
    def many(count: int) -> Iterator[Frame]:
        data = bytearray(bytes(vtep("192.168.8.2") / asks()))
        for number in range(count):
            data[26:34] = number.to_bytes(8, "big")
            data[46:49] = number.to_bytes(3, "big")
            yield frame(bytes(data))

    tracemalloc.start()
    summary = summarise(many(2 * MOST_ROWS), PORTS, Summary())
    before = tracemalloc.get_traced_memory()[0]
    summarise(many(4 * MOST_ROWS), PORTS, summary)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(summary.pairs) == len(summary.vnis) == MOST_ROWS
    assert summary.encapsulated.total.frames == 6 * MOST_ROWS == summary.total.frames
    # The first frames come twice, and have rows both times.
    assert summary.other_pairs.total.frames == 4 * MOST_ROWS
    assert after - before < 100_000


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The command, in this process but for standard input: a start of Python for each would take minutes."""

    monkeypatch.delenv("COLUMNS", raising=False)

    def inspect(*words: object) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["vxlab", "inspect", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main.main()
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return subprocess.CompletedProcess([], int(ended.value.code or 0), out, err)

    return inspect


def piped(data: bytes) -> subprocess.CompletedProcess[bytes]:
    return forked.run("inspect", "-", timeout=60, input=data, text=False)


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (b"", 2, "is empty: not a capture"),
        (b"name: lab\n", 2, "is no capture: it starts with 6e 61 6d 65"),
        (b"\x1f\x8b\x08\x00", 2, "is compressed"),
        (pcap([], magic=0xA1B2CD34), 2, "is a pcap file of modified libpcap: editcap -F pcapng FILE NEW converts it"),
        (pcap([], ">", 0xA1B2CD34), 2, "editcap -F pcapng"),
        (b"snoop\0\0\0\0\0\0\2\0\0\0\4", 2, "is a snoop file: editcap -F pcapng FILE NEW converts it"),
        (FILES["little"][:20], 2, "ends after 20 of the 24 bytes of a pcap header"),
        (FILES["sections"][:20], 2, "is no whole capture"),
        (FILES["little"][:24], 0, "has no frames"),
        (FILES["little"][:100], 1, "is cut in the middle: of frame 2, 2 of 92 bytes are left"),
        (FILES["sections"][:-3], 1, "is cut in the middle, after frame 3"),
        # Nobody waits for, or keeps, as many bytes as a damaged length claims.
        (FILES["sections"] + struct.pack("<II", 5, 1 << 25) + bytes(20), 1, "a block cannot have 33554432 bytes"),
        (FILES["little"] + struct.pack("<IIII", 0, 0, 1 << 20, 1 << 20) + bytes(20), 1, "cannot have 1048576 bytes"),
    ],
)
def test_files_that_are_no_whole_captures(run: Run, tmp_path: Path, content: bytes, status: int, told: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    for words in ((file,), (file, "--json"), (file, "--summary"), (file, "--summary", "--json")):
        ended = run(*words)
        assert ended.returncode == status
        if status or ("--summary" not in words and "--json" not in words):
            assert told in ended.stderr and ended.stderr.count("\n") == 1
        assert bool(ended.stdout) == (status < 2 and (status == 1 or "--json" in words or "--summary" in words))
        if "--json" in words and status < 2:
            json.loads(ended.stdout)


def test_what_cannot_be_read_is_one_sentence(run: Run, tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "none", "/proc/self/mem"):
        ended = run(file)
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert f"{tmp_path} is a directory" in run(tmp_path).stderr
    (tmp_path / "file").write_bytes(FILES["little"])
    assert "has no frame 99" in run(tmp_path / "file", "--frame", 99).stderr
    assert run(tmp_path / "file", "--frame", 99).returncode == 2


def test_the_views(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(FILES["sections"])
    table = run(file)
    assert table.returncode == 0 and table.stdout == piped(FILES["sections"]).stdout.decode()
    assert "vtep1:eth0       -   192.168.8.1 → 239.1.1.42      42 " in table.stdout.splitlines()[2]
    data = json.loads(run(file, "--json").stdout)
    assert [row["interface"] for row in data] == ["vtep2:eth0", "vtep1:eth0", "h1:eth0", "h1:eth0"]
    assert data[1]["outer"][0]["vni"] == 42 and data[1]["way"] == "multicast"
    one = json.loads(run(file, "--frame", 2, "--json").stdout)
    assert one["meaning"] == data[1]["meaning"] and bytes.fromhex(one["bytes"]) == FRAMES[1]
    assert [layer["name"] for layer in one["layers"]] == ["Ethernet", "IPv4", "UDP", "VXLAN", "Ethernet", "ARP"]
    assert "  vni                  42                                  46  00 00 2a" in run(file, "--frame", 2).stdout
    summary = json.loads(run(file, "--summary", "--json").stdout)
    assert (summary["frames"], summary["encapsulated"]["frames"], summary["plain"]["frames"]) == (4, 3, 1)
    assert summary["encapsulated"]["flooded"]["frames"] == 2
    assert summary["vnis"][0]["vni"] == 42 and len(summary["pairs"]) == 2


def test_one_thing_is_told_as_one(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(pcap([b"\1"]))
    assert run(file, "--summary").stdout.startswith("1 frame, 1 byte in ")
    assert run(file, "--frame", 1).stdout.startswith("frame 1: 1 byte,")


def test_standard_output_may_be_closed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(FILES["little"])
    for words in (("--frame", "1"), ("--ladder",)):
        program = [sys.executable, "-m", "vxlab", "inspect", str(file), *words]
        closed = ["sh", "-c", 'exec "$@" >&-', "sh", *program]
        ended = subprocess.run(closed, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        assert (ended.returncode, ended.stderr) == (0, "")


def test_a_port_of_ones_own(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(pcap([bytes(vtep("192.168.8.2", 5555) / asks())]))
    assert "UDP 50000 → 5555" in run(file).stdout
    for words in ((), ("--summary",), ("--frame", 1), ("--ladder",)):
        assert "VNI 42" not in run(file, *words).stdout
        shown = run(file, "--port", 5555, *words).stdout
        assert "5555" not in shown or words == ("--frame", 1)
        assert "192.168.8.1 → 192.168.8.2" in shown or "copy for 192.168.8.2" in shown
    assert "flooded, the copy for 192.168.8.2" in run(file, "--port", 5555).stdout
    # It comes beside the usual ones.
    file.write_bytes(pcap([bytes(vtep("192.168.8.2", port) / asks()) for port in (4789, 8472, 5555, 5556)]))
    assert run(file, "--port", 5555, "--port", 5556).stdout.count("flooded") == 4
    assert run(file, "--port", 0).returncode == 2


def test_the_direction_of_a_frame(run: Run, tmp_path: Path) -> None:
    """epb_flags (draft-ietf-opsawg-pcapng section 4.3.1), and the packet types of cooked captures (packet(7))."""
    file = tmp_path / "file"
    data = FRAMES[0] + b"x"  # not a multiple of 4: the options stand behind padding

    def directions() -> list[str | None]:
        return [row["direction"] for row in json.loads(run(file, "--json").stdout)]

    for order in "<>":
        blocks = [section(order), interface(order, "a:eth0")]
        for flags in (0, 1, 2, 3, 0x1A, 0x80000001, None):
            told = b"" if flags is None else option(order, 2, struct.pack(f"{order}I", flags))
            head = struct.pack(f"{order}5I", 0, 0, 0, len(data), len(data))
            comment = option(order, 1, b"abc")
            blocks.append(block(order, 6, head + data + bytes(-len(data) % 4) + comment + told + option(order, 0, b"")))
        file.write_bytes(b"".join(blocks))
        assert directions() == [None, "in", "out", None, "out", "in", None]
        told_by_tshark = [row[0] for row in tshark(file, "frame.packet_flags_direction")]
        assert [{"0x00000001": "in", "0x00000002": "out"}.get(one) for one in told_by_tshark] == directions()
    assert "a:eth0           out" in run(file).stdout
    for linktype, at in ((linktypes.COOKED, 1), (linktypes.COOKED2, 10)):
        frames = [bytearray(cooked(linktype)[0]) for _ in range(6)]
        for kind, one in enumerate(frames):
            one[at] = kind
        file.write_bytes(pcap(list(map(bytes, frames)), linktype=linktype))
        assert directions() == ["in"] * 4 + ["out", "in"]
        heading, *rows = run(file).stdout.splitlines()
        at = heading.index("WAY")
        assert [line[at : at + 3].strip() for line in rows] == directions()
    file.write_bytes(FILES["little"])
    assert set(directions()) == {None}


def test_interfaces_without_end_are_damage(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    many = interface("<", "x") * 16384
    file.write_bytes(section("<") + many + packet("<", 16383, 0, FRAMES[0]))
    assert run(file).returncode == 0
    file.write_bytes(section("<") + many + interface("<", "x") + packet("<", 0, 0, FRAMES[0]))
    ended = run(file)
    assert ended.returncode == 1 and "a section has more than 16384 interfaces" in ended.stderr
    file.write_bytes(section("<") + interface("<", "n" * 60000) + packet("<", 0, 0, FRAMES[0]))
    (row,) = json.loads(run(file, "--json").stdout)
    assert row["interface"] == "n" * 256


def test_a_summary_of_a_large_file_takes_no_more_memory() -> None:
    def most(frames: int) -> int:
        """The peak of the memory in use (KiB) of a process that counts so many frames from a pipe."""
        words = [sys.executable, "-m", "vxlab", "inspect", "-", "--summary"]
        whole = pcap(FRAMES)
        header, body = whole[:24], whole[24:] * 50
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            assert process.stdin
            process.stdin.write(header)
            for _ in range(frames // (len(FRAMES) * 50)):
                process.stdin.write(body)
            process.stdin.close()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return usage.ru_maxrss

    assert most(500_000) - most(10_000) < 4096


def test_hostile_names_reach_no_terminal(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a\x1b[2Jb"
    name = "eth\x1b]0;x\x07\u202e\n0"
    file.write_bytes(section("<") + interface("<", name) + packet("<", 0, 0, FRAMES[0]) + b"\0")
    for words in ((file,), (file, "--json"), (file, "--frame", 1)):
        ended = run(*words)
        assert "eth\\x1b]0;x\\x07\\u202e\\n0" in ended.stdout.replace("\\\\", "\\")
        assert (ended.stdout + ended.stderr).replace("\n", "").isprintable()


def test_a_lab_brings_its_ports_and_names(library: Path) -> None:
    state = load(library / "custom-port.yaml").state
    assert ports(state) == {4789, 8472}
    names = Names(load(library / "multicast.yaml").state, lambda namespace: namespace.removeprefix("multicast-"))
    one = frame(bytes(vtep("192.168.8.2") / asks(H2)))
    told = meaning(one, layers(one, PORTS), names).text
    assert told == "ARP who-has 10.20.0.2 (h2) tell 10.20.0.1 (h1), to 192.168.8.2 (vtep2)"


def test_an_owner_is_named_once_and_all_of_them_are(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text(
        "name: twice\nnodes:\n"
        "  a: {links: {d0: {kind: dummy, mac: '02:00:00:00:00:07'}, d1: {kind: dummy, mac: '02:00:00:00:00:07'}}}\n"
        "  b: {links: {d0: {kind: dummy, mac: '02:00:00:00:00:07', addresses: [10.0.0.1/24]}}}\n"
    )
    names = Names(load(file).state, lambda namespace: namespace.removeprefix("twice-"))
    assert names.of("02:00:00:00:00:07") == "a or b" and names.of("10.0.0.9") == ""
    assert names.shown("10.0.0.1") == "10.0.0.1 (b)"


def test_programs_of_wireshark_are_there() -> None:
    assert all(shutil.which(program) for program in ("tshark", "editcap", "mergecap"))
