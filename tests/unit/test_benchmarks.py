"""The figures of `make bench`: reckoned from what was measured, and never guessed."""

import json
from pathlib import Path

import pytest

from benchmarks import course, report
from benchmarks.figures import Faster, Memory, Times, figures
from benchmarks.samples import Key, Samples
from benchmarks.timing import FailedError, Run, timed

ONE, OTHER = Key("vxlab", "up", "flat-2"), Key("floor", "up", "flat-2")


def measured(**seconds: tuple[float, ...]) -> Samples:
    samples = Samples()
    for who, runs in seconds.items():
        for number, each in enumerate(runs):
            samples.add(Key(who, "up", "flat-2"), Run(each, each, 1_000_000 * (number + 1)))
    return samples


@pytest.mark.parametrize(("limit", "verdict"), [(2.5, "reached"), (3, "reached"), (3.5, "missed"), (None, "reported")])
def test_what_is_to_be_faster_is_compared_by_medians(limit: float | None, verdict: str) -> None:
    result = Faster("x", "", limit, ONE, OTHER).result(measured(vxlab=(9, 1, 2), floor=(6, 90, 1)))
    assert (result.value, result.verdict) == (3, verdict)
    assert result.measured == "3 times as fast (2.0 s against 6.0 s)"


@pytest.mark.parametrize(("limit", "verdict"), [(2.5, "missed"), (3, "reached"), (3.5, "reached")])
def test_what_may_take_so_many_times_as_long(limit: float, verdict: str) -> None:
    assert Times("x", "", limit, ONE, OTHER).result(measured(vxlab=(6,), floor=(2,))).verdict == verdict


def test_memory_is_the_most_of_all_runs() -> None:
    assert Memory("x", "", 2, [ONE, OTHER]).result(measured(vxlab=(1,), floor=(1, 1, 1))).value == 3


def test_what_failed_is_told_and_not_guessed() -> None:
    samples = measured(vxlab=(1,), floor=(1,))
    samples.reasons[OTHER] = "it is not installed"
    result = Times("x", "", 2, ONE, OTHER).result(samples)
    assert (result.value, result.verdict, result.reason) == (None, "not measured", "it is not installed")
    assert course.curves(samples) == {"vxlab": {2: 1}}
    assert "it is not installed" in report.table([result])
    assert json.loads(report.as_json([result], samples, {}))["figures"][0]["value"] is None


def test_what_fails_while_a_network_is_up_does_not_spoil_that_it_came_up() -> None:
    samples = measured(vxlab=(1,), floor=(1,))
    samples.reasons[ONE._replace(what="verify")] = "it is refuted"
    assert Times("x", "", 2, ONE, OTHER).result(samples).value == 1
    assert Times("x", "", 2, ONE._replace(what="verify"), OTHER).result(samples).reason == "it is refuted"
    samples.reasons[ONE] = "it failed"
    assert Times("x", "", 2, ONE._replace(what="down"), OTHER).result(samples).reason == "it failed"


def test_all_that_figures_and_picture_need_is_run() -> None:
    figured, drawn = course.needed(figures()), course.growth()
    run = {
        Key(who, what, network.label)
        for network, entrants in course.races(figured, drawn, 3)
        for who, entry in entrants.items()
        for what in (*entry.wanted, "up", "down")
    }
    assert {key for key in figured | drawn if key.where} <= run


def test_the_readme_has_a_place_for_the_table(tmp_path: Path) -> None:
    copy = tmp_path / "README.md"
    before = Path("README.md").read_text()
    copy.write_text(before)
    report.put(copy, "the table")
    report.put(copy, "another table")
    assert copy.read_text().count("table") == before.count("table") + 1 - between(before).count("table")
    assert between(copy.read_text()).strip() == "another table"


def between(text: str) -> str:
    return text.partition(report.BEGIN)[2].partition(report.END)[0]


def test_a_command_that_fails_is_told_with_what_it_says() -> None:
    with pytest.raises(FailedError, match="sh -c ends with status 3: no luck"):
        timed("sh", "-c", "echo no luck >&2; exit 3")
    with pytest.raises(FailedError, match="no-such-program is not installed"):
        timed("no-such-program")


def test_a_command_is_measured_with_what_it_starts() -> None:
    run = timed("sh", "-c", "python3 -c 'print(len(200_000_000 * bytes([1])))'; true")
    assert run.seconds > 0
    assert run.memory > 200_000_000
