"""From one lab to another by `up`, and by the commands that `plan --commands` prints: the same comes of both."""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.conftest import SMALL
from tests.kernel import oracle
from tests.kernel.conftest import machine, netns, run, vxlab
from tests.kernel.drawn import labs
from tests.unit.drawn import written

LAB = "change"

PAIRS = list(pairwise([*SMALL, SMALL[0]]))


def named(file: Path, where: Path) -> Path:
    """The same topology under the name of the one lab that changes."""
    copy = where / file.name
    lines = file.read_text().splitlines()
    copy.write_text("\n".join(f"name: {LAB}" if line.startswith("name:") else line for line in lines))
    return copy


def _begin(file: Path) -> None:
    """Bring up what is then changed, and let it settle: an address that is tentative when its link loses the carrier
    stays so.
    """
    vxlab("up", file)
    oracle.settled(*netns())


def assert_commands_change_as_up_does(first: Path, second: Path, where: Path) -> None:
    before = machine()
    try:
        _begin(first)
        script = where / "change.sh"
        script.write_text(vxlab("plan", second, "--commands").stdout)
        run("sh", "-eu", script)
        by_commands = oracle.world(netns())
    finally:
        vxlab("down", LAB)
        # Namespaces that the commands made are nobody's lab's.
        for name in netns():
            run("ip", "netns", "del", name)
    try:
        _begin(first)
        vxlab("up", second)
        by_up = oracle.world(netns())
    finally:
        vxlab("down", LAB)
    # Commands that make a namespace leave the directory of names behind.
    assert machine() | {"files": [], "mounts": []} == before | {"files": [], "mounts": []}
    assert by_up.keys() == by_commands.keys()
    found = oracle.apart(by_up, by_commands)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda file: file.stem)
def test_commands_change_a_lab_as_up_does(one: Path, other: Path, tmp_path: Path) -> None:
    assert_commands_change_as_up_does(named(one, tmp_path), named(other, tmp_path), tmp_path)


@given(labs, labs)
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_commands_change_any_lab_as_up_does(one: dict[str, Any], other: dict[str, Any]) -> None:
    with TemporaryDirectory() as where:
        files = [Path(where) / "one.yaml", Path(where) / "other.yaml"]
        for file, lab in zip(files, (one, other), strict=True):
            file.write_text(written({**lab, "name": LAB}))
        assert_commands_change_as_up_does(*files, Path(where))
