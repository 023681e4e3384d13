"""Tests on the real kernel, as root, each worker in a world of its own.

The test process gets its own mount and network namespaces and an empty tmpfs on /run. So the tests touch nothing of
the machine, run side by side, and start where /run/netns does not exist yet.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.conftest import ANYWHERE, SMALL
from vxlab.kernel.syscalls import CLONE_NEWNET, CLONE_NEWNS, MS_REC, mount, unshare

TIMEOUT = 60 * int(os.environ.get("VXLAB_SLOW", "1"))
"""Seconds for a program; on the virtual bench more."""

MS_PRIVATE = 0x40000


@pytest.fixture(scope="session", autouse=True)
def own_world() -> None:
    """Cut this process and all that it starts off from the machine."""
    if os.geteuid() != 0:
        pytest.exit("the kernel tests need root: run `sudo make test`", returncode=1)
    forked.preload()
    unshare(CLONE_NEWNS | CLONE_NEWNET)
    mount("", "/", "none", MS_PRIVATE | MS_REC)
    mount("tmpfs", "/run", "tmpfs", 0)


VXLAB = (sys.executable, "-m", "vxlab")
"""The program, as other programs start it."""

Ended = subprocess.CompletedProcess[str]


def run(*words: str | Path, status: int | None = 0, **more: Any) -> Ended:
    """Run a program and see that it ends with an exit status; None takes any."""
    result = subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=TIMEOUT, check=False, **more)
    return seen(result, status)


def vxlab(*words: str | Path, status: int | None = 0) -> Ended:
    """Run vxlab as a user does, but for the time that imports take."""
    return seen(forked.run(*words, timeout=TIMEOUT), status)


def seen(result: Ended, status: int | None) -> Ended:
    if status is not None and result.returncode != status:
        pytest.fail(f"{' '.join(result.args)}: exit {result.returncode}\n{result.stdout}\n{result.stderr}")
    return result


def ip(namespace: str, *words: str) -> Any:
    """What iproute2's ``ip`` says of a namespace."""
    return json.loads(run("ip", "-n", namespace, "-j", "-d", *words).stdout or "[]")


def bridge(namespace: str, *words: str) -> Any:
    """What iproute2's ``bridge`` says of a namespace."""
    return json.loads(run("bridge", "-n", namespace, "-j", "-d", *words).stdout or "[]")


def steady(answer: Any) -> Any:
    """An answer of iproute2 without what runs by itself: timers, and the ids that hang on them."""
    if isinstance(answer, list):
        return [steady(item) for item in answer]
    if isinstance(answer, dict):
        return {key: steady(value) for key, value in answer.items() if not key.endswith("_timer")}
    return answer


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(condition: Callable[[], Any], seconds: float = 10) -> Any:
    """Wait until something is so, which no event tells of."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it has not come"
        time.sleep(0.01)
    return found


def netns() -> list[str]:
    """The namespaces that ``ip netns`` lists."""
    return [line.split()[0] for line in run("ip", "netns", "list").stdout.splitlines()]


def pings(namespace: str, address: str, seconds: int = 2) -> bool:
    """Whether one ping is answered."""
    words = ("ip", "netns", "exec", namespace, "ping", "-c", "1", "-W", str(seconds), address)
    return run(*words, status=None).returncode == 0


def machine() -> dict[str, Any]:
    """Everything that a lab could leave behind."""
    run_dir = Path("/run")
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return {
        "namespaces": netns(),
        "links": [link["ifname"] for link in json.loads(run("ip", "-j", "link").stdout)],
        "mounts": sorted(mounts),
        "files": sorted(str(path) for path in run_dir.rglob("*")),
        "processes": sorted(_processes()),
    }


def _processes() -> Iterator[int]:
    """The processes that have the /run of this one, which each worker has of its own."""
    own = Path("/run").stat().st_dev
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (path / "root/run").stat().st_dev == own:
                yield int(path.name)


@dataclass(frozen=True)
class Up:
    """A lab that is up."""

    name: str
    file: Path

    def __call__(self, node: str) -> str:
        return f"{self.name}-{node}"


@pytest.fixture(params=ANYWHERE, ids=lambda path: path.stem)
def library_file(request: pytest.FixtureRequest) -> Path:
    """Each file of the topology library that comes up on any kernel, in turn."""
    return request.param


@pytest.fixture(params=SMALL, ids=lambda path: path.stem)
def small_file(request: pytest.FixtureRequest) -> Path:
    """Those of them that are small."""
    return request.param


@pytest.fixture
def leaves_nothing() -> Iterator[None]:
    """See that the machine is as it was before, when no lab is up any more."""
    before = machine()
    yield
    vxlab("down", "--all")
    assert machine() == before


@pytest.fixture
def exhaustive() -> bool:
    """Whether each step is refused with each errno, or with one of them: that is for `make test`."""
    return bool(os.environ.get("VXLAB_EXHAUSTIVE"))


@pytest.fixture
def up() -> Iterator[Callable[[Path], Up]]:
    """Brings labs up, and takes them down after the test."""
    names: list[str] = []

    def bring_up(file: Path) -> Up:
        name = json.loads(vxlab("up", file, "--json").stdout)["lab"]
        names.append(name)
        return Up(name, file)

    yield bring_up
    for name in names:
        vxlab("down", name)
