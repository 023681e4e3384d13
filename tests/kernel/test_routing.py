"""The way that vxlab says a packet takes is the one that the kernel looks up (`ip route get`), hop by hop."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel.conftest import Up, ip
from tests.kernel.made import gateways
from vxlab.state.model import NetworkState
from vxlab.topology import load
from vxlab.verify.overlay import segments
from vxlab.verify.routing import journey


def next_hop(state: NetworkState, namespace: str, address: str) -> str:
    """What vxlab says."""
    way = journey(state, segments(state), namespace, address)
    assert way
    return way.addresses[0]


def looked_up(namespace: str, address: str) -> str:
    """What the kernel says: a tunnel's header comes with the next hop."""
    (route,) = ip(namespace, "route", "get", address)
    hop: str = route.get("gateway") or route["dst"]
    return hop


@pytest.mark.parametrize(
    ("name", "start", "address"),
    [
        ("irb", "r1", "10.2.0.3"),
        ("irb", "vtep1", "10.2.0.3"),
        ("irb", "b2", "10.1.0.2"),
        ("irb", "r1", "198.51.100.1"),
        ("unicast-routing", "h1", "10.0.2.2"),
        ("unicast-routing", "vtep1", "10.0.3.2"),
        ("flannel", "pod1", "10.244.2.2"),
        ("flannel", "node1", "10.244.3.2"),
    ],
)
def test_the_next_hop_is_that_of_the_kernel(
    up: Callable[[Path], Up], library: Path, name: str, start: str, address: str
) -> None:
    file = library / f"{name}.yaml"
    lab = up(file)
    assert next_hop(load(file).state, lab(start), address) == looked_up(lab(start), address)


def test_the_next_hop_of_ipv6_too(up: Callable[[Path], Up], tmp_path: Path) -> None:
    file = tmp_path / "made.yaml"
    file.write_text(gateways("replicate", 6, 6))
    lab, state = up(file), load(file).state
    for start in ("r1", "vtep1"):
        assert next_hop(state, lab(start), "2001:db8:30::3") == looked_up(lab(start), "2001:db8:30::3")
