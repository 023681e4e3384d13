"""What a running lab looks like: its nodes, who knows which MAC, and where it has drifted from its file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from vxlab.kernel.read import Actual, Entry
from vxlab.lab import inits, ownership, processes
from vxlab.lab.actual import read
from vxlab.lab.process_view import ProcessRow, rows
from vxlab.lab.record import Record
from vxlab.plan import Plan, plan
from vxlab.state.kind import Family
from vxlab.state.kinds.fdb import FLOOD_MAC
from vxlab.state.model import NetworkState, Resource
from vxlab.state.owners import Names
from vxlab.state.types import NOTHING, Value


@dataclass(frozen=True)
class FdbRow:
    """One FDB entry as a reader wants it: which VTEP knows which MAC of which VNI behind which VTEP, and how."""

    vtep: str
    link: str
    vni: Value
    mac: str
    owner: str
    dst: str
    behind: str
    how: str


@dataclass(frozen=True)
class Status:
    """A lab as it is now, and what differs from what was last asked for."""

    record: Record
    actual: Actual
    drift: Plan
    processes: Sequence[ProcessRow] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "lab": self.record.name,
            "description": self.record.description,
            "file": self.record.file,
            "settings": self.record.settings,
            "created": self.record.created,
            "complete": self.record.complete,
            "nodes": self._nodes(),
            "processes": [asdict(row) for row in self.processes],
            "fdb": [asdict(row) for row in fdb(self.record, self.actual)],
            "drift": [{"node": self.record.node_of(s.namespace), "step": s.describe()} for s in self.drift],
        }

    def _processes(self) -> dict[str, list[int]]:
        wanted = self.record.state.namespaces
        return {
            **{name: [] for name in wanted},
            **processes.running(name for name in wanted if name in self.actual.state.namespaces),
        }

    def _nodes(self) -> list[dict[str, Any]]:
        state = self.actual.state
        return [
            {
                "node": self.record.node_of(namespace),
                "namespace": namespace,
                "joined_by": [node for node, shared in self.record.joined.items() if shared == namespace],
                "there": namespace in state.namespaces,
                "processes": pids,
                "links": [_link(link, state) for link in state.inside(namespace, Family.LINK)],
            }
            for namespace, pids in self._processes().items()
        ]


def status(lab: Record) -> Status:
    """Read a lab back and compare it with what was asked for.

    Raises:
        OSError: the kernel refused.
        ProcessError: the init of a node cannot be reached.
    """
    running = inits.running(lab.name, all_known=False)
    actual = read(lab.name, ownership.owned(lab.name, lab.namespaces, lab.namespaces), lab.state, running)
    return Status(lab, actual, plan(actual.state, lab.state), rows(lab, running))


def _link(link: Resource, state: NetworkState) -> dict[str, Any]:
    addresses = [
        address.get("address") for address in state.inside(link.namespace, Family.ADDRESS) if address.name == link.name
    ]
    values = {name: value for name, value in link.values.items() if value not in (NOTHING, None)}
    return {**values, "kind": link.kind.name, "addresses": addresses}


def fdb(lab: Record, actual: Actual) -> list[FdbRow]:
    """The FDB of every VTEP of a lab, by VTEP and VNI, with the owners of MACs and addresses by name."""
    owners = Names(lab.state, lab.node_of)
    rows = (_row(lab, actual, entry, owners) for entry in actual.fdb)
    return sorted(rows, key=lambda row: (row.vtep, row.vni, row.mac != FLOOD_MAC, row.mac, row.dst))


def _row(lab: Record, actual: Actual, entry: Entry, owners: Names) -> FdbRow:
    device = actual.state.link(entry.namespace, entry.link)
    vni = entry.vni or entry.src_vni or (device.get("vni") if device else NOTHING)
    flood = entry.mac == FLOOD_MAC
    how = "flood" if flood else "static" if entry.permanent else "learned"
    owner = "" if flood else owners.of(entry.mac)
    behind = owners.of(entry.dst)
    return FdbRow(lab.node_of(entry.namespace), entry.link, vni, entry.mac, owner, entry.dst, behind, how)
