"""How long `vxlab inspect --summary` takes beside tshark, on 100,000 encapsulated ARP frames: a ratio, in one run.

    .venv/bin/python benchmarks/inspect_summary.py

Whole commands are timed, with interpreter start. Both read the same file in turn, and the median counts.
Called `inspect.py` it would stand before Python's own module of that name for every script in this folder.
"""

import json
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FRAMES = 100_000
ROUNDS = 3
VTEPS, HOSTS, VNIS = 8, 64, 4
GOAL = 3


def encapsulated(number: int) -> bytes:
    """An ARP request that a VTEP floods to its group, with addresses that follow from a number."""
    mac = b"\x02\0\0\0\1" + bytes([number % HOSTS])
    arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + bytes([10, 20, 0, number % HOSTS]) + bytes(6)
    inner = b"\xff" * 6 + mac + b"\x08\x06" + arp + bytes([10, 20, 0, 200]) + bytes(18)
    vxlan = struct.pack("!II", 0x08000000, (42 + number % VNIS) << 8) + inner
    udp = struct.pack("!HHHH", 32768 + number % 28000, 4789, 8 + len(vxlan), 0) + vxlan
    addresses = bytes([192, 168, 8, 1 + number % VTEPS, 239, 1, 1, 42])
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), number & 0xFFFF, 0, 64, 17, 0) + addresses + udp
    return b"\x01\0\x5e\1\1\x2a" + b"\x02\0\0\0\0\1" + b"\x08\0" + ip


def write(file: Path) -> None:
    with file.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, 1))
        for number in range(FRAMES):
            data = encapsulated(number)
            out.write(struct.pack("<IIII", 1_700_000_000, number, len(data), len(data)) + data)


def timed(*words: str | Path) -> tuple[float, str]:
    start = time.perf_counter()
    ended = subprocess.run([*map(str, words)], check=True, capture_output=True, text=True)
    return time.perf_counter() - start, ended.stdout


def main() -> None:
    vxlab = (sys.executable, "-m", "vxlab", "inspect", "--summary", "--json")
    tshark = ("tshark", "-T", "fields", "-e", "vxlan.vni", "-e", "arp.opcode", "-r")
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "arp.pcap"
        write(file)
        for _ in range(ROUNDS):
            seconds, told = timed(*vxlab, file)
            ours.append(seconds)
            seconds, lines = timed(*tshark, file)
            theirs.append(seconds)
            rows = json.loads(told)["vnis"]
            assert {str(row["vni"]): row["frames"] for row in rows} == counts(lines), "they do not agree"
    us, them = statistics.median(ours), statistics.median(theirs)
    print(f"{'frames':>8} {'vxlab':>8} {'tshark':>8} {'tshark/vxlab':>13}")
    print(f"{FRAMES:>8} {us:>7.2f}s {them:>7.2f}s {them / us:>12.1f}x   (goal: {GOAL}x)")


def counts(lines: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines.splitlines():
        vni = line.partition("\t")[0]
        found[vni] = found.get(vni, 0) + 1
    return found


if __name__ == "__main__":
    main()
