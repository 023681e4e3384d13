"""Ordinary users who run vxlab: bare numbers that no other process of the machine has."""

import ctypes
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import forked
from tests.conftest import ROOT
from tests.kernel.conftest import TIMEOUT, VXLAB, Ended, alive, run, seen
from vxlab.kernel.syscalls import MNT_DETACH, MS_BIND, MS_REC, mount, umount2
from vxlab.rootless.holder import NAME

_PR_SET_DUMPABLE = 4
_SOON = 10


@dataclass(frozen=True)
class User:
    """A user with a directory of their own, in which their commands run."""

    uid: int
    home: Path

    def __call__(
        self,
        *words: str | Path,
        status: int | None = 0,
        first: Callable[[], None] = lambda: None,
        env: Mapping[str, str] | None = None,
        where: Path | None = None,
    ) -> Ended:
        """Run vxlab as this user, but for the time that imports take; ``first`` is called as the user, before."""

        def before() -> None:
            self.become(where)
            first()

        return seen(forked.run(*words, timeout=TIMEOUT, before=before, env=env), status)

    def start(self, *words: str | Path, **more: Any) -> subprocess.Popen[str]:
        """Start it."""
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(**forked.program(*words, before=self.become), **streams, **more)

    def fresh(self, *words: str | Path, env: Mapping[str, str] | None = None, **more: Any) -> Ended:
        """Run it with a Python of its own, imports and all, as a user does."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        who = {"user": self.uid, "group": self.uid, "extra_groups": [], "cwd": self.home}
        return run(*VXLAB, *words, env=environment, **who, **more)

    def become(self, where: Path | None = None) -> None:
        """Make this process one of the user's, as login(1) does, in their home or elsewhere."""
        os.chdir(where or self.home)
        os.setgroups([])
        os.setresgid(self.uid, self.uid, self.uid)
        os.setresuid(self.uid, self.uid, self.uid)
        # The kernel gives the files in /proc of a process to root where it changes its user without execve(2).
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)

    def processes(self) -> dict[int, str]:
        """What runs as this user, by process id."""
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                lines = dict(line.split(":", 1) for line in (path / "status").read_text().splitlines())
            except OSError:  # it has ended
                continue
            if str(self.uid) in lines["Uid"].split() and alive(int(path.name)):
                found[int(path.name)] = lines["Name"].strip()
        return found

    def holders(self) -> list[int]:
        return [pid for pid, name in self.processes().items() if name == NAME]

    @contextmanager
    def holder_ends(self) -> Iterator[None]:
        """See that the user's holder, of which there is one, ends in the body or soon after."""
        (process,) = self._opened()
        try:
            yield
            assert select.select([process], [], [], _SOON)[0], "the holder is still there"
        finally:
            os.close(process)

    def _opened(self) -> list[int]:
        """The holders as something to wait for."""
        found = []
        for pid in self.holders():
            with suppress(ProcessLookupError):
                found.append(os.pidfd_open(pid))
        return found

    def left(self) -> list[str]:
        """What there is of the user when holders have ended: processes, and files but for those of libraries."""
        for process in self._opened():
            select.select([process], [], [], _SOON)
            os.close(process)
        files = (path for path in self.home.rglob("*") if ".c" not in str(path.relative_to(self.home)))
        return [*self.processes().values(), *map(str, files)]


@contextmanager
def reachable(*paths: Path) -> Iterator[None]:
    """Let ordinary users run what is in these directories, for which they may not search all those above."""
    mounted: list[Path] = []
    inside = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in paths}
    try:
        for path, fd in inside.items():
            closed = next((above for above in reversed(path.parents) if not above.stat().st_mode & 0o001), None)
            if closed:
                mount("tmpfs", str(closed), "tmpfs", 0)
                closed.chmod(0o755)
                mounted.append(closed)
            if mounted:
                path.mkdir(parents=True, exist_ok=True)
                mount(f"/proc/self/fd/{fd}", str(path), "none", MS_BIND | MS_REC)
        yield
    finally:
        for path in reversed(mounted):
            umount2(str(path), MNT_DETACH)
        for fd in inside.values():
            os.close(fd)


_ROOT_OF_NOTHING = """
import ctypes
libc = ctypes.CDLL(None)
assert libc.unshare(0x10000000 | 0x20000) == 0  # CLONE_NEWUSER, CLONE_NEWNS
with open("/proc/self/uid_map", "w") as file:
    file.write("0 UID 1")
assert libc.mount(b"tmpfs", b"/run", b"tmpfs", 0, None) == 0
"""


def may_have_namespaces(uid: int) -> bool:
    """Whether this machine lets an ordinary user be root in a user namespace: some distributions do not."""
    words = [sys.executable, "-c", _ROOT_OF_NOTHING.replace("UID", f"{uid}")]
    return run(*words, status=None, user=uid, group=uid, extra_groups=[]).returncode == 0


def program() -> list[Path]:
    """Where Python and vxlab are."""
    return [ROOT, *dict.fromkeys(map(Path, (sys.base_prefix, sys.prefix)))]
