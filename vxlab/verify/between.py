"""Every ordered pair of hosts of different subnets that the file routes to each other, all pinged at once."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack, suppress
from itertools import combinations

from vxlab.lab.record import Record
from vxlab.packets.capture import Capture, Caught
from vxlab.packets.probe import Echo, answerer
from vxlab.packets.ring import Place
from vxlab.state.model import NetworkState
from vxlab.verify.impaired import TRIES, Impaired
from vxlab.verify.overlay import Segment, Station
from vxlab.verify.pairs import Failure, Pairs
from vxlab.verify.ping import echo_socket
from vxlab.verify.routing import Ways, both_ways, carriers, ends
from vxlab.verify.tables import Tables

_PATIENCE, _QUIET = 2.0, 0.02
_AT_ONCE = 256
_SMALL, _QUESTIONS = 150, 12
"""Bytes of a question in a tunnel, and how many round trips it may take: each router asks for the next."""

Pair = tuple[Station, Station]


def routed_pairs(state: NetworkState, parts: list[Segment]) -> list[Pair]:
    """The ordered pairs of hosts of different subnets between which the file describes a way, there and back."""
    hosts = {host.place for part in parts for host in part.hosts}
    found: list[Pair] = []
    for one, other in combinations(list(ends(state)), 2):
        if one.version == other.version and not _is_one_subnet(one, other):
            ways = both_ways(state, parts, one, other)
            if ways is None or not _is_routed(ways):
                continue
            # Two nodes of the underlay reach each other too, and that is not what a lab is about.
            if hosts >= {one.place, other.place} or any(way and way.crossings for way in ways):
                found += [(one, other), (other, one)]
    return found


def _is_routed(ways: Ways) -> bool:
    """Whether a router is on the way, as far as that is known: who is in both subnets needs none."""
    return any(way is None or way.routers for way in ways)


def _is_one_subnet(one: Station, other: Station) -> bool:
    return one.place[0] == other.place[0] or one.interface.network == other.interface.network


def prove(lab: Record, capture: Capture, pairs: list[Pair]) -> Pairs:
    """Ping between the stations of pairs; a reply proves the way there and back.

    Raises:
        OSError: the kernel refused.
    """
    stations = dict.fromkeys(station for pair in pairs for station in pair)
    tables = _tables(lab, list(stations))
    tables.remember()
    failures, impaired = list[Failure](), Impaired(lab.state, capture)
    try:
        with ExitStack() as open_sockets:
            senders = _sockets(list(stations), open_sockets)
            for start in range(0, len(pairs), _AT_ONCE):
                if start:
                    tables.forget_neighbours(tables.namespaces)
                failures += _ping(lab, capture, senders, pairs[start : start + _AT_ONCE], impaired)
    finally:
        tables.restore()
    hosts = {station.place for station in stations}
    return Pairs(len(hosts), len(pairs), len(pairs) - len(failures), tuple(failures), tables)


def _tables(lab: Record, stations: list[Station]) -> Tables:
    macs, addresses = (station.mac for station in stations), (station.address for station in stations)
    return Tables(lab.state.namespaces, frozenset(macs), frozenset(addresses), carriers(lab.state))


def _sockets(stations: list[Station], opened: ExitStack) -> dict[Station, socket.socket]:
    found: dict[Station, socket.socket] = {}
    for station in stations:
        with suppress(OSError):
            found[station] = opened.enter_context(echo_socket(station))
    return found


def _ping(
    lab: Record, capture: Capture, senders: dict[Station, socket.socket], pairs: list[Pair], impaired: Impaired
) -> list[Failure]:
    """Ping between all of some pairs at once; again those that do not answer, where frames were lost."""
    failures: list[Failure] = []
    for _ in range(TRIES):
        before = impaired.lost
        waiting, refused = _ping_once(lab, capture, senders, pairs, impaired)
        failures += refused
        pairs = waiting
        if not pairs or impaired.lost == before:
            break
    return failures + [_failure(lab, one, other, "no reply") for one, other in pairs]


def _ping_once(
    lab: Record, capture: Capture, senders: dict[Station, socket.socket], pairs: list[Pair], impaired: Impaired
) -> tuple[list[Pair], list[Failure]]:
    """The pairs that did not answer, and what could not be sent."""
    capture.drain()
    waiting: dict[tuple[Place, bytes], Pair] = {}
    failures: list[Failure] = []
    for one, other in pairs:
        try:
            senders[one].sendto(Echo(one.end, other.end).message, (other.address, 0))
            waiting[one.place, other.end.packed] = (one, other)
        except KeyError:
            failures.append(_failure(lab, one, other, f"{lab.node_of(one.place[0])} has not {one.address}"))
        except OSError as error:
            failures.append(_failure(lab, one, other, f"it could not be sent: {os.strerror(error.errno or 0)}"))

    def hear(caught: Caught) -> bool:
        waiting.pop((caught.place, answerer(caught.frame)), None)
        return not waiting

    late = _QUESTIONS * impaired.round_trip(pairs[0][0].place[0], _SMALL) if impaired else 0
    patience = _PATIENCE + late + 2 * len(pairs) * impaired.one_by_one(_SMALL)
    capture.until(lambda frame: bool(answerer(frame)), hear, patience, _QUIET + late)
    return list(waiting.values()), failures


def _failure(lab: Record, one: Station, other: Station, seen: str) -> Failure:
    return Failure(lab.node_of(one.place[0]), lab.node_of(other.place[0]), "routing", seen)
