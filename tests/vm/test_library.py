"""Files of the library that need a full kernel: they are what they say, and their commands make the same."""

from pathlib import Path

import pytest

from tests.conftest import FULL, ROOT
from tests.kernel.conftest import Up, vxlab
from tests.kernel.test_library import BringUp, the_two_commands_run
from tests.kernel.test_script import assert_scripts_and_up_make_the_same

FILES = [
    pytest.param(ROOT / "topologies" / f"{name}.yaml", id=name, marks=pytest.mark.needs(*needs))
    for name, needs in FULL.items()
]


@pytest.mark.parametrize("file", FILES)
def test_file_is_what_it_says(up: BringUp, file: Path) -> None:
    lab: Up = up(file)
    assert "nothing to do" in vxlab("plan", file).stdout
    the_two_commands_run(file)
    assert "no drift" in vxlab("status", lab.name).stdout


@pytest.mark.parametrize("file", FILES)
def test_scripts_and_up_make_the_same(file: Path, tmp_path: Path) -> None:
    assert_scripts_and_up_make_the_same(file, tmp_path, "batch")
