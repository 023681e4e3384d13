"""Namespaces that are made ahead: they are what the lab consists of, and none is left."""

import errno
import os
from pathlib import Path

import pytest

from benchmarks.networks import flat
from tests.kernel.conftest import VXLAB, netns, pings, run, until, vxlab
from vxlab.kernel.stock import Stock

ENOUGH = 40


def identities(fds: list[int]) -> set[int]:
    return {os.fstat(fd).st_ino for fd in fds}


def own() -> int:
    return Path("/proc/thread-self/ns/net").stat().st_ino


@pytest.fixture
def two_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


@pytest.mark.usefixtures("two_cpus")
def test_each_is_another_namespace() -> None:
    before = own()
    with Stock(ENOUGH) as stock:
        until(lambda: len(stock._made) == ENOUGH)
        made = list(stock.stop())
        assert len(identities(made)) == ENOUGH
        assert before not in identities(made)
        assert own() == before


@pytest.mark.usefixtures("two_cpus")
def test_what_nobody_took_is_closed() -> None:
    with Stock(ENOUGH) as stock:
        until(lambda: len(stock._made) == ENOUGH)
        taken, *others = list(stock.stop())
        stock.stop().popleft()
    assert os.fstat(taken)
    os.close(taken)
    for fd in others:
        with pytest.raises(OSError, match="Bad file"):
            os.fstat(fd)


@pytest.mark.usefixtures("two_cpus")
def test_what_the_kernel_refuses_is_left_to_who_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(flags: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), f"unshare {flags}")

    monkeypatch.setattr("vxlab.kernel.namespaces.unshare", full)
    with Stock(ENOUGH) as stock:
        assert not stock.stop()


def test_half_of_the_files_that_may_be_open_are_left(tmp_path: Path) -> None:
    """A lab with more namespaces than its `up` may have files open comes up all the same."""
    file = tmp_path / "bench.yaml"
    file.write_text(flat(ENOUGH).topology)
    run("prlimit", "--nofile=64:64", *VXLAB, "up", str(file))
    assert len(netns()) == 2 * ENOUGH + 1
    assert pings("bench-h1", "10.0.0.40")
    vxlab("down", "bench")
    assert netns() == []
