"""A frame as it was seen at one place: what a ladder is built from."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from vxlab.packets import linktypes
from vxlab.packets.files.model import Frame, Interface
from vxlab.packets.layers import layers
from vxlab.packets.meaning import Meaning, meaning
from vxlab.packets.names import Names

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

    @classmethod
    def captured(
        cls, place: Place, outgoing: bool, time: int, data: bytes, ports: Collection[int], number: int = 1
    ) -> Sighting:
        """An Ethernet frame as a packet socket saw it.

        Args:
            place: the link, by namespace and name.
            outgoing: whether it went out there.
            time: nanoseconds since the epoch.
            data: the whole frame.
            ports: the UDP destination ports that carry VXLAN.
            number: what the frame is called, from 1.
        """
        frame = Frame(number, Interface(0, linktypes.ETHERNET), time, len(data), data, outgoing)
        return cls(place, outgoing, meaning(frame, layers(frame, ports), Names()))
