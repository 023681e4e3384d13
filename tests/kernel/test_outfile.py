"""Files that vxlab writes for a user: under sudo they are the user's, and nobody is given what was there before."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import forked
from tests.kernel.conftest import Up

BringUp = Callable[[Path], Up]
USER, GROUP = 12345, 23456
SUDO = {"SUDO_UID": str(USER), "SUDO_GID": str(GROUP)}


def written(where: Path, *words: str, **environment: str) -> None:
    ended = forked.run(*words, timeout=60, cwd=where, env={**os.environ, **environment})
    assert ended.returncode == 0, ended.stderr


def owner(file: Path) -> tuple[int, int]:
    return file.stat().st_uid, file.stat().st_gid


@pytest.fixture
def commands(up: BringUp, library: Path, tmp_path: Path) -> dict[str, tuple[str, ...]]:
    """Every command that writes a file, by the file's name."""
    lab = up(library / "multicast.yaml")
    written(tmp_path, "capture", lab.name, "-w", "first.pcapng", "--duration", "0.1")
    return {
        "new.pcapng": ("capture", lab.name, "-w", "new.pcapng", "--duration", "0.1"),
        "new.svg": ("inspect", "first.pcapng", "--ladder", "-o", "new.svg"),
        "proof.html": ("verify", lab.name, "--ladder", "proof.html"),
        "mine.yaml": ("new", "mine"),
    }


def test_what_root_makes_is_the_users_who_ran_sudo(commands: dict[str, tuple[str, ...]], tmp_path: Path) -> None:
    for name, words in commands.items():
        written(tmp_path, *words, **SUDO)
        assert owner(tmp_path / name) == (USER, GROUP), name
    assert owner(tmp_path / "vxlab.schema.json") == (USER, GROUP)
    assert owner(tmp_path / "first.pcapng") == (0, 0)


def test_what_was_there_stays_whose_it_was(commands: dict[str, tuple[str, ...]], tmp_path: Path) -> None:
    for name, words in commands.items():
        if name != "mine.yaml":  # which is not replaced
            (tmp_path / name).write_text("x")
            os.chown(tmp_path / name, 4, 5)
            written(tmp_path, *words, **SUDO)
            assert owner(tmp_path / name) == (4, 5), name


@pytest.mark.parametrize("said", ["", "-1", "0x10", "4294967295", "99999999999", "1 ", "root", "1;2"])
def test_what_is_no_number_of_a_user_is_nobody(tmp_path: Path, said: str) -> None:
    written(tmp_path, "new", "mine", SUDO_UID=said, SUDO_GID="5")
    assert owner(tmp_path / "mine.yaml") == (0, 0)


def test_through_a_link_nothing_is_made_or_given(tmp_path: Path) -> None:
    there, away = tmp_path / "there", tmp_path / "away"
    there.write_text("precious")
    (tmp_path / "mine.yaml").symlink_to(away)
    (tmp_path / "vxlab.schema.json").symlink_to(there)
    ended = forked.run("new", "mine", timeout=60, cwd=tmp_path, env={**os.environ, **SUDO})
    assert ended.returncode == 2 and "mine.yaml exists already" in ended.stderr
    assert not away.exists() and there.read_text() == "precious" and owner(there) == (0, 0)
