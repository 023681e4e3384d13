"""The proof of a way between two subnets: which VNI carries the routed packet, through which VTEPs, and back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product

from vxlab.packets.probe import Echo, mac_of
from vxlab.verify.check import Check, check
from vxlab.verify.evidence import Evidence, Sighting, Wanted
from vxlab.verify.exchange import observe
from vxlab.verify.overlay import Station
from vxlab.verify.ping import TTL, echo_socket
from vxlab.verify.proof import Job, Proof
from vxlab.verify.routing import Crossing, Journey, both_ways
from vxlab.verify.scene import Scene

_FEW = 8
"""Hosts of a subnet that are tried until two are found that a tunnel is between."""

_MOST_PAIRS = 12
"""Pairs of subnets that are proved unless one is asked for: of more, the first."""


@dataclass(frozen=True)
class Pair:
    """Two stations, and the ways between them that the file describes: None where it is more than is modelled."""

    sender: Station
    target: Station
    there: Journey | None
    back: Journey | None

    @property
    def crosses(self) -> bool:
        """Whether a tunnel is taken both ways."""
        return bool(self.there and self.there.crossings and self.back and self.back.crossings)

    @property
    def is_routed(self) -> bool:
        """Whether a router is on the way: who is in both subnets needs none."""
        return any(way.routers for way in self.journeys)

    @property
    def journeys(self) -> tuple[Journey, ...]:
        return tuple(filter(None, (self.there, self.back)))

    @property
    def crossings(self) -> tuple[Crossing, ...]:
        return tuple(crossing for way in self.journeys for crossing in way.crossings)


def pairs(scene: Scene) -> list[Pair]:
    """For each two subnets a pair that reach each other through a tunnel and a router; a subnet of one segment is not
    that of another one, whatever its addresses.
    """
    vnis = {host.place: segment.vni for segment in scene.segments for host in segment.hosts}
    nets: dict[tuple[str, int | None], list[Station]] = {}
    for end in scene.ends:
        nets.setdefault((str(end.interface.network), vnis.get(end.place)), []).append(end)
    found = (_first(scene, one, other) for one, other in combinations(nets.values(), 2))
    return list(filter(None, found))[:_MOST_PAIRS]


def _first(scene: Scene, ones: list[Station], others: list[Station]) -> Pair | None:
    for one, other in product(ones[:_FEW], others[:_FEW]):
        found = pair(scene, one, other) if one.version == other.version else None
        if found and found.crosses and found.is_routed:
            return found
    return None


def pair(scene: Scene, sender: Station, target: Station) -> Pair | None:
    """The ways between two stations; None where there is none in one direction or the other."""
    ways = both_ways(scene.state, scene.segments, sender, target)
    return Pair(sender, target, *ways) if ways else None


def prove(scene: Scene, pair: Pair) -> Proof:
    """Ping from one station to the other, as its own kernel does it, and see which tunnels carry it.

    Raises:
        OSError: a node is gone, or the kernel refused to restore a table.
    """
    sender, target = pair.sender, pair.target
    tables = scene.tables(_macs(pair), _addresses(pair))
    tables.remember()
    probe, refused = Echo(sender.end, target.end), ""
    try:
        caught = observe(scene, probe, sender.place, lambda: _ping(sender, target, probe))
    except OSError as error:
        caught, refused = [], f"it could not be sent: {os.strerror(error.errno or 0)}"
    finally:
        tables.restore()
    evidence = Evidence(scene, probe, caught, {})
    checks = tuple(_checks(pair, evidence, probe, refused))
    what = f"{sender.interface.network} to {target.interface.network}"
    return Proof(
        scene, what, None, sender, target, checks, tables, (evidence,), pair.there.crossings if pair.there else ()
    )


def job(scene: Scene, pair: Pair) -> Job:
    """The proof of a way, to be made later."""
    return f"{scene.host(pair.sender)} to {scene.host(pair.target)}", partial(prove, scene, pair)


def _ping(sender: Station, target: Station, probe: Echo) -> None:
    with echo_socket(sender) as out:
        out.sendto(probe.message, (target.address, 0))


def _checks(pair: Pair, evidence: Evidence, probe: Echo, refused: str) -> Iterator[Check]:
    sender, target = evidence.scene.host(pair.sender), evidence.scene.host(pair.target)
    if pair.there and pair.there.crossings:
        yield _carried(evidence, "routed there", f"{sender}'s packet", pair.there, probe.is_request)
    arrived = _arrives(evidence, f"{sender}'s packet", pair.target, pair.there, probe.is_request)
    yield check(evidence, "packet delivered", *arrived[:-1], seen=refused or arrived[-1])
    if pair.back and pair.back.crossings:
        yield _carried(evidence, "routed back", f"{target}'s reply", pair.back, probe.is_reply)
    back = _arrives(evidence, f"{target}'s reply", pair.sender, pair.back, probe.is_reply)
    yield check(evidence, "reply delivered", *back[:-1], seen=back[-1])
    yield from _apart(pair, evidence, probe)


def _apart(pair: Pair, evidence: Evidence, probe: Echo) -> Iterator[Check]:
    """Whether who has the same address in another network hears nothing: of the packet, and of the reply."""
    scene = evidence.scene
    ends = ((pair.target, probe.is_request), (pair.sender, probe.is_reply))
    places = [(s, want) for end, want in ends for s in scene.stations if s.address == end.address and s.mac != end.mac]
    if not places:
        return
    heard = [sighting for station, wanted in places for sighting in evidence.plain(station.place, wanted)]
    names = dict.fromkeys(f"{scene.host(station)} ({station.address})" for station, _ in places)
    claim = f"who has the same addresses elsewhere gets nothing of it: {', '.join(names)}"
    where = ", ".join(dict.fromkeys(scene.node(sighting.place[0]) for sighting in heard))
    yield check(evidence, "tenants apart", claim, not heard, heard, seen=f"it came to {where}")


def _carried(evidence: Evidence, name: str, what: str, way: Journey, wanted: Wanted) -> Check:
    """Whether the tunnels of a journey and no others carry a packet, each with its VNI."""
    sent = [s for s in evidence.encapsulated(wanted) if s.caught.outgoing]
    told = [_told(evidence, crossing) for crossing in way.crossings]
    claim = f"{what} is routed into {' and then '.join(told)}"
    inner = [(mac_of(s.inner, 6), mac_of(s.inner, 0)) for s in sent]
    wanted_macs = {crossing.macs for crossing in way.crossings if crossing.macs}
    seen = "; ".join(_seen(evidence, s) for s in sent) or "no tunnel carried it"
    taken = list(dict.fromkeys((s.place[0], s.envelope.vni) for s in sent if s.envelope))
    right = taken == [(crossing.near, crossing.vni) for crossing in way.crossings]
    allowed = _receivers(evidence, way)
    passed = right and all(s.envelope.dst in allowed for s in sent if s.envelope)
    if passed and wanted_macs and (foreign := {*inner} - wanted_macs):
        passed, seen = False, "; ".join(f"it went from {one} to {other} in there" for one, other in foreign)
    return check(evidence, name, claim, passed, sent, seen=seen)


def _receivers(evidence: Evidence, way: Journey) -> set[str]:
    """Where the tunnels of a journey may lead: to the far VTEPs, and while a MAC is unknown to whom they flood."""
    crossed = {(crossing.near, crossing.vni) for crossing in way.crossings}
    vteps = (v for v in evidence.scene.vteps if (v.namespace, v.device.get("vni")) in crossed)
    floods = {to.address for vtep in vteps for to in vtep.flood_list}
    return floods | {address for crossing in way.crossings for address in crossing.dst}


def _told(evidence: Evidence, crossing: Crossing) -> str:
    node = evidence.scene.node
    routers = f" from router MAC {crossing.macs[0]} to {crossing.macs[1]}" if crossing.macs else ""
    where = f"{node(crossing.far)} ({', '.join(crossing.dst)})"
    return f"VNI {crossing.vni} by {node(crossing.near)}, for {where}{routers}"


def _seen(evidence: Evidence, sighting: Sighting) -> str:
    around, node = sighting.envelope, evidence.scene.node(sighting.place[0])
    return f"{node} sent it to {around.dst} with VNI {around.vni}" if around else ""


def _arrives(
    evidence: Evidence, what: str, at: Station, way: Journey | None, wanted: Wanted
) -> tuple[str, bool, list[Sighting], tuple[()], str]:
    """Whether a packet reached a station, and each router on its way took one off its TTL (RFC 791, RFC 8200)."""
    got = [s for s in evidence.plain(at.place, wanted) if not s.caught.outgoing]
    host, claim = evidence.scene.host(at), f"{what} reaches {evidence.scene.host(at)}"
    if way is None:
        return claim, bool(got), got, (), f"it did not reach {host}"
    ttl = TTL - way.routers
    by = "one router" if way.routers == 1 else f"{way.routers} routers"
    ttls = [s.inner[22] if at.version == 4 else s.inner[21] for s in got]
    seen = f"it came with TTL {', '.join(map(str, ttls))}" if ttls else f"it did not reach {host}"
    return f"{claim} with TTL {ttl}: {by} forwarded it", ttls == [ttl], got, (), seen


def _macs(pair: Pair) -> frozenset[str]:
    return frozenset((pair.sender.mac, pair.target.mac, *(mac for way in pair.journeys for mac in way.macs))) - {""}


def _addresses(pair: Pair) -> frozenset[str]:
    hops = (address for way in pair.journeys for address in way.addresses)
    return frozenset((pair.sender.address, pair.target.address, *hops))
