"""What the kernel hands to a capture of probes, and what it leaves out: it runs the program on what a socket gets."""

import socket

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_NOP
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6ND_NA, ICMPv6PacketTooBig, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet, Raw

from vxlab.packets import sieve
from vxlab.packets.bpf import attach
from vxlab.packets.probe import Echo, End, ask

ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
IP4, IP6 = IP(src="192.0.2.1", dst="192.0.2.2"), IPv6(src="2001:db8::1", dst="2001:db8::2")
ENDS = {
    4: (End("02:00:00:00:00:01", "192.0.2.1"), End("02:00:00:00:00:02", "192.0.2.2")),
    6: (End("02:00:00:00:00:01", "2001:db8::1"), End("02:00:00:00:00:02", "2001:db8::2")),
}
AROUND = {
    "plain": b"",
    "in IPv4": bytes(ETHER / IP4 / UDP(dport=4789, chksum=0) / VXLAN(vni=42)),
    "in IPv6": bytes(ETHER / IP6 / UDP(dport=8472, chksum=1) / VXLAN(vni=42)),
}
TAKEN = {
    "ARP": ETHER / ARP(op=2),
    "advertisement": ETHER / IP6 / ICMPv6ND_NA(),
    "unreachable": ETHER / IP4 / ICMP(type=3, code=4) / Raw(bytes(28)),
    "too big": ETHER / IP6 / ICMPv6PacketTooBig() / Raw(bytes(48)),
    "tagged": ETHER / Dot1Q(vlan=10) / IP4 / TCP(),
}
LEFT = {
    "unknown": Ether(type=0x88B5) / Raw(bytes(46)),
    "TCP": ETHER / IP4 / TCP(dport=5001) / Raw(bytes(100)),
    "TCP of IPv6": ETHER / IP6 / TCP(dport=5001) / Raw(bytes(100)),
    "UDP": ETHER / IP4 / UDP(dport=5001) / Raw(bytes(100)),
    "UDP of IPv6": ETHER / IP6 / UDP(dport=5001) / Raw(bytes(100)),
}
ECHOES = {"IPv4": ETHER / IP4 / ICMP(type=0, id=1, seq=2), "IPv6": ETHER / IP6 / ICMPv6EchoReply(id=1, seq=2)}
TUNNELS = pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)


def taken(frame: bytes | Packet, around: bytes = b"", echo: bytes = b"", snaplen: int = 65536) -> int:
    """How many bytes of a frame the kernel hands over."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with near, far:
        attach(far, sieve.probes(snaplen, echo))
        near.send(around + bytes(frame))
        try:
            return len(far.recv(1 << 16, socket.MSG_DONTWAIT))
        except BlockingIOError:
            return 0


@TUNNELS
@pytest.mark.parametrize("what", TAKEN)
def test_what_may_be_of_a_proof_is_taken(what: str, around: bytes) -> None:
    for echo in (b"", b"\1\2\3\4"):
        assert taken(TAKEN[what], around, echo) == len(around) + len(TAKEN[what])


@TUNNELS
@pytest.mark.parametrize("version", ENDS)
def test_every_probe_is_taken(version: int, around: bytes) -> None:
    for probe in (ask(*ENDS[version]), Echo(*ENDS[version]), Echo(*ENDS[version], size=1450)):
        for echo in (b"", probe.echo):
            assert taken(probe.frame, around, echo) == len(around) + len(probe.frame)


@TUNNELS
@pytest.mark.parametrize("what", ECHOES)
def test_of_echoes_those_that_are_meant(what: str, around: bytes) -> None:
    size = len(around) + len(ECHOES[what])
    assert [taken(ECHOES[what], around, echo) for echo in (b"", b"\0\1\0\2", b"\0\1\0\3")] == [size, size, 0]


@pytest.mark.parametrize("what", LEFT)
def test_other_traffic_is_left_out(what: str) -> None:
    assert taken(LEFT[what]) == 0
    # In a tunnel UDP may be another one.
    inside = [taken(LEFT[what], around) for name, around in AROUND.items() if name != "plain"]
    assert [size > 0 for size in inside] == ["UDP" in what] * 2


def test_what_cannot_be_told_is_taken() -> None:
    with_options = ETHER / IP(src="192.0.2.1", dst="192.0.2.2", options=[IPOption_NOP()] * 4) / UDP(dport=4789)
    assert taken(with_options / Raw(bytes(60)))
    assert taken(ETHER / IP4 / ICMP(), AROUND["in IPv4"] + AROUND["in IPv6"])


def test_no_more_than_the_snapshot_length() -> None:
    assert taken(TAKEN["ARP"], snaplen=20) == 20
    assert taken(b"\0" * 11) == 0
