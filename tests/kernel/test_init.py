"""The init of a node, by itself: ps, kill and /proc are the judges. It has half a second where it usually has ten."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.conftest import alive, until
from vxlab.kernel.syscalls import CLONE_NEWNS, MS_REC, MS_SLAVE, mount, unshare
from vxlab.lab.enter import show_processes
from vxlab.lab.processes import namespace_of, spaces
from vxlab.processes import client
from vxlab.processes.client import Conversation
from vxlab.processes.errors import ProcessError
from vxlab.processes.init.events import Events
from vxlab.processes.init.log import SIZE
from vxlab.processes.init.process import FIRST_DELAY
from vxlab.processes.launch import launch

PATIENCE = 0.5


class Init:
    """An init in a PID namespace of its own, as labs have them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        launch(directory, "n", None, self._move, show_processes)
        self.told()
        with self.call() as conversation:
            self.pid = conversation.pid

    @staticmethod
    def _move() -> None:
        unshare(CLONE_NEWNS)
        mount("", "/", "none", MS_SLAVE | MS_REC)

    def call(self) -> Conversation:
        return Conversation(self.directory, "n")

    def start(self, name: str, *words: str, restart: str = "no", **more: Any) -> None:
        request = {"environment": {"PATH": os.environ["PATH"]}, "directory": "/", "told": {}, **more}
        with self.call() as conversation:
            conversation.ask("start", name=name, run=words, restart=restart, **request)

    def shell(self, name: str, script: str, restart: str = "no") -> None:
        """Start a script, and wait until it has said that it is there."""
        self.start(name, "sh", "-c", script, restart=restart)
        until(lambda: "there" in self.lines(name))

    def stop(self, name: str, stay: bool = True) -> None:
        with self.call() as conversation:
            conversation.ask("stop", name=name, stay=stay)

    def told(self) -> dict[str, dict[str, Any]]:
        with self.call() as conversation:
            return {one["name"]: one for one in conversation.ask("list")["processes"]}

    def lines(self, name: str) -> list[str]:
        log = client.log_of(self.directory, "n")
        lines = log.read_text().splitlines() if log.exists() else []  # between two of them there is none
        return [line.split(" ", 2)[2] for line in lines if line.split(" ", 2)[1] == name]

    def members(self) -> dict[int, tuple[str, str]]:
        """State and command line of what is in the namespace beside the init, by process id here, as ps has it."""
        words = (
            "ps",
            "-o",
            "pid=,stat=,args=",
            "-p",
            ",".join(map(str, spaces()[namespace_of(self.pid, "pid")].values())),
        )
        rows = subprocess.run(words, capture_output=True, text=True, check=False).stdout.splitlines()
        found = {int(pid): (stat, args) for pid, stat, args in (row.split(None, 2) for row in rows)}
        return {pid: row for pid, row in found.items() if pid != self.pid}

    def end(self) -> float:
        """Ask it to end; the seconds that it took."""
        begun = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        until(lambda: not alive(self.pid))
        return time.monotonic() - begun


@pytest.fixture
def init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Init]:
    monkeypatch.setattr(client, "PATIENCE", PATIENCE)
    found = Init(tmp_path)
    yield found
    if alive(found.pid):
        os.kill(found.pid, signal.SIGKILL)


def test_it_reaps_what_loses_its_parent(init: Init) -> None:
    # Each inner shell leaves a child to the init, which ends a moment later.
    init.shell("orphans", "for i in 1 2 3 4 5; do sh -c 'sleep 0.05 & exit'; done; echo there; exec sleep 1000")
    until(lambda: [args for _, args in init.members().values()] == ["sleep 1000"])


def test_it_passes_term_on_and_ends_when_all_have(init: Init) -> None:
    polite = "trap 'echo asked; exit 0' TERM; echo there; while :; do sleep 0.01; done"
    init.shell("one", polite, restart="always")
    init.shell("two", f'sh -c "{polite}" & wait')
    assert init.end() < PATIENCE
    assert "asked" in init.lines("one") and init.lines("one")[-1] == "[exit status 0]"
    assert "asked" in init.lines("two")


def test_who_does_not_listen_is_killed_when_the_time_is_over(init: Init) -> None:
    init.shell("deaf", "trap '' TERM; echo there; while :; do sleep 1000; done")
    # Until it is another program, what the shell has forked is a shell too.
    until(lambda: "sleep 1000" in [args for _, args in init.members().values()])
    (deaf,) = [pid for pid, (_, args) in init.members().items() if "trap" in args]
    assert PATIENCE <= init.end() < PATIENCE + 2
    assert not alive(deaf)


def test_one_is_stopped_with_its_group_and_the_others_stay(init: Init) -> None:
    init.shell("family", "trap '' TERM; sleep 1000 & echo there; while :; do sleep 1001; done")
    init.start("other", "sleep", "1002")
    pid = init.told()["other"]["pid"]
    init.stop("family")
    assert [args for _, args in init.members().values()] == ["sleep 1002"]
    assert init.told()["other"]["pid"] == pid and "family" not in init.told()
    init.stop("other", stay=False)
    until(lambda: not alive(init.pid))


def test_how_one_ended_is_told(init: Init) -> None:
    init.start("seven", "sh", "-c", "exit 7")
    init.start("killed", "sh", "-c", "kill -KILL $$")
    until(lambda: {name: told["status"] for name, told in init.told().items()} == {"seven": 7, "killed": -9})
    assert {told["state"] for told in init.told().values()} == {"ended"}
    assert init.lines("killed") == ["[SIGKILL]"] and init.lines("seven") == ["[exit status 7]"]


def test_restarts_are_as_the_policy_says_and_wait_longer_each_time(init: Init) -> None:
    init.start("never", "false")
    init.start("failing", "false", restart="on-failure")
    init.start("content", "true", restart="on-failure")
    init.start("ever", "true", restart="always")
    until(lambda: init.told()["ever"]["restarts"] >= 2 and init.told()["failing"]["restarts"] >= 2)
    told = init.told()
    assert (told["never"]["restarts"], told["content"]["restarts"]) == (0, 0)
    assert told["never"]["state"] == told["content"]["state"] == "ended"
    again = [line for line in init.lines("ever") if "starts again" in line]
    assert again[0] == f"[exit status 0; starts again in {FIRST_DELAY:g} s]"
    assert again[1] == f"[exit status 0; starts again in {2 * FIRST_DELAY:g} s]"


@pytest.mark.parametrize(
    ("words", "directory", "why"),
    [
        (["no-such-program"], "/", "no-such-program: No such file or directory"),
        (["/etc"], "/", "/etc: Permission denied"),
        (["true"], "/nowhere", "/nowhere: No such file or directory"),
    ],
)
def test_what_does_not_start_is_told(init: Init, words: list[str], directory: str, why: str) -> None:
    with pytest.raises(ProcessError, match=why):
        init.start("wrong", *words, directory=directory)
    assert init.told() == {}


def test_a_process_has_what_it_is_given_and_nothing_else(init: Init) -> None:
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    script = "env | sort; pwd; ls /proc/self/fd; grep -E 'Sig(Ign|Blk)' /proc/self/status; ps -o sid=,tty= -p $$"
    init.start(
        "told",
        "sh",
        "-c",
        f"{script}; echo there",
        environment={"PATH": os.environ["PATH"], "B": "x y"},
        directory="/usr",
    )
    until(lambda: "there" in init.lines("told"))
    os.close(reader)
    os.close(writer)
    lines = init.lines("told")
    assert "B=x y" in lines and "/usr" in lines and not any(line.startswith("HOME=") for line in lines)
    assert [line for line in lines if line.isdigit()] == ["0", "1", "2", "3"]  # the last is that of ls
    # 32 and 33 are the C library's own (nptl(7)).
    assert {int(line.split()[1], 16) & ~(0b11 << 31) for line in lines if line.startswith("Sig")} == {0}
    assert any(line.split() == ["2", "?"] for line in lines)


def test_a_log_that_is_full_becomes_the_old_one(init: Init) -> None:
    line, count = "x" * 100, SIZE // 101  # with its time, each line is longer in the log
    init.shell("much", f"yes {line} | head -n {count}; echo there; exec sleep 1000")
    log = client.log_of(init.directory, "n")
    old = client.old_log_of(log)
    assert old.stat().st_size <= SIZE and log.stat().st_size <= SIZE
    both = old.read_text() + log.read_text()
    assert both.count(line) == count
    assert log.stat().st_mode & 0o777 == 0o600


def test_two_requests_for_one_process_are_one(init: Init) -> None:
    init.start("same", "sleep", "1000")
    pid = init.told()["same"]["pid"]
    init.start("same", "sleep", "1000")
    assert init.told()["same"]["pid"] == pid
    init.stop("same")
    init.stop("same")
    assert init.told() == {}


def stop_and_wait(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    until(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")


def test_a_question_may_empty_a_pipe_that_is_read_next(init: Init, tmp_path: Path) -> None:
    fifo, done = tmp_path / "fifo", tmp_path / "done"
    os.mkfifo(fifo)
    with init.call() as early:  # it is looked at before the pipe, which is younger
        early.ask("list")
        init.shell("late", f"echo there; read x < {fifo}; echo more; : > {done}; exec sleep 1000")
        stop_and_wait(init.pid)
        early.send("list")
        fifo.write_text("go\n")
        until(done.exists)
        os.kill(init.pid, signal.SIGCONT)
        assert early.answer()["processes"][0]["state"] == "running"
    assert init.told()["late"]["state"] == "running"
    assert init.lines("late") == ["there", "more"] and init.lines("-") == []


def test_what_fails_or_goes_in_one_round_does_not_reach_the_others() -> None:
    pipes = [os.pipe() for _ in range(3)]
    first, gone, last = [reader for reader, _ in pipes]
    for _, writer in pipes:
        os.write(writer, b"x")
    heard: list[object] = []
    events = Events(heard.append)

    def replace() -> None:
        events.forget(gone)
        os.dup2(os.open(os.devnull, os.O_RDONLY), gone)
        events.watch(gone, lambda: heard.append("stale"))
        raise ValueError

    events.watch(first, replace)
    events.watch(gone, lambda: heard.append("forgotten"))
    events.watch(last, lambda: heard.append("last"))
    events.wait(0)
    assert isinstance(heard[0], ValueError) and heard[1:] == ["last"]


def test_an_init_that_cannot_be_reached_is_not_none(init: Init) -> None:
    stop_and_wait(init.pid)
    with ExitStack() as stack, pytest.raises(ProcessError, match="init of node n cannot be reached: Resource"):
        for _ in range(1000):  # more than listen(2) lets wait
            found = client.connect(init.directory, "n")
            assert found is not None
            stack.enter_context(found)


def test_a_log_that_somebody_removed_begins_anew(init: Init, tmp_path: Path) -> None:
    fifo, log = tmp_path / "fifo", client.log_of(init.directory, "n")
    os.mkfifo(fifo)
    init.shell("one", f"echo there; read x < {fifo}; echo again; exec sleep 1000")
    log.unlink()
    fifo.write_text("go\n")
    until(lambda: init.lines("one") == ["again"])
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("left", [0, 2, 4], ids=["no pipe", "one pipe", "two pipes"])
def test_who_has_no_descriptors_left_is_told_so(init: Init, left: int) -> None:
    with init.call() as conversation:
        conversation.ask("list")
        used = descriptors(init.pid)
        free = [number for number in range(1000) if number not in used]
        soft, hard = resource.prlimit(init.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(init.pid, resource.RLIMIT_NOFILE, (free[left], hard))
        with pytest.raises(ProcessError, match=r"^Too many open files$"):
            start = {"run": ["true"], "environment": {}, "directory": "/", "restart": "no", "told": {}}
            conversation.ask("start", name="one", **start)
        resource.prlimit(init.pid, resource.RLIMIT_NOFILE, (soft, hard))
        assert descriptors(init.pid) == used


def descriptors(pid: int) -> set[int]:
    return {int(path.name) for path in Path(f"/proc/{pid}/fd").iterdir()}
