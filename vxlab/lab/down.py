"""Down: taking a lab away. It imports no netlink: a namespace takes all that is in it along."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import count

from vxlab.kernel import namespaces
from vxlab.kernel.side_by_side import FEWEST, side_by_side
from vxlab.lab import disk, ownership, processes
from vxlab.lab.errors import LabError
from vxlab.lab.listener import PATIENCE, SILENT, Listener
from vxlab.lab.lock import lock
from vxlab.lab.privilege import require_root
from vxlab.state.owned import is_machine

_AT_ONCE = 4
"""Threads that remove names."""


def down(lab: str, listener: Listener = SILENT, patience: float | None = PATIENCE) -> bool:
    """Remove a lab: its processes, its namespaces, its files. A half-made lab goes as a whole one does, a lost one too.

    Returns:
        Whether there was one.

    Raises:
        NotRootError, LockedError: before anything was changed.
        LabError: the same, where this is called inside of the lab.
        OSError: the kernel refused.
    """
    require_root()
    if not disk.can_be(lab) or not _is_there(lab):
        # A kill at the very end of the last lab leaves what all labs share.
        with suppress(FileNotFoundError), disk.registry():
            _leave_names()
        return False
    with lock(lab, listener.notice, patience):
        _refuse_inside(lab)
        found = _is_there(lab)
        remove(lab, listener)
        return found


def _refuse_inside(lab: str) -> None:
    """Who is inside of a lab ends with it: that would be half way."""
    here, names = processes.namespace_of(os.getpid()), disk.namespaces(lab)
    for name in names:
        with suppress(FileNotFoundError):
            if is_machine(name):
                continue
            if namespaces.identity(name) == here and ownership.is_owned(lab, name, names):
                raise LabError(f"this runs inside of {name}: take lab {lab} down from outside")


def _is_there(lab: str) -> bool:
    """Whether anything is left of a lab: its record, one of its namespaces, or the beginning of its directory."""
    return disk.path_of(lab).exists() or bool(_unrecorded(lab))


def _unrecorded(lab: str) -> list[str]:
    """The namespaces of a lab that its record does not tell of, because it was lost, or never told."""
    like = [name for name in namespaces.names() if name.startswith(f"{lab}-")]
    known = {name for one in disk.names() for name in disk.namespaces(one)} if like else set()
    return ownership.owned(lab, (name for name in like if name not in known), ())


def remove(lab: str, listener: Listener = SILENT) -> None:
    """The way from what the lab has to nothing, which is to delete its namespaces. Its lock is held by the caller."""
    promised = disk.namespaces(lab)
    there = [name for name in promised if namespaces.exists(name) and not is_machine(name)]
    existing = [*ownership.owned(lab, there, there), *_unrecorded(lab)]
    for name in there:
        if name not in existing:
            listener.notice(f"namespace {name} is not vxlab's any more: it is left alone")
    at_home = [name for name in (*promised, *existing) if is_machine(name)]
    leave = _leaving(lab, at_home)
    disk.unsettle(lab)
    processes.end(existing)
    processes.end((), processes.strays(disk.path_of(lab)))
    leave()
    _delete([name for name in existing if not is_machine(name)], listener)
    with disk.registry():
        disk.remove(lab)
        _leave_names()


def _leaving(lab: str, at_home: Sequence[str]) -> Callable[[], None]:
    """What takes away what a lab has in the machine's own namespace; it is known now whether that can be.

    Raises:
        LabError: it cannot.
    """
    if not at_home:
        return lambda: None
    from vxlab.lab.machine import depart, departure  # with netlink, for which others need not wait

    return partial(depart, *departure(lab, at_home))


def _delete(names: Sequence[str], listener: Listener) -> None:
    listener.total(len(names))
    todo, done = iter(names), count(1)

    def work() -> Iterator[None]:
        for name in todo:
            namespaces.delete(name)
            listener.progress(next(done))
            yield

    # Each waits for an RCU grace period, which those who wait together share (namespace_unlock() in fs/namespace.c).
    side_by_side(min(_AT_ONCE, len(names) // FEWEST), work)


def _leave_names() -> None:
    """With the last lab goes what vxlab added to the machine for all of them."""
    if disk.names() or ownership.lost(()):
        return
    if disk.MOUNT_MARK.exists():
        namespaces.unprepare()
        disk.MOUNT_MARK.unlink(missing_ok=True)
    with suppress(OSError):
        disk.DIRECTORY.rmdir()
