"""Up and down: making the kernel match a topology, and taking a lab away."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from vxlab.kernel import features, namespaces
from vxlab.kernel.apply import Progress, apply
from vxlab.kernel.read import Actual, read
from vxlab.lab import hosts, processes, record
from vxlab.lab.errors import CollisionError, NotRootError
from vxlab.lab.record import Record
from vxlab.plan import Plan, plan
from vxlab.state.kinds import NAMESPACE
from vxlab.state.model import NetworkState, Resource
from vxlab.topology import Topology

Notice = Callable[[str], None]


@dataclass(frozen=True)
class Listener:
    """Who is told how the work goes: ``notice`` in words, ``total`` and ``progress`` in numbers of steps."""

    notice: Notice = lambda text: None  # noqa: ARG005
    total: Callable[[int], None] = lambda steps: None  # noqa: ARG005
    progress: Progress = lambda done: None  # noqa: ARG005


SILENT = Listener()


def require_root() -> None:
    """Raises NotRootError unless the caller is root."""
    if os.geteuid() != 0:
        raise NotRootError("only root may make network namespaces: run the same command with sudo")


def planned(topology: Topology) -> tuple[Plan, Actual]:
    """What ``up`` would do now, and what is there.

    Raises:
        CollisionError: a namespace that the lab needs is there and is not the lab's.
    """
    old = record.read(topology.name)
    owned = old.namespaces if old else ()
    wanted = topology.state.namespaces
    foreign = [name for name in wanted if name not in owned and namespaces.exists(name)]
    if foreign:
        raise CollisionError(
            f"namespace {foreign[0]} exists and is not vxlab's: remove it (ip netns del {foreign[0]}) "
            "or give the lab another name"
        )
    actual = read(dict.fromkeys((*wanted, *owned)), topology.state)
    return plan(actual.state, topology.state), actual


def up(topology: Topology, file: Path, listener: Listener = SILENT) -> Plan:
    """Make the kernel match a topology: create the lab, or change what differs. Done twice, it is done once.

    Returns:
        What was done; empty where everything was so already.

    Raises:
        NotRootError, CollisionError, MissingFeatureError: before anything was changed.
        KernelError: the kernel refused a step. A lab that was not there before has been taken away again.
    """
    require_root()
    with record.lock(topology.name, listener.notice):
        old = record.read(topology.name)
        steps, actual = planned(topology)
        if old and old.complete and not steps and old.state == topology.state:
            return steps
        features.require(steps)
        new = _recorded(topology, file, old)
        new.write()
        try:
            _change(new, steps, actual, listener)
        except BaseException:
            if old is None:
                _remove(new)
            raise
        replace(new, namespaces=topology.state.namespaces, complete=True).write()
        return steps


def _recorded(topology: Topology, file: Path, old: Record | None) -> Record:
    """The record of a lab that is about to be changed."""
    owned = old.namespaces if old else ()
    return Record(
        name=topology.name,
        description=topology.description,
        file=str(file.resolve()),
        created=old.created if old else datetime.now(UTC).isoformat(timespec="seconds"),
        namespaces=tuple(dict.fromkeys((*topology.state.namespaces, *owned))),
        state=topology.state,
        complete=False,
    )


def _change(new: Record, steps: Plan, actual: Actual, listener: Listener) -> None:
    hosts.write(new)
    if not namespaces.is_prepared():
        record.MOUNT_MARK.touch()
        namespaces.prepare()
    for name in new.namespaces:
        if namespaces.exists(name) and not namespaces.is_whole(name):
            namespaces.delete(name)
    going = [name for name in new.namespaces if name not in new.state.namespaces]
    processes.end(going)
    listener.total(len(steps))
    apply(steps, actual.indexes, listener.progress)


def down(lab: str, listener: Listener = SILENT) -> bool:
    """Remove a lab: its processes, its namespaces, its files. A half-made lab goes as a whole one does.

    Returns:
        Whether there was one.

    Raises:
        NotRootError: before anything was changed.
        OSError: the kernel refused.
    """
    require_root()
    if record.read(lab) is None:
        return False
    with record.lock(lab, listener.notice):
        there = record.read(lab)
        if there is None:
            return False
        listener.total(len(there.namespaces))
        _remove(there, listener.progress)
        return True


def _remove(there: Record, progress: Progress | None = None) -> None:
    """The plan from what the lab may have to nothing, which is to delete its namespaces."""
    processes.end(there.namespaces)
    existing = _existing(there)
    for done, step in enumerate(plan(existing, NetworkState()), start=1):
        namespaces.delete(step.namespace)
        if progress:
            progress(done)
    record.remove(there.name)
    if record.MOUNT_MARK.exists() and not record.names():
        namespaces.unprepare()
        record.MOUNT_MARK.unlink(missing_ok=True)
        with suppress(OSError):
            record.DIRECTORY.rmdir()


def _existing(there: Record) -> NetworkState:
    """The namespaces of a lab that exist, without what is in them: a half-made one cannot be entered."""
    return NetworkState.of(Resource(NAMESPACE, name) for name in there.namespaces if namespaces.exists(name))
