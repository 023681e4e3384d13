"""The topologies in the guide come up as they stand there, each on a bench that has what it needs."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.kernel.conftest import ip, vxlab
from tests.unit.test_docs import BLOCKS, written
from vxlab.state.kind import Family
from vxlab.topology import Topology, load

RARE = ("dummy", "vlan", "vrf")
"""Kinds of links that not every kernel has."""


def needs(topology: Topology) -> list[str]:
    """Of what not every kernel has, what a topology needs."""
    state = topology.state
    kinds = {link.kind.name for link in state.family(Family.LINK)}
    filters = any(link.get("vlan_filtering") for link in state.family(Family.LINK))
    impaired = any(state.family(Family.QDISC))
    return [kind for kind in RARE if kind in kinds] + filters * ["bridge vlan_filtering"] + impaired * ["qdisc netem"]


def of_one_machine() -> list:
    """The blocks, but for those of labs that span machines."""
    found = []
    for block in BLOCKS:
        with TemporaryDirectory() as where:
            topology = load(written(block.values[0], Path(where)))
        if not topology.machines:
            found.append(pytest.param(*block.values, id=block.id, marks=pytest.mark.needs(*needs(topology))))
    return found


@pytest.mark.parametrize("block", of_one_machine())
def test_a_topology_in_the_documents_comes_up(block: str, tmp_path: Path) -> None:
    file = written(block, tmp_path)
    lab = json.loads(vxlab("up", file, "--json").stdout)["lab"]
    try:
        assert ip(f"{lab}-{json.loads(vxlab('status', lab, '--json').stdout)['nodes'][0]['node']}", "link")
        assert json.loads(vxlab("plan", file, "--json").stdout)["steps"] == []
    finally:
        vxlab("down", lab)
