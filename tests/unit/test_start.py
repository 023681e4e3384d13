"""What a command loads, which is most of the time that a small one takes: nothing that it does not need."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from tests.loaded import loaded_by
from vxlab.cli.chosen import FAMILIES

LAB = Path(__file__).parents[2] / "topologies" / "multicast.yaml"

HEAVY = {"_hashlib", "asyncio", "jinja2", "pydantic", "pyroute2", "rich", "scapy", "ssl"}

OF_FILES = ("yaml", "vxlab.topology")
"""What is there only for who reads a topology."""


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["up", "--help"],
        ["--version"],
        ["validate", LAB],
        ["expand", LAB],
        ["cheatsheet", LAB],
        ["cheatsheet", "--batch", "--node", "vtep1", LAB],
        ["explain", "ip", "link", "add", "br0", "type", "bridge"],
    ],
    ids=lambda words: " ".join(map(str, words[:2])),
)
def test_who_needs_no_kernel_loads_nothing_heavy(words: list[str | Path]) -> None:
    loaded = loaded_by(*words)
    assert "typer" in loaded
    assert not HEAVY & loaded
    if LAB not in words:
        assert not loaded.intersection(OF_FILES)


def test_a_command_loads_its_own_family_alone() -> None:
    loaded = {name.removeprefix("vxlab.cli.") for name in loaded_by("validate", LAB) if name.startswith("vxlab.cli.")}
    assert loaded & FAMILIES.keys() == {"files", "labs"}, "files shares options with labs"


@pytest.mark.parametrize("family", FAMILIES)
def test_families_have_the_commands_that_they_are_listed_with(family: str) -> None:
    program = typer.Typer()
    import_module(f"vxlab.cli.{family}").add_to(program)
    added = (*(one.name for one in program.registered_commands), *(one.name for one in program.registered_groups))
    assert added == FAMILIES[family]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["up", "--lock-timeout", "soon", LAB], "'--lock-timeout'"),
        (["up", "--lock-timeout", "-1", LAB], "'--lock-timeout'"),
        (["logs", "-n", "-3", "x"], "'--lines'"),
        (["cheatsheet", "--format", "pdf", LAB], "'--format'"),
        (["new", "x", "--force=maybe"], "'--force'"),
        (["validate"], "FILE"),
    ],
    ids=lambda words: " ".join(map(str, words)) if isinstance(words, list) else "",
)
def test_what_is_no_plain_word_is_refused_by_typer(words: list[str | Path], told: str) -> None:
    done = subprocess.run([sys.executable, "-m", "vxlab", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and told in done.stderr


LATE = "import atexit, sys; from vxlab.cli.program import main; atexit.register(print, 'late', file=sys.stderr); main()"


@pytest.mark.parametrize(
    ("words", "status", "out"), [(["--version"], 0, "vxlab "), (["schema"], 0, "{"), (["up", "--nope"], 2, "")]
)
def test_the_program_ends_at_once_when_all_is_said(words: list[str], status: int, out: str) -> None:
    ended = subprocess.run([sys.executable, "-c", LATE, *words], capture_output=True, text=True, check=False)
    assert ended.returncode == status and ended.stdout.startswith(out) and "late" not in ended.stderr
    assert out or "--nope" in ended.stderr


def test_output_that_cannot_be_written_is_told_to_the_end() -> None:
    with open("/dev/full", "w") as full:
        words = [sys.executable, "-c", f"print('first'); {LATE}", "--version"]
        ended = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode != 0 and "No space left on device" in ended.stderr
