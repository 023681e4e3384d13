"""The topologies in the guide come up as they stand there."""

import json
from pathlib import Path

import pytest

from tests.kernel.conftest import ip, vxlab
from tests.unit.test_docs import BLOCKS, written


@pytest.mark.parametrize("block", BLOCKS)
def test_a_topology_in_the_documents_comes_up(block: str, tmp_path: Path) -> None:
    file = written(block, tmp_path)
    answer = vxlab("up", file, "--json", status=None)
    if "this kernel cannot make" in answer.stderr:
        pytest.skip(answer.stderr)
    assert answer.returncode == 0, answer.stderr
    lab = json.loads(answer.stdout)["lab"]
    try:
        assert ip(f"{lab}-{json.loads(vxlab('status', lab, '--json').stdout)['nodes'][0]['node']}", "link")
        assert json.loads(vxlab("plan", file, "--json").stdout)["steps"] == []
    finally:
        vxlab("down", lab)
