"""`vxlab exec` and `vxlab shell` are as if the command ran here: in a node as it is, and in one with an init."""

import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import forked
from tests.forked import program
from tests.kernel.conftest import TIMEOUT, VXLAB, alive, run, until, vxlab
from tests.kernel.terminal import Terminal, at_terminal

FILE = """
name: run
nodes:
  plain: {}
  busy: {processes: {wait: [sleep, infinity]}}
"""


NODES = ("plain", "busy")
"""A node whose commands are become, and one whose commands are waited for."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    file = tmp_path_factory.mktemp("run") / "run.yaml"
    file.write_text(FILE)
    vxlab("up", file)
    yield
    vxlab("down", "run")


@pytest.fixture(params=NODES)
def node(request: pytest.FixtureRequest, lab: None) -> str:
    return str(request.param)


def started(node: str, *words: str) -> subprocess.Popen[str]:
    """A command in a node, from when it has said that it is there."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(**program("exec", node, "--", *words), **streams, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def test_status_and_signal_of_the_command_are_those_of_exec(node: str) -> None:
    for status in (0, 1, 7, 126, 127, 255):
        vxlab("exec", node, "--", "sh", "-c", f"exit {status}", status=status)
    for signum in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1):
        vxlab("exec", node, "--", "sh", "-c", f"kill -{signum.value} $$", status=-signum)
    assert "not found" in vxlab("exec", node, "--", "no-such-program", status=127).stderr
    assert "denied" in vxlab("exec", node, "--", "/usr", status=126).stderr


def test_streams_are_those_of_the_caller(node: str) -> None:
    assert forked.run("exec", node, "--", "tr", "a-z", "A-Z", input="abc", timeout=TIMEOUT).stdout == "ABC"
    ended = vxlab("exec", node, "--", "sh", "-c", "echo out; echo err >&2")
    assert (ended.stdout, ended.stderr) == ("out\n", "err\n")
    here = forked.run("exec", node, "--", "pwd", cwd="/usr", timeout=TIMEOUT).stdout
    assert here == "/usr\n"


def test_no_signal_is_ignored_or_held_back(node: str) -> None:
    told = vxlab("exec", node, "--", "grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status").stdout
    # Nobody can say what becomes of 32 and 33: the C library keeps them for itself (nptl(7)).
    assert [int(line.split()[1], 16) & ~(0b11 << 31) for line in told.splitlines()] == [0, 0]
    script = 'set -o pipefail; "$@" yes | head -n 1'
    assert run("bash", "-c", script, "bash", *VXLAB, "exec", node, "--", status=141).stdout == "y\n"


SENT = ("TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "WINCH", "CONT", "RTMIN")

TELLING = f"""
import signal
def told(number, frame):
    print(signal.Signals(number).name, flush=True)
for name in {SENT}:
    signal.signal(getattr(signal, "SIG" + name), told)
signal.signal(signal.SIGALRM, lambda *_: exit(5))
print("ready", flush=True)
while True:
    signal.pause()
"""


def test_a_signal_reaches_the_command_once(node: str) -> None:
    with started(node, sys.executable, "-c", TELLING) as process:
        assert process.stdout
        for name in SENT:
            process.send_signal(getattr(signal, f"SIG{name}"))
            assert process.stdout.readline() == f"SIG{name}\n"
        process.send_signal(signal.SIGALRM)
        assert process.wait(10) == 5
        assert process.stdout.read() == ""


def test_who_kills_exec_kills_the_command(node: str) -> None:
    with started(node, "sh", "-c", "echo $$ >&2; echo ready; exec sleep 100") as process:
        process.kill()
        process.wait(10)
        assert process.stderr
        assert process.stderr.readline()
        # It ends when the last one that can write has gone.
        assert process.stderr.read() == ""


@pytest.fixture
def shell(node: str) -> Iterator[Terminal]:
    """An interactive shell that runs `vxlab shell` as a job."""
    with at_terminal("bash", "--norc", SHELL="/bin/bash", PS1="outer> ", HOME="/nowhere") as terminal:
        terminal.expect("outer> ")
        terminal.type(f"{shlex.join(VXLAB)} shell {node}\n")
        terminal.expect(f"[run/{node}]")
        yield terminal


def reads(terminal: Terminal) -> None:
    """See that cat reads the terminal: a line comes twice, as it is typed and as it is printed."""
    terminal.type("line\n")
    terminal.expect("line\nline\n")


def test_job_control_works_in_a_shell(shell: Terminal, node: str) -> None:
    shell.type("sh -c 'echo up; exec cat'\n")
    shell.expect("cat'\nup\n")
    reads(shell)
    shell.type("\x1a")
    shell.expect("Stopped")
    shell.expect(f"[run/{node}]")
    shell.type("fg\n")
    shell.expect("cat'\n")
    reads(shell)
    shell.type("\x03")
    shell.expect(f"[run/{node}]")
    shell.type("echo status=$?\n")
    shell.expect("status=130\n")
    shell.type("exit 3\n")
    shell.expect("outer> ")
    shell.type("echo then=$?\n")
    shell.expect("then=3\n")


def test_the_size_of_the_window_is_known_and_told(shell: Terminal) -> None:
    shell.type("stty size; trap 'echo size=$(stty size)' WINCH; echo set=$((1))\n")
    shell.expect("set=1\n")
    shell.resize(33, 77)
    shell.type("\n")
    shell.expect("size=33 77\n")


def test_ctrl_z_stops_a_command_and_fg_goes_on(node: str) -> None:
    with at_terminal("bash", "--norc", PS1="outer> ") as outer:
        outer.expect("outer> ")
        outer.type(f"{shlex.join(VXLAB)} exec {node} -- sh -c 'echo up; exec cat'\n")
        outer.expect("cat'\nup\n")
        reads(outer)
        outer.type("\x1a")
        outer.expect("Stopped")
        outer.expect("outer> ")
        outer.type("fg\n")
        outer.expect("cat'\n")
        reads(outer)
        outer.type("\x03")
        outer.expect("outer> ")
        outer.type("echo status=$?\n")
        outer.expect("status=130\n")


CHILDREN = {
    "background": "sleep 1000 >/dev/null 2>&1 &",
    "nohup": "nohup sleep 1000 >/dev/null 2>&1 &",
    "session": "setsid sleep 1000 >/dev/null 2>&1 &",
    "daemon": "(setsid sh -c 'sleep 1000 & exit' >/dev/null 2>&1 &)",
    "deaf": "trap '' TERM HUP; sleep 1000 >/dev/null 2>&1 &",
}
DEAF = ("busy", "deaf")
"""What an init has taken on has ten seconds: this test does not wait for them."""


def test_what_commands_leave_behind_ends_with_the_lab(tmp_path: Path) -> None:
    file = tmp_path / "left.yaml"
    file.write_text(FILE.replace("name: run", "name: left"))
    vxlab("up", file)
    for node in NODES:
        for how, script in CHILDREN.items():
            if (node, how) != DEAF:
                vxlab("exec", "-l", "left", node, "--", "sh", "-c", script)
    inodes = [Path(f"/run/netns/left-{node}").stat().st_ino for node in NODES]

    def all_left() -> list[int]:
        found = [pid for pid in pids() if namespace(pid) in inodes and command(pid) == "sleep\x001000\x00"]
        return found if len(found) == len(NODES) * len(CHILDREN) - 1 else []

    # A shell has ended once it has forked: what it leaves becomes sleep when it comes to run.
    left = until(all_left)
    vxlab("down", "left")
    assert not any(map(alive, left))


def pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def namespace(pid: int) -> int:
    try:
        return Path(f"/proc/{pid}/ns/net").stat().st_ino
    except OSError:
        return 0


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
