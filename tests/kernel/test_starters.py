"""The files that `vxlab new` writes: each comes up as it is, works, and leaves nothing behind."""

import json
import sys
from pathlib import Path

import pytest

from tests.kernel.conftest import machine, pings, run, vxlab
from vxlab.topology.starter import modes

PROVED = ("multicast", "replicate", "static-l2")

# The node that asks, and whom it reaches.
REACHED = {
    "multicast": [("h1", "10.20.0.2")],
    "replicate": [("h1", "10.20.0.3")],
    "static-l2": [("h1", "10.20.0.3")],
    "static-l3": [("h1", "10.20.0.2"), ("h1", "2001:db8:20::2")],
    "leaf-spine": [("h1", "10.20.0.4")],
    "irb": [("h1", "10.30.0.1"), ("h1", "198.51.100.1"), ("h2", "10.20.0.1")],
    "low-level": [("a", "198.51.100.2")],
}


@pytest.mark.parametrize("mode", modes())
def test_a_starter_works(mode: str, tmp_path: Path) -> None:
    before = machine()
    run(sys.executable, "-m", "vxlab", "new", "mine", "--from", mode, cwd=tmp_path)
    vxlab("up", tmp_path / "mine.yaml")
    for node, address in REACHED[mode]:
        assert pings(f"mine-{node}", address), f"{node} does not reach {address}"
    if mode in PROVED:
        assert json.loads(vxlab("verify", "mine", "--json").stdout)["passed"]
    assert json.loads(vxlab("up", tmp_path / "mine.yaml", "--json").stdout)["steps"] == []
    vxlab("down", "mine")
    after = machine()
    assert (after["namespaces"], after["links"]) == (before["namespaces"], before["links"])
