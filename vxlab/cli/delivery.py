"""What all ways to send have in common: from where, in what envelope, how often, and what to expect."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from vxlab.live.messages import Said
    from vxlab.live.underlay import Wish


def whole_number(most: int) -> Callable[[str], int]:
    """A reader of whole numbers up to a limit, decimal or with 0x in hexadecimal."""

    def number(text: str) -> int:
        try:
            value = int(text, 0)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is no whole number such as 8 or 0x08") from None
        if not 0 <= value <= most:
            raise typer.BadParameter(f"{text} is not between 0 and {most:#x}")
        return value

    return number


def seconds(most: float) -> Callable[[str], float]:
    """A reader of seconds up to a limit: no clock takes those that have no end, or are no number."""

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is no number of seconds such as 0.5") from None
        if not 0 <= value <= most:
            raise typer.BadParameter(f"{text} is not between 0 and {most:g}")
        return value

    return number


_DAY = 86400


def _option(*words: str, metavar: str, help: str, **more: Any) -> Any:
    return typer.Option(*words, metavar=metavar, help=help, show_default=False, **more)


@dataclass(frozen=True)
class Delivery:
    """The options that every kind of message takes."""

    node: Annotated[
        str, typer.Argument(metavar="NODE[:LINK]", help="Who sends it, and from which link.", show_default=False)
    ]
    mac_src: Annotated[str | None, _option("--src-mac", metavar="MAC", help="Its source, also as a node.")] = None
    mac_dst: Annotated[str | None, _option("--dst-mac", metavar="MAC", help="Its destination, also as a node.")] = None
    vlan: Annotated[
        list[int] | None,
        _option("--vlan", metavar="ID", min=0, max=4095, help="A VLAN tag; the outermost comes first. Repeatable."),
    ] = None
    vni: Annotated[
        int | None,
        _option("--vni", metavar="VNI", min=0, max=2**24 - 1, help="Encapsulate it, as the VTEP that NODE is would."),
    ] = None
    outer_src: Annotated[
        str | None, _option("--outer-src", metavar="WHO", help="The VTEP that it says it is from, also as a node.")
    ] = None
    outer_dst: Annotated[
        list[str] | None,
        _option("--outer-dst", metavar="WHO", help="The VTEP or group that it is for, also as a node. Repeatable."),
    ] = None
    outer_src_mac: Annotated[str | None, _option("--outer-src-mac", metavar="MAC", help="The outer source.")] = None
    outer_dst_mac: Annotated[str | None, _option("--outer-dst-mac", metavar="MAC", help="The outer destination.")] = (
        None
    )
    port: Annotated[int | None, _option("--port", metavar="N", min=1, max=65535, help="The UDP destination port.")] = (
        None
    )
    source_port: Annotated[
        int | None,
        _option("--source-port", metavar="N", min=0, max=65535, help="The UDP source port; else by the flow."),
    ] = None
    flags: Annotated[
        int,
        _option("--flags", metavar="0xNN", parser=whole_number(0xFF), help="The flags byte; 0x08 is a valid VNI."),
    ] = "0x08"  # type: ignore[assignment]  # as it would be typed
    reserved: Annotated[
        int,
        _option("--reserved", metavar="0xNNNNNN", parser=whole_number(0xFFFFFF), help="The 24 bits behind the flags."),
    ] = "0"  # type: ignore[assignment]
    reserved_last: Annotated[
        int,
        _option("--reserved-last", metavar="0xNN", parser=whole_number(0xFF), help="The 8 bits behind the VNI."),
    ] = "0"  # type: ignore[assignment]
    gbp: Annotated[
        int | None,
        _option("--gbp", metavar="ID", min=0, max=65535, help="A group policy ID, and the flag that there is one."),
    ] = None
    checksum: Annotated[bool, typer.Option("--checksum/--no-checksum", help="The UDP checksum, or 0 in its place.")] = (
        True
    )
    ttl: Annotated[
        int | None, _option("--ttl", metavar="N", min=0, max=255, help="TTL or hop limit; else 64, for a group 1.")
    ] = None
    count: Annotated[int, typer.Option("--count", "-c", metavar="N", min=1, help="How often.")] = 1
    interval: Annotated[
        float,
        typer.Option("--interval", "-i", metavar="SECONDS", parser=seconds(_DAY), help="From one to the next."),
    ] = 1.0
    expect: Annotated[
        float | None,
        _option(
            "--expect",
            metavar="SECONDS",
            parser=seconds(_DAY),
            help="Watch the lab for so long: where it is seen, what comes back.",
        ),
    ] = None
    lab: Annotated[
        str | None, _option("--lab", "-l", metavar="LAB", help="The node's lab, where more than one has such a node.")
    ] = None
    json: Annotated[bool, typer.Option("--json", help="Print JSON with stable keys.")] = False

    def said(self, source: str | None, target: str | None) -> Said:
        from vxlab.live.messages import Said

        return Said(source, target, self.mac_src, self.mac_dst, self.vlan or ())

    def wish(self) -> Wish | None:
        """What was said of the envelope.

        Raises:
            typer.BadParameter: something was, and no VNI.
        """
        from vxlab.live.underlay import Wish

        if self.vni is None:
            self._refuse_option()
            return None
        flags = self.flags | (0x80 if self.gbp is not None else 0)
        return Wish(
            self.vni,
            self.outer_src,
            tuple(self.outer_dst or ()),
            self.outer_src_mac,
            self.outer_dst_mac,
            self.port,
            self.source_port,
            flags,
            self.reserved | (self.gbp or 0),
            self.reserved_last,
            self.checksum,
            self.ttl,
        )

    def _refuse_option(self) -> None:
        said = {
            "--outer-src": self.outer_src,
            "--outer-dst": self.outer_dst,
            "--outer-src-mac": self.outer_src_mac,
            "--outer-dst-mac": self.outer_dst_mac,
            "--port": self.port,
            "--source-port": self.source_port,
            "--flags": self.flags != 0x08,
            "--reserved": self.reserved,
            "--reserved-last": self.reserved_last,
            "--gbp": self.gbp is not None,
            "--no-checksum": not self.checksum,
            "--ttl": self.ttl is not None,
        }
        for word, value in said.items():
            if value:
                raise typer.BadParameter("a frame that is not encapsulated has none: add --vni", param_hint=word)


def delivered(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameter ``how`` became the options of a Delivery, so that they are written once."""
    names = [one.name for one in fields(Delivery)]
    hints = get_type_hints(Delivery, include_extras=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    shared = [
        inspect.Parameter(
            one.name, kind, default=getattr(Delivery, one.name, inspect.Parameter.empty), annotation=hints[one.name]
        )
        for one in fields(Delivery)
    ]
    own = [
        parameter.replace(kind=kind)
        for parameter in inspect.signature(command, eval_str=True).parameters.values()
        if parameter.name != "how"
    ]

    def run(**given: Any) -> None:
        how = Delivery(**{name: given.pop(name) for name in names})
        command(**given, how=how)

    run.__doc__ = command.__doc__
    run.__signature__ = inspect.Signature([shared[0], *own, *shared[1:]])  # type: ignore[attr-defined]
    return run
