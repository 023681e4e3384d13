"""What a running lab looks like: its nodes, who knows which MAC, and where it has drifted from its file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from vxlab.kernel.read import Actual, Entry
from vxlab.lab import inits, processes
from vxlab.lab.actual import read
from vxlab.lab.process_view import ProcessRow, rows
from vxlab.lab.record import Record
from vxlab.plan import Plan, plan
from vxlab.state.kind import Family
from vxlab.state.kinds.fdb import FLOOD_MAC
from vxlab.state.model import NetworkState, Resource
from vxlab.state.owners import Names
from vxlab.state.types import NOTHING, Value
from vxlab.state.types.numbers import run
from vxlab.state.vlans import Mapped, by_port, in_runs, mappings


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
    vlan: int | None = None


@dataclass(frozen=True)
class VlanRow:
    """VLANs of a VTEP that are VNIs, one each: the first of both, and how many follow each other."""

    vtep: str
    link: str
    vlan: int
    vni: int
    count: int

    @property
    def vlans(self) -> str:
        """All of the VLANs, as a reader wants them."""
        return _run(self.vlan, self.count)

    @property
    def vnis(self) -> str:
        return _run(self.vni, self.count)


def _run(first: int, count: int) -> str:
    return str(run(first, first + count - 1))


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
            "machine": self.record.machine,
            "nodes": self.nodes(),
            "processes": [asdict(row) for row in self.processes],
            "fdb": [asdict(row) for row in fdb(self.record, self.actual)],
            "vlans": [asdict(row) for row in vlans(self.record, self.actual.state)],
            "drift": self.steps(),
        }

    def steps(self) -> list[dict[str, str]]:
        """What would bring the lab back to what was asked for."""
        return [{"node": self.record.node_of(step.namespace), "step": step.describe()} for step in self.drift]

    def _processes(self) -> dict[str, list[int]]:
        wanted = dict.fromkeys(self.record.state.namespaces)
        there = processes.running(self.actual.state.namespaces)
        return {name: there.get(name, []) for name in wanted}

    def nodes(self) -> list[dict[str, Any]]:
        """Each node with its links and their addresses, and the processes that run in it."""
        state, joined = self.actual.state, self.record.joined
        there = set(state.namespaces)
        return [
            {
                "node": self.record.node_of(namespace),
                "namespace": namespace,
                "joined_by": [node for node, shared in joined.items() if shared == namespace],
                "there": namespace in there,
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
    actual = read(lab.name, lab.namespaces, lab.state, running)
    return Status(lab, actual, plan(actual.state, lab.state), rows(lab, running))


def _link(link: Resource, state: NetworkState) -> dict[str, Any]:
    addresses = [one.get("address") for one in state.at(link.namespace, link.name, Family.ADDRESS)]
    values = {name: value for name, value in link.values.items() if value not in (NOTHING, None)}
    return {**values, "kind": link.kind.name, "addresses": addresses}


def fdb(lab: Record, actual: Actual) -> list[FdbRow]:
    """The FDB of every VTEP of a lab, by VTEP and VNI, with the owners of MACs and addresses by name."""
    owners = Names(lab.whole, lab.node_of)
    mapped = by_port(actual.state)
    rows = (_row(lab, actual, entry, owners, mapped) for entry in actual.fdb)
    return sorted(rows, key=lambda row: (row.vtep, row.vni, row.mac != FLOOD_MAC, row.mac, row.dst))


def vlans(lab: Record, state: NetworkState) -> list[VlanRow]:
    """Which VLAN is which VNI on each VTEP of a lab."""
    return [
        VlanRow(lab.node_of(one.namespace), one.link, one.vlan, one.vni, one.size) for one in in_runs(mappings(state))
    ]


def _row(lab: Record, actual: Actual, entry: Entry, owners: Names, mapped: Mapped) -> FdbRow:
    device = actual.state.link(entry.namespace, entry.link)
    own = entry.src_vni or (device.get("vni") if device else NOTHING)
    flood = entry.mac == FLOOD_MAC
    how = "flood" if flood else "static" if entry.permanent else "learned"
    owner = "" if flood else owners.of(entry.mac)
    behind = owners.of(entry.dst)
    here = mapped.get((entry.namespace, entry.link), ()) if own != NOTHING else ()
    vlan = next((found for one in here if (found := one.vlan_of(int(own)))), None)
    return FdbRow(
        lab.node_of(entry.namespace), entry.link, entry.vni or own, entry.mac, owner, entry.dst, behind, how, vlan
    )
