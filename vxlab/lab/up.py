"""Up: making the kernel match a topology."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from vxlab.kernel import features, namespaces
from vxlab.kernel.apply import apply
from vxlab.kernel.read import Actual, read
from vxlab.lab import down, hosts, processes, record
from vxlab.lab.errors import CollisionError
from vxlab.lab.listener import SILENT, Listener
from vxlab.lab.privilege import require_root
from vxlab.lab.record import Record
from vxlab.plan import Plan, plan
from vxlab.topology import Topology


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
                down.remove(new)
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
