"""A frame of one VNI is seen under no other, and on no host of another segment (RFC 7348 section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from vxlab.verify.check import Check, check
from vxlab.verify.evidence import Sighting
from vxlab.verify.exchange import Exchange
from vxlab.verify.overlay import Segment

_FEW = 8


def isolation(exchanges: Iterable[Exchange], segment: Segment) -> Check:
    """Whether all of some exchanges stayed in the segment."""
    found = list(exchanges)
    scene, evidence = found[0].scene, found[0].evidence
    inside = {host.place for host in segment.hosts}
    places = sorted({host.place for part in scene.segments for host in part.hosts} - inside)
    places = [place for place in places if scene.is_here(place[0])]
    leaks = list(chain.from_iterable(_reached(x, place) for x in found for place in places))
    foreign = list(chain.from_iterable(_under_other_vnis(x, segment) for x in found))
    # Of a node that is in the segment itself, its link is named: a gateway's, say.
    own = {namespace for namespace, _ in inside} | {vtep.namespace for vtep in segment.vteps}
    names = [f"{scene.node(node)}:{link}" if node in own else scene.node(node) for node, link in places]
    told = ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")
    claim = f"what is encapsulated of it has VNI {segment.vni}"
    if places:
        claim += f", and other segments see nothing of it: {told}"
    where = ", ".join(sorted({scene.node(leak.place[0]) for leak in leaks}))
    seen = [f"frames of VNI {segment.vni} reached {where}"] if leaks else []
    vnis = sorted({str(s.envelope.vni) for s in foreign if s.envelope})
    seen += [f"it was encapsulated with VNI {', '.join(vnis)}"] if foreign else []
    return check(evidence, "isolation", claim, not leaks and not foreign, leaks + foreign, seen="; ".join(seen))


def _reached(x: Exchange, place: tuple[str, str]) -> list[Sighting]:
    return [s for wanted in (x.probe.is_request, x.probe.is_reply) for s in x.evidence.plain(place, wanted)]


def _under_other_vnis(x: Exchange, segment: Segment) -> list[Sighting]:
    allowed = {segment.vni} | {to.vni for vtep in segment.vteps for _, to in vtep.all_entries}
    seen = [s for wanted in (x.probe.is_request, x.probe.is_reply) for s in x.evidence.encapsulated(wanted)]
    return [s for s in seen if s.envelope and s.envelope.vni not in allowed]
