"""Frames crafted and sent: send arp, nd, ping, frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vxlab.cli.delivery import Delivery, delivered
from vxlab.cli.frames import HEADINGS, VXLAN_PORTS, row, say
from vxlab.cli.output import as_json, notice

if TYPE_CHECKING:
    from vxlab.lab.record import Record
    from vxlab.live.messages import Parcel, Said, Sender
    from vxlab.live.sending import Result
    from vxlab.live.view import Seen
    from vxlab.packets.meaning import Meaning

    Build = Callable[[Sender], list[list[Parcel]]]

_HELP = """Craft frames and send them from a link of a node: plain, or already encapsulated (--vni).

What is left out is worked out from the lab. With --expect SECONDS it is told where the frame was seen in the lab, and
what came back; exit status 1 where nothing did.
"""

_Target = Annotated[
    str | None,
    typer.Option(
        "--target",
        "--to",
        "--inner-to",
        metavar="WHO",
        help="Whom it is for: a node, NODE:LINK, or an address.",
        show_default=False,
    ),
]
_From = Annotated[
    str | None,
    typer.Option(
        "--from",
        "--inner-from",
        metavar="WHO",
        help="Whom it says it is from; without it the sender, or a host behind a VTEP that encapsulates.",
        show_default=False,
    ),
]
_Reply = Annotated[bool, typer.Option("--reply", help="The answer, which nobody asked for, in place of the question.")]


def add_to(app: typer.Typer) -> None:
    send = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=_HELP)
    epilogs = (
        (arp, "arp", "Example: vxlab send arp h1 --target h2 --expect 1"),
        (nd, "nd", "Example: vxlab send nd h1 --target 2001:db8:20::2 --expect 1"),
        (ping, "ping", "Example: vxlab send ping vtep1 --vni 43 --outer-dst vtep2 --from h1 --target h2 --expect 1"),
        (frame, "frame", "Example: vxlab send frame h1 'ffffffffffff 020000000001 88b5 00' --expect 1"),
    )
    for command, name, epilog in epilogs:
        send.command(name, epilog=epilog)(delivered(command))
    app.add_typer(send, name="send", epilog="Example: vxlab send arp h1 --target h2 --expect 1")


def arp(target: _Target = None, source: _From = None, reply: _Reply = False, *, how: Delivery) -> None:
    """Send an ARP request (RFC 826), or a reply."""
    _send(how, how.said(source, target), lambda sender: [sender.arp(reply=reply)] * how.count)


def nd(target: _Target = None, source: _From = None, reply: _Reply = False, *, how: Delivery) -> None:
    """Send a neighbour solicitation (RFC 4861), or an advertisement."""
    _send(how, how.said(source, target), lambda sender: [sender.neighbour_discovery(reply=reply)] * how.count)


def ping(
    target: _Target = None,
    source: _From = None,
    size: Annotated[int, typer.Option("--size", metavar="BYTES", min=0, max=65000, help="Bytes of data.")] = 56,
    version4: Annotated[bool, typer.Option("-4", help="IPv4, where they have both.")] = False,
    version6: Annotated[bool, typer.Option("-6", help="IPv6, where they have both.")] = False,
    *,
    how: Delivery,
) -> None:
    """Send an ICMP or ICMPv6 echo request."""
    if version4 and version6:
        raise typer.BadParameter("it is either IPv4 or IPv6", param_hint="-6")
    version = 4 if version4 else 6 if version6 else None
    _send(how, how.said(source, target), lambda sender: sender.echo(version, size, how.count))


def frame(
    text: Annotated[
        str,
        typer.Argument(
            metavar="BYTES", help="A frame in hexadecimal, from its Ethernet header on; a file of that; - is a pipe."
        ),
    ],
    *,
    how: Delivery,
) -> None:
    """Send any frame; with --vni it is the one inside."""
    from vxlab.live.hexadecimal import read_bytes

    data = read_bytes(text)
    _send(how, how.said(None, None), lambda sender: [sender.frame(data)] * how.count)


def _send(how: Delivery, said: Said, build: Build) -> None:
    from vxlab.lab import find
    from vxlab.lab.privilege import join
    from vxlab.live.messages import Sender
    from vxlab.live.sending import send
    from vxlab.live.spoofing import notes

    wish = how.wish()
    join()
    lab, _ = find.node(how.node.partition(":")[0], how.lab)
    rounds = build(Sender(lab, how.node, said, wish))
    result = send(lab, rounds, how.interval, how.expect, VXLAN_PORTS, _quiet if how.json else _tell_sent)
    if how.json:
        as_json(_as_json(lab, result))
    elif how.expect is not None:
        _tell(result, how.expect)
    for note in notes(lab, how.node, result.sent):
        notice(note)
    if result.is_down:
        notice(f"stopped after {result.rounds} of {how.count}: the lab was taken down")
    if result.is_down or (how.expect is not None and not result.replies):
        raise typer.Exit(1)


def _quiet(_: Meaning) -> None:
    """JSON comes as a whole."""


def _tell_sent(sent: Meaning) -> None:
    outer = f"{sent.outer[0].text} {sent.outer[0].vni_text} | " if sent.outer else ""
    say(f"{sent.frame.interface.name} sent {sent.frame.wire} bytes: {outer}{sent.text}")


def _tell(result: Result, seconds: float) -> None:
    first = result.sent[0].frame.time if result.sent else None
    _tell_frames("where it was seen", result.seen, first)
    if result.replies:
        _tell_frames("what came back", result.replies, first)
    elif not result.is_down:
        say(f"\nnothing came back within {seconds:g} s")
    if result.dropped:
        notice(f"the kernel dropped {result.dropped} frames that passed the lab meanwhile: there may be more")


def _tell_frames(what: str, frames: list[Seen], first: int | None) -> None:
    say(f"\n{what}:" if frames else f"\n{what}: nowhere")
    if frames:
        say(HEADINGS)
    for seen in frames:
        say(row(seen.meaning, first, seen.way))


def _as_json(lab: Record, result: Result) -> dict[str, Any]:
    return {
        "lab": lab.name,
        "sent": [{**one.to_json(), "bytes": one.frame.data.hex()} for one in result.sent],
        "seen": [_seen_as_json(one) for one in result.seen],
        "replies": [_seen_as_json(one) for one in result.replies],
        "dropped": result.dropped,
    }


def _seen_as_json(seen: Seen) -> dict[str, Any]:
    return {**seen.meaning.to_json(), "direction": seen.way}
