"""How long `vxlab up` takes beside the shell script that it prints for the same lab: ratios, side by side, in one run.

    make bench

Whole commands are timed, with interpreter start, reading the file and the durable record. The network is N VTEPs with
one host each, one segment in mode multicast and one underlay switch; both build it in turn, and the median counts.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (2, 10, 50, 100)
ROUNDS = 3


def topology(size: int) -> str:
    return (
        f"name: bench\nunderlay: {{subnet: 172.16.0.0/16}}\nsegments: {{s: {{vni: 42}}}}\n"
        f"vteps: {{'v[1-{size}]': {{}}}}\nhosts: {{'h[1-{size}]': {{vtep: 'v[1-{size}]'}}}}\n"
    )


def timed(*words: str | Path) -> float:
    start = time.perf_counter()
    subprocess.run([*map(str, words)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def measure(size: int, folder: Path) -> tuple[float, float, float]:
    """Median seconds of up, of the script, and of up with nothing to do."""
    file, script = folder / "bench.yaml", folder / "bench.sh"
    file.write_text(topology(size))
    vxlab = (sys.executable, "-m", "vxlab")
    script.write_text(subprocess.run([*vxlab, "cheatsheet", file], check=True, capture_output=True, text=True).stdout)
    ups, scripts, agains = [], [], []
    for _ in range(ROUNDS):
        ups.append(timed(*vxlab, "up", file))
        agains.append(timed(*vxlab, "up", file))
        timed(*vxlab, "down", "bench")
        scripts.append(timed("sh", script))
        timed("sh", script, "--teardown")
    return statistics.median(ups), statistics.median(scripts), statistics.median(agains)


def main() -> None:
    print(f"{'VTEPs':>6} {'up':>8} {'script':>8} {'script/up':>10} {'up again/up':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            up, script, again = measure(size, Path(folder))
            print(f"{size:>6} {up:>7.2f}s {script:>7.2f}s {script / up:>9.1f}x {again / up:>11.2f}x")


if __name__ == "__main__":
    main()
