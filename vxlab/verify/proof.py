"""What a proof says: the checks of each, what became of the tables, and the verdict on the whole lab."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from vxlab.kernel.learned import Learned
from vxlab.lab.view import VlanRow
from vxlab.verify.check import Check
from vxlab.verify.evidence import Evidence
from vxlab.verify.overlay import Station
from vxlab.verify.routing import Crossing
from vxlab.verify.scene import Scene
from vxlab.verify.tables import Tables


@dataclass(frozen=True)
class Proof:
    """What the exchanges between two hosts showed.

    ``what`` names what was proved, ``vni`` the segment, or None where the hosts are in two. ``caught`` is
    all that was seen, for who draws it, ``crossings`` the tunnels that a routed packet has to take.
    """

    scene: Scene
    what: str
    vni: int | None
    sender: Station
    target: Station
    checks: tuple[Check, ...]
    tables: Tables
    caught: tuple[Evidence, ...]
    crossings: tuple[Crossing, ...] = ()

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    def with_checks(self, checks: tuple[Check, ...]) -> Proof:
        return replace(self, checks=checks)

    @property
    def names(self) -> tuple[str, str]:
        return self.scene.host(self.sender), self.scene.host(self.target)

    def told(self, entries: Iterable[tuple[str, Learned]]) -> list[str]:
        """Entries of tables in words."""
        return [f"{self.scene.node(namespace)}: {self._entry(namespace, entry)}" for namespace, entry in entries]

    def _entry(self, namespace: str, entry: Learned) -> str:
        link = self.scene.actual.indexes.name(namespace, entry.index)
        if entry.is_neighbour:
            return f"neighbour {entry.dst} at {entry.mac} dev {link}"
        return f"FDB {entry.mac} dev {link} {f'dst {entry.dst}' if entry.of_tunnel else 'master'}"

    def to_json(self) -> dict[str, Any]:
        sender, target = self.names
        return {
            "what": self.what,
            "vni": self.vni,
            "ip": self.sender.version,
            "sender": sender,
            "target": target,
            "passed": self.passed,
            "checks": [check.to_json() for check in self.checks],
            "flushed": self.told(self.tables.flushed),
            "restored": self.told(self.tables.restored),
            "removed": self.told(self.tables.removed),
        }


Job = tuple[str, Callable[[], Proof]]
"""A proof to make, and what it is in words."""


@dataclass(frozen=True)
class Verdict:
    """The proofs of a lab, what could not be proved and why, and where the lab is not as its file says.

    ``vlans`` is the first table of its VTEPs, as it was before the proofs.
    """

    lab: str
    proofs: tuple[Proof, ...]
    unproved: tuple[str, ...]
    drift: tuple[str, ...]
    vlans: tuple[VlanRow, ...] = ()

    @property
    def passed(self) -> bool:
        return bool(self.proofs) and all(proof.passed for proof in self.proofs)

    def to_json(self) -> dict[str, Any]:
        return {
            "lab": self.lab,
            "passed": self.passed,
            "proofs": [proof.to_json() for proof in self.proofs],
            "unproved": list(self.unproved),
            "drift": list(self.drift),
            "vlans": [asdict(row) for row in self.vlans],
        }
