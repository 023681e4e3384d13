"""Who is logged in, as systemd-logind writes it down."""

from pathlib import Path

import pytest

from vxlab.rootless import holder


@pytest.mark.parametrize(
    ("told", "lingers", "there"),
    [
        (None, False, False),
        ("NAME=ann\nSTATE=active\n", False, True),
        ("# This is private data. Do not parse.\nNAME=ann\nSTATE=online\nSESSIONS=1 2\n", False, True),
        ("NAME=ann\nSTATE=lingering\n", False, True),
        ("NAME=ann\nSTATE=closing\n", False, False),
        ("NAME=ann\nSTATE=closing\n", True, True),
        ("NAME=ann\nSTATE=offline\n", False, False),
    ],
)
def test_states(told: str | None, lingers: bool, there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holder, "USERS", tmp_path)
    monkeypatch.setattr(holder, "LINGERING", tmp_path / "linger")
    (tmp_path / "linger").mkdir()
    if lingers:
        (tmp_path / "linger" / "ann").touch()
    if told is not None:
        (tmp_path / "1000").write_text(told)
    assert holder.is_logged_in(1000) == there
