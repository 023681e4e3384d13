"""Up: making the kernel match a topology."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from vxlab.kernel import features, namespaces
from vxlab.kernel.apply import apply
from vxlab.kernel.errors import KernelError
from vxlab.kernel.read import Actual, read
from vxlab.lab import down, hosts, processes, record
from vxlab.lab.errors import CollisionError, LabError
from vxlab.lab.listener import SILENT, Listener
from vxlab.lab.privilege import require_root
from vxlab.lab.record import Record
from vxlab.plan import Plan, plan
from vxlab.state.kinds import NAMESPACE
from vxlab.topology import Topology


def planned(topology: Topology) -> tuple[Plan, Actual]:
    """What ``up`` would do now, and what is there.

    Raises:
        CollisionError: a namespace that the lab needs is there and is not the lab's.
    """
    old = record.read(topology.name)
    owned = old.namespaces if old else ()
    _refuse_collisions(topology, owned)
    actual = read(dict.fromkeys((*topology.state.namespaces, *owned)), topology.state)
    return plan(actual.state, topology.state), actual


def _refuse_collisions(topology: Topology, owned: Collection[str]) -> None:
    """See that no namespace that the lab needs is somebody else's, or promised to another lab."""
    needed = [name for name in topology.state.namespaces if name not in owned]
    promised = {name: lab for lab in record.names() if lab != topology.name for name in record.namespaces(lab)}
    for name in needed:
        if name in promised:
            raise CollisionError(f"namespace {name} is lab {promised[name]}'s: give this lab another name")
        if namespaces.exists(name):
            raise CollisionError(
                f"namespace {name} exists and is not vxlab's: remove it (ip netns del {name}) "
                "or give the lab another name"
            )


def up(topology: Topology, file: Path, listener: Listener = SILENT) -> Plan:
    """Make the kernel match a topology: create the lab, or change what differs. Done twice, it is done once.

    Returns:
        What was done; empty where everything was so already.

    Raises:
        NotRootError, CollisionError, MissingFeatureError: before anything was changed.
        KernelError: the kernel refused a step. A lab that was not there before has been taken away again; one that
            was there is half made, which `up` finishes and `down` removes.
    """
    require_root()
    with record.lock(topology.name, listener.notice):
        old = record.read(topology.name)
        with record.registry():
            # From the check to the record nobody else may promise itself the same names, and until the directory of
            # names is there nobody may take it away with the last lab.
            steps, actual = planned(topology)
            new = _recorded(topology, file, old)
            done = replace(new, namespaces=topology.state.namespaces, complete=True)
            if not steps and old == done:
                return steps
            features.require(steps)
            new.write()
            _prepare_names()
        try:
            _change(new, steps, actual, listener)
            if old:
                _settle(topology)
        except BaseException as error:
            if old is None:
                down.remove(replace(new, namespaces=_made(steps, error)))
            raise
        done.write()
        return steps


def _settle(topology: Topology) -> None:
    """Do what is left after a change: what the kernel took along with something that was replaced.

    Raises:
        KernelError: the kernel refused a step.
        LabError: three rounds did not suffice.
    """
    for _ in range(3):
        steps, actual = planned(topology)
        if not steps:
            return
        apply(steps, actual.indexes)
    left = "; ".join(step.describe() for step in planned(topology)[0])
    raise LabError(f"the kernel does not keep what the file says: {left}")


def _made(steps: Plan, error: BaseException) -> tuple[str, ...]:
    """The namespaces that a plan has made until it failed; not the one whose name somebody else took meanwhile."""
    done = steps.steps[: error.position - 1] if isinstance(error, KernelError) else steps.steps
    return tuple(step.namespace for step in done if step.resource.kind is NAMESPACE)


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
        settings=topology.settings,
    )


def _prepare_names() -> None:
    """See that namespaces can have names, and note where this is what vxlab added to the machine."""
    if not namespaces.is_prepared():
        record.MOUNT_MARK.touch()
        namespaces.prepare()


def _change(new: Record, steps: Plan, actual: Actual, listener: Listener) -> None:
    hosts.write(new)
    for name in new.namespaces:
        if namespaces.exists(name) and not namespaces.is_whole(name):
            namespaces.delete(name)
    going = [name for name in new.namespaces if name not in new.state.namespaces]
    processes.end(going)
    listener.total(len(steps))
    apply(steps, actual.indexes, listener.progress)
