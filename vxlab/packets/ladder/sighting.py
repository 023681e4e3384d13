"""A frame as it was seen at one place: what a ladder is built from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vxlab.packets import linktypes
from vxlab.packets.meaning import Meaning

Place = tuple[str, str]
"""A link by namespace (or node, without a lab) and name."""


@dataclass(frozen=True)
class Sighting:
    """A frame that passed a link.

    ``place`` is None where it is not known, and ``outgoing`` (whether the link's own node sent it) where nothing says
    so. When it passed is ``meaning.frame.time``; what it was, ``meaning.frame.data``.
    """

    place: Place | None
    outgoing: bool | None
    meaning: Meaning

    @classmethod
    def of(cls, found: Meaning, namespace_of: Callable[[str], str] = str) -> Sighting:
        """A frame of a file. Its interface is a place where it is named ``node:link``, as `vxlab capture` does.

        Args:
            found: the frame.
            namespace_of: the namespace of a node, for a ladder that is built with the state of a lab.
        """
        node, colon, link = found.frame.interface.name.partition(":")
        place = (namespace_of(node), link) if node and colon and link else None
        return cls(place, linktypes.outgoing(found.frame), found)
