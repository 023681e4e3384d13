"""What nodes had learned of some addresses: taken away before a proof, so that it starts from nothing, and put back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from vxlab.kernel import learned
from vxlab.kernel.learned import Learned
from vxlab.kernel.rtnetlink import RouteSocket
from vxlab.verify.scene import Scene

Found = dict[str, list[Learned]]
"""Entries by namespace."""


@dataclass
class Tables:
    """The learned entries of some nodes that are about some MAC or IP addresses, as they were before a proof.

    ``flushed``, ``restored`` and ``removed`` say in words what was done.
    """

    scene: Scene
    namespaces: tuple[str, ...]
    macs: frozenset[str]
    addresses: frozenset[str]
    before: Found = field(default_factory=dict)
    flushed: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def clean(self) -> None:
        """Take away what the VXLAN devices have learned of the MAC addresses.

        Raises:
            OSError: the kernel refused.
        """
        self.before = self._read()
        stale = {name: [entry for entry in found if entry.of_tunnel] for name, found in self.before.items()}
        for name, entries in stale.items():
            self.flushed += self._forget(name, entries)

    def restore(self) -> None:
        """Make the tables what they were: put back what is missing, take away what has come.

        Raises:
            OSError: the kernel refused.
        """
        for name, now in self._read().items():
            had, has = {e.key: e for e in self.before.get(name, ())}, {e.key: e for e in now}
            self.removed += self._forget(name, [entry for key, entry in has.items() if key not in had])
            self.restored += self._put_back(name, [entry for key, entry in had.items() if key not in has])

    def _read(self) -> Found:
        return {name: self._of(name) for name in self.namespaces}

    def _of(self, namespace: str) -> list[Learned]:
        with RouteSocket(namespace) as route:
            found = [*learned.fdb(route), *learned.neighbours(route)]
        return [e for e in found if e.ages and (e.mac in self.macs or (e.is_neighbour and e.dst in self.addresses))]

    def _forget(self, namespace: str, entries: list[Learned]) -> list[str]:
        if entries:
            with RouteSocket(namespace) as route:
                # What is refused has aged since it was read.
                learned.forget(route, entries)
        return self._told(namespace, entries)

    def _put_back(self, namespace: str, entries: list[Learned]) -> list[str]:
        if not entries:
            return []
        with RouteSocket(namespace) as route:
            for refusal in learned.put_back(route, entries):
                what = self._told(namespace, [entries[refusal.index]])[0]
                raise OSError(refusal.errno, f"{what} cannot be put back: {refusal.text}")
        return self._told(namespace, entries)

    def _told(self, namespace: str, entries: Iterable[Learned]) -> list[str]:
        names = {index: link for (where, link), index in self.scene.actual.indexes.known() if where == namespace}
        return [f"{self.scene.node(namespace)}: {_words(entry, names)}" for entry in entries]


def _words(entry: Learned, names: dict[int, str]) -> str:
    link = names.get(entry.index, f"if{entry.index}")
    if entry.is_neighbour:
        return f"neighbour {entry.dst} at {entry.mac} dev {link}"
    return f"FDB {entry.mac} dev {link} {f'dst {entry.dst}' if entry.of_tunnel else 'master'}"
