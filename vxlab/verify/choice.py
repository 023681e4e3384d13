"""Which two hosts a user means, and how what is between them is proved."""

from __future__ import annotations

from functools import partial

from vxlab.lab.errors import UnknownNameError
from vxlab.suggest import did_you_mean
from vxlab.verify import apart, routed
from vxlab.verify import segment as in_segment
from vxlab.verify.overlay import Host, Segment, Station
from vxlab.verify.proof import Job
from vxlab.verify.scene import Scene


def jobs(scene: Scene, one: str, other: str) -> list[Job]:
    """The proofs for two nodes: of the segments that they share, else of the way between them, else that there is none.

    Args:
        scene: the lab.
        one: the sender, as NODE or NODE:LINK.
        other: the target.

    Raises:
        UnknownNameError: there is no such node or link, it has no address, or both are the same.
    """
    senders, targets = _stations(scene, one), _stations(scene, other)
    if not scene.is_here(senders[0].place[0]):
        raise UnknownNameError(f"{one} is on another machine, from which it sends: verify {one},{other} there")
    if {station.place for station in senders} == {station.place for station in targets}:
        raise UnknownNameError(f"a pair is of two hosts, and {one} and {other} are one")
    shared = [job for part in scene.segments for job in _in_segment(scene, part, senders, targets)]
    return shared or _between(scene, senders, targets)


def _in_segment(scene: Scene, part: Segment, senders: list[Station], targets: list[Station]) -> list[Job]:
    found: dict[int, Job] = {}
    for sender, target in ((s, t) for s in _hosts(part, senders) for t in _hosts(part, targets)):
        if sender.interface.network == target.interface.network:
            found.setdefault(sender.version, in_segment.job(scene, part, sender, target, others=False))
    return [*found.values()]


def _hosts(part: Segment, stations: list[Station]) -> list[Host]:
    places = {station.place for station in stations}
    return [host for host in part.own_hosts if host.place in places]


def _between(scene: Scene, senders: list[Station], targets: list[Station]) -> list[Job]:
    pairs = [(s, t) for s in senders for t in targets if s.version == t.version]
    if not pairs:
        raise UnknownNameError(f"{scene.host(senders[0])} and {scene.host(targets[0])} have no version of IP in common")
    for sender, target in pairs:
        if (way := routed.pair(scene, sender, target)) is not None:
            return [routed.job(scene, way)]
    sender, target = pairs[0]
    return [(f"{scene.host(sender)} and {scene.host(target)}", partial(apart.prove, scene, sender, target))]


def _stations(scene: Scene, name: str) -> list[Station]:
    node, _, link = name.partition(":")
    known = {scene.node(namespace) for namespace in scene.state.namespaces}
    if node not in known:
        raise UnknownNameError(f"there is no node {node} in lab {scene.lab.name}{did_you_mean(node, known)}")
    found = [s for s in scene.stations if scene.host(s) == node and link in ("", s.place[1])]
    if not found:
        what = f"link {link} with an address" if link else "link with an address"
        raise UnknownNameError(f"node {node} has no {what} of its own")
    scene.capture.add(station.place for station in found if scene.is_here(station.place[0]))
    return found
