"""Up: making the kernel match a topology, or leaving it as it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from vxlab.kernel import features, namespaces, ready, sysctls
from vxlab.kernel.apply import apply
from vxlab.kernel.read import Actual
from vxlab.kernel.stock import Stock
from vxlab.lab import disk, down, hosts, inits, machine, ownership, process_steps, processes, record, safe
from vxlab.lab.actual import read
from vxlab.lab.errors import CollisionError, LabError, NotAllowedError
from vxlab.lab.listener import PATIENCE, SILENT, Listener
from vxlab.lab.lock import lock
from vxlab.lab.privilege import caller, require_root
from vxlab.lab.record import Record
from vxlab.plan import Plan, plan, with_defaults
from vxlab.state.kind import Family
from vxlab.state.model import NetworkState
from vxlab.state.owned import mark
from vxlab.topology import Topology


def planned(topology: Topology) -> tuple[Plan, Actual]:
    """What ``up`` would do now, and what is there.

    Raises:
        CollisionError: a namespace that the lab needs is there and is not the lab's.
    """
    return _planned(topology, record.read(topology.name))


def _planned(topology: Topology, old: Record | None) -> tuple[Plan, Actual]:
    _refuse_collisions(topology)
    return _difference(_recorded(topology, Path(), old), _before(old))


def _before(old: Record | None) -> list[NetworkState]:
    """What was wanted of a lab until now, also by an `up` that did not come to its end."""
    done = record.done(old.name) if old and not old.complete else None
    return [found.state for found in (done, old) if found]


def _difference(lab: Record, before: Sequence[NetworkState] = ()) -> tuple[Plan, Actual]:
    wanted = with_defaults(before, lab.state, sysctls.fresh)
    actual = read(lab.name, lab.namespaces, wanted)
    return plan(actual.state, wanted, before), actual


def _refuse_collisions(topology: Topology) -> None:
    """See that no namespace that the lab needs is somebody else's, or promised to another lab."""
    promised = {name: lab for lab in disk.names() if lab != topology.name for name in disk.namespaces(lab)}
    there = [name for name in topology.state.namespaces if namespaces.exists(name)]
    own = {*ownership.owned(topology.name, there, disk.namespaces(topology.name))}
    for name in topology.state.namespaces:
        if name in promised:
            raise CollisionError(f"namespace {name} is lab {promised[name]}'s: give this lab another name")
    for name in there:
        if name not in own:
            raise CollisionError(
                f"namespace {name} exists and is not vxlab's: remove it (ip netns del {name}) "
                "or give the lab another name"
            )
    machine.refuse(topology.name, topology.state)


def up(
    topology: Topology,
    file: Path,
    listener: Listener = SILENT,
    patience: float | None = PATIENCE,
    *,
    keep: bool = False,
    may_start: bool = True,
    stock: Stock | None = None,
) -> Plan:
    """Make the kernel match a topology: create the lab, or change what differs. Done twice, it is done once.

    Args:
        topology: what is wanted.
        file: where that was written.
        listener: is told how it goes.
        patience: seconds to wait for another command that is changing the lab; None waits for ever.
        keep: whether a lab that fails is left as it then is, to be looked at.
        may_start: whether processes may be started.
        stock: namespaces that are made already (``ahead``).

    Returns:
        What was done; empty where everything was so already.

    Raises:
        NotRootError, LockedError, CollisionError, NotAllowedError, MissingFeatureError: before anything was changed.
        KernelError: the kernel refused a step. A lab that was not there before has been taken away again, another one
            is as it was: unless ``keep``, or where it was half made before. That `up` finishes, and `down` removes.
    """
    require_root()
    with lock(topology.name, listener.notice, patience):
        old = record.read(topology.name)
        steps, actual = _planned(topology, old)
        new = _recorded(topology, file, old)
        if not steps and old and old.complete and replace(old, by=new.by) == replace(new, before=(), complete=True):
            hosts.write(new)  # which somebody may have deleted
            return steps
        if not may_start and any(step.is_start for step in steps):
            raise NotAllowedError("the lab has changed meanwhile, and the file would start processes: nothing was done")
        features.require(steps)
        machine.require(steps)
        machine.refuse_taking_along(steps)
        is_new = old is None and not actual.state.namespaces
        try:
            _promise(topology, new)
            _change(new, steps, actual, listener, stock)
            if not is_new:
                _settle(new)
            ready.wait(steps)
            new.commit()
        except BaseException:
            _after_failure(new, old, is_new, keep, listener)
            raise
        return steps


def _promise(topology: Topology, new: Record) -> None:
    """Put on disk what the lab is about to be.

    From the check to the record nobody else may promise itself the same names, and until the directory of names is
    there nobody may take it away with the last lab.
    """
    with disk.registry():
        _refuse_collisions(topology)
        new.begin()
        if not namespaces.is_prepared():
            # This is what vxlab adds to the machine.
            safe.touch(disk.MOUNT_MARK)
            namespaces.prepare()


def _settle(wanted: Record) -> None:
    """Do what is left after a change: what the kernel took along with something that was replaced.

    Raises:
        KernelError: the kernel refused a step.
        LabError: three rounds did not suffice.
    """
    _clear(wanted)
    for _ in range(3):
        steps, actual = _difference(wanted)
        steps = steps.without(Family.PROCESS)  # one that has ended again meanwhile is told by `vxlab status`
        if not steps:
            return
        _apply(wanted, steps, actual)
    left = "; ".join(step.describe() for step in _difference(wanted)[0].without(Family.PROCESS))
    raise LabError(f"the kernel does not keep what the file says: {left}")


def _clear(wanted: Record) -> None:
    """Remove the files that are no namespaces, and stand where some are to be."""
    for name in wanted.namespaces:
        if namespaces.is_unfinished(name):
            namespaces.delete(name)


def _recorded(topology: Topology, file: Path, old: Record | None) -> Record:
    """The record of a lab that is about to be changed."""
    return Record(
        name=topology.name,
        description=topology.description,
        file=str(file.resolve()),
        created=old.created if old else datetime.now(UTC).isoformat(timespec="seconds"),
        state=topology.state,
        before=_others(topology.state.namespaces, old.namespaces if old else ()),
        settings=topology.settings,
        by=caller(),
        machine=topology.machine,
        far=topology.far,
    )


def _others(namespaces_: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(more) - dict.fromkeys(namespaces_).keys())


def _change(new: Record, steps: Plan, actual: Actual, listener: Listener, stock: Stock | None) -> None:
    hosts.write(new)
    _clear(new)
    processes.end(ownership.owned(new.name, new.before, new.before))
    inits.tidy(new)
    listener.total(len(steps))
    _apply(new, steps, actual, listener, stock)


def _apply(lab: Record, steps: Plan, actual: Actual, listener: Listener = SILENT, stock: Stock | None = None) -> None:
    ways = {Family.PROCESS: process_steps.Way(lab, steps)}
    apply(steps, actual.indexes, listener.progress, mark(lab.name), ways, stock)


def _after_failure(new: Record, old: Record | None, is_new: bool, keep: bool, listener: Listener) -> None:
    """Leave things as they were; where that is not known, or not wanted, leave what can be finished or removed."""
    half_made = f"lab {new.name} is half made: vxlab up {new.file} finishes it, vxlab down {new.name} removes it"
    if keep or not (is_new or (old and old.complete)):
        listener.notice(half_made)
        return
    try:
        if old:
            _roll_back(new, old)
            listener.notice(f"lab {new.name} is as it was before")
        else:
            down.remove(new.name)
    except BaseException as error:
        # What comes to the user as the error is why it all began.
        listener.notice(f"taking it back failed too ({error or type(error).__name__}); {half_made}")


def _roll_back(new: Record, old: Record) -> None:
    """Bring a lab back to what it was before a change that failed."""
    back = replace(old, before=_others(old.state.namespaces, new.namespaces))
    hosts.write(back)
    _clear(back)
    processes.end(ownership.owned(back.name, back.before, back.before))
    inits.tidy(back)
    _apply(back, *_difference(back, [old.state, new.state]))
    _settle(back)
    disk.abandon(old.name)
