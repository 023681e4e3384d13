"""Interface indexes, chosen by vxlab.

A whole namespace is sent in one go, and its later messages refer by index to links that its earlier ones make. So
the index of a new link is chosen here and given to the kernel, not read back. An index is used once in a lab, which
also makes both ends of a cable recognise each other (IFLA_LINK).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

LinkId = tuple[str, str]
"""A link by namespace and name."""

LOOPBACK_IFINDEX = 1


class Indexes:
    """Which index each link of a lab has, those that are to be made included."""

    def __init__(self, known: Iterable[tuple[LinkId, int]] = ()) -> None:
        self._known = dict(known)
        self._names = {(namespace, index): link for (namespace, link), index in self._known.items()}
        self._next = count(max((*self._known.values(), LOOPBACK_IFINDEX)) + 1)

    def of(self, namespace: str, link: str) -> int:
        """The index of a link; a new one where it has none yet."""
        if link == "lo":
            return LOOPBACK_IFINDEX
        if (namespace, link) not in self._known:
            self._known[namespace, link] = index = next(self._next)
            self._names[namespace, index] = link
        return self._known[namespace, link]

    def name(self, namespace: str, index: int) -> str:
        """The link that has an index, as far as it is known."""
        return self._names.get((namespace, index), f"if{index}")

    def forget(self, namespace: str, link: str) -> None:
        """A link that is deleted: another of its name gets a new index."""
        index = self._known.pop((namespace, link), None)
        if index is not None:
            self._names.pop((namespace, index), None)
