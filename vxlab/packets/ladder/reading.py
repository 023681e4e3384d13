"""The sightings of a capture file: as many as one would want to see, and what then remains."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from vxlab.packets.files.model import CutError, Frame
from vxlab.packets.ladder.sighting import Sighting
from vxlab.packets.layers import layers
from vxlab.packets.meaning import meaning
from vxlab.packets.names import Names

MOST_FRAMES = 2000


@dataclass
class Reading:
    """What was read. ``beyond`` is the number of the first frame that was not, ``cut`` why reading ended early."""

    sightings: list[Sighting] = field(default_factory=list)
    beyond: int | None = None
    cut: CutError | None = None


def read(
    frames: Iterable[Frame], ports: Collection[int], namespace_of: Callable[[str], str] = str, most: int = MOST_FRAMES
) -> Reading:
    """Take frames apart for a ladder; where the file breaks off, what came before is given.

    Args:
        frames: the frames of a capture.
        ports: the UDP destination ports that carry VXLAN.
        namespace_of: see `Sighting.of`.
        most: how many frames are read.

    Raises:
        CaptureFileError: it is no capture.
    """
    reading, names = Reading(), Names()
    try:
        for frame in frames:
            if len(reading.sightings) >= most:
                reading.beyond = frame.number
                break
            reading.sightings.append(Sighting.of(meaning(frame, layers(frame, ports), names), namespace_of))
    except CutError as error:
        reading.cut = error
    return reading
