"""tcpdump on any links of a lab, each direction by itself, and what it wrote as one pcapng file with both told."""

import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.kernel.conftest import Up, ip
from tests.unit.test_inspect import block, interface, option, section
from vxlab.packets.files import open_capture

_FLAGS = {"in": 1, "out": 2}
"""Bits 0 and 1 of epb_flags (draft-ietf-opsawg-pcapng section 4.3.1)."""


@dataclass
class Tap:
    """A tcpdump on one link, that sees what comes in or what goes out."""

    node: str
    link: str
    way: str
    file: Path
    process: subprocess.Popen[str]

    def is_idle(self) -> bool:
        """Whether it waits for the next frame: all that came before is written (-U, in immediate mode)."""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"

    def end(self) -> None:
        self.process.terminate()
        told = self.process.communicate(timeout=30)[1]
        assert "\n0 packets dropped by kernel" in told, told


def links_of(lab: Up, *nodes: str) -> list[tuple[str, str]]:
    """The ends of all cables of some nodes, by node and name."""
    return [(node, link["ifname"]) for node in nodes for link in ip(lab(node), "link", "show", "type", "veth")]


@contextmanager
def watching(lab: Up, places: list[tuple[str, str]], directory: Path) -> Iterator[list[Tap]]:
    """Capture on links while the block runs, and until all is written."""
    taps = []
    for node, link in places:
        for way in _FLAGS:
            file = directory / f"{node}.{link}.{way}.pcap"
            words = ["tcpdump", "-i", link, "-Q", way, "-n", "-U", "--immediate-mode", "--time-stamp-precision=nano"]
            command = ["ip", "netns", "exec", lab(node), *words, "-w", str(file)]
            process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
            taps.append(Tap(node, link, way, file, process))
    try:
        for tap in taps:
            assert tap.process.stderr is not None
            assert any("listening on" in line for line in iter(tap.process.stderr.readline, ""))
        yield taps
        for tap in taps:
            while not tap.is_idle():
                assert tap.process.poll() is None
            tap.end()
    finally:
        for tap in taps:
            tap.process.kill()
            tap.process.wait()


def merged(taps: list[Tap], file: Path, *, directions: bool = True) -> Path:
    """All that was captured as one pcapng file, an interface ``node:link`` for each link, in the order of time."""
    places = list(dict.fromkeys((tap.node, tap.link) for tap in taps))
    parts = [section("<")]
    parts += [interface("<", f"{node}:{link}", more=option("<", 9, b"\x09")) for node, link in places]
    frames = []
    for tap in taps:
        with open_capture(str(tap.file)) as capture:
            frames += [(frame.time or 0, places.index((tap.node, tap.link)), tap.way, frame.data) for frame in capture]
    for time, number, way, data in sorted(frames, key=lambda one: one[0]):
        head = struct.pack("<5I", number, time >> 32, time & 0xFFFFFFFF, len(data), len(data))
        flags = option("<", 2, struct.pack("<I", _FLAGS[way])) + option("<", 0, b"") if directions else b""
        parts.append(block("<", 6, head + data + bytes(-len(data) % 4) + flags))
    file.write_bytes(b"".join(parts))
    return file
