"""What vxlab knows of a lab from one command to the next (``disk`` says where that is)."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from vxlab import __version__
from vxlab.lab import disk
from vxlab.state.kind import Family
from vxlab.state.model import NetworkState
from vxlab.state.owned import node_of


@dataclass(frozen=True)
class Record:
    """A lab as it was last asked for.

    ``machine`` is the one whose part of a topology this is, and ``far`` what lives on others; both are empty where the
    file names no machines.
    ``before`` are namespaces that it may have beside those of ``state``, while it is being changed. ``complete`` is
    false from before the first change until after the last one. ``settings`` are what a template was given, ``by`` is
    the user who asked.
    """

    name: str
    description: str
    file: str
    created: str
    state: NetworkState
    before: tuple[str, ...] = ()
    complete: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    by: str = ""
    machine: str = ""
    far: NetworkState = field(default_factory=NetworkState)

    @cached_property
    def whole(self) -> NetworkState:
        """The lab with what is on other machines."""
        return NetworkState.of([*self.state, *self.far]) if len(self.far) else self.state

    @property
    def namespaces(self) -> tuple[str, ...]:
        """All that may exist."""
        return tuple(dict.fromkeys((*self.state.namespaces, *self.before)))

    @property
    def source(self) -> str:
        """The file and its settings, as one types them behind ``vxlab up``."""
        from vxlab.topology.settings import words_from  # with all that topologies need, for which `exec` must not wait

        on = ["--on", self.machine] if self.machine else []
        return shlex.join([self.file, *on, *words_from(self.settings)])

    @property
    def nodes(self) -> dict[str, str]:
        """The namespace of each node; nodes that share one have the same."""
        return {self.node_of(namespace): namespace for namespace in self.namespaces} | self.joined

    @property
    def joined(self) -> dict[str, str]:
        """The nodes that have no namespace of their own, each with the one that it shares."""
        placed = {str(process.get("node")): process.namespace for process in self.state.family(Family.PROCESS)}
        return {node: namespace for node, namespace in placed.items() if node != self.node_of(namespace)}

    @property
    def size(self) -> int:
        """How many nodes it is to have."""
        return len(self.state.namespaces) + len(self.joined)

    def node_of(self, namespace: str) -> str:
        return node_of(self.name, namespace)

    def begin(self) -> None:
        """Put on disk, durably, what the lab is about to be: it is there as a whole or not at all."""
        data = {
            "version": __version__,
            "name": self.name,
            "description": self.description,
            "file": self.file,
            "settings": self.settings,
            "created": self.created,
            "by": self.by,
            "namespaces": self.state.namespaces,
            "before": self.before,
            "state": self.state.to_json(),
            "machine": self.machine,
            "far": self.far.to_json(),
        }
        disk.write_durably(disk.path_of(self.name) / disk.NEXT, json.dumps(data))

    def commit(self) -> None:
        """What the lab was about to be it is."""
        directory = disk.path_of(self.name)
        (directory / disk.NEXT).rename(directory / disk.DONE)
        disk.sync_directory(directory)


def read(lab: str) -> Record | None:
    """The record of a lab: what it is about to be, where it is being changed; None where there is none.

    Raises:
        LabError: it is there and cannot be read.
    """
    return next(filter(None, (_read(lab, which) for which in disk.ANY)), None)


def done(lab: str) -> Record | None:
    """The record of the last thing that was done as a whole; None where there is none.

    Raises:
        LabError: as there.
    """
    return _read(lab, disk.DONE)


def _read(lab: str, which: str) -> Record | None:
    data = disk.load(lab, which)
    if data is None:
        return None
    complete = which == disk.DONE
    try:
        _check_types(data)
        return Record(
            name=lab,
            description=data["description"],
            file=data["file"],
            created=data["created"],
            state=_own(lab, NetworkState.from_json(data["state"])),
            before=() if complete else tuple(disk.own_names(lab, data["before"])),
            complete=complete,
            settings=data.get("settings", {}),  # records of version 0.1.0 have none
            by=data.get("by", ""),
            machine=data.get("machine", ""),
            far=_own(lab, NetworkState.from_json(data.get("far", ()))),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise disk.unreadable(lab, which, error) from error


def _own(lab: str, state: NetworkState) -> NetworkState:
    """A state, of which all is in namespaces that the lab can have.

    Raises:
        ValueError: something is not.
    """
    told = sorted({resource.namespace for resource in state})
    foreign = {*told} - {*disk.own_names(lab, told)}
    if foreign:
        raise ValueError(f"{sorted(foreign)[0]!a:.80} is no namespace of lab {lab}")
    return state


def _check_types(data: dict[str, Any]) -> None:
    for key in ("description", "file", "created", "by", "machine"):
        if not isinstance(data.get(key, ""), str):
            raise TypeError(f"{key} is no text")
    if not isinstance(data.get("settings", {}), dict):
        raise TypeError("settings are no mapping")
