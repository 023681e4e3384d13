"""Namespaces that are made ahead: they are what the lab consists of, and none is left."""

import errno
import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from benchmarks.networks import flat
from tests.kernel.conftest import VXLAB, netns, pings, run, until, vxlab
from vxlab.kernel import stock as module
from vxlab.kernel.stock import AT_ONCE, Stock
from vxlab.lab import ahead
from vxlab.state.owned import is_machine
from vxlab.topology import load

ENOUGH = 40


def own() -> int:
    return Path("/proc/thread-self/ns/net").stat().st_ino


def children() -> list[str]:
    return Path("/proc/thread-self/children").read_text().split()


def open_files() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def taken(stock: Stock, count: int) -> Iterator[int]:
    """So many descriptors, as soon as they are there."""
    return (until(stock.take) for _ in range(count))


@pytest.fixture(autouse=True)
def two_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


def test_each_is_another_namespace() -> None:
    before = own()
    with Stock() as stock:
        stock.begin(ENOUGH)
        made = list(taken(stock, ENOUGH))
        assert len({os.fstat(fd).st_ino for fd in made} | {before}) == ENOUGH + 1
        assert {Path(f"/proc/self/fd/{fd}").readlink().name.partition(":")[0] for fd in made} == {"net"}
        assert not any(map(os.get_inheritable, made))
        assert own() == before
        assert stock.take() is None
    for fd in made:
        os.close(fd)


def test_of_what_nobody_took_nothing_is_left() -> None:
    files = open_files()
    with Stock() as stock:
        stock.begin(ENOUGH)
        (fd,) = taken(stock, 1)
        assert len(open_files()) == len(files) + 1 + AT_ONCE
        assert len(children()) == 1
    assert children() == []
    os.close(fd)
    assert open_files() == files


def test_a_process_whose_user_was_killed_ends() -> None:
    """It is in a namespace that it has made: with it, that ends too."""
    reader, writer = os.pipe()
    if (user := os.fork()) == 0:
        stock = Stock()
        stock.begin(10**6)
        os.write(writer, f"{stock._pid}\n".encode())
        signal.pause()
    with open(reader) as told:
        os.close(writer)
        maker = Path("/proc") / told.readline().strip()
    assert maker.exists()
    os.kill(user, signal.SIGKILL)
    os.waitpid(user, 0)
    until(lambda: not maker.exists() or "Z" in (maker / "stat").read_text().split()[2])


@pytest.mark.parametrize("how", ["no process", "no program", "no namespace"])
def test_what_is_refused_is_left_to_who_needs_it(
    how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    if how == "no process":
        monkeypatch.setattr(os, "posix_spawn", refuse)
    else:
        text = "import os\nos.close(0)\n" if how == "no program" else Path(module._PROGRAM).read_text()
        program = tmp_path / "stock_process.py"
        program.write_text(text.replace("unshare(CLONE_NEWNET)", "raise OSError"))
        monkeypatch.setattr(module, "_PROGRAM", program)
    request.getfixturevalue("leaves_nothing")
    with Stock() as stock:
        stock.begin(ENOUGH)
        assert stock.take() is None
        if children():
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        assert stock.take() is None


@pytest.mark.parametrize("file", sorted(Path("topologies").glob("*.yaml")), ids=lambda file: file.stem)
def test_as_many_are_begun_as_the_lab_will_have(file: Path) -> None:
    class Asked(Stock):
        def begin(self, count: int) -> None:
            asked.append(count)

    for machine in load(file).machines or (None,):
        asked: list[int] = []
        topology = load(file, foretold=partial(ahead.begin, Asked(), machine=machine)).part(machine)
        assert asked == [sum(not is_machine(namespace) for namespace in topology.state.namespaces)]


def test_half_of_the_files_that_may_be_open_are_left(tmp_path: Path) -> None:
    """A lab with more namespaces than its `up` may have files open comes up all the same."""
    file = tmp_path / "bench.yaml"
    file.write_text(flat(ENOUGH).topology)
    run("prlimit", "--nofile=64:64", *VXLAB, "up", str(file))
    assert len(netns()) == 2 * ENOUGH + 1
    assert pings("bench-h1", "10.0.0.40")
    vxlab("down", "bench")
    assert netns() == []
