"""What a kill leaves of links that not every kernel has: a sample of the steps that tests/kernel/test_kill.py takes."""

from pathlib import Path

import pytest

from tests.kernel import injected
from tests.kernel.conftest import machine, vxlab
from tests.kernel.killed import fresh, is_gone, is_whole, nothing

pytestmark = pytest.mark.needs("bridge vlan_filtering", "vlan", "vrf")

LAB = """
name: made
nodes:
  a:
    links:
      red: {kind: vrf, table: 100}
      eth0.10: {kind: vlan, link: eth0, id: 10, master: red, mac: "02:00:00:00:00:0a", addresses: [192.0.2.1/24]}
      br0: {kind: bridge, vlan_filtering: true}
      vx0: {kind: vxlan, vni: 100, master: br0}
    routes: [{to: 203.0.113.0/24, via: 192.0.2.2, table: 100}]
  b: {links: {eth0.10: {kind: vlan, link: eth0, id: 10, mac: "02:00:00:00:00:0b", addresses: [192.0.2.2/24]}}}
links: [{"a:eth0": {mac: "02:00:00:00:00:01"}, "b:eth0": {mac: "02:00:00:00:00:02"}}]
"""
EVERY = 6


@pytest.mark.parametrize("end", ["down", "up"])
def test_killed_before_some_steps(end: str, tmp_path: Path) -> None:
    file = tmp_path / "made.yaml"
    file.write_text(LAB)
    clean = machine()
    wanted = fresh(file) if end == "up" else {}
    step = 0
    for step in injected.kills(("up", file), before=nothing, every=EVERY):  # noqa: B007  how far it came
        if end == "down":
            is_gone(clean)
        else:
            vxlab("up", file)
            is_whole(wanted)
    nothing()
    assert step > 3 * EVERY
    assert machine() == clean
