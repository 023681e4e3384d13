"""Healthy labs of every mode, proved a hundred times in a row (`make soak`): not one may fail."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel.conftest import Up, vxlab
from tests.kernel.made import TOPOLOGIES
from tests.kernel.proofs import proved, verify

TIMES = int(os.environ.get("VXLAB_SOAK", "100"))


@pytest.mark.soak
@pytest.mark.parametrize("name", TOPOLOGIES)
def test_a_healthy_lab_is_proved_each_time(up: Callable[[Path], Up], tmp_path: Path, name: str) -> None:
    file = tmp_path / "made.yaml"
    file.write_text(TOPOLOGIES[name])
    lab = up(file)
    for _ in range(TIMES):
        proved(verify(lab))
    vxlab("verify", lab.name, "--all-pairs")
