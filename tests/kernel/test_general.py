"""The general sheet: every command of it runs, and answers what the sheet says."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.conftest import machine, netns, run
from vxlab.commands.sheets.general import general, script
from vxlab.commands.sheets.ip_examples import EXAMPLES

COMMANDS = [example for section in EXAMPLES for example in section.examples]


def answers(said: str, expected: str) -> bool:
    """Whether an answer is what is expected: `…` is anything in a line, and any lines where it stands alone."""
    lines = ["(.*\n)*" if line.strip() == "…" else f"{one_line(line)}\n" for line in expected.splitlines()]
    return (
        re.fullmatch("".join(lines), "".join(f"{' '.join(line.split())}\n" for line in said.splitlines())) is not None
    )


def one_line(expected: str) -> str:
    return "[^\n]*".join(map(re.escape, " ".join(expected.split()).split("…")))


@pytest.mark.parametrize(
    ("said", "expected", "is_so"),
    [
        ("a  b \n", "a b", True),
        ("a\nb\nc\n", "a\n…\nc", True),
        ("a\nc\n", "a\n…\nc", True),
        ("2: eth0@eth1: <UP> x\n", "…: eth0@eth1: <UP…> x", True),
        ("a\nb\n", "a", False),
        ("a\nb\n", "a…", False),
        ("axc\n", "a.c", False),
        ("", "a…", False),
    ],
)
def test_what_an_answer_is(said: str, expected: str, is_so: bool) -> None:
    assert answers(said, expected) == is_so


@pytest.fixture
def scratch() -> Iterator[str]:
    run("ip", "netns", "add", "scratch")
    yield "scratch"
    run("ip", "netns", "del", "scratch")


def test_every_command_answers_as_the_sheet_says(scratch: str) -> None:
    for example in COMMANDS:
        said = run("ip", "netns", "exec", scratch, "sh", "-euc", example.command).stdout
        expected = example.output
        assert answers(said, expected), f"{example.command}\nexpected:\n{expected}\nanswered:\n{said}"


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_script_runs_and_leaves_nothing(shell: str, tmp_path: Path) -> None:
    file = tmp_path / "ip.sh"
    file.write_text(script())
    before = machine()
    ended = run(shell, file)
    assert machine() == before
    assert ended.stderr == ""
    assert ended.stdout.count("$ ") >= len(COMMANDS) - ended.stdout.count("| head")
    assert "192.0.2.2 dev eth0 lladdr 02:00:00:00:00:02 PERMANENT" in ended.stdout


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_script_goes_when_a_command_fails_or_somebody_stops_it(shell: str, tmp_path: Path) -> None:
    run("ip", "link", "set", "lo", "up")
    before = machine()
    for last, status in (("ip link set nothing up", 1), ("kill -TERM $$", 143), ("kill -INT $$", 130)):
        file = tmp_path / "ip.sh"
        file.write_text(script().replace("\nip route help", f"\n{last}\nip route help"))
        run(shell, file, status=status)
        assert machine() == before


def test_the_script_is_read_from_a_pipe() -> None:
    assert "vxlan id 42" in run("sh", "-s", input=general("sh")).stdout
    assert netns() == []


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="no shellcheck")
def test_shellcheck_is_silent(tmp_path: Path) -> None:
    file = tmp_path / "ip.sh"
    file.write_text(script())
    assert run("shellcheck", "--enable=all", "--exclude=SC2250,SC2312", file).stdout == ""
