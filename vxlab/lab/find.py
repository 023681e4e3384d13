"""From what a user typed to a lab or a node of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vxlab.lab import record
from vxlab.lab.errors import UnknownNameError
from vxlab.lab.record import Record
from vxlab.suggest import did_you_mean


@dataclass(frozen=True)
class Summary:
    """One line of ``vxlab ls``."""

    name: str
    nodes: int
    complete: bool
    created: str
    file: str


def summaries() -> list[Summary]:
    """Every lab that has a record."""
    found = filter(None, map(record.read, record.names()))
    return [Summary(r.name, len(r.state.namespaces), r.complete, r.created, r.file) for r in found]


def running(lab: str) -> Record:
    """The record of a lab.

    Raises:
        UnknownNameError: no lab of that name is up.
    """
    found = record.read(lab) if "/" not in lab else None
    if found is None:
        raise UnknownNameError(f"no lab {lab} is up{did_you_mean(lab, record.names())}")
    return found


def looks_like_file(text: str) -> bool:
    """Whether an argument that may be a lab or a file is a file."""
    if "/" in text or Path(text).suffix in (".yaml", ".yml", ".j2"):
        return True
    return text not in record.names() and Path(text).is_file()


def node(name: str, lab: str | None = None) -> tuple[Record, str]:
    """The lab and the namespace of a node; the lab may be left out where one lab alone has such a node.

    Raises:
        UnknownNameError: there is none, or more than one.
    """
    labs = [running(lab)] if lab else [there for one in record.names() if (there := record.read(one))]
    if not labs:
        raise UnknownNameError("no lab is up: start one with vxlab up FILE")
    found = [there for there in labs if name in there.nodes]
    if len(found) > 1:
        where = ", ".join(there.name for there in found)
        raise UnknownNameError(f"there is a node {name} in more than one lab ({where}): say which with -l LAB")
    if not found:
        known = [one for there in labs for one in there.nodes]
        where = f"lab {labs[0].name}" if len(labs) == 1 else "any lab"
        raise UnknownNameError(f"there is no node {name} in {where}{did_you_mean(name, known)}")
    return found[0], found[0].nodes[name]
