"""From what a user typed to a lab or a node of it."""

from __future__ import annotations

from dataclasses import dataclass

from vxlab.lab import disk, record
from vxlab.lab.errors import LabError, UnknownNameError
from vxlab.lab.lock import holder
from vxlab.lab.names import lost
from vxlab.lab.record import Record
from vxlab.suggest import did_you_mean


@dataclass(frozen=True)
class Summary:
    """One line of ``vxlab ls``.

    ``state`` is one of up, half made, changing (by a command that runs), lost (there is no record), unreadable.
    """

    name: str
    nodes: int
    complete: bool
    created: str
    file: str
    state: str = "up"
    by: str = ""


def summaries() -> list[Summary]:
    """Every lab that has a record, and those that have lost theirs."""
    labs = disk.names()
    found = [Summary(lab, len(names), False, "", "", "lost") for lab, names in lost(labs).items()]
    return sorted([*filter(None, map(_summary, labs)), *found], key=lambda summary: summary.name)


def _summary(lab: str) -> Summary | None:
    try:
        found = record.read(lab)
    except LabError:
        return Summary(lab, len(disk.namespaces(lab)), False, "", "", "unreadable")
    if found is None:  # it has gone meanwhile
        return None
    state = "up" if found.complete else "changing" if holder(lab) else "half made"
    return Summary(lab, found.size, found.complete, found.created, found.file, state, found.by)


def running(lab: str) -> Record:
    """The record of a lab.

    Raises:
        UnknownNameError: no lab of that name is up.
    """
    found = record.read(lab) if disk.can_be(lab) else None
    if found is None:
        if any(one.name == lab for one in summaries()):
            raise UnknownNameError(
                f"lab {lab} has lost its record: vxlab down {lab} removes it, vxlab up FILE mends it"
            )
        raise UnknownNameError(f"no lab {lab} is up{did_you_mean(lab, disk.names())}")
    return found


def node(name: str, lab: str | None = None) -> tuple[Record, str]:
    """The lab and the namespace of a node; the lab may be left out where one lab alone has such a node.

    Raises:
        UnknownNameError: there is none, or more than one.
    """
    labs = [running(lab)] if lab else [there for one in disk.names() if (there := record.read(one))]
    if not labs:
        raise UnknownNameError("no lab is up: start one with vxlab up FILE")
    found = [there for there in labs if name in there.nodes]
    if len(found) > 1:
        where = ", ".join(there.name for there in found)
        raise UnknownNameError(f"there is a node {name} in more than one lab ({where}): say which with -l LAB")
    if not found:
        if any(name == there.node_of(namespace) for there in labs for namespace in there.far.namespaces):
            raise UnknownNameError(f"node {name} is on another machine, where the other part of its lab is")
        known = [one for there in labs for one in there.nodes]
        where = f"lab {labs[0].name}" if len(labs) == 1 else "any lab"
        raise UnknownNameError(f"there is no node {name} in {where}{did_you_mean(name, known)}")
    return found[0], found[0].nodes[name]
