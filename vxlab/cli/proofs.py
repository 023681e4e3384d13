"""What a lab knows and shows: verify, fdb."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from vxlab.cli.labs import Lab
from vxlab.cli.output import Json, as_json, notice, table

if TYPE_CHECKING:
    from vxlab.lab.record import Record
    from vxlab.verify.check import Check
    from vxlab.verify.pairs import Failure, PairsVerdict
    from vxlab.verify.proof import Proof, Verdict


_FEW = 8
"""Pieces of evidence that are printed for one check."""


_MOST_FAILURES = 20
"""Failures that are printed for one segment."""


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
    json: Json = False,
) -> None:
    """Prove learning and isolation from captured packets. Exit status 1 where a check does not hold.

    In every segment one host asks for another by ARP or ND and then speaks with it; between subnets one pings the
    other. What the VTEPs had learned of the two is removed first, and put back as it was.
    """
    from vxlab.lab import find, record
    from vxlab.lab.privilege import require_root

    ends = _two(pair) if pair is not None else None
    if all_pairs and (ends or ladder):
        raise typer.BadParameter("--all-pairs goes neither with --pair nor with --ladder: those are about one pair")
    if ladder is not None:
        _check_ladder(ladder, json=json)
    find.running(lab)
    require_root()
    with record.lock(lab, notice):
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
    if ladder is not None:
        _draw(verdict, ladder)
    if json:
        as_json(verdict.to_json())
    else:
        _print_verdict(verdict)
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
        _print_pairs(verdict)
    return verdict.passed


def _progress() -> Callable[[str], None] | None:
    return notice if sys.stderr.isatty() else None


def _print_pairs(verdict: PairsVerdict) -> None:
    for part in verdict.segments:
        answered = f"{part.answered} of {part.pairs} ordered pairs of {part.hosts} hosts answer"
        what = f"VNI {part.vni}, {part.subnet}: {answered}; {part.entries} FDB entries lead to the right VTEP"
        _print_failures(what, part.failures)
    if routed := verdict.routed:
        what = f"between subnets: {routed.answered} of {routed.pairs} ordered pairs of {routed.hosts} hosts answer"
        _print_failures(what, routed.failures)
    if not verdict.passed:
        _print_drift(verdict.drift)
        first = verdict.failures[0]
        print(f"one of them step by step: vxlab verify {verdict.lab} --pair {first.sender},{first.target}\n")
    print(f"lab {verdict.lab}: {'proved' if verdict.passed else 'NOT proved'}")


def _print_failures(what: str, failures: Sequence[Failure]) -> None:
    print(f"{'✗' if failures else '✓'} {what}")
    for failure in failures[:_MOST_FAILURES]:
        print(f"    {failure.what}: {failure.sender} → {failure.target}: {failure.seen}")
    if len(failures) > _MOST_FAILURES:
        print(f"    and {len(failures) - _MOST_FAILURES} more (--json has them all)")


def _print_drift(drift: Sequence[str]) -> None:
    if drift:
        print("\nthe lab is not as its file says: `vxlab up` would")
        for step in drift:
            print(f"  {step}")
        print()


def _print_verdict(verdict: Verdict) -> None:
    for proof in verdict.proofs:
        _print_proof(proof)
    for reason in verdict.unproved:
        print(f"not proved: {reason}\n")
    _print_drift(verdict.drift)
    checks = [check for proof in verdict.proofs for check in proof.checks]
    held = sum(check.passed for check in checks)
    how = "proved" if verdict.passed else "NOT proved"
    but = "; but it is not as its file says" if verdict.passed and verdict.drift else ""
    print(f"lab {verdict.lab}: {how}, {held} of {len(checks)} checks hold{but}")


def _print_proof(proof: Proof) -> None:
    sender, target = proof.names
    print(f"{proof.what}: {sender} ({proof.sender.address}) to {target} ({proof.target.address})")
    for entry in proof.told(proof.tables.flushed):
        print(f"     removed first, to start from a clean table: {entry}")
    for number, check in enumerate(proof.checks, start=1):
        _print_check(number, check)
    for entry in proof.told(proof.tables.restored):
        print(f"     put back: {entry}")
    if proof.tables.removed:
        print(f"     taken away again: {len(proof.tables.removed)} entries that this proof left in tables")
    print()


def _print_check(number: int, check: Check) -> None:
    print(f"  {'✓' if check.passed else '✗'} {number:>2}  {check.claim}")
    for fact in check.evidence[:_FEW]:
        print(f"        {fact.text}")
    if len(check.evidence) > _FEW:
        print(f"        and {len(check.evidence) - _FEW} more (--json has them all)")
    if not check.passed:
        print(f"        seen instead: {check.seen}")
    if check.cause:
        print(f"        likeliest cause: {check.cause.text}")
        print(f"        look at it: {check.cause.command}")


def fdb(lab: Lab, json: Json = False) -> None:
    """Show who knows which MAC behind which VTEP: flood lists, static entries, and what was learned."""
    from vxlab.kernel.read import read
    from vxlab.lab import find, view

    found = find.running(lab)
    rows = view.fdb(found, read(found.namespaces))
    if json:
        as_json([asdict(row) for row in rows])
        return
    table(
        ("VTEP", "VNI", "MAC", "OF", "BEHIND", "AT", "HOW"),
        [(row.vtep, row.vni, row.mac, row.owner or "-", row.behind or "-", row.dst, row.how) for row in rows],
    )
