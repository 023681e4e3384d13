"""From one lab to another by `up`, and by the commands that `plan --commands` prints: the same comes of both."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import TOPOLOGIES
from tests.kernel import oracle
from tests.kernel.conftest import machine, netns, run, vxlab

LAB = "change"

SMALL = [file for file in TOPOLOGIES if file.stem != "hundred"]
PAIRS = list(pairwise([*SMALL, SMALL[0]]))


def named(file: Path, where: Path) -> Path:
    """The same topology under the name of the one lab that changes."""
    copy = where / file.name
    lines = file.read_text().splitlines()
    copy.write_text("\n".join(f"name: {LAB}" if line.startswith("name:") else line for line in lines))
    return copy


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda file: file.stem)
def test_commands_change_a_lab_as_up_does(one: Path, other: Path, tmp_path: Path) -> None:
    before = machine()
    first, second = named(one, tmp_path), named(other, tmp_path)
    try:
        vxlab("up", first)
        script = tmp_path / "change.sh"
        script.write_text(vxlab("plan", second, "--commands").stdout)
        run("sh", "-eu", script)
        by_commands = oracle.world(netns())
    finally:
        vxlab("down", LAB)
        # Namespaces that the commands made are nobody's lab's.
        for name in netns():
            run("ip", "netns", "del", name)
    try:
        vxlab("up", first)
        vxlab("up", second)
        by_up = oracle.world(netns())
    finally:
        vxlab("down", LAB)
    assert machine() == before
    assert by_up.keys() == by_commands.keys()
    found = oracle.apart(by_up, by_commands)
    assert not found, "\n".join(found)
