"""Each step of up, of a changing up and of down refused in turn: a clear sentence, and things are as they were.

    up      --step n refused-->  exit 1, a sentence  -> the machine is as before
    change  --step n refused-->  exit 1, a sentence  -> the lab is as before
    down    --step n refused-->  exit 1, a sentence  -> down takes it away

Where vxlab can do without a step, it goes on: then what was asked for is done, as a whole.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel import injected
from tests.kernel.conftest import machine, vxlab
from tests.kernel.killed import NAMES, files, fresh, is_gone, is_whole, nothing, up_of


def is_told(case: injected.Refused) -> None:
    """One sentence that says what the kernel said; no traceback, and not that it should not happen."""
    told = case.ended.stderr
    assert case.ended.returncode == 1, f"step {case.at}: {told}"
    assert os.strerror(case.refusal) in told, f"step {case.at}: {told}"
    assert "Traceback" not in told and "should not happen" not in told, f"step {case.at}: {told}"
    assert all(line.startswith(("vxlab: ", "       by hand: ")) for line in told.splitlines()), told


@pytest.fixture(autouse=True)
def leaves_nothing() -> Iterator[None]:
    yield
    nothing()


@pytest.mark.parametrize("name", NAMES)
def test_a_refused_up_leaves_nothing(name: str, tmp_path: Path, exhaustive: bool) -> None:
    one, _ = files(name, tmp_path)
    clean, wanted = machine(), fresh(one)
    refused = 0
    for case in injected.refusals(("up", one), nothing, exhaustive):
        if case.ended.returncode == 0:
            is_whole(wanted)
            continue
        is_told(case)
        assert machine() == clean, f"step {case.at}, {case.ended.stderr}"
        refused += 1
    assert refused > 10
    is_gone(clean)


@pytest.mark.kill  # a minute and a half for the smallest
@pytest.mark.parametrize("name", NAMES)
def test_a_refused_change_leaves_the_lab_as_it_was(name: str, tmp_path: Path, exhaustive: bool) -> None:
    one, other = files(name, tmp_path)
    clean, before, after = machine(), fresh(one), fresh(other)
    refused = 0
    for case in injected.refusals(("up", other), up_of(one), exhaustive):
        if case.ended.returncode == 0:
            is_whole(after)
            nothing()
            continue
        is_told(case)
        is_whole(before)
        status = json.loads(vxlab("status", "made", "--json").stdout)
        assert status["complete"] and not status["drift"], f"step {case.at}: {case.ended.stderr}"
        refused += 1
    assert refused > 10
    is_gone(clean)


@pytest.mark.parametrize("name", NAMES)
def test_a_refused_down_is_finished_by_the_next(name: str, tmp_path: Path, exhaustive: bool) -> None:
    one, _ = files(name, tmp_path)
    clean = machine()
    refused = 0
    for case in injected.refusals(("down", "made"), up_of(one), exhaustive):
        if case.ended.returncode:
            is_told(case)
            refused += 1
        is_gone(clean)
    assert refused > 3
