"""What passes the links of a lab: capture."""

from __future__ import annotations

import json as json_text
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vxlab.cli.frames import HEADINGS, VXLAN_PORTS, row, say
from vxlab.cli.labs import Lab
from vxlab.cli.output import Json, as_json, notice

if TYPE_CHECKING:
    from vxlab.lab.record import Record
    from vxlab.live.recording import Tally, Wanted
    from vxlab.live.view import Seen

_SNAPLEN = 130816  # vxlab.packets.ring.MAX_SNAPLEN
_MEMORY = 128


def add_to(app: typer.Typer) -> None:
    app.command("capture", epilog="Example: vxlab capture multicast --on vtep1:eth0 -w - | wireshark -k -i -")(capture)


def capture(
    lab: Lab,
    on: Annotated[
        list[str] | None,
        typer.Option(
            "--on",
            metavar="NODE[:LINK]",
            help="A link, or all links of a node but lo; without it, those of all nodes. Repeatable.",
            show_default=False,
        ),
    ] = None,
    expression: Annotated[
        str | None,
        typer.Option(
            "--filter",
            "-f",
            metavar="EXPR",
            help="Only frames that match, in tcpdump's language; the lab's names are known in it.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--write", "-w", metavar="FILE", help="Write pcapng; - is standard output, for a pipe.", show_default=False
        ),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option("--count", "-c", metavar="N", min=1, help="End after N frames.", show_default=False),
    ] = None,
    duration: Annotated[
        float | None,
        typer.Option("--duration", metavar="SECONDS", min=0.001, help="End after that time.", show_default=False),
    ] = None,
    snaplen: Annotated[
        int, typer.Option("--snaplen", "-s", metavar="BYTES", min=1, max=_SNAPLEN, help="Bytes to keep of each frame.")
    ] = _SNAPLEN,
    buffer: Annotated[
        int,
        typer.Option(
            "--buffer", metavar="MIB", min=1, max=65536, help="Memory of the kernel for frames not yet taken, in all."
        ),
    ] = _MEMORY,
    json: Json = False,
) -> None:
    """Record what passes any number of links, in the order of time: shown line by line, or written (-w).

    Ctrl-C ends it, and so does the end of the lab; then the counts are told on standard error, those of frames that the
    kernel dropped included. With --json each frame is a line of JSON; with -w FILE the counts are.
    """
    from vxlab.lab import find
    from vxlab.lab.privilege import join

    if file == "-" and json:
        raise typer.BadParameter("standard output has the capture already", param_hint="--json")
    if expression is not None and not expression.strip():
        # A variable of a shell that is not set must not become a capture of everything.
        raise typer.BadParameter("the filter is empty: without --filter all frames are taken", param_hint="--filter")
    join()
    found = find.running(lab)
    expression = expression or ""
    wanted = _wanted(found, on or [], expression, snaplen, buffer, count, duration)
    tally = _show(found, wanted, json=json) if file is None else _write(found, wanted, expression, file)
    if json and file is not None:
        as_json(_counts(found, tally, file))
    _tell(found, tally)


def _wanted(
    lab: Record,
    on: list[str],
    expression: str,
    snaplen: int,
    buffer: int,
    count: int | None,
    duration: float | None,
) -> Wanted:
    from vxlab.live import filters, places
    from vxlab.live.recording import Wanted

    where = places.find(lab, on)
    return Wanted(where, filters.Programs(lab, expression, snaplen), snaplen, buffer * 1024 * 1024, count, duration)


def _show(lab: Record, wanted: Wanted, *, json: bool) -> Tally:
    from vxlab.live.recording import Recording
    from vxlab.live.view import ViewSink

    show = _json_line if json else _Lines().show
    # Standard output that was closed is None: then nobody sees the lines, and the counts are told all the same.
    watched = _pipe(sys.stdout.fileno()) if sys.stdout else None
    return Recording(lab, wanted, ViewSink(lab, VXLAN_PORTS, show), notice).run(watched)


def _write(lab: Record, wanted: Wanted, expression: str, file: str) -> Tally:
    from vxlab.live.file_sink import FileSink
    from vxlab.live.recording import Recording
    from vxlab.packets.files.output import open_output

    with open_output(file) as output:
        sink = FileSink(output, lab, expression, wanted.snaplen)
        return Recording(lab, wanted, sink, notice).run(_pipe(output.fd))


def _pipe(fd: int) -> int | None:
    from vxlab.packets.files.output import is_pipe

    return fd if is_pipe(fd) else None


class _Lines:
    """Prints frames as a table that grows."""

    def __init__(self) -> None:
        self._first: int | None = None

    def show(self, seen: Seen) -> None:
        if self._first is None:
            self._first = seen.meaning.frame.time
            say(HEADINGS)
        say(row(seen.meaning, self._first, seen.way))


def _json_line(seen: Seen) -> None:
    say(json_text.dumps(_as_json(seen), ensure_ascii=False))


def _as_json(seen: Seen) -> dict[str, Any]:
    return {**seen.meaning.to_json(), "direction": seen.way, "dropped_before": seen.dropped_before}


def _counts(lab: Record, tally: Tally, file: str) -> dict[str, Any]:
    from vxlab.live import places

    links = [
        {
            "interface": places.name(lab, ring.place),
            "frames": tally.taken[ring.number],
            "accepted": ring.accepted,
            "dropped": ring.dropped,
        }
        for ring in tally.rings
    ]
    counts = {"frames": tally.frames, "dropped": tally.dropped, "started_ns": tally.started, "ended_ns": tally.ended}
    why = tally.why.name.lower() if tally.why else None
    return {"lab": lab.name, "file": os.fspath(file), "ended": why, **counts, "interfaces": links}


def _tell(lab: Record, tally: Tally) -> None:
    """The counts, as tcpdump tells them: on standard error."""
    from vxlab.live import places
    from vxlab.packets.counted import counted

    seconds = (tally.ended - tally.started) / 1e9
    what = f"{counted(tally.frames, 'frame')} on {counted(len(tally.rings), 'link')} in {seconds:.1f} s"
    notice(f"{what}, {tally.dropped} dropped by the kernel; ended because {tally.why.value if tally.why else '?'}")
    if tally.left:
        notice(f"{tally.left} more were caught, and too many to be shown before the end: -w FILE keeps all")
    for ring in tally.rings:
        frames = tally.taken[ring.number]
        if frames or ring.dropped:
            print(
                f"  {places.name(lab, ring.place):<24} {counted(frames, 'frame')}, {ring.dropped} dropped",
                file=sys.stderr,
            )
