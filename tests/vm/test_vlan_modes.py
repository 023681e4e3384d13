"""Each mode of a segment with VLANs: both styles, another VLAN on each VTEP, and a VTEP without any.

trunk: blue, red                 untagged red, tagged blue            red
h1 -- vtep1 (10, 20, devices) ... vtep2 (110, 120, one device) ... vtep3 (no VLANs) -- h3
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel.conftest import Up, pings, vxlab
from tests.kernel.test_script import assert_scripts_and_up_make_the_same

pytestmark = pytest.mark.needs("bridge vlan_filtering", "vlan", "vxlan external", "vxlan vnifilter")

LAB = """\
name: modes
underlay: {subnet: SUBNET}
segments:
  blue: {vni: 100, mode: MODE, subnet: [10.1.0.0/24, "2001:db8:1::/64"]}
  red: {vni: 200, mode: MODE, subnet: 10.2.0.0/24}
vteps:
  vtep1: {vlans: {10: blue, 20: red}}
  vtep2: {vlans: {110: blue, 120: red}, style: STYLE}
  vtep3: {segments: [red]}
hosts:
  h1: {vtep: vtep1, trunk: [blue, red]}
  h2: {vtep: vtep2, segment: red, trunk: [blue]}
  h3: {vtep: vtep3, segment: red}
"""
LABS = [
    pytest.param(mode, style, subnet, id=f"{mode} {style} IPv{version}")
    for mode, style, version, subnet in (
        ("multicast", "single-device", 4, "192.0.2.0/24"),
        ("replicate", "single-device", 6, '"2001:db8::/64"'),
        ("static-l2", "single-device", 4, "192.0.2.0/24"),
        ("static-l3", "device-per-vni", 6, '"2001:db8::/64"'),
    )
]


@pytest.fixture
def file(mode: str, style: str, subnet: str, tmp_path: Path) -> Path:
    path = tmp_path / "modes.yaml"
    path.write_text(LAB.replace("MODE", mode).replace("STYLE", style).replace("SUBNET", subnet))
    return path


@pytest.mark.parametrize(("mode", "style", "subnet"), LABS)
def test_it_is_proved_and_its_commands_make_the_same(up: Callable[[Path], Up], file: Path, tmp_path: Path) -> None:
    lab = up(file)
    assert "nothing to do" in vxlab("plan", file).stdout
    for sender, address in (("h1", "10.2.0.3"), ("h1", "10.1.0.2"), ("h2", "2001:db8:1::1"), ("h3", "10.2.0.2")):
        assert pings(lab(sender), address)
    verdict = json.loads(vxlab("verify", lab.name, "--json").stdout)
    assert verdict["passed"] and not verdict["unproved"]
    assert "proved" in vxlab("verify", lab.name, "--all-pairs").stdout
    vxlab("down", lab.name)
    assert_scripts_and_up_make_the_same(file, tmp_path, "batch")
