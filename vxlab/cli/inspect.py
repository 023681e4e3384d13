"""Captures read: inspect."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from vxlab.cli.frames import HEADINGS, VXLAN_PORTS, row
from vxlab.cli.ladders import LadderForm, draw
from vxlab.cli.output import Json, as_json, json_list, notice, table
from vxlab.packets.files.span import Span

if TYPE_CHECKING:
    from vxlab.lab.record import Record
    from vxlab.packets.files import CaptureFile, Frame
    from vxlab.packets.meaning import Meaning
    from vxlab.packets.names import Names
    from vxlab.packets.summary import Summary, Ways

_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "red")


def add_to(app: typer.Typer) -> None:
    app.command("inspect", epilog="Example: vxlab inspect capture.pcapng --ladder --frames 10-40 -o journey.svg")(
        inspect
    )


def _span(text: str) -> Span:
    try:
        return Span.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def inspect(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A pcap or pcapng file; - is standard input.", show_default=False)
    ],
    frame: Annotated[
        int | None,
        typer.Option("--frame", metavar="N", min=1, help="One frame whole: layers, fields, bytes.", show_default=False),
    ] = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="Frames and bytes by VNI and pair of VTEPs, flooded and unicast.")
    ] = False,
    ladder: Annotated[
        bool,
        typer.Option(
            "--ladder", help="The journey of the frames as a sequence diagram; with --lab, what each VTEP learned."
        ),
    ] = False,
    frames: Annotated[
        Span | None,
        typer.Option(
            "--frames",
            metavar="A-B",
            parser=_span,
            help="Only the frames A to B; A-, -B and A too.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The --ladder as a file: .svg, .html, .mmd, .md or .txt.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        LadderForm | None,
        typer.Option("--format", "-f", help="What the --ladder is drawn with.", show_default=False),
    ] = None,
    port: Annotated[
        list[int] | None,
        typer.Option(
            "--port",
            metavar="N",
            min=1,
            max=65535,
            help="A UDP port that carries VXLAN, besides 4789 and 8472 or those of the --lab. Repeatable.",
            show_default=False,
        ),
    ] = None,
    lab: Annotated[
        str | None,
        typer.Option("--lab", "-l", metavar="LAB", help="A lab that is up: its UDP ports, and the names of its nodes."),
    ] = None,
    json: Json = False,
) -> None:
    """Read a capture: a line for each frame, one frame whole (--frame), counts (--summary), or its journey (--ladder).

    Exit status 1 where the file is cut in the middle or damaged: what comes before is shown.
    """
    from vxlab.packets.files import open_capture

    ladder = ladder or output is not None or form is not None
    _agree(frame, summary=summary, ladder=ladder, span=frames, file=output or form, json=json)
    ports, names, found = _known(lab, port or ())
    with open_capture(file) as capture:
        if summary:
            _summarise(capture, ports, json=json)
        elif frame is not None:
            _show_frame(capture, frame, ports, names, json=json)
        elif ladder:
            draw((frames or Span()).of(capture), ports, found, output, form, json=json)
        else:
            _list(capture, frames or Span(), ports, names, json=json)


def _agree(frame: int | None, *, summary: bool, ladder: bool, span: Span | None, file: str | None, json: bool) -> None:
    """Refuse options that contradict each other."""
    if (frame is not None) + summary + ladder > 1:
        raise typer.BadParameter("--frame, --summary and --ladder are three views: ask for one of them")
    if span is not None and (summary or frame is not None):
        raise typer.BadParameter("only the table and the --ladder are of some frames", param_hint="--frames")
    if file is not None and json:
        raise typer.BadParameter("JSON is no drawing: leave --output and --format out", param_hint="--json")


def _known(lab: str | None, given: Collection[int]) -> tuple[frozenset[int], Names | None, Record | None]:
    """The ports that carry VXLAN, who has which address, and the lab."""
    if lab is None:
        return frozenset({*given, *VXLAN_PORTS}), None, None
    from vxlab.lab import find
    from vxlab.lab.privilege import join
    from vxlab.packets.names import Names, ports

    join()
    found = find.running(lab)
    return frozenset({*given, *(ports(found.state) or VXLAN_PORTS)}), Names(found.state, found.node_of), found


def _meanings(frames: Iterable[Frame], ports: Collection[int], names: Names | None) -> Iterator[Meaning]:
    """What the frames mean."""
    from vxlab.packets.layers import layers
    from vxlab.packets.meaning import meaning
    from vxlab.packets.names import Names

    for frame in frames:
        yield meaning(frame, layers(frame, ports), names or Names())


def _list(capture: CaptureFile, span: Span, ports: Collection[int], names: Names | None, *, json: bool) -> None:
    meanings = _meanings(span.of(capture), ports, names)
    if json:
        json_list(found.to_json() for found in meanings)
        return
    first: int | None = None
    none = True
    for found in meanings:
        if none:
            print(HEADINGS)
        none = False
        first = found.frame.time if first is None else first
        # Who reads from a pipe sees a frame when it came.
        print(row(found, first, found.direction), flush=capture.is_pipe)
    if none:
        notice(f"{capture.name} has no {'such ' if span != Span() else ''}frames")


def _show_frame(capture: CaptureFile, number: int, ports: Collection[int], names: Names | None, *, json: bool) -> None:
    from vxlab.packets.files import CaptureFileError
    from vxlab.packets.names import Names
    from vxlab.packets.text import lines, plain

    found = next(_meanings(Span(number, number).of(capture), ports, names), None)
    if found is None:
        raise CaptureFileError(f"{capture.name} has no frame {number}")
    if json:
        layers = [layer.to_json() for layer in found.layers.layers]
        as_json({**found.to_json(), "layers": layers, "bytes": found.frame.data.hex()})
        return
    colours = sys.stdout and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in lines(found, names or Names(), _paint if colours else plain):
        print(line)


def _paint(layer: int, text: str) -> str:
    return typer.style(text, fg=_COLOURS[layer % len(_COLOURS)])


def _summarise(capture: CaptureFile, ports: Collection[int], *, json: bool) -> None:
    from vxlab.packets.files import CutError
    from vxlab.packets.summary import Summary, summarise

    summary = Summary()
    try:
        summarise(capture, ports, summary)
    except CutError:
        _print_summary(summary, json=json)
        raise
    _print_summary(summary, json=json)


def _print_summary(summary: Summary, *, json: bool) -> None:
    from vxlab.packets.counted import counted

    if json:
        as_json(summary.to_json())
        return
    total, encapsulated = summary.total, summary.encapsulated.total
    seconds = (summary.last - summary.first) / 1e9 if summary.first is not None and summary.last is not None else 0
    kinds = f"{encapsulated.frames} encapsulated, {summary.plain.frames} plain, {summary.unreadable.frames} unreadable"
    print(f"{counted(total.frames, 'frame')}, {counted(total.bytes, 'byte')} in {seconds:.6f} s: {kinds}")
    if not encapsulated.frames:
        return
    vnis = [("none" if vni is None else str(vni), ways) for vni, ways in summary.sorted_vnis()]
    pairs = [(f"{src} → {dst}", ways) for (src, dst), ways in summary.sorted_pairs()]
    for heading, rows, others in (("VNI", vnis, summary.other_vnis), ("VTEPS", pairs, summary.other_pairs)):
        print()
        _print_ways(heading, [*rows, *([("others", others)] if others.total.frames else [])])
    print()
    _print_ways("ALL", [("all", summary.encapsulated)])


def _print_ways(heading: str, rows: list[tuple[str, Ways]]) -> None:
    from vxlab.packets.envelope import Way

    headings = (heading, "FRAMES", "BYTES", "FLOODED", "BY MULTICAST", "BY COPIES", "UNICAST")
    order = (Way.MULTICAST, Way.REPLICATED, Way.UNICAST)
    table(
        headings,
        [
            (name, ways.total.frames, ways.total.bytes, ways.flooded.frames, *(ways.by[way].frames for way in order))
            for name, ways in rows
        ],
    )
