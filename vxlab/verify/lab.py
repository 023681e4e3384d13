"""The proof of a whole lab: every segment, and every way that its file routes between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product

from vxlab.lab import view
from vxlab.lab.errors import LabError
from vxlab.lab.record import Record
from vxlab.plan import Plan
from vxlab.verify import choice, routed
from vxlab.verify import segment as in_segment
from vxlab.verify.causes import explained
from vxlab.verify.overlay import Host, Segment, Vtep
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
    ways = routed.pairs(scene)
    crossed = {crossing.vni for way in ways for crossing in way.crossings}
    of_vni = Counter(segment.vni for segment in scene.segments)
    found: list[Job] = []
    for segment in scene.segments:
        port = f" on port {segment.vteps[0].port}" if of_vni[segment.vni] > 1 else ""
        found += _of_segment(scene, segment, crossed, unproved, port)
    return found + [routed.job(scene, way) for way in ways]


def _of_segment(
    scene: Scene, segment: Segment, crossed: set[int], unproved: list[_Unproved], port: str
) -> Iterator[Job]:
    """The proofs of a segment; one without two hosts is proved all the same where something is routed through it.

    ``port`` tells it from others with its VNI.
    """
    pairs = [pair for version in segment.versions for pair in _pairs(scene, segment, version)]
    if not pairs and segment.vni not in crossed:
        here = " of which one is on this machine" if len(scene.lab.far) else ""
        unproved.append((segment.vni, port, here))
    return (in_segment.job(scene, segment, *pair, others=True) for pair in pairs)


def _pairs(scene: Scene, segment: Segment, version: int) -> list[tuple[Host, Host]]:
    """Two hosts of the segment; where some are on other machines, one of here with one behind each VTEP of there."""
    if all(scene.is_here(host.place[0]) for host in segment.own_hosts):
        return list(filter(None, [segment.pair(version)]))
    hosts = [host for host in segment.own_hosts if host.version == version]
    found: dict[Vtep, tuple[Host, Host]] = {}
    for one, other in product(hosts, hosts):
        crosses = scene.is_here(one.place[0]) and not scene.is_here(other.place[0])
        if crosses and one.interface.network == other.interface.network:
            found.setdefault(other.vtep, (one, other))
    return list(found.values())


_Unproved = tuple[int, str, str]
"""The VNI of a segment without a pair of hosts, where there are several of it the port, and what is said besides."""


def _folded(unproved: list[_Unproved]) -> Iterator[str]:
    """What is not proved, in words: of VNIs that follow each other the first and the last."""
    runs: list[list[_Unproved]] = []
    for vni, port, here in unproved:
        if runs and runs[-1][-1] == (vni - 1, port, here):
            runs[-1].append((vni, port, here))
        else:
            runs.append([(vni, port, here)])
    for one in runs:
        first, port, here = one[0]
        which = f"VNI {first}{port} has" if len(one) == 1 else f"VNIs {first} to {one[-1][0]}{port} have each"
        yield f"{which} no two hosts of one subnet{here}"


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
