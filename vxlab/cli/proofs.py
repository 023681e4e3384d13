"""What a lab knows and shows: verify, fdb."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from vxlab.cli.labs import Lab, Patience
from vxlab.cli.output import Json, as_json, notice, table
from vxlab.cli.verdicts import print_pairs, print_verdict, print_vlans
from vxlab.lab.listener import PATIENCE

if TYPE_CHECKING:
    from vxlab.lab.record import Record
    from vxlab.lab.view import FdbRow
    from vxlab.verify.proof import Verdict


def add_to(app: typer.Typer) -> None:
    app.command("verify", epilog="Example: vxlab verify multicast")(verify)
    app.command("fdb", epilog="Example: vxlab fdb multicast")(fdb)


def verify(
    lab: Lab,
    all_pairs: Annotated[
        bool, typer.Option("--all-pairs", help="Prove every ordered pair of hosts of a subnet, all at once.")
    ] = False,
    pair: Annotated[
        str | None,
        typer.Option(
            "--pair", metavar="A,B", help="Prove what is between these two nodes alone; A sends.", show_default=False
        ),
    ] = None,
    ladder: Annotated[
        str | None,
        typer.Option(
            "--ladder",
            metavar="FILE",
            help="Draw the first exchange that failed, or else the first: .svg, .html, .mmd, .md, .txt; - prints it.",
            show_default=False,
        ),
    ] = None,
    lock_timeout: Patience = PATIENCE,
    json: Json = False,
) -> None:
    """Prove learning and isolation from captured packets. Exit status 1 where a check does not hold.

    In every segment one host asks for another by ARP or ND and then speaks with it; between subnets one pings the
    other. What the VTEPs had learned of the two is removed first, and put back as it was.
    """
    from vxlab.lab import find
    from vxlab.lab.lock import lock as held
    from vxlab.lab.privilege import join

    ends = _two(pair) if pair is not None else None
    if all_pairs and (ends or ladder):
        raise typer.BadParameter("--all-pairs goes neither with --pair nor with --ladder: those are about one pair")
    if ladder is not None:
        _check_ladder(ladder, json=json)
    join()
    find.running(lab)
    with held(lab, notice, lock_timeout):
        # Read again: who held the lock may have changed the lab.
        found = find.running(lab)
        raise typer.Exit(
            0 if (_prove_all_pairs(found, json=json) if all_pairs else _prove(found, ends, ladder, json=json)) else 1
        )


def _two(pair: str) -> tuple[str, str]:
    one, comma, other = pair.partition(",")
    if not (one and comma and other) or "," in other:
        raise typer.BadParameter("a pair is two nodes with a comma between them, such as h1,h2", param_hint="--pair")
    return one.strip(), other.strip()


def _check_ladder(file: str, *, json: bool) -> None:
    """Whether there can be a ladder in this file, before anything is sent."""
    from vxlab.cli.ladders import form_for

    form_for(file, None, "--ladder")
    if json and file == "-":
        raise typer.BadParameter("--json and a ladder cannot both be printed: give it a file", param_hint="--ladder")


def _prove(lab: Record, pair: tuple[str, str] | None, ladder: str | None, *, json: bool) -> bool:
    from vxlab.verify.lab import prove

    verdict = prove(lab, _progress(), pair)
    if json:
        as_json(verdict.to_json())
    else:
        print_verdict(verdict)
    if ladder is not None:
        _draw(verdict, ladder)
    return verdict.passed


def _draw(verdict: Verdict, file: str) -> None:
    from vxlab.cli.ladders import show
    from vxlab.verify.picture import ladder

    drawn = next((proof for proof in verdict.proofs if not proof.passed), verdict.proofs[0])
    show(ladder(drawn), file)
    if len(verdict.proofs) > 1:
        others = len(verdict.proofs) - 1
        notice(f"the ladder is that of {' and '.join(drawn.names)}; --pair draws another one of {others} more")


def _prove_all_pairs(lab: Record, *, json: bool) -> bool:
    from vxlab.verify.all_pairs import prove

    verdict = prove(lab, _progress())
    if json:
        as_json(verdict.to_json())
    else:
        print_pairs(verdict)
    return verdict.passed


def _progress() -> Callable[[str], None] | None:
    return notice if sys.stderr.isatty() else None


def fdb(
    lab: Lab,
    vlans: Annotated[bool, typer.Option("--vlans", help="Show only which VLAN is which VNI.")] = False,
    json: Json = False,
) -> None:
    """Show both tables of each VTEP: who knows which MAC behind which VTEP, and which VLAN is which VNI.

    The first has flood lists, static entries, and what was learned; the second is there where VTEPs have VLANs.
    """
    from vxlab.lab import find, view
    from vxlab.lab.actual import read
    from vxlab.lab.privilege import join

    join()
    found = find.running(lab)
    actual = read(found.name, found.namespaces, found.state, ())
    mapped = view.vlans(found, actual.state)
    if not vlans:
        rows = view.fdb(found, actual)
        if json:
            as_json([asdict(row) for row in rows])
            return
        _print_fdb(rows, with_vlans=bool(mapped))
    elif json:
        as_json([asdict(row) for row in mapped])
        return
    print_vlans(mapped)


def _print_fdb(rows: list[FdbRow], *, with_vlans: bool) -> None:
    head = ("VTEP", *(("VLAN",) if with_vlans else ()), "VNI", "MAC", "OF", "BEHIND", "AT", "HOW")
    lines = []
    for row in rows:
        own = (row.vlan or "-",) if with_vlans else ()
        lines.append((row.vtep, *own, row.vni, row.mac, row.owner or "-", row.behind or "-", row.dst, row.how))
    table(head, lines)
    if with_vlans:
        print()
