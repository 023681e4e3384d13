"""The labs that are killed and refused at each step, and what each of them is changed to.

    small      2 nodes, a cable, a VXLAN device with an FDB entry, a route, a sysctl
    processes  2 nodes with three programs that run under two inits
    multicast  2 VTEPs, 2 hosts, an underlay switch, VNI 42 by multicast
    gateways   2 VTEPs with gateways of two segments, IPv6 hosts

The first one is part of `make test`; all of them are of `make test-kill`.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel import made
from tests.kernel.conftest import machine, netns, vxlab
from tests.kernel.oracle import World, apart, world

SMALL = """
name: made
nodes:
  a:
    sysctls: {net.ipv4.ip_forward: 1}
    links:
      eth0: {mac: "02:00:00:00:00:01", addresses: [192.0.2.1/30]}
      vx0: {kind: vxlan, vni: 100, local: 192.0.2.1, port: 4789, learning: false, mac: "02:00:00:00:00:64",
            addresses: [198.51.100.1/24]}
    fdb: [{link: vx0, mac: "00:00:00:00:00:00", dst: 192.0.2.2}]
    routes: [{to: 203.0.113.0/24, via: 192.0.2.2}]
  b: {links: {eth0: {mac: "02:00:00:00:00:02", addresses: [192.0.2.2/30]}}}
links: [[a:eth0, b:eth0]]
"""
PROCESSES = """
name: made
nodes:
  a:
    links: {eth0: {mac: "02:00:00:00:00:01", addresses: [192.0.2.1/30]}}
    processes: {one: [sleep, "1000"], two: {command: [sleep, "1001"], restart: always}}
  b:
    links: {eth0: {mac: "02:00:00:00:00:02", addresses: [192.0.2.2/30]}}
    processes: {three: [sleep, "1002"]}
links: [[a:eth0, b:eth0]]
"""
LABS = {
    "small": SMALL,
    "processes": PROCESSES,
    "multicast": made.made("multicast"),
    "gateways": made.gateways("replicate", 4, 6),
}

# Another VNI; a node less and one more; another name for a host.
CHANGES = {
    "small": [("vni: 100", "vni: 200"), ("b: {links", "c: {links"), ("b:eth0]", "c:eth0]")],
    "processes": [("one: [", "four: ["), ('"1002"', '"1003"'), ("192.0.2.2/30", "192.0.2.2/29")],
    "multicast": [("vni: 42", "vni: 43"), ("h[1-2]: {", "g[1-2]: {")],
    "gateways": [("vni: 100", "vni: 101"), ("r[1-2]: {", "x[1-2]: {")],
}

NAMES = [pytest.param(name, marks=() if name == "small" else pytest.mark.kill) for name in LABS]

Lab = tuple[Path, Path]
"""The file of a lab, and one that it is changed to."""


def files(name: str, directory: Path) -> Lab:
    text = changed = LABS[name]
    for old, new in CHANGES[name]:
        assert old in changed
        changed = changed.replace(old, new)
    one, other = directory / "one.yaml", directory / "other.yaml"
    one.write_text(text)
    other.write_text(changed)
    return one, other


def fresh(file: Path) -> World:
    """The lab as it is when it is made in one go."""
    vxlab("up", file)
    found = world(netns())
    vxlab("down", "made")
    return found


def is_whole(wanted: World) -> None:
    assert sorted(netns()) == sorted(wanted)
    assert apart(world(netns()), wanted, history=False) == []


def is_gone(before: dict[str, object]) -> None:
    vxlab("down", "made")
    after = machine()
    assert after == before, {what: (before[what], after[what]) for what in after if after[what] != before[what]}


def nothing() -> None:
    vxlab("down", "made")


def up_of(file: Path) -> Callable[[], object]:
    return lambda: vxlab("up", file)
