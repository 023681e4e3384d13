"""What the running kernel is too old for is an error before anything is changed; what it has, it makes."""

import platform
import re
from pathlib import Path

import pytest

from tests import bench
from tests.kernel.conftest import machine, vxlab
from tests.kernel.rows import ROWS
from tests.kernel.test_lowlevel import node_of, write
from vxlab.kernel import options
from vxlab.state.kind import Kind, Option


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:2]))


RUNNING = numbers(platform.release())
OLDEST = (6, 1)
"""The older one of the two benches."""

YOUNG = [
    pytest.param(kind, option, id=options.name_of(kind, option))
    for kind in options.TRIED
    for option in kind.options
    if numbers(option.kernel) > OLDEST and not ROWS[kind.name][option.name].without
]

pytestmark = pytest.mark.vm


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """What doctor says of each feature."""
    return bench.features()


@pytest.mark.parametrize(("kind", "option"), YOUNG)
def test_young_option_works_or_is_refused_at_once(kind: Kind, option: Option, told: dict, tmp_path: Path) -> None:
    row = ROWS[kind.name][option.name]
    file = write(tmp_path / "young.yaml", {"a": node_of(kind.name, row, row.said)})
    before = machine()
    is_there = numbers(option.kernel) <= RUNNING
    if is_there:
        vxlab("up", file)
        assert "nothing to do" in vxlab("plan", file).stdout
        vxlab("down", file)
    else:
        said = vxlab("up", file, status=1).stderr
        assert re.search(rf" {kind.name} \w+ \(Linux {option.kernel}, needed by low-a:\w+\)", said), said
        assert said.endswith("Nothing was changed.\n") and said.count("\n") == 1
    assert machine() == before
    # Of those that came together, doctor names one.
    name = options.name_of(kind, option)
    assert name not in told or (told[name] == "ok") == is_there
