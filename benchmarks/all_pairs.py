"""How long all ordered pairs of hosts take: `vxlab verify --all-pairs` beside Mininet's pingall, in one run.

    make bench-pairs

Both have 50 hosts: vxlab's are behind a VTEP each (101 namespaces, one segment in mode multicast), Mininet's on one
Linux bridge. Of vxlab the whole command is timed, with interpreter start and reading the record; of Mininet the call of
``pingAll()`` alone, in a program that runs already. Medians of some rounds, in turn.

Mininet is a program of Debian (mininet, bridge-utils). It raises the kernel's limit of neighbour entries, for all
namespaces; here both get the same limit, and afterwards it is what it was.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import neighbours
from benchmarks.contenders import VXLAB
from benchmarks.networks import flat
from benchmarks.timing import timed

HOSTS = 50
ROUNDS = 5
MOST_LOST = 0.2
"""Percent of Mininet's pings that may be lost: each costs it a second."""

MININET = f"""
import json, time
from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo
setLogLevel("critical")
net = Mininet(SingleSwitchTopo({HOSTS}), switch=LinuxBridge, controller=None)
net.start()
try:
    start = time.perf_counter()
    lost = net.pingAll(timeout="1")
    print(json.dumps([time.perf_counter() - start, lost]))
finally:
    net.stop()
"""


def pingall() -> float:
    """Seconds, in network and mount namespaces of its own."""
    inside = 'mount -t tmpfs tmpfs /run; ip link set lo up; exec /usr/bin/python3 -c "$0"'
    done = subprocess.run(
        ["unshare", "-n", "-m", "sh", "-c", inside, MININET], check=True, stdout=subprocess.PIPE, text=True
    )
    seconds, lost = json.loads(done.stdout.splitlines()[-1])
    if lost > MOST_LOST:
        sys.exit(f"Mininet lost {lost} % of its pings: that is no measure")
    return float(seconds)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, neighbours.room():
        file = Path(folder) / "bench.yaml"
        file.write_text(flat(HOSTS).topology)
        timed(*VXLAB, "up", file)
        try:
            rounds = [(timed(*VXLAB, "verify", "bench", "--all-pairs").seconds, pingall()) for _ in range(ROUNDS)]
        finally:
            timed(*VXLAB, "down", "bench")
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{HOSTS * (HOSTS - 1)} ordered pairs: verify --all-pairs {ours:.2f} s, pingall {theirs:.2f} s")
    print(f"verify is {theirs / ours:.1f} times as fast (goal: 10)")


if __name__ == "__main__":
    main()
