"""`vxlab new`: starter files that are right as they are, written where they should be and nowhere else."""

import json
import subprocess
from pathlib import Path

import pytest

from tests import forked
from vxlab.topology import load
from vxlab.topology.jsonschema import text
from vxlab.topology.starter import MODELINE, SCHEMA_FILE, StarterError, modes, starter, write

MODES = modes()


def new(directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return forked.run("new", *words, timeout=60, cwd=directory)


@pytest.mark.parametrize("mode", MODES)
def test_a_starter_is_a_topology(mode: str, tmp_path: Path) -> None:
    written = write(tmp_path, "mine", mode)
    assert written.file == tmp_path / "mine.yaml"
    assert load(written.file).name == "mine"
    lines = written.file.read_text().splitlines()
    assert lines[0] == MODELINE
    assert all(len(line) <= 120 for line in lines)
    assert "vxlab up mine.yaml" in written.file.read_text()
    assert written.file.read_text().count("#") > 10


def test_there_is_a_starter_for_every_mode_of_a_segment() -> None:
    from vxlab.topology.names import MODE

    assert {*MODE.now} <= {*MODES}


@pytest.mark.parametrize("name", ["true", "null", "42", "0x10", "007", "no", "1e3"])
def test_a_name_that_is_another_thing_to_yaml(name: str, tmp_path: Path) -> None:
    assert load(write(tmp_path, name, "multicast").file).name == name


@pytest.mark.parametrize(
    "name", ["", "../up", "/etc/x", "a/b", ".hidden", "a b", "a.b", "-x", "x" * 64, "a\nb", "{{1}}"]
)
def test_a_name_that_cannot_be_a_labs(name: str, tmp_path: Path) -> None:
    with pytest.raises(StarterError, match="is not a name"):
        write(tmp_path, name, "multicast")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mode", ["multicats", "", "../multicast", "multicast.yaml.j2"])
def test_a_mode_that_there_is_not(mode: str) -> None:
    with pytest.raises(StarterError, match="there is no starter for"):
        starter("mine", mode)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    own, schema = tmp_path / "mine.yaml", tmp_path / SCHEMA_FILE
    own.write_text("my own work")
    schema.write_text("{}")
    with pytest.raises(StarterError, match="exists already"):
        write(tmp_path, "mine", "multicast")
    assert own.read_text() == "my own work"
    written = write(tmp_path, "mine", "multicast", force=True)
    assert own.read_text() == starter("mine", "multicast")
    assert not written.schema_is_new and schema.read_text() == "{}"


@pytest.mark.parametrize("force", [False, True])
def test_a_link_does_not_lead_out_of_the_directory(tmp_path: Path, force: bool) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.write_text("precious")
    (here / "mine.yaml").symlink_to(elsewhere)
    (here / SCHEMA_FILE).symlink_to(tmp_path / "nothing")
    if force:
        write(here, "mine", "multicast", force=True)
        assert not (here / "mine.yaml").is_symlink()
    else:
        with pytest.raises(StarterError):
            write(here, "mine", "multicast")
    assert elsewhere.read_text() == "precious"
    assert not (tmp_path / "nothing").exists()


def test_new_says_what_it_wrote(tmp_path: Path) -> None:
    first = new(tmp_path, "mine")
    assert (first.returncode, first.stderr) == (0, "")
    assert "mine.yaml" in first.stdout and SCHEMA_FILE in first.stdout
    assert (tmp_path / SCHEMA_FILE).read_text() == text()
    again = new(tmp_path, "mine")
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr == "vxlab: mine.yaml exists already: --force replaces it\n"
    other = new(tmp_path, "other", "--from", "static-l3", "--json")
    wanted = {"file": "other.yaml", "lab": "other", "from": "static-l3", "schema": SCHEMA_FILE, "schema_is_new": False}
    assert json.loads(other.stdout) == wanted
    assert new(tmp_path, "../x").returncode == 2
    assert {path.name for path in tmp_path.iterdir()} == {"mine.yaml", "other.yaml", SCHEMA_FILE}


def test_help_names_every_mode(tmp_path: Path) -> None:
    told = " ".join(new(tmp_path, "--help").stdout.split())
    assert all(mode in told for mode in MODES)
