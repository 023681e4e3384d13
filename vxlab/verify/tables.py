"""What the nodes had learned of two hosts: taken away before a proof, so that it starts from nothing, and put back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from vxlab.kernel.apply import apply
from vxlab.kernel.errors import KernelError
from vxlab.kernel.indexes import Indexes
from vxlab.kernel.read import read_learned
from vxlab.plan import Action, Plan, Step
from vxlab.state.kind import Family
from vxlab.state.model import Resource
from vxlab.verify.overlay import Host
from vxlab.verify.scene import Scene


@dataclass
class Tables:
    """The learned entries of some nodes that are about some hosts, as they were before a proof.

    ``flushed``, ``restored`` and ``removed`` say in words what was done.
    """

    scene: Scene
    namespaces: tuple[str, ...]
    hosts: tuple[Host, ...]
    before: list[Resource] = field(default_factory=list)
    flushed: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def clean(self) -> None:
        """Take away what the VXLAN devices have learned of the hosts, and what the hosts know of each other.

        Raises:
            KernelError: the kernel refused.
        """
        self.before, indexes = self._read()
        stale = [entry for entry in self.before if entry.kind.family is Family.FDB and entry.get("dst")]
        self._do([(Action.DELETE, entry) for entry in stale], indexes)
        self.flushed = self._told(stale)

    def restore(self) -> None:
        """Make the tables what they were: put back what is missing, take away what has come.

        Raises:
            KernelError: the kernel refused.
        """
        now, indexes = self._read()
        had, has = {entry.key: entry for entry in self.before}, {entry.key: entry for entry in now}
        new = [entry for key, entry in has.items() if key not in had]
        gone = [entry for key, entry in had.items() if key not in has]
        self._do([(Action.DELETE, entry) for entry in new] + [(Action.CREATE, entry) for entry in gone], indexes)
        self.removed, self.restored = self._told(new), self._told(gone)

    def _read(self) -> tuple[list[Resource], Indexes]:
        macs, addresses = {host.mac for host in self.hosts}, {host.address for host in self.hosts}
        found, indexes = read_learned(self.namespaces)
        return [entry for entry in found if entry.get("mac") in macs or entry.get("address") in addresses], indexes

    def _do(self, wanted: Iterable[tuple[Action, Resource]], indexes: Indexes) -> None:
        steps = sorted((_step(action, entry) for action, entry in wanted), key=lambda step: step.namespace)
        try:
            apply(Plan(tuple(steps)), indexes)
        except KernelError:
            # Something aged, or was learned again, since it was read: each by itself, and only what is left.
            for step in steps:
                is_there = step.resource.key in {one.key for one in self._read()[0]}
                if is_there == (step.action is Action.DELETE):
                    apply(Plan((step,)), indexes)

    def _told(self, entries: Iterable[Resource]) -> list[str]:
        return [f"{self.scene.node(entry.namespace)}: {_words(entry)}" for entry in entries]


def _step(action: Action, entry: Resource) -> Step:
    return Step(action, entry, tuple(entry.values.items()) if action is Action.CREATE else ())


def _words(entry: Resource) -> str:
    if entry.kind.family is Family.NEIGHBOUR:
        return f"neighbour {entry.get('address')} at {entry.get('mac')} dev {entry.name}"
    where = f"dst {entry.get('dst')}" if entry.get("dst") else "master"
    return f"FDB {entry.get('mac')} dev {entry.name} {where}"
