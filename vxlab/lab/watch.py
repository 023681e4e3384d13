"""Whether a lab that was up is still the same one."""

from __future__ import annotations

from contextlib import suppress

from vxlab.kernel import namespaces
from vxlab.lab import disk, ownership
from vxlab.lab.record import Record


class Watch:
    """A lab from now on.

    A socket in a namespace keeps that alive: who holds one has to look whether its name has gone.
    """

    def __init__(self, lab: Record) -> None:
        """Look at a lab.

        Raises:
            CollisionError: somebody put another namespace in the place of one of its own.
        """
        ownership.refuse_foreign(lab.name, lab.namespaces)
        self._record = disk.path_of(lab.name)
        self._lab = self._directory()
        self._nodes = {name: self._node(name) for name in lab.namespaces}

    def _directory(self) -> int | None:
        """Which directory has the lab's record; None where there is no record any more."""
        with suppress(OSError):
            if (self._record / "record.json").exists():
                return self._record.stat().st_ino
        return None

    @staticmethod
    def _node(namespace: str) -> tuple[int, int] | None:
        with suppress(OSError):
            return namespaces.identity(namespace)
        return None

    @property
    def is_up(self) -> bool:
        """Whether the lab has not been taken down; one that came up again meanwhile is another one."""
        return self._lab is not None and self._directory() == self._lab

    def has(self, namespace: str) -> bool:
        """Whether a namespace of the lab is still the same one."""
        known = self._nodes.get(namespace)
        return known is not None and self._node(namespace) == known
