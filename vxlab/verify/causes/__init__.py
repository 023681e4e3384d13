"""The likeliest cause of a check that failed, and the command that shows it.

First what differs from the file, nearest to where the check looked; then what no file says but stands in the way; then
what is wrong in the file itself; else where to look next.
"""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.verify.causes import differs, file, live
from vxlab.verify.causes.look import command
from vxlab.verify.causes.sides import Sides
from vxlab.verify.check import Cause, Check
from vxlab.verify.mtu import OF_SIZES
from vxlab.verify.overlay import Host
from vxlab.verify.proof import Proof


def explained(proof: Proof) -> Proof:
    """The proof with a cause for each check that failed."""
    if proof.passed:
        return proof
    checks = (check if check.passed else check.because(_likeliest(proof, check)) for check in proof.checks)
    return proof.with_checks(tuple(checks))


def _likeliest(proof: Proof, check: Check) -> Cause:
    return next(_causes(proof, check))


def _causes(proof: Proof, check: Check) -> Iterator[Cause]:
    sides = Sides.of(proof)
    yield from differs.causes(proof.scene, sides, check.name)
    if check.name in OF_SIZES:
        yield from live.sizes(proof.scene, sides)
    yield from live.causes(proof.scene, sides)
    yield from live.crowding(proof.scene)
    yield from live.losing(proof.scene)
    yield from file.causes(proof)
    if not proof.scene.is_here(proof.target.place[0]):
        yield _other_machine(proof)
    # Last: the kernel counts it for all that goes on on the machine.
    yield from live.overflow(proof.scene)
    far = proof.target.place
    counters = command("ip", far[0], "-s", "link", "show")
    yield Cause("everything is as the file says: a packet filter, or something else that no file tells", counters)


def _other_machine(proof: Proof) -> Cause:
    host, lab = proof.scene.host(proof.target), proof.scene.lab.name
    text = f"{host} is on another machine: lab {lab} is not up there, or a packet filter is between the two"
    target = proof.target.vtep.addresses[0] if isinstance(proof.target, Host) else proof.target.address
    return Cause(text, f"ping -c 1 {target}")
