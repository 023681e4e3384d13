"""The proof of a whole lab: every segment, and every way that its file routes between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vxlab.lab import view
from vxlab.lab.errors import LabError
from vxlab.lab.record import Record
from vxlab.plan import Plan
from vxlab.verify import choice, routed
from vxlab.verify import segment as in_segment
from vxlab.verify.causes import explained
from vxlab.verify.overlay import Segment
from vxlab.verify.proof import Job, Proof, Verdict
from vxlab.verify.scene import Scene

_FEW = 3
"""Steps of `vxlab up` that are told in an error."""

Progress = Callable[[str], None]


def prove(lab: Record, progress: Progress | None = None, pair: tuple[str, str] | None = None) -> Verdict:
    """Prove every segment that has two hosts behind different VTEPs, and every way that is routed through tunnels.

    Args:
        lab: the lab.
        progress: is told what is being proved.
        pair: two nodes; then what is between these two is proved, and nothing else.

    Raises:
        LabError: there is nothing to prove, or the lab is not up as a whole.
        UnknownNameError: one of the pair is not there.
    """
    with Scene.of(lab) as scene:
        unproved: list[_Unproved] = []
        found = choice.jobs(scene, *pair) if pair else _all(scene, unproved)
        proofs = tuple(_done(scene, job, progress) for job in found)
        if not proofs:
            nothing = f"lab {lab.name} has no segment, and so nothing to prove: no VXLAN device has its own VNI"
            raise LabError("; ".join(_folded(unproved)) or nothing)
        mapped = view.vlans(lab, scene.actual.state)
        return Verdict(lab.name, proofs, tuple(_folded(unproved)), tuple(_steps(scene, scene.drift)), tuple(mapped))


def _all(scene: Scene, unproved: list[_Unproved]) -> list[Job]:
    found = [job for segment in scene.segments for job in _of_segment(scene, segment, unproved)]
    return found + [routed.job(scene, pair) for pair in routed.pairs(scene)]


def _of_segment(scene: Scene, segment: Segment, unproved: list[_Unproved]) -> Iterator[Job]:
    pairs = [pair for version in segment.versions if (pair := segment.pair(version))]
    if not pairs:
        port = f" on port {segment.vteps[0].port}" if [s.vni for s in scene.segments].count(segment.vni) > 1 else ""
        unproved.append((segment.vni, port))
    return (in_segment.job(scene, segment, *pair, others=True) for pair in pairs)


_Unproved = tuple[int, str]
"""The VNI of a segment without a pair of hosts, and where there are several of it the port."""


def _folded(unproved: list[_Unproved]) -> Iterator[str]:
    """What is not proved, in words: of VNIs that follow each other the first and the last."""
    runs: list[list[_Unproved]] = []
    for vni, port in unproved:
        if runs and runs[-1][-1] == (vni - 1, port):
            runs[-1].append((vni, port))
        else:
            runs.append([(vni, port)])
    for (first, port), *_, (last, _) in ([*one, one[-1]] for one in runs):
        which = f"VNI {first}{port} has" if first == last else f"VNIs {first} to {last}{port} have each"
        yield f"{which} no two hosts of one subnet"


def _done(scene: Scene, job: Job, progress: Progress | None) -> Proof:
    what, make = job
    if progress:
        progress(what)
    try:
        scene.watch()
        return explained(make())
    except OSError as error:
        broken = f"{what.partition(':')[0]} cannot be watched: {error.strerror}"
        raise LabError(f"{broken}. The lab is not as its file says; {_told(scene, scene.drift)}") from error


def _steps(scene: Scene, drift: Plan) -> Iterator[str]:
    return (f"{scene.node(step.namespace)}: {step.describe()}" for step in drift)


def _told(scene: Scene, drift: Plan) -> str:
    if not drift:
        return "but it has all that was asked for"
    steps = [*_steps(scene, drift)]
    more = f"; and {len(steps) - _FEW} more" if len(steps) > _FEW else ""
    return f"`vxlab up` would: {'; '.join(steps[:_FEW])}{more}"
