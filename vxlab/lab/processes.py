"""The processes that run in a lab's namespaces, found as ``ip netns pids`` finds them."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vxlab.kernel import namespaces
from vxlab.processes import client
from vxlab.processes.errors import ProcessError

PATIENCE = 2.0
"""Seconds between TERM and KILL."""

INIT_PATIENCE = client.PATIENCE + PATIENCE
"""The same for an init, which has given its own processes theirs by then."""

Identity = tuple[int, int]
"""Device and inode of a namespace."""


def running(names: Iterable[str]) -> dict[str, list[int]]:
    """The processes in each of the namespaces named, without the caller."""
    found: dict[str, list[int]] = {}
    by_identity: dict[Identity | None, str] = {}
    for name in names:
        found[name] = []
        with suppress(OSError):
            by_identity[namespaces.identity(name)] = name
    # Whoever attached the machine's own namespace to a lab's name: its processes are not the lab's.
    for pid in (1, os.getpid()):
        by_identity.pop(namespace_of(pid), None)
    for pid in _all_pids():
        name = by_identity.get(namespace_of(pid), "")
        if name and pid != os.getpid():
            found[name].append(pid)
    return found


def _all_pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def namespace_of(pid: int, kind: str = "net") -> Identity | None:
    """Which namespace a process is in; None where it has ended."""
    try:
        status = Path(f"/proc/{pid}/ns/{kind}").stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino)


def spaces() -> dict[Identity | None, dict[int, int]]:
    """The processes of each PID namespace: by the number that each has in there, the one that it has here."""
    found: dict[Identity | None, dict[int, int]] = {}
    for pid in _all_pids():
        if numbers := _numbers(pid):
            found.setdefault(namespace_of(pid, "pid"), {})[numbers[-1]] = pid
    return found


def _numbers(pid: int) -> list[int]:
    """The numbers of a process, from this PID namespace to its own (proc_pid_status(5))."""
    return [int(word) for word in _status(pid).get("NSpid", "").split()]


def _status(pid: int) -> dict[str, str]:
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return {}


def _is_init(pid: int) -> bool:
    """Whether a process is the first of a PID namespace and listens to TERM: what is in there is its business."""
    status = _status(pid)
    numbers = status.get("NSpid", "").split()
    return len(numbers) > 1 and numbers[-1] == "1" and bool(int(status["SigCgt"], 16) >> (signal.SIGTERM - 1) & 1)


def end(names: Iterable[str], more: Iterable[int] = ()) -> int:
    """End every process in the namespaces: TERM, and KILL for those that are still there after ``PATIENCE``.

    An init is asked in place of all that runs under it, and has ``INIT_PATIENCE``.

    Args:
        names: the namespaces.
        more: processes that are ended with them, wherever they are.

    Returns:
        How many there were.
    """
    names, strays = list(names), list(more)
    with _opened([*_all(names), *strays]) as found:
        inits = {pid for pid in found if pid in strays or _is_init(pid)}
        spaces = {namespace_of(pid, "pid") for pid in inits}
        asked = {pid for pid in found if pid in inits or namespace_of(pid, "pid") not in spaces}
        _signal((found[pid] for pid in asked), signal.SIGTERM)
        _wait([found[pid] for pid in asked - inits], PATIENCE)
        _wait([found[pid] for pid in inits], INIT_PATIENCE)
        _signal((found[pid] for pid in strays if pid in found), signal.SIGKILL)
        count = len(found)
    # What they started while they were being ended goes without being asked.
    while left := _all(names):
        with _opened(left) as found:
            _signal(found.values(), signal.SIGKILL)
            _wait(found.values(), PATIENCE)
    return count


def strays(directory: Path) -> list[int]:
    """The inits of a lab, by their process ids: also those that no namespace of a name tells of any more."""
    found = []
    for node in client.nodes(directory):
        with suppress(ProcessError):
            init = client.connect(directory, node)
            if init is not None:
                with init:
                    found.append(init.pid)
    return found


def _all(names: Iterable[str]) -> list[int]:
    return [pid for pids in running(names).values() for pid in pids]


@contextmanager
def _opened(pids: Iterable[int]) -> Iterator[dict[int, int]]:
    """A descriptor for each process that still runs: its number may be another one's a moment later (pidfd_open(2))."""
    fds: dict[int, int] = {}
    try:
        for pid in pids:
            with suppress(OSError):
                fds[pid] = os.pidfd_open(pid)
        yield fds
    finally:
        for fd in fds.values():
            os.close(fd)


def _signal(fds: Iterable[int], signum: signal.Signals) -> None:
    for fd in fds:
        with suppress(OSError):
            signal.pidfd_send_signal(fd, signum)


def _wait(fds: Iterable[int], patience: float) -> None:
    """Wait until all have ended, at most ``patience`` seconds."""
    end = time.monotonic() + patience
    for fd in fds:
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        poll.poll(max(0.0, end - time.monotonic()) * 1000)
