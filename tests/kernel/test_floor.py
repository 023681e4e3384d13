"""The floor of the benchmarks makes the network that vxlab makes: what iproute2 says of both is the same."""

import sys
from pathlib import Path
from typing import Any

from benchmarks.networks import flat
from tests.kernel.conftest import ip, netns, pings, run, until, vxlab
from tests.kernel.oracle import apart, world
from vxlab.kernel.marks import SYSCTL as MARK

FLOOR = (sys.executable, "-I", "-S", str(Path("benchmarks/floor").absolute()))
SIZE = 3


def measured() -> tuple[dict[str, Any], dict[str, str]]:
    """What iproute2 says of all namespaces, and the queues in use and the sysctls but for vxlab's mark."""
    names = netns()
    until(lambda: ip("bench-underlay", "link", "show", "br0")[0]["operstate"] != "UNKNOWN")
    return world(names), {name: inner(name) for name in names}


def inner(namespace: str) -> str:
    ask = f"ls -d /sys/class/net/*/queues/*; sysctl -a --pattern '^net' 2>/dev/null | grep -v {MARK}"
    return run("ip", "netns", "exec", namespace, "sh", "-c", ask).stdout


def test_it_is_the_same_network(tmp_path: Path) -> None:
    file = tmp_path / "bench.yaml"
    file.write_text(flat(SIZE).topology)
    vxlab("up", file)
    ours, ours_inner = measured()
    vxlab("down", "bench")
    assert netns() == []
    run(*FLOOR, "up", str(SIZE))
    theirs, theirs_inner = measured()
    assert pings("bench-h1", "10.0.0.3")
    run(*FLOOR, "down")
    assert netns() == []
    assert len(theirs) == 2 * SIZE + 1
    assert ours.keys() == theirs.keys()
    assert apart(ours, theirs) == []
    assert ours_inner == theirs_inner


def test_a_refusal_of_the_kernel_is_one_of_the_floor() -> None:
    run(*FLOOR, "up", "1")
    ended = run(*FLOOR, "up", "1", status=1)
    run(*FLOOR, "down")
    assert "File exists: '/run/netns/bench-underlay'" in ended.stderr
