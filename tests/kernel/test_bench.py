"""Tests run on the bench whose kernel has what they need, and one that fits neither is not forgotten."""

import os
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.kernel.conftest import Ended, run

# Bridges and loopback are everywhere; no kernel has any of the others.
TESTS = """
import pytest

def test_general(): ...
@pytest.mark.vm
def test_sample(): ...
@pytest.mark.needs("bridge")
def test_possible(): ...
"""
IMPOSSIBLE = """
@pytest.mark.needs("bridge", "vxlan")
@pytest.mark.needs("lacking")
def test_impossible(): ...
"""
UNKNOWN = """
@pytest.mark.needs("bridges")
def test_unknown(): ...
"""
PLUGIN = """
from tests import bench
from tests.bench import *

known = bench.features
bench.features = lambda: {**known(), "lacking": "missing"}
"""


def pytest_of(where: Path, text: str, *options: str | Path, status: int = 0) -> Ended:
    """What a pytest says that has the hooks of tests/bench.py, on a kernel that lacks one thing."""
    (where / "test_some.py").write_text(text)
    (where / "conftest.py").write_text(PLUGIN)
    (where / "pytest.ini").write_text("[pytest]\nmarkers =\n  needs\n  vm\n")
    words = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", where, "-v", where, *options)
    return run(*words, status=status, cwd=where, env={**os.environ, "PYTHONPATH": str(ROOT)})


def passed(ended: Ended) -> set[str]:
    return {line.split()[0].partition("::")[2] for line in ended.stdout.splitlines() if " PASSED" in line}


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_machine_runs_what_it_can_and_tells_of_the_rest(tmp_path: Path, workers: tuple[str, ...]) -> None:
    ended = pytest_of(tmp_path, TESTS + IMPOSSIBLE, *workers)
    assert "left to `make test-vm`: 1 that need lacking, which this kernel lacks" in ended.stdout
    assert "3 passed" in ended.stdout and "skipped" not in ended.stdout


def test_virtual_bench_runs_the_rest_and_the_sample(tmp_path: Path) -> None:
    chosen = tmp_path / "chosen"
    pytest_of(tmp_path, TESTS + IMPOSSIBLE, "--collect-only", "--list-vm", chosen, status=5)
    assert chosen.read_text().split() == ["test_some.py::test_sample", "test_some.py::test_impossible"]
    assert passed(pytest_of(tmp_path, TESTS, "--bench=vm")) == {"test_general", "test_sample", "test_possible"}


def test_what_neither_bench_has_is_an_error(tmp_path: Path) -> None:
    said = pytest_of(tmp_path, TESTS + IMPOSSIBLE, "--bench=vm", status=4).stderr
    assert "test_impossible needs lacking, which the kernel of neither bench has" in said


def test_what_doctor_has_no_name_for_is_an_error(tmp_path: Path) -> None:
    said = pytest_of(tmp_path, TESTS + UNKNOWN, status=4).stderr
    assert "test_unknown needs bridges: `vxlab doctor` has no such name" in said
