"""Frames into a pcapng file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from vxlab import __version__
from vxlab.lab.record import Record
from vxlab.live import places
from vxlab.live.recording import Tally
from vxlab.packets.files import writer
from vxlab.packets.files.output import Output
from vxlab.packets.ring import Ring, Taken


class FileSink:
    """Writes what is captured as soon as it comes, so that the file can be read while it grows."""

    def __init__(self, output: Output, lab: Record, expression: str, snaplen: int) -> None:
        self._output = output
        self._lab = lab
        self._expression = expression
        self._snaplen = snaplen

    def begin(self, rings: Sequence[Ring]) -> None:
        described = [
            writer.Described(
                places.name(self._lab, ring.place), ring.linktype, self._snaplen, self._expression, ring.mac
            )
            for ring in rings
        ]
        system = os.uname()
        comment = f"lab {self._lab.name}"
        start = writer.header(f"vxlab {__version__}", f"{system.sysname} {system.release}", comment, described)
        self._output.write(start)

    def take(self, frames: Sequence[Taken], is_late: Callable[[], bool]) -> int:  # noqa: ARG002
        self._output.write(b"".join(writer.frames(frames)), len(frames))
        return len(frames)

    def end(self, tally: Tally) -> None:
        counted = (
            writer.Counted(ring.number, ring.accepted, ring.dropped, tally.taken[ring.number]) for ring in tally.rings
        )
        self._output.write(writer.statistics(counted, tally.started, tally.ended))
