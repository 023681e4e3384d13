"""Proofs in words, as `vxlab verify` prints them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vxlab.cli.output import table

if TYPE_CHECKING:
    from vxlab.lab.view import VlanRow
    from vxlab.verify.check import Cause, Check
    from vxlab.verify.pairs import Failure, PairsVerdict
    from vxlab.verify.proof import Proof, Verdict

_FEW = 8
"""Pieces of evidence that are printed for one check."""

_MOST_FAILURES = 20
"""Failures that are printed for one segment."""


def print_pairs(verdict: PairsVerdict) -> None:
    """Print the proof of all pairs."""
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


def print_vlans(rows: Sequence[VlanRow]) -> None:
    """Print which VLAN is which VNI on each VTEP; nothing where no VTEP has VLANs."""
    if rows:
        table(("VTEP", "VLAN", "VNI", "BY"), [(row.vtep, row.vlans, row.vnis, row.link) for row in rows])


def print_verdict(verdict: Verdict) -> None:
    """Print the proofs of a lab, each check with its evidence."""
    print_vlans(verdict.vlans)
    if verdict.vlans:
        print()
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
    told: Cause | None = None
    for number, check in enumerate(proof.checks, start=1):
        _print_check(number, check)
        _print_cause(check.cause, told)
        told = check.cause or told
    for entry in proof.told(proof.tables.restored):
        print(f"     put back: {entry}")
    if proof.tables.removed:
        count = len(proof.tables.removed)
        print(f"     taken away again: {count} {'entry' if count == 1 else 'entries'} that this proof left in tables")
    print()


def _print_check(number: int, check: Check) -> None:
    print(f"  {'✓' if check.passed else '✗'} {number:>2}  {check.claim}")
    for fact in check.evidence[:_FEW]:
        print(f"        {fact.text}")
    if len(check.evidence) > _FEW:
        print(f"        and {len(check.evidence) - _FEW} more (--json has them all)")
    if not check.passed:
        print(f"        seen instead: {check.seen}")


def _print_cause(cause: Cause | None, told: Cause | None) -> None:
    """Where one thing is broken, one check after the other fails: its cause is told once."""
    if cause is None:
        return
    if cause == told:
        print("        likeliest cause: as above")
    else:
        print(f"        likeliest cause: {cause.text}")
        print(f"        look at it: {cause.command}")
