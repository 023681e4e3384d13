"""The proof of a whole lab: every segment, and every way that its file routes between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from vxlab.lab.errors import LabError
from vxlab.lab.record import Record
from vxlab.plan import Plan
from vxlab.verify import routed
from vxlab.verify import segment as in_segment
from vxlab.verify.overlay import Host, Segment
from vxlab.verify.proof import Proof, Verdict
from vxlab.verify.scene import Scene

Progress = Callable[[str], None]
Job = tuple[str, Callable[[], Proof]]
"""A proof to make, and what it is in words."""


def prove(lab: Record, progress: Progress | None = None) -> Verdict:
    """Prove every segment that has two hosts behind different VTEPs.

    Raises:
        LabError: there is nothing to prove, or the lab is not up as a whole.
    """
    with Scene.of(lab) as scene:
        return _prove(scene, progress)


def _prove(scene: Scene, progress: Progress | None) -> Verdict:
    unproved: list[str] = []
    jobs = [job for segment in scene.segments for job in _of_segment(scene, segment, unproved)]
    jobs += [(_between(scene, pair), partial(routed.prove, scene, pair)) for pair in routed.pairs(scene)]
    proofs = [_done(scene, job, progress) for job in jobs]
    if not proofs:
        nothing = f"lab {scene.lab.name} has no segment, and so nothing to prove: no VXLAN device has its own VNI"
        raise LabError("; ".join(unproved) or nothing)
    return Verdict(scene.lab.name, tuple(proofs), tuple(unproved), tuple(_steps(scene, scene.drift)))


def _of_segment(scene: Scene, segment: Segment, unproved: list[str]) -> Iterator[Job]:
    pairs = [pair for version in segment.versions if (pair := segment.pair(version))]
    if not pairs:
        unproved.append(f"VNI {segment.vni} has no two hosts of one subnet behind different VTEPs")
    for pair in pairs:
        yield _job(scene, segment, *pair)


def _job(scene: Scene, segment: Segment, sender: Host, target: Host) -> Job:
    what = f"VNI {segment.vni}: {scene.host(sender)} asks for {scene.host(target)}"
    return what, partial(in_segment.prove, scene, segment, sender, target)


def _between(scene: Scene, pair: routed.Pair) -> str:
    return f"{scene.host(pair.sender)} to {scene.host(pair.target)}"


def _done(scene: Scene, job: Job, progress: Progress | None) -> Proof:
    what, make = job
    if progress:
        progress(what)
    try:
        scene.watch()
        return make()
    except OSError as error:
        broken = f"{what.partition(':')[0]} cannot be watched: {error.strerror}"
        raise LabError(f"{broken}. The lab is not as its file says; {_told(scene, scene.drift)}") from error


def _steps(scene: Scene, drift: Plan) -> Iterator[str]:
    return (f"{scene.node(step.namespace)}: {step.describe()}" for step in drift)


def _told(scene: Scene, drift: Plan) -> str:
    return f"`vxlab up` would: {'; '.join(_steps(scene, drift))}" if drift else "but it has all that was asked for"
