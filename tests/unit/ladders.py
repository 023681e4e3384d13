"""Frames as they were seen in a lab, for the tests of ladders."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from tests.conftest import ROOT
from tests.unit.test_inspect import ALL, PORTS, block, interface, option, section
from vxlab.packets.files import Frame, Interface
from vxlab.packets.ladder import Ladder, Sighting, build
from vxlab.packets.layers import layers
from vxlab.packets.meaning import meaning
from vxlab.packets.names import Names
from vxlab.topology import load

MULTICAST = load(ROOT / "topologies" / "multicast.yaml").state


def _mac(node: str) -> str:
    link = MULTICAST.link(f"multicast-{node}", "eth0")
    assert link
    return str(link.get("mac"))


H1, H2, M1, M2 = map(_mac, ("h1", "h2", "vtep1", "vtep2"))
V1, V2, GROUP = "192.168.8.1", "192.168.8.2", "239.1.1.42"
REQUEST = Ether(src=H1, dst=ALL) / ARP(op=1, hwsrc=H1, psrc="10.20.0.1", pdst="10.20.0.2")
REPLY = Ether(src=H2, dst=H1) / ARP(op=2, hwsrc=H2, psrc="10.20.0.2", hwdst=H1, pdst="10.20.0.1")
ASKS, ANSWERS = "ARP who-has 10.20.0.2 tell 10.20.0.1", f"ARP 10.20.0.2 is-at {H2}"


@dataclass
class Entry:
    """An FDB entry."""

    namespace: str
    link: str
    mac: str
    dst: str
    vni: int | None = None


def tunnelled(src: str, dst: str, inner: Packet, vni: int = 42) -> bytes:
    network = IPv6(src=src, dst=dst) if ":" in src else IP(src=src, dst=dst)
    header = bytes.fromhex("08000000") + vni.to_bytes(3, "big") + b"\0"
    macs = {V1: M1, V2: M2}
    ether = Ether(src=macs.get(src, "02:00:00:00:00:01"), dst=macs.get(dst, "02:00:00:00:00:02"))
    return bytes(ether / network / UDP(sport=5, dport=4789) / Raw(header) / inner)


class Scene:
    """Frames that were seen one after the other, a microsecond apart; each by its node, its link and its direction."""

    def __init__(self, lab: str = "") -> None:
        self.lab = lab
        self.sightings: list[Sighting] = []
        self.state = load(ROOT / "topologies" / f"{lab}.yaml").state if lab else None

    def see(self, where: str, way: str, data: bytes | Packet, at: int | None = -1, wire: int = 0) -> None:
        """``where`` is NODE:LINK, or empty where the capture does not say; ``way`` in, out or nothing."""
        number = len(self.sightings) + 1
        node, _, link = where.partition(":")
        place = (f"{self.lab}-{node}" if self.lab else node, link) if where else None
        time = None if at is None else 1000 * (number if at < 0 else at)
        data = bytes(data)
        frame = Frame(number, Interface(0, 1), time, wire or len(data), data)
        found = meaning(frame, layers(frame, PORTS), Names())
        self.sightings.append(Sighting(place, {"in": False, "out": True}.get(way), found))

    def pass_by(self, start: str, end: str, data: bytes | Packet) -> None:
        """A cable, with both of its ends watched."""
        self.see(start, "out", data)
        self.see(end, "in", data)

    def node_of(self, namespace: str) -> str:
        return namespace.removeprefix(f"{self.lab}-")

    def ladder(self, sightings: Iterable[Sighting] | None = None, **more: object) -> Ladder:
        shown = self.sightings if sightings is None else sightings
        return build(shown, state=self.state, node_of=self.node_of, **more)  # type: ignore[arg-type]


def exchange(lab: str = "multicast") -> Scene:
    """h1 asks for h2 in the lab ``multicast``, both ends of every cable watched."""
    scene = Scene(lab)
    there, back = tunnelled(V1, GROUP, REQUEST), tunnelled(V2, V1, REPLY)
    scene.pass_by("h1:eth0", "vtep1:h1", REQUEST)
    scene.pass_by("vtep1:eth0", "underlay:vtep1", there)
    scene.pass_by("underlay:vtep2", "vtep2:eth0", there)
    scene.pass_by("vtep2:h2", "h2:eth0", REQUEST)
    scene.pass_by("h2:eth0", "vtep2:h2", REPLY)
    scene.pass_by("vtep2:eth0", "underlay:vtep2", back)
    scene.pass_by("underlay:vtep1", "vtep1:eth0", back)
    scene.pass_by("vtep1:h1", "h1:eth0", REPLY)
    return scene


OUT, BACK = f"{V1} → {GROUP} VNI 42", f"{V2} → {V1} VNI 42"
JOURNEY = [
    ("h1", "vtep1", ASKS, ()),
    ("vtep1", "underlay", ASKS, (OUT,)),
    ("underlay", "vtep2", ASKS, (OUT,)),
    ("vtep2", "h2", ASKS, ()),
    ("h2", "vtep2", ANSWERS, ()),
    ("vtep2", "underlay", ANSWERS, (BACK,)),
    ("underlay", "vtep1", ANSWERS, (BACK,)),
    ("vtep1", "h1", ANSWERS, ()),
]
"""The arrows of that exchange."""


def arrows(ladder: Ladder) -> list[tuple[str, str, str, tuple[str, ...]]]:
    names = [column.name for column in ladder.columns]
    return [(names[a.start], names[a.end], a.message, a.outer) for a in ladder.arrows]


def columns(ladder: Ladder) -> list[str]:
    return [column.name for column in ladder.columns]


def written(scene: Scene, file: Path) -> Path:
    """A scene as a pcapng file, with interfaces called NODE:LINK and directions, as `vxlab capture` writes it."""
    places = list(dict.fromkeys(one.place for one in scene.sightings))
    parts = [section("<")]
    for place in places:
        name = f"{scene.node_of(place[0])}:{place[1]}" if place else ""
        parts.append(interface("<", name, more=option("<", 9, b"\x09")))
    for one in scene.sightings:
        frame = one.meaning.frame
        time, data = frame.time or 0, frame.data
        head = struct.pack("<5I", places.index(one.place), time >> 32, time & 0xFFFFFFFF, len(data), frame.wire)
        flags = struct.pack("<I", {None: 0, False: 1, True: 2}[one.outgoing])
        parts.append(block("<", 6, head + data + bytes(-len(data) % 4) + option("<", 2, flags) + option("<", 0, b"")))
    file.write_bytes(b"".join(parts))
    return file
