"""Killed before any step of theirs, up, down and a changing up leave what down removes and up finishes.

up      --killed before step n-->  down  -> the machine is as before
up      --killed before step n-->  up    -> the lab is as one made in one go
down    --killed before step n-->  the same two
change  --killed before step n-->  the same two
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel import injected
from tests.kernel.conftest import machine, vxlab
from tests.kernel.killed import NAMES, files, fresh, is_gone, is_whole, nothing, up_of


@pytest.fixture(autouse=True)
def leaves_nothing() -> Iterator[None]:
    yield
    nothing()


LONG = [("down", "up"), ("change", "up")]
"""A minute each: `make test-kill` alone does them."""

WAYS = [
    pytest.param(what, end, marks=pytest.mark.kill if (what, end) in LONG else ())
    for what in ("up", "down", "change")
    for end in ("down", "up")
]


@pytest.mark.parametrize(("what", "end"), WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_killed_before_any_step(name: str, what: str, end: str, tmp_path: Path) -> None:
    one, other = files(name, tmp_path)
    wanted_file = other if what == "change" else one
    clean = machine()
    words = {"up": ("up", one), "down": ("down", "made"), "change": ("up", other)}[what]
    wanted = fresh(wanted_file) if end == "up" else {}
    step = 0
    for step in injected.kills(words, before=nothing if what == "up" else up_of(one)):  # noqa: B007  how far it came
        if end == "down":
            is_gone(clean)
        else:
            vxlab("up", wanted_file)
            is_whole(wanted)
            nothing()
    nothing()
    assert step > 5
    assert machine() == clean
