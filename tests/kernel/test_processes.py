"""The processes of a lab: up starts them, a change leaves the others alone, status tells of them, down ends them."""

import grp
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.forked import program
from tests.kernel.conftest import TIMEOUT, VXLAB, Up, alive, machine, netns, run, seen, until, vxlab
from tests.kernel.terminal import at_terminal
from vxlab.kernel.syscalls import CLONE_NEWNS, MS_BIND, mount, unshare

POD = """
name: pod
nodes:
  web:
    links: {eth0: {addresses: [192.0.2.1/24]}}
    processes:
      http: {command: [python3, -u, -m, http.server, "80"], working_dir: /usr/share}
      other: [sleep, "1001"]
  side:
    joins: web
    processes: {wait: [sleep, "1002"]}
  client: {links: {eth0: {addresses: [192.0.2.2/24]}}}
links: [[web:eth0, client:eth0]]
"""

FETCH = "import urllib.request as u; print(u.urlopen('http://{}/').status)"


class Pod:
    """The lab while it is up, and its file, which is written anew and brought up again."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def change(self, *replaced: tuple[str, str], status: int | None = 0) -> str:
        text = POD
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        self.file.write_text(text)
        ended = vxlab("up", self.file, status=status)
        return ended.stdout + ended.stderr

    def processes(self) -> dict[str, dict[str, Any]]:
        told = json.loads(vxlab("status", "pod", "--json").stdout)
        return {one["process"]: one for one in told["processes"]}

    def pids(self) -> dict[str, int]:
        return {name: one["pid"] for name, one in self.processes().items()}

    def drift(self) -> list[str]:
        return [step["step"] for step in json.loads(vxlab("status", "pod", "--json").stdout)["drift"]]

    def inner(self, node: str) -> list[str]:
        """The command lines that ps sees in a node, but for its own."""
        told = vxlab("exec", node, "--", "ps", "-eo", "args=").stdout.splitlines()
        return [line for line in told if not line.startswith("ps ")]


@pytest.fixture
def pod(tmp_path: Path, up: Callable[[Path], Up]) -> Iterator[Pod]:
    file = tmp_path / "pod.yaml"
    file.write_text(POD)
    up(file)
    yield Pod(file)
    file.write_text(POD)


def link_of(pid: int, kind: str) -> str:
    return str(Path(f"/proc/{pid}/ns/{kind}").readlink())


def parent(pid: int) -> int:
    return int(run("ps", "-o", "ppid=", "-p", str(pid)).stdout)


def test_a_pod_shares_its_network_and_nothing_of_its_processes(pod: Pod) -> None:
    pids = pod.pids()
    web, side = pids["http"], pids["wait"]
    assert link_of(web, "net") == link_of(side, "net") != link_of(os.getpid(), "net")
    assert len({link_of(pid, "pid") for pid in (web, side, os.getpid())}) == 3
    assert [line for line in pod.inner("side") if "sleep" in line] == ["sleep 1002"]
    assert "sleep 1001" in pod.inner("web") and "sleep 1002" not in pod.inner("web")
    fetch = ("exec", "side", "--", "python3", "-c", FETCH.format("127.0.0.1"))
    until(lambda: vxlab(*fetch, status=None).stdout == "200\n")
    assert vxlab("exec", "client", "--", "python3", "-c", FETCH.format("side")).stdout == "200\n"
    assert '"GET / HTTP' in vxlab("logs", "web").stdout
    text = vxlab("status", "pod").stdout
    assert "side shares the network namespace of web" in text and "3 nodes" in text and "no drift" in text
    assert json.loads(vxlab("ls", "--json").stdout)[0]["nodes"] == 3
    assert {Path(f"/proc/{parent(pid)}/exe").readlink().name[:6] for pid in pids.values()} == {"python"}


def test_what_is_not_touched_runs_on(pod: Pod) -> None:
    before = pod.pids()
    assert "2 steps" in pod.change(('"1001"', '"1003"'))
    after = pod.pids()
    assert before["other"] != after["other"] and not alive(before["other"])
    assert {**before, "other": 0} == {**after, "other": 0}
    pod.change(("192.0.2.1/24]}}", "192.0.2.1/24, 192.0.2.9/24]}}"), ('"1001"', '"1003"'))
    assert pod.pids() == after
    assert "192.0.2.9" in Path(f"/proc/{after['other']}/root/etc/hosts").read_text()
    pod.change(("      other: ", "      more: [sleep, '1004']\n      other: "), ('"1001"', '"1003"'))
    assert {name: pid for name, pid in pod.pids().items() if name != "more"} == after
    pod.change(('      other: [sleep, "1001"]\n', ""))
    assert pod.pids() == {name: pid for name, pid in after.items() if name != "other"}
    assert not alive(after["other"])
    assert pod.inner("web")[1:] == ["python3 -u -m http.server 80"]


def test_a_process_that_is_started_again_is_no_drift(pod: Pod) -> None:
    before = pod.pids()
    changed = ('other: [sleep, "1001"]', 'other: {command: [sleep, "1001"], restart: always}')
    assert "2 steps" in pod.change(changed)
    pid = pod.pids()["other"]
    os.kill(pid, signal.SIGKILL)
    again = until(lambda: (told := pod.processes()["other"])["state"] == "running" and told)
    assert (again["restarts"], again["signal"]) == (1, "SIGKILL") and again["pid"] != pid
    assert pod.drift() == [] and pod.pids()["http"] == before["http"]


def test_a_process_that_has_died_is_drift_and_up_starts_it(pod: Pod) -> None:
    before = pod.pids()
    os.kill(before["other"], signal.SIGTERM)
    until(lambda: pod.processes()["other"]["state"] == "ended")
    assert pod.drift() == ["start process other of web: sleep 1001"]
    assert "ended (SIGTERM)" in vxlab("status", "pod").stdout
    assert "start process other of web: sleep 1001" in vxlab("plan", pod.file).stdout
    assert "1 steps" in vxlab("up", pod.file).stdout
    after = pod.pids()
    assert after["other"] != before["other"] and after["http"] == before["http"]
    assert pod.drift() == []


def test_an_init_that_is_killed_takes_its_processes_and_up_brings_all_back(pod: Pod) -> None:
    before = pod.pids()
    os.kill(parent(before["http"]), signal.SIGKILL)
    until(lambda: not alive(before["other"]))
    told = pod.processes()
    assert (told["http"]["state"], told["other"]["state"], told["wait"]["state"]) == ("missing", "missing", "running")
    assert len(pod.drift()) == 2
    assert vxlab("exec", "web", "--", "echo", "still").stdout == "still\n"
    vxlab("up", pod.file)
    assert pod.drift() == [] and pod.pids()["wait"] == before["wait"]


def test_an_init_whose_socket_was_removed_is_ended_before_another_starts(pod: Pod) -> None:
    before = pod.pids()
    init = parent(before["http"])
    Path("/run/vxlab/pod/web.sock").unlink()
    assert {told["state"] for name, told in pod.processes().items() if name != "wait"} == {"missing"}
    vxlab("up", pod.file)
    assert not any(map(alive, (init, before["http"], before["other"])))
    assert pod.drift() == [] and pod.pids()["wait"] == before["wait"]


def test_an_init_that_is_stopped_keeps_nobody_waiting(pod: Pod) -> None:
    before = pod.pids()
    init = parent(before["http"])
    os.kill(init, signal.SIGSTOP)
    begun = time.monotonic()
    states = {name: told["state"] for name, told in pod.processes().items()}
    assert states == {"http": "unknown", "other": "unknown", "wait": "running"}
    refused = vxlab("exec", "web", "--", "true", status=1).stderr
    assert time.monotonic() - begun < 10
    assert "the init of node web does not answer; vxlab down pod ends it" in refused and refused.count("\n") == 1
    assert pod.drift() == [
        "start process http of web: python3 -u -m http.server 80",
        "start process other of web: sleep 1001",
    ]
    assert pod.change(status=1) == "vxlab: the init of node web does not answer; vxlab down pod ends it\n"
    os.kill(init, signal.SIGCONT)
    assert pod.drift() == [] and pod.pids() == before
    assert json.loads(vxlab("status", "pod", "--json").stdout)["complete"]


def test_up_waits_for_an_init_that_is_about_to_end(pod: Pod) -> None:
    pod.change(('[sleep, "1001"]', """[sh, -c, 'trap "sleep 0.5; exit" TERM; echo up; while :; do sleep 0.1; done']"""))
    until(lambda: "up" in vxlab("logs", "web", "--process", "other").stdout)
    before = pod.pids()
    os.kill(parent(before["other"]), signal.SIGTERM)
    vxlab("up", pod.file)
    after = pod.pids()
    assert pod.drift() == [] and not {before["other"], before["http"]} & {*after.values()}


def test_an_init_in_a_namespace_that_was_replaced_goes(pod: Pod) -> None:
    before = pod.pids()
    run("ip", "netns", "del", "pod-web")
    vxlab("up", pod.file)
    assert pod.drift() == []
    assert not any(map(alive, before.values()))
    run("ip", "netns", "del", "pod-web")
    left = pod.pids()
    vxlab("down", "pod")
    assert not any(alive(pid) for pid in left.values() if pid)


def test_what_does_not_start_is_told_and_taken_back(pod: Pod) -> None:
    before = pod.pids()
    told = pod.change(('[sleep, "1001"]', "[no-such-program, x]"), status=1)
    assert "process other of node web does not start: no-such-program: No such file or directory" in told
    after = pod.pids()
    assert {**before, "other": 0} == {**after, "other": 0} and after["other"]
    vxlab("down", "pod")
    here = machine()
    assert "/nowhere: No such file" in pod.change(("/usr/share", "/nowhere"), status=1)
    assert machine() == here


def test_a_program_that_ends_at_once_is_shown_by_status(pod: Pod) -> None:
    assert "is up" in pod.change(('[sleep, "1001"]', '[sh, -c, "echo why; exit 3"]'))
    until(lambda: pod.processes()["other"]["exit_status"] == 3)
    assert len(pod.drift()) == 1
    assert "why" in vxlab("logs", "web", "--process", "other").stdout


def test_down_leaves_nothing(tmp_path: Path) -> None:
    before = machine()
    file = tmp_path / "pod.yaml"
    file.write_text(POD)
    vxlab("up", file)
    pids = [one["pid"] for one in json.loads(vxlab("status", "pod", "--json").stdout)["processes"]]
    vxlab("down", "pod")
    assert machine() == before and not any(map(alive, pids))


def test_logs_are_of_a_node_or_of_one_process(pod: Pod) -> None:
    pod.change(('[sleep, "1001"]', r"""[sh, -c, 'printf "one\ntwo\033]0;x\007\n"; exec sleep 1001']"""))
    until(lambda: "two" in vxlab("logs", "web").stdout)
    (first, *_) = [line for line in vxlab("logs", "web").stdout.splitlines() if "one" in line]
    assert first.split()[1:] == ["other", "one"]
    assert vxlab("logs", "web", "-n", "1", "--process", "other").stdout.endswith("Z two\\u001b]0;x\\u0007\n")
    with at_terminal(*VXLAB, "logs", "web") as terminal:
        assert "\x1b" not in terminal.expect("two\\u001b]0;x\\u0007\n")
    assert "did you mean other" in vxlab("logs", "web", "--process", "othr", status=2).stderr
    assert "has no processes" in vxlab("logs", "client", status=1).stderr


def follower() -> subprocess.Popen[str]:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(**program("logs", "web", "-f", "--process", "other"), **streams, text=True)


def test_logs_follow_until_somebody_ends_it(pod: Pod) -> None:
    pod.change(('[sleep, "1001"]', "[sh, -c, 'echo first; exec sleep 1001']"))
    with follower() as one, follower() as two, follower() as three:
        for process in (one, two, three):
            assert process.stdout and any("first" in line for line in process.stdout)
        one.send_signal(signal.SIGINT)
        assert (one.wait(10), one.stderr and one.stderr.read()) == (0, "")
        three.stdout and three.stdout.close()
        three.wait(10)
        assert three.stderr and "Traceback" not in three.stderr.read()
        os.kill(pod.pids()["other"], signal.SIGTERM)
        assert two.stdout and "[SIGTERM]" in two.stdout.readline()
        vxlab("down", "pod")
        assert two.wait(10) == 0


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """The file of the lab, which is not up and must not be afterwards."""
    before = machine()
    file = tmp_path / "pod.yaml"
    file.write_text(POD)
    yield file
    vxlab("down", "pod")
    assert machine() == before


def is_refused(told: str) -> bool:
    return "--allow-processes" in told and "may not be yours" in told and not netns()


def test_the_processes_of_a_file_that_is_not_ones_own_are_asked_about(file: Path) -> None:
    os.chown(file, 4321, 4321)
    assert is_refused(vxlab("up", file, status=1).stderr)
    assert is_refused(run("sh", "-c", 'cat "$0" | "$@"', file, *VXLAB, "up", "/dev/stdin", status=1).stderr)
    os.chown(file, 0, 0)
    file.chmod(0o666)
    assert is_refused(vxlab("up", file, status=1).stderr)
    for answer, status in (("n", 1), ("y", 0)):
        with at_terminal(*VXLAB, "up", str(file)) as terminal:
            assert "web: sleep 1001\n" in terminal.expect("[y/N]: ")
            terminal.type(f"{answer}\n")
            assert terminal.status() == status
    vxlab("down", "pod")
    assert "is up" in vxlab("up", file, "--allow-processes").stdout


def test_a_group_of_one_is_nobody_else(file: Path, tmp_path: Path) -> None:
    """Where each user has a group of their own, umask(2) leaves it the right to write."""
    file.chmod(0o664)
    os.chown(file, 0, grp.getgrnam("daemon").gr_gid)
    assert "mode 0664" in vxlab("up", file, status=1).stderr
    os.chown(file, 0, 4321)
    assert is_refused(vxlab("up", file, status=1).stderr)
    os.chown(file, 0, 0)
    several = tmp_path / "group"
    several.write_text("root:x:0:somebody\n")

    def with_others() -> None:
        unshare(CLONE_NEWNS)
        mount(str(several), "/etc/group", "none", MS_BIND)

    assert is_refused(seen(forked.run("up", file, timeout=TIMEOUT, before=with_others), 1).stderr)
    assert "is up" in vxlab("up", file).stdout


def test_what_starts_nothing_is_not_asked_about(file: Path) -> None:
    vxlab("up", file)
    os.chown(file, 4321, 4321)
    assert "nothing to do" in vxlab("up", file).stdout
    file.write_text(POD.replace("192.0.2.2/24", "192.0.2.3/24"))
    assert "is up" in vxlab("up", file).stdout
    os.kill(Pod(file).pids()["other"], signal.SIGKILL)
    until(lambda: Pod(file).drift())
    assert "--allow-processes" in vxlab("up", file, status=1).stderr


def test_a_file_of_ones_own_is_that_through_sudo_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(file, 4321, 4321)
    monkeypatch.setenv("SUDO_UID", "4321")
    vxlab("up", file)
