"""What the running kernel is too old for is an error before anything is changed; what it has, it makes."""

import platform
import re
from pathlib import Path

import pytest

from tests import bench
from tests.kernel.conftest import vxlab
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
    (kind, option)
    for kind in options.TRIED
    for option in kind.options
    if numbers(option.kernel) > OLDEST and not ROWS[kind.name][option.name].without
]

pytestmark = pytest.mark.vm


def is_there(option: Option) -> bool:
    return numbers(option.kernel) <= RUNNING


def node(kind: Kind, option: Option) -> str:
    return f"{kind.name}-{option.name}".replace("_", "-")


@pytest.mark.usefixtures("leaves_nothing")
def test_young_options_work_or_are_refused_at_once(tmp_path: Path) -> None:
    """In a lab with a node for each."""
    rows = {node(kind, option): (kind.name, ROWS[kind.name][option.name]) for kind, option in YOUNG}
    nodes = {name: node_of(kind, row, row.said) for name, (kind, row) in rows.items()}
    file = write(tmp_path / "young.yaml", nodes)
    lacking = [(kind, option) for kind, option in YOUNG if not is_there(option)]
    said = vxlab("up", file, status=1 if lacking else 0).stderr
    if not lacking:
        assert "nothing to do" in vxlab("plan", file).stdout
        return
    assert said.startswith("vxlab: this kernel") and said.endswith("Nothing was changed.\n") and said.count("\n") == 1
    for kind, option in YOUNG:
        told = rf" {kind.name} \w+ \(Linux {re.escape(option.kernel)}, needed by [^)]*low-{node(kind, option)}:"
        assert bool(re.search(told, said)) != is_there(option), (option.name, said)


def test_doctor_names_young_options() -> None:
    told = bench.features()
    for kind, option in YOUNG:
        # Of those that came together, it names one.
        name = options.name_of(kind, option)
        assert name not in told or (told[name] == "ok") == is_there(option), name
    assert len({options.name_of(*young) for young in YOUNG} & told.keys()) > len(YOUNG) / 2
