"""The processes that run in a lab's namespaces, found as ``ip netns pids`` finds them."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from vxlab.kernel import namespaces

PATIENCE = 2.0
"""Seconds between TERM and KILL."""


def running(names: Iterable[str]) -> dict[str, list[int]]:
    """The processes in each of the namespaces named, without the caller."""
    found: dict[str, list[int]] = {}
    by_identity: dict[tuple[int, int] | None, str] = {}
    for name in names:
        found[name] = []
        with suppress(OSError):
            by_identity[namespaces.identity(name)] = name
    # Whoever attached the machine's own namespace to a lab's name: its processes are not the lab's.
    for pid in (1, os.getpid()):
        by_identity.pop(_namespace(pid), None)
    for pid in _all_pids():
        name = by_identity.get(_namespace(pid), "")
        if name and pid != os.getpid():
            found[name].append(pid)
    return found


def _all_pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _namespace(pid: int) -> tuple[int, int] | None:
    try:
        status = Path(f"/proc/{pid}/ns/net").stat()
    except OSError:  # it has ended
        return None
    return (status.st_dev, status.st_ino)


def end(names: Iterable[str]) -> int:
    """End every process in the namespaces: TERM, and KILL for those that are still there after ``PATIENCE``.

    Returns:
        How many there were.
    """
    names = list(names)
    found = _end_round(names, signal.SIGTERM)
    # What they started while they were being ended goes without being asked.
    rest = found
    while rest:
        rest = _end_round(names, signal.SIGKILL)
    return found


def _end_round(names: Iterable[str], signum: signal.Signals) -> int:
    fds: list[int] = []
    for pid in (pid for pids in running(names).values() for pid in pids):
        with suppress(OSError):
            fds.append(os.pidfd_open(pid))
            signal.pidfd_send_signal(fds[-1], signum)
    _wait(fds)
    return len(fds)


def _wait(fds: list[int]) -> None:
    """Wait until all have ended, at most ``PATIENCE`` seconds each; closes the descriptors."""
    for fd in fds:
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        poll.poll(PATIENCE * 1000)
        os.close(fd)
