"""Killed before any step of theirs, up, down and a changing up leave what down removes and up finishes.

lab      2 nodes, a cable, a VXLAN device with an FDB entry          (small)
         2 VTEPs, 2 hosts, an underlay switch, VNI 42 by multicast   (multicast)
         2 VTEPs with gateways of two segments, IPv6, sysctls        (gateways)

up  --killed before step n-->  down           -> the machine is as before
up  --killed before step n-->  up             -> the lab is as one made in one go
and so for down, and for an up that changes one lab into another one.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel import injected, made
from tests.kernel.conftest import machine, netns, vxlab
from tests.kernel.oracle import World, apart, world

SMALL = """
name: made
nodes:
  a:
    sysctls: {net.ipv4.ip_forward: 1}
    links:
      eth0: {addresses: [192.0.2.1/30]}
      vx0: {kind: vxlan, vni: 100, local: 192.0.2.1, port: 4789, learning: false, addresses: [198.51.100.1/24]}
    fdb: [{link: vx0, mac: "00:00:00:00:00:00", dst: 192.0.2.2}]
    routes: [{to: 203.0.113.0/24, via: 192.0.2.2}]
  b: {links: {eth0: {addresses: [192.0.2.2/30]}}}
links: [[a:eth0, b:eth0]]
"""
LABS = {"small": SMALL, "multicast": made.made("multicast"), "gateways": made.gateways("replicate", 4, 6)}

# Another VNI, another host, another name, a node less and one more, an address.
CHANGES = {
    "small": [("vni: 100", "vni: 200"), ("b: {links", "c: {links"), ("b:eth0]", "c:eth0]")],
    "multicast": [("vni: 42", "vni: 43"), ("h[1-2]: {", "g[1-2]: {")],
    "gateways": [("vni: 100", "vni: 101"), ("r[1-2]: {", "x[1-2]: {")],
}

Lab = tuple[Path, Path]
"""The file of a lab, and one that it is changed to."""


@pytest.fixture(params=LABS)
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Lab:
    text = changed = LABS[request.param]
    for old, new in CHANGES[request.param]:
        assert old in changed
        changed = changed.replace(old, new)
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(text)
    other.write_text(changed)
    return one, other


def fresh(file: Path) -> World:
    """The lab as it is when it is made in one go."""
    vxlab("up", file)
    found = world(netns())
    vxlab("down", "made")
    return found


def is_whole(file: Path, wanted: World) -> None:
    vxlab("up", file)
    assert sorted(netns()) == sorted(wanted)
    assert apart(world(netns()), wanted, history=False) == []


def is_gone(before: object) -> None:
    vxlab("down", "made")
    assert machine() == before


def nothing() -> None:
    vxlab("down", "made")


def up_of(file: Path) -> Callable[[], object]:
    return lambda: vxlab("up", file)


@pytest.mark.parametrize("end", ["down", "up"])
@pytest.mark.parametrize("what", ["up", "down", "change"])
def test_killed_before_any_step(lab: Lab, what: str, end: str) -> None:
    one, other = lab
    clean = machine()
    words = {"up": ("up", one), "down": ("down", "made"), "change": ("up", other)}[what]
    before = nothing if what == "up" else up_of(one)
    wanted = fresh(other if what == "change" else one) if end == "up" else {}
    steps = 0
    for steps in injected.kills(words, before):
        if end == "down":
            is_gone(clean)
        else:
            is_whole(other if what == "change" else one, wanted)
    nothing()
    print(f"{what}, killed before each of {steps} steps")
    assert steps > 5
    assert machine() == clean
