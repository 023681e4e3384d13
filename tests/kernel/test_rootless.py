"""Labs of ordinary users: made, proved and gone without root, and nothing of anybody else's touched."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.kernel.conftest import machine, run, vxlab
from tests.kernel.users import User, may_have_namespaces, program, reachable
from vxlab.kernel.syscalls import CLONE_NEWUSER, MNT_DETACH, mount, umount2, unshare


@pytest.fixture(scope="module", autouse=True)
def reachable_program() -> Iterator[None]:
    with reachable(*program()):
        if not may_have_namespaces(70_000):
            pytest.skip("this machine lets ordinary users have no namespaces: vxlab doctor says why")
        yield


@contextmanager
def _user(number: int) -> Iterator[User]:
    """A user of whom nothing is left in the end: no process, no file."""
    uid = 70_000 + 2 * (os.getpid() % 10_000) + number
    home = Path(f"/run/home-{uid}")
    home.mkdir(mode=0o700)
    os.chown(home, uid, uid)
    user = User(uid, home)
    try:
        yield user
        assert user.left() == []
    finally:
        for pid in user.processes():
            os.kill(pid, signal.SIGKILL)
        run("rm", "-r", home)


@pytest.fixture
def user() -> Iterator[User]:
    """A user who leaves the machine as it was."""
    before = machine()
    with _user(0) as user:
        yield user
    assert machine() == before


@pytest.fixture
def other() -> Iterator[User]:
    with _user(1) as user:
        yield user


def test_the_library_comes_up_is_proved_and_goes(user: User, library_file: Path) -> None:
    lab = json.loads(user("up", library_file, "--json").stdout)["lab"]
    assert json.loads(user("verify", lab, "--json").stdout)["passed"]
    with user.holder_ends():
        assert "is down" in user("down", lab).stdout


def test_every_command_does_what_it_does_for_root(user: User, library: Path) -> None:
    file = library / "multicast.yaml"
    assert "is up" in user("up", file).stdout
    assert json.loads(user("plan", file, "--json").stdout)["steps"] == []
    assert [lab["name"] for lab in json.loads(user("ls", "--json").stdout)] == ["multicast"]
    assert json.loads(user("status", "multicast", "--json").stdout)["drift"] == []
    assert "1 received" in user("exec", "h1", "--", "ping", "-c", "1", "h2").stdout
    assert user("exec", "h1", "--", "sh", "-c", "id -u; exit 7", status=7).stdout == "0\n"
    assert user("exec", "h1", "--", "ls", "/sys/class/net").stdout.split() == ["eth0", "lo"]
    assert "learned" in user("fdb", "multicast").stdout
    assert user("send", "arp", "h1", "--target", "h2", "--expect", "1").stdout.count("is-at") > 0
    assert json.loads(user("verify", "multicast", "--all-pairs", "--json").stdout)["passed"]
    user("capture", "multicast", "-w", "taken.pcapng", "--duration", "0.01")
    taken = user.home / "taken.pcapng"
    assert taken.stat().st_uid == user.uid
    assert user("inspect", "taken.pcapng", "--lab", "multicast").returncode == 0
    taken.unlink()
    with user.holder_ends():
        user("down", "--all")


def test_the_machine_has_no_part_in_it(user: User, library: Path) -> None:
    """Neither the namespaces nor the files of a user's lab are there outside, and what is there is seen inside."""
    Path("/run/told").write_text("by the machine")
    Path("/run/way").symlink_to("told")
    before = machine()
    user("up", library / "by-hand.yaml")
    assert machine() == before
    assert user("exec", "a", "--", "cat", "/run/told", "/run/way").stdout == 2 * "by the machine"
    user("down", "by-hand")
    Path("/run/told").unlink()
    Path("/run/way").unlink()


def test_users_and_root_have_labs_of_the_same_name(user: User, other: User, library: Path) -> None:
    file = library / "by-hand.yaml"
    vxlab("up", file)
    there = vxlab("status", "by-hand").stdout
    assert json.loads(user("ls", "--json").stdout) == []
    assert "no lab of yours is up" in user("exec", "a", "true", status=2).stderr
    assert "is not up" in user("down", "by-hand").stderr
    user("up", file)
    other("up", file)
    user("exec", "a", "ip", "link", "set", "lo", "down")
    for who in (user, other):
        assert (who("status", "by-hand").stdout == there) == (who is other)
        with who.holder_ends():
            who("down", "by-hand")
    assert vxlab("status", "by-hand").stdout == there
    vxlab("down", "by-hand")


def test_without_a_lab_there_is_none(user: User) -> None:
    assert user("ls").stderr == "vxlab: no lab is up\n"
    assert "nothing to do" in user("down", "multicast").stderr
    assert user("down", "--all").stderr == ""
    for words in ("status x", "exec h1 true", "shell h1", "verify x", "capture x", "fdb x", "send arp h1 --target h2"):
        assert "no lab of yours is up" in user(*words.split(), status=2).stderr


def test_what_only_reads_files_asks_for_no_namespaces(user: User, library: Path) -> None:
    first = _forbid_namespaces
    for words in (("validate",), ("expand",), ("cheatsheet",)):
        assert user(*words, library / "multicast.yaml", first=first).stdout
    assert "user.max_user_namespaces is 0" in user("plan", library / "multicast.yaml", status=1, first=first).stderr


def test_commands_at_once_have_one_holder(user: User, library: Path) -> None:
    files = [library / f"{lab}.yaml" for lab in ("by-hand", "static-l2")]
    started = [user.start("up", file) for file in (*files, *files)]
    for process in started:
        assert process.communicate(timeout=60)[1].count("Traceback") == 0
        assert process.returncode == 0
    assert len(user.holders()) == 1
    assert len(json.loads(user("ls", "--json").stdout)) == len(files)
    for file in files[1:]:
        user("down", file)
    with user.holder_ends():
        user("down", files[0])


def test_nothing_of_the_starting_terminal_is_kept_open(user: User, library: Path) -> None:
    """Who reads a pipe to its end that the first command inherited is not kept waiting by the holder."""
    reading, writing = os.pipe()
    user.fresh("up", library / "by-hand.yaml", pass_fds=(writing,))
    os.close(writing)
    assert select.select([reading], [], [], 5)[0] and os.read(reading, 1) == b""
    os.close(reading)
    (holder,) = user.holders()
    assert Path(f"/proc/{holder}/cwd").readlink() == Path("/")
    assert os.getsid(holder) not in (os.getsid(0), 0)
    user("down", "by-hand")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_with_the_holder_goes_everything(user: User, library: Path, how: signal.Signals) -> None:
    user("up", library / "multicast.yaml")
    user("exec", "h1", "--", "sh", "-c", "sleep 1000 >&- 2>&- &")
    capture = user.start("capture", "multicast")
    assert capture.stderr and "capturing" in capture.stderr.readline()
    (holder,) = user.holders()
    with user.holder_ends():
        os.kill(holder, how)
    # Ended by TERM, the capture tells its counts; and it does not keep the namespaces.
    assert "0 dropped" in capture.communicate(timeout=10)[1]
    assert json.loads(user("ls", "--json").stdout) == []


@pytest.mark.parametrize("after", ["STATE=closing\n", None])
def test_labs_go_when_their_user_logs_out(user: User, library: Path, after: str | None) -> None:
    users = Path("/run/systemd/users")
    users.mkdir(parents=True)
    told = users / str(user.uid)
    told.write_text("# This is private data. Do not parse.\nNAME=somebody\nSTATE=active\n")
    user("up", library / "by-hand.yaml")
    _replace(told, "NAME=somebody\nSTATE=online\nSESSIONS=7\n")
    _replace(users / "1", "STATE=closing\n")
    assert "a" in user("status", "by-hand").stdout
    with user.holder_ends():
        if after is None:
            told.unlink()
        else:
            _replace(told, f"NAME=somebody\n{after}")
    run("rm", "-r", "/run/systemd")


def _replace(file: Path, text: str) -> None:
    """Write a file as systemd-logind does."""
    fresh = file.with_name(".fresh")
    fresh.write_text(text)
    fresh.rename(file)


def test_a_failed_or_interrupted_up_leaves_no_holder(user: User, library: Path) -> None:
    slow = user.home / "slow.yaml"
    slow.write_text("name: slow\nnodes:\n  n[1-2000]: {}\n")
    process = user.start("up", slow, start_new_session=True)
    while not (holders := user.holders()):
        assert process.poll() is None
    with user.holder_ends():
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode != 0 and len(holders) == 1
    slow.unlink()


def test_names_that_others_sit_on_are_not_believed(user: User, other: User, library: Path) -> None:
    with _listens(other, f"\0vxlab-{user.uid}"):
        user("up", library / "by-hand.yaml")
        assert len(json.loads(user("ls", "--json").stdout)) == 1
    assert len(json.loads(user("ls", "--json").stdout)) == 1
    with user.holder_ends():
        user("down", "by-hand")


def test_all_names_taken_is_told(user: User, other: User, library: Path) -> None:
    names = [f"\0vxlab-{user.uid}", *(f"\0vxlab-{user.uid}-{number}" for number in range(1, 5))]
    with _listens(other, *names):
        told = user("up", library / "by-hand.yaml", status=1).stderr
    assert "have taken all the names" in told and f"of user {other.uid}" in told
    assert user("ls").stderr == "vxlab: no lab is up\n"


def test_a_name_on_which_nobody_listens_is_passed_over(user: User, library: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"\0vxlab-{user.uid}")
        user("up", library / "by-hand.yaml")
    with user.holder_ends():
        user("down", "by-hand")


def test_others_do_not_keep_a_holder(user: User, other: User, library: Path) -> None:
    user("up", library / "by-hand.yaml")
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(f"\0vxlab-{user.uid}")
        assert stranger.recv(1) == b""
        with user.holder_ends():
            user("down", "by-hand")


@contextmanager
def _listens(user: User, *names: str) -> Iterator[None]:
    """A process of a user that listens under these names."""
    code = (
        "import socket, sys\n"
        "sockets = [socket.socket(socket.AF_UNIX) for name in sys.argv[1:]]\n"
        "for one, name in zip(sockets, sys.argv[1:]):\n"
        "    one.bind(chr(0) + name)\n"
        "    one.listen()\n"
        "print(flush=True)\n"
        "sys.stdin.read()\n"
    )
    words = [sys.executable, "-c", code, *(name[1:] for name in names)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, user=user.uid, group=user.uid, extra_groups=[], **pipes) as process:
        assert process.stdout and process.stdout.readline()
        yield
        process.communicate()


def _forbid_namespaces() -> None:
    """Let this process, and what it starts, make no user namespaces, as an administrator may want it."""
    _inside_a_user_namespace({"user/max_user_namespaces": "0"})


def _inside_a_user_namespace(limits: dict[str, str]) -> None:
    """Move this process to where the same user may do less, by sysctls of that namespace alone (namespaces(7))."""
    uid, gid = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    for key, value in limits.items():
        Path("/proc/sys", key).write_text(value)


def test_a_directory_that_the_labs_do_not_see(user: User, library: Path) -> None:
    user("up", library / "by-hand.yaml")
    place = user.home / "stick"
    place.mkdir()
    mount("tmpfs", str(place), "tmpfs", 0)  # propagation is private here: what is mounted later is not seen
    os.chown(place, user.uid, user.uid)
    told = user("ls", status=1, where=place).stderr
    assert str(place) in told and "another directory" in told
    umount2(str(place), MNT_DETACH)
    place.rmdir()
    with user.holder_ends():
        user("down", "by-hand")


def test_a_directory_that_the_user_may_not_search(user: User, tmp_path: Path) -> None:
    """As after su(1) in a directory of root's."""
    tmp_path.chmod(0o700)
    assert user("plan", ROOT / "topologies" / "by-hand.yaml", where=tmp_path).stdout.startswith("by-hand")


def test_a_logout_that_cannot_be_watched_is_told(user: User, library: Path) -> None:
    def forbid() -> None:
        _inside_a_user_namespace({"user/max_inotify_instances": "0"})

    users = Path("/run/systemd/users")
    users.mkdir(parents=True)
    (users / str(user.uid)).write_text("NAME=somebody\nSTATE=active\n")
    assert "when you log out" in user("up", library / "by-hand.yaml", status=1, first=forbid).stderr
    run("rm", "-r", "/run/systemd")


def test_root_does_the_same_command_through_sudo(user: User) -> None:
    sudo = user.home / "bin" / "sudo"
    sudo.parent.mkdir()
    sudo.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    sudo.chmod(0o755)
    path = {"PATH": f"{sudo.parent}:/usr/bin"}
    for words in (("--root", "up", "a.yaml"), ("up", "a.yaml", "--root"), ("exec", "--root", "h1", "ls")):
        assert user(*words, env=path).stdout.splitlines() == ["--", str(user.home / "vxlab"), *words]
    words = ("--root", "ls")
    assert user.fresh(*words, env=path).stdout.splitlines() == ["--", sys.executable, "-P", "-m", "vxlab", *words]
    sudo.unlink()
    assert "not on PATH" in user("--root", "ls", env={"PATH": str(sudo.parent)}, status=1).stderr
    sudo.parent.rmdir()


def test_what_exec_runs_keeps_its_own_options(user: User, library: Path) -> None:
    user("up", library / "by-hand.yaml")
    assert user("exec", "a", "echo", "--root").stdout == "--root\n"
    assert user("exec", "a", "--", "echo", "--root").stdout == "--root\n"
    user("down", "by-hand")
    assert vxlab("--root", "ls", "--root").stderr == "vxlab: no lab is up\n"
