"""Networks of the kernel's self-tests that need VLANs and VRFs: who reaches whom is what the self-test demands."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel.conftest import Up, ip, pings, run, vxlab

HERE = Path(__file__).parent / "selftests"

ROUTED = [("h1", "10.1.2.101"), ("h1", "10.1.1.102"), ("h2", "10.1.2.102"), ("h1", "10.1.2.102"), ("h2", "10.1.1.102")]

PINGS = {
    "vxlan_bridge_1q": [("h1", f"{net}.{host}") for net in ("192.0.2", "198.51.100") for host in (2, 3, 4)],
    "vxlan_asymmetric": ROUTED,
    "vxlan_symmetric": ROUTED,
    "test_bridge_neigh_suppress": [
        ("h1", address) for address in ("192.0.2.2", "192.0.2.18", "2001:db8:1::2", "2001:db8:2::2")
    ],
}

NEEDS = {
    "vxlan_bridge_1q": ("bridge vlan_filtering", "vlan"),
    "vxlan_asymmetric": ("bridge vlan_filtering", "vlan", "vrf", "macvlan"),
    "vxlan_symmetric": ("bridge vlan_filtering", "vlan", "vrf", "macvlan"),
    "test_bridge_neigh_suppress": ("bridge vlan_filtering", "vlan", "vxlan external"),
}

BringUp = Callable[[Path], Up]


def selftest(name: str) -> pytest.param:
    return pytest.param(name, marks=pytest.mark.needs(*NEEDS[name]))


def test_each_file_is_tried() -> None:
    assert {file.stem for file in HERE.glob("*.yaml")} == PINGS.keys()


@pytest.mark.parametrize("name", [*map(selftest, PINGS)])
def test_hosts_reach_each_other(up: BringUp, name: str) -> None:
    lab = up(HERE / f"{name}.yaml")
    for host, address in PINGS[name]:
        assert pings(lab(host), address, seconds=10), f"{host} does not reach {address}"
    assert "nothing to do" in vxlab("plan", lab.file).stdout


@pytest.mark.needs(*NEEDS["test_bridge_neigh_suppress"])
def test_bridge_answers_for_a_neighbour_that_it_was_told(up: BringUp) -> None:
    """Of VLAN 10, to which nobody else could answer any more; in VLAN 20 nobody does."""
    lab = up(HERE / "test_bridge_neigh_suppress.yaml")
    run("ip", "-n", lab("h2"), "link", "set", "dev", "eth0", "down")
    for address in ("192.0.2.2", "2001:db8:1::2", "192.0.2.18"):
        pings(lab("h1"), address, seconds=1)
    found = {entry["dst"]: entry.get("lladdr") for entry in ip(lab("h1"), "neigh", "show")}
    known = "02:00:00:00:00:02"
    assert (found["192.0.2.2"], found["2001:db8:1::2"], found.get("192.0.2.18")) == (known, known, None)
