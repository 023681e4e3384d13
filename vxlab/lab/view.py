"""What a running lab looks like: its nodes, who knows which MAC, and where it has drifted from its file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from vxlab.kernel import namespaces
from vxlab.kernel.read import Actual, Entry, read
from vxlab.lab import processes
from vxlab.lab.record import Record
from vxlab.plan import Plan, plan
from vxlab.state.kind import Family
from vxlab.state.kinds.fdb import FLOOD_MAC
from vxlab.state.model import NetworkState, Resource
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

    def to_json(self) -> dict[str, Any]:
        return {
            "lab": self.record.name,
            "description": self.record.description,
            "file": self.record.file,
            "settings": self.record.settings,
            "created": self.record.created,
            "complete": self.record.complete,
            "nodes": self._nodes(),
            "fdb": [asdict(row) for row in fdb(self.record, self.actual)],
            "drift": [{"node": self.record.node_of(s.namespace), "step": s.describe()} for s in self.drift],
        }

    def _nodes(self) -> list[dict[str, Any]]:
        state = self.actual.state
        return [
            {
                "node": self.record.node_of(namespace),
                "namespace": namespace,
                "there": namespaces.is_whole(namespace),
                "processes": pids,
                "links": [_link(link, state) for link in state.inside(namespace, Family.LINK)],
            }
            for namespace, pids in processes.running(self.record.state.namespaces).items()
        ]


def status(lab: Record) -> Status:
    """Read a lab back and compare it with what was asked for.

    Raises:
        OSError: the kernel refused.
    """
    actual = read(lab.namespaces, lab.state)
    return Status(lab, actual, plan(actual.state, lab.state))


def _link(link: Resource, state: NetworkState) -> dict[str, Any]:
    addresses = [
        address.get("address") for address in state.inside(link.namespace, Family.ADDRESS) if address.name == link.name
    ]
    values = {name: value for name, value in link.values.items() if value not in (NOTHING, None)}
    return {**values, "kind": link.kind.name, "addresses": addresses}


def fdb(lab: Record, actual: Actual) -> list[FdbRow]:
    """The FDB of every VTEP of a lab, by VTEP and VNI, with the owners of MACs and addresses by name."""
    owners = _Owners(lab)
    rows = (_row(lab, actual, entry, owners) for entry in actual.fdb)
    return sorted(rows, key=lambda row: (row.vtep, row.vni, row.mac != FLOOD_MAC, row.mac, row.dst))


def _row(lab: Record, actual: Actual, entry: Entry, owners: _Owners) -> FdbRow:
    device = actual.state.link(entry.namespace, entry.link)
    vni = entry.vni or entry.src_vni or (device.get("vni") if device else NOTHING)
    flood = entry.mac == FLOOD_MAC
    how = "flood" if flood else "static" if entry.permanent else "learned"
    owner = "" if flood else owners.of_mac(entry.mac)
    behind = owners.of_address(entry.dst)
    return FdbRow(lab.node_of(entry.namespace), entry.link, vni, entry.mac, owner, entry.dst, behind, how)


class _Owners:
    """Which node has a MAC or an address. Two segments may have the same: then all their nodes are named."""

    def __init__(self, lab: Record) -> None:
        self._macs: dict[str, list[str]] = {}
        self._addresses: dict[str, list[str]] = {}
        for link in lab.state.family(Family.LINK):
            if link.values.get("mac"):
                self._note(self._macs, str(link.get("mac")), lab.node_of(link.namespace))
        for address in lab.state.family(Family.ADDRESS):
            ip = str(address.get("address")).partition("/")[0]
            self._note(self._addresses, ip, lab.node_of(address.namespace))

    @staticmethod
    def _note(names: dict[str, list[str]], what: str, node: str) -> None:
        if node not in names.setdefault(what, []):
            names[what].append(node)

    def of_mac(self, mac: str) -> str:
        return " or ".join(self._macs.get(mac, ()))

    def of_address(self, address: str) -> str:
        return " or ".join(self._addresses.get(address, ()))
