"""What nodes had learned of some addresses: taken away before a proof, so that it starts from nothing, and put back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from vxlab.kernel import learned
from vxlab.kernel.learned import Learned
from vxlab.kernel.rtnetlink import RouteSocket

Found = dict[str, list[Learned]]
"""Entries by namespace."""

Place = tuple[str, Learned]
"""An entry with its namespace."""


@dataclass
class Tables:
    """The learned entries of some nodes that are about some MAC or IP addresses, as they were before a proof.

    ``carriers`` are MAC addresses of what carries the proof: what is learned of them meanwhile is taken away too, but
    what was known is left alone. ``flushed``, ``restored`` and ``removed`` are what was done, each entry with its
    namespace.
    """

    namespaces: tuple[str, ...]
    macs: frozenset[str]
    addresses: frozenset[str]
    carriers: frozenset[str] = frozenset()
    before: Found = field(default_factory=dict)
    flushed: list[Place] = field(default_factory=list)
    restored: list[Place] = field(default_factory=list)
    removed: list[Place] = field(default_factory=list)

    def remember(self) -> None:
        """Note what is there, to be restored.

        Raises:
            OSError: the kernel refused.
        """
        self.before = self.read()

    def clean(self) -> None:
        """Note what is there, and take away what the VXLAN devices have learned of the MAC addresses.

        Raises:
            OSError: the kernel refused.
        """
        self.remember()
        self.flushed += self._flush(self.before)

    def clean_again(self) -> None:
        """Take away what the VXLAN devices have learned of the MAC addresses since then.

        Raises:
            OSError: the kernel refused.
        """
        self._flush(self.read())

    def _flush(self, tables: Found) -> list[Place]:
        gone: list[Place] = []
        for name, found in tables.items():
            stale = [entry for entry in found if entry.of_tunnel and entry.ages and entry.mac in self.macs]
            gone += self._forget(name, stale)
        return gone

    def forget_neighbours(self, namespaces: Iterable[str]) -> None:
        """Take away the neighbours that have come: the kernel has room for few, all namespaces together.

        Raises:
            OSError: the kernel refused.
        """
        for name in namespaces:
            had = {entry.key for entry in self.before.get(name, ())}
            with RouteSocket(name) as route:
                new = [e for e in learned.neighbours(route) if e.ages and e.dst in self.addresses and e.key not in had]
                learned.forget(route, new)

    def restore(self, now: Found | None = None) -> None:
        """Make the tables what they were: put back what is missing, take away what has come.

        Args:
            now: what is there now, where that was read already.

        Raises:
            OSError: the kernel refused.
        """
        for name, found in (self.read() if now is None else now).items():
            had, has = ({e.key: e for e in entries if e.ages} for entries in (self.before.get(name, ()), found))
            self.removed += self._forget(name, [entry for key, entry in has.items() if key not in had])
            self.restored += self._put_back(name, [entry for key, entry in had.items() if key not in has])

    def read(self) -> Found:
        """Everything that the nodes know of the addresses now, also what does not age.

        Raises:
            OSError: the kernel refused.
        """
        return {name: self._of(name) for name in self.namespaces}

    def _of(self, namespace: str) -> list[Learned]:
        with RouteSocket(namespace) as route:
            found = [*learned.fdb(route), *learned.neighbours(route)]
        macs = self.macs | self.carriers
        return [e for e in found if e.mac in macs or (e.is_neighbour and e.dst in self.addresses)]

    def _forget(self, namespace: str, entries: list[Learned]) -> list[Place]:
        if entries:
            with RouteSocket(namespace) as route:
                # What is refused has aged since it was read.
                learned.forget(route, entries)
        return [(namespace, entry) for entry in entries]

    def _put_back(self, namespace: str, entries: list[Learned]) -> list[Place]:
        if not entries:
            return []
        with RouteSocket(namespace) as route:
            for refusal in learned.put_back(route, entries):
                what = f"what {namespace} knew of {entries[refusal.index].mac}"
                raise OSError(refusal.errno, f"{what} cannot be put back: {refusal.text}")
        return [(namespace, entry) for entry in entries]
