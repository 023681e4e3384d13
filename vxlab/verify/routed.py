"""The proof of a way between two subnets: which VNI carries the routed packet, through which VTEPs, and back."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from vxlab.kernel.namespaces import open_socket
from vxlab.packets.probe import Echo
from vxlab.verify.check import Check, check
from vxlab.verify.evidence import Evidence, Sighting, Wanted
from vxlab.verify.exchange import observe
from vxlab.verify.overlay import Station
from vxlab.verify.proof import Proof
from vxlab.verify.routing import Crossing, Journey, journey
from vxlab.verify.scene import Scene
from vxlab.verify.tables import Tables

_TTL = 64
_MOST_PAIRS = 12
"""Pairs of subnets that are proved unless one is asked for: of more, the first."""


@dataclass(frozen=True)
class Pair:
    """Two stations of different subnets, and the ways between them that the file describes."""

    sender: Station
    target: Station
    there: Journey
    back: Journey

    @property
    def crosses(self) -> bool:
        """Whether a tunnel is taken both ways."""
        return bool(self.there.crossings and self.back.crossings)


def pairs(scene: Scene) -> list[Pair]:
    """For each two subnets a pair that reach each other through a tunnel and a router."""
    nets: dict[str, list[Station]] = {}
    for end in scene.ends:
        nets.setdefault(str(end.interface.network), []).append(end)
    found = (_first(scene, one, other) for one, other in combinations(nets.values(), 2))
    return list(filter(None, found))[:_MOST_PAIRS]


def _first(scene: Scene, ones: Iterable[Station], others: Iterable[Station]) -> Pair | None:
    others = list(others)
    for one in ones:
        for other in others:
            if one.version == other.version and (found := pair(scene, one, other)) and found.crosses:
                return found
    return None


def pair(scene: Scene, sender: Station, target: Station) -> Pair | None:
    """The ways between two stations; None where the file does not describe both."""
    there = journey(scene.state, scene.segments, sender.place[0], target.address)
    back = journey(scene.state, scene.segments, target.place[0], sender.address)
    return Pair(sender, target, there, back) if there and back else None


def prove(scene: Scene, pair: Pair) -> Proof:
    """Ping from one station to the other, as its own kernel does it, and see which tunnels carry it.

    Raises:
        OSError: a node is gone, or the kernel refused to restore a table.
    """
    sender, target = pair.sender, pair.target
    tables = Tables(_nodes(pair), _macs(pair), _addresses(pair))
    tables.clean()
    probe, refused = Echo(sender.end, target.end), ""
    try:
        caught = observe(scene, probe, sender.place, lambda: _ping(sender, target, probe))
    except OSError as error:
        caught, refused = [], os.strerror(error.errno or 0)
    finally:
        tables.restore()
    evidence = Evidence(scene, probe, caught, {})
    checks = tuple(_checks(pair, evidence, probe, refused))
    what = f"{sender.interface.network} to {target.interface.network}"
    return Proof(scene, what, None, sender, target, checks, tables, (evidence,))


def _ping(sender: Station, target: Station, probe: Echo) -> None:
    """Have the sender's kernel route and send the message of a probe."""
    version4 = sender.version == 4
    family = socket.AF_INET if version4 else socket.AF_INET6
    protocol = socket.IPPROTO_ICMP if version4 else socket.IPPROTO_ICMPV6
    with open_socket(sender.place[0], family, socket.SOCK_RAW, protocol) as out:
        if version4:
            out.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, _TTL)
        else:
            out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, _TTL)
        out.bind((sender.address, 0))
        out.sendto(probe.message, (target.address, 0))


def _checks(pair: Pair, evidence: Evidence, probe: Echo, refused: str) -> Iterator[Check]:
    sender, target = evidence.scene.host(pair.sender), evidence.scene.host(pair.target)
    yield _carried(evidence, "routed there", f"{sender}'s packet", pair.there, probe.is_request, refused)
    yield _arrives(evidence, "packet delivered", f"{sender}'s packet", pair.target, pair.there, probe.is_request)
    yield _carried(evidence, "routed back", f"{target}'s reply", pair.back, probe.is_reply)
    yield _arrives(evidence, "reply delivered", f"{target}'s reply", pair.sender, pair.back, probe.is_reply)


def _carried(evidence: Evidence, name: str, what: str, way: Journey, wanted: Wanted, refused: str = "") -> Check:
    """Whether exactly the tunnels of a journey carry a packet, each with its VNI."""
    sent = [s for s in evidence.encapsulated(wanted) if s.caught.outgoing]
    told = [_told(evidence, crossing) for crossing in way.crossings]
    claim = f"{what} is routed into {' and then '.join(told)}" if told else f"{what} is routed without a tunnel"
    seen = "; ".join(_seen(evidence, s) for s in sent) or "no tunnel carried it"
    if refused:
        seen = f"it could not be sent: {refused}"
    passed = len(sent) == len(way.crossings) and all(map(_matches, sent, way.crossings))
    return check(evidence, name, claim, passed, sent, seen=seen)


def _matches(sighting: Sighting, crossing: Crossing) -> bool:
    around = sighting.envelope
    if around is None or sighting.place[0] != crossing.near:
        return False
    return around.vni == crossing.vni and around.dst in crossing.dst


def _told(evidence: Evidence, crossing: Crossing) -> str:
    node = evidence.scene.node
    return f"VNI {crossing.vni} by {node(crossing.near)}, for {node(crossing.far)} ({', '.join(crossing.dst)})"


def _seen(evidence: Evidence, sighting: Sighting) -> str:
    around, node = sighting.envelope, evidence.scene.node(sighting.place[0])
    return f"{node} sent it to {around.dst} with VNI {around.vni}" if around else ""


def _arrives(evidence: Evidence, name: str, what: str, at: Station, way: Journey, wanted: Wanted) -> Check:
    """Whether a packet reached a station, and each router on its way took one off its TTL (RFC 791, RFC 8200)."""
    got = [s for s in evidence.plain(at.place, wanted) if not s.caught.outgoing]
    ttl = _TTL - way.routers
    claim = f"{what} reaches {evidence.scene.host(at)} with TTL {ttl}: {way.routers} routers forwarded it"
    ttls = [s.inner[22] if at.version == 4 else s.inner[21] for s in got]
    seen = f"it came with TTL {', '.join(map(str, ttls))}" if ttls else f"it did not reach {evidence.scene.host(at)}"
    return check(evidence, name, claim, ttls == [ttl], got, seen=seen)


def _nodes(pair: Pair) -> tuple[str, ...]:
    ways = (*pair.there.crossings, *pair.back.crossings)
    nodes = {node for crossing in ways for node in (crossing.near, crossing.far)}
    return tuple(sorted(nodes | {pair.sender.place[0], pair.target.place[0]}))


def _macs(pair: Pair) -> frozenset[str]:
    return frozenset((pair.sender.mac, pair.target.mac, *pair.there.macs, *pair.back.macs)) - {""}


def _addresses(pair: Pair) -> frozenset[str]:
    ends = (pair.sender.address, pair.target.address)
    return frozenset((*ends, *pair.there.addresses, *pair.back.addresses))
