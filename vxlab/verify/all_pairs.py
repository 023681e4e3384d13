"""Every ordered pair of hosts at once: each reaches each, every VTEP learns every host, and nobody overhears.

1  Each host sends one frame to all. It has to reach every host of its segment and nobody else, and teaches every VTEP
   where the host is.
2  Each host asks each other one, by a frame for its MAC address alone; all are on their way at the same time. An answer
   proves that the two reach each other; a frame that comes to another host's link proves that it was flooded.

For IPv4 the questions are ARP probes (RFC 5227: without the sender's address), which leave nothing in the tables of
hosts. But the VTEPs that carry them ask for each other, and the kernel's neighbour tables have room for 1,024 entries
in all namespaces together, unless somebody raised that (net.ipv4.neigh.default.gc_thresh3): so the pairs are asked in
groups, and the neighbours are forgotten after each. scapy and pyroute2 are not needed, and not imported.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations

from vxlab.kernel import carrier
from vxlab.kernel.learned import Learned
from vxlab.kernel.namespaces import index_of
from vxlab.kernel.neighbour_room import rooms
from vxlab.kernel.rtnetlink import RouteSocket
from vxlab.lab.errors import LabError
from vxlab.lab.record import Record
from vxlab.packets.capture import Capture, Caught
from vxlab.packets.probe import ArpRequest, Echo, End, Probe, answerer, ask, mac_bytes
from vxlab.packets.ring import Place
from vxlab.verify import between
from vxlab.verify.impaired import TRIES, Impaired
from vxlab.verify.overlay import Host, Segment, Vtep, segments
from vxlab.verify.pairs import Failure, PairsVerdict, SegmentPairs
from vxlab.verify.routing import carriers
from vxlab.verify.tables import Found, Tables

_PATIENCE, _PATIENCE_EACH, _QUIET = 2.0, 0.005, 0.02
"""Seconds to wait for answers, and for each of many besides; and without a frame after which there are no more."""
_SMALL, _QUESTIONS = 150, 6
"""Bytes of a question in a tunnel, and how many round trips it may take until it is answered: a VTEP has to be asked
for, there and back; and what is far from one host may be twice as far from another.
"""
_TABLES = ("arp_cache", "ndisc_cache")
_NO_ADDRESS = "0.0.0.0"  # noqa: S104  the sender of an ARP probe, bound to nothing
_LEAST_AT_ONCE = 128
"""Pairs asked in one go however little room there is: each needs an entry in the VTEP of its sender, shared with
the answer to its reverse, and where the hosts learn, one in the host that is asked.
"""

Asked = tuple[Host, Host, Probe]


def prove(lab: Record, progress: Callable[[str], None] | None = None) -> PairsVerdict:
    """Prove every ordered pair of hosts: those that share a subnet of a segment, and those that are routed.

    Raises:
        LabError: there is no such pair, or a host's link is not there.
        OSError: the kernel refused.
    """
    parts = segments(lab.state)
    groups = [(part, hosts) for part in parts for hosts in _groups(part)]
    routed = between.routed_pairs(lab.state, parts)
    if not groups and not routed:
        here = " on this machine" if len(lab.far) else ""
        raise LabError(f"lab {lab.name} has no two hosts{here} that share a segment or are routed to each other")
    carrier.settle_all(lab.namespaces)
    with Capture(outgoing=False) as capture:
        try:
            capture.add(host.place for part in parts for host in part.hosts)
            capture.add(one.place for one, _ in routed)
        except OSError as error:
            told = f"a host's link cannot be watched ({error.strerror}): vxlab status {lab.name}"
            raise LabError(f"{told} shows what is missing") from error
        found = tuple(_prove(lab, capture, progress, *group) for group in groups)
        if routed and progress:
            progress(f"{len(routed)} ordered pairs of hosts of different subnets")
        verdict = PairsVerdict(lab.name, found, between.prove(lab, capture, routed) if routed else None)
    return verdict if verdict.passed else replace(verdict, drift=_drift(lab))


def _drift(lab: Record) -> tuple[str, ...]:
    """Where the lab is not as its file says: the likeliest cause of whatever failed."""
    from vxlab.lab.view import status

    return tuple(f"{lab.node_of(step.namespace)}: {step.describe()}" for step in status(lab).drift)


def _groups(part: Segment) -> Iterator[list[Host]]:
    """The hosts of a segment by their subnets, of two and more."""
    nets: dict[str, list[Host]] = {}
    for host in part.own_hosts:
        nets.setdefault(str(host.interface.network), []).append(host)
    return (hosts for hosts in nets.values() if len(hosts) > 1)


def _prove(
    lab: Record, capture: Capture, progress: Callable[[str], None] | None, part: Segment, hosts: list[Host]
) -> SegmentPairs:
    pairs = len(hosts) * (len(hosts) - 1)
    if progress:
        progress(f"VNI {part.vni}: {pairs} ordered pairs of {len(hosts)} hosts")
    tables = _tables(lab, part, hosts)
    tables.clean()
    capture.drain()
    run, now = Run(lab, part, hosts, capture), None
    try:
        run.flood()
        answered = run.ask_all(tables)
        now = tables.read()
        entries = run.learn(now)
    finally:
        tables.restore(now)
    net = str(hosts[0].interface.network)
    return SegmentPairs(len(hosts), pairs, answered, tuple(run.failures), tables, part.vni, net, entries)


def _tables(lab: Record, part: Segment, hosts: list[Host]) -> Tables:
    macs = frozenset(host.mac for host in hosts)
    addresses = {*(host.address for host in hosts), *(address for vtep in part.vteps for address in vtep.addresses)}
    return Tables(lab.state.namespaces, macs, frozenset(addresses), carriers(lab.state))


@dataclass
class Run:
    """The proof of the hosts of one subnet."""

    lab: Record
    part: Segment
    hosts: list[Host]
    capture: Capture
    failures: list[Failure] = field(default_factory=list)
    by_frame: dict[bytes, tuple[Host, Host]] = field(default_factory=dict)

    @cached_property
    def impaired(self) -> Impaired:
        """What keeps frames from being seen."""
        return Impaired(self.lab.state, self.capture)

    def flood(self) -> None:
        """One frame of each host to all of its segment; who hears it, and who does not."""
        ring = zip(self.hosts, [*self.hosts[1:], self.hosts[0]], strict=True)
        asked = [(one, other, _question(one, other)) for one, other in ring]
        by_frame = {probe.frame: host for host, _, probe in asked}
        missing = {(one.place, other.place) for one in self.hosts for other in self.hosts if _hears(one, other)}
        members = {host.place for host in self.part.hosts}

        def hear(caught: Caught) -> bool:
            sender = by_frame[caught.frame]
            missing.discard((sender.place, caught.place))
            if caught.place not in members:
                self._fail(sender.place, caught.place, "isolation", "a frame to all left its segment")
            return not missing

        # Where VTEPs answer themselves nobody hears anything, and nobody has to be waited for.
        def left() -> list[Asked]:
            silent = {sender for sender, _ in missing}
            return [question for question in asked if question[0].place in silent]

        self._send(asked, by_frame.__contains__, hear, left, patience=_PATIENCE if missing else _QUIET)
        for sender, other in sorted(missing):
            self._fail(sender, other, "flooding", "a frame to all did not arrive")

    def learn(self, tables: Found) -> int:
        """Look what each VTEP knows of each host behind another one; how many entries are as they must be."""
        right = 0
        for vtep in self.part.vteps:
            known = _known(vtep, tables[vtep.namespace])
            for host in (host for host in self.hosts if host.vtep is not vtep):
                entries = known.get(host.mac, [])
                if wrong := _wrong(vtep, host, entries):
                    self._fail((vtep.namespace, ""), host.place, "learning", wrong)
                else:
                    right += len(entries)
        return right

    def ask_all(self, tables: Tables) -> int:
        """Each host asks each other one for itself; how many answer."""
        answered = 0
        # Both directions of a pair are in one group: they share their neighbours.
        pairs = [way for one, other in combinations(self.hosts, 2) for way in ((one, other), (other, one))]
        size = self._fitting()
        for start in range(0, len(pairs), size):
            if start:
                tables.forget_neighbours(self._who_learns(self.hosts))
            group = pairs[start : start + size]
            is_last = start + size >= len(pairs)
            answered += self.ask([(one, other, direct(one, other)) for one, other in group], _QUIET if is_last else 0)
        return answered

    def ask_others(self, sender: Host, others: list[Host], tables: Tables) -> None:
        """One host asks others for themselves."""
        size = self._fitting() // 2
        for start in range(0, len(others), size):
            group = others[start : start + size]
            if sender.vtep.learns and not sender.vtep.proxies:
                # Each is heard of before it is asked: a question for one that is unknown is flooded to all, and to ask
                # all in that way would take the square of their number of frames.
                self.introduce(sender, group)
            self.ask([(sender, other, direct(sender, other)) for other in group])
            tables.forget_neighbours(self._who_learns([sender, *group]))

    def introduce(self, to: Host, others: list[Host]) -> None:
        """Have each of some hosts send a frame to one alone, which teaches its VTEP where they are."""
        asked = [(other, to, direct(other, to)) for other in others]
        unheard = {probe.frame for _, _, probe in asked}

        def hear(caught: Caught) -> bool:
            if caught.place == to.place:
                unheard.discard(caught.frame)
            return not unheard

        def left() -> list[Asked]:
            return [question for question in asked if question[2].frame in unheard]

        self._send(asked, unheard.copy().__contains__, hear, left)

    def _who_learns(self, hosts: Iterable[Host]) -> set[str]:
        """The nodes that get neighbours by being asked: VTEPs of each other, and hosts where it is no ARP probe."""
        places = {host.vtep.namespace for host in hosts}
        return places if self._is_arp_probe else places | {host.place[0] for host in hosts}

    def _fitting(self) -> int:
        """How many ordered pairs of hosts can be asked before neighbours have to be forgotten."""
        return _fitting(1 if self._is_arp_probe else 2)

    @property
    def _is_arp_probe(self) -> bool:
        """Whether the hosts are asked without learning anything."""
        return self.hosts[0].version == 4 and not self.hosts[0].vtep.proxies

    def ask(self, asked: list[Asked], quiet: float = _QUIET) -> int:
        """Send questions at once; how many are answered."""
        by_frame = self.by_frame
        by_frame |= {probe.frame: (one, other) for one, other, probe in asked}
        unheard = {(one.place, other.place) for one, other, _ in asked}
        unanswered = {(one.place, other.end.packed): (one, other) for one, other, _ in asked}
        own = {host.place: mac_bytes(host.mac) for host in self.part.hosts}
        vteps = {host.place: host.vtep for host in self.part.hosts}

        def wanted(frame: bytes) -> bool:
            return frame in by_frame or bool(answerer(frame))

        def hear(caught: Caught) -> bool:
            pair = by_frame.get(caught.frame)
            if pair and caught.place != pair[1].place and _overhears(pair[0], pair[1], vteps.get(caught.place)):
                self._fail(pair[0].place, caught.place, "unicast", f"heard what is for {self._node(pair[1].place)}")
            elif pair:
                unheard.discard((pair[0].place, caught.place))
            elif caught.frame[:6] == own.get(caught.place):
                unanswered.pop((caught.place, answerer(caught.frame)), None)
            return not unheard and not unanswered

        def left() -> list[Asked]:
            return [question for question in asked if (question[0].place, question[1].end.packed) in unanswered]

        self._send(asked, wanted, hear, left, quiet)
        for one, other in unanswered.values():
            reached = (one.place, other.place) not in unheard
            self._fail(one.place, other.place, "reachability", "asked, but no answer" if reached else "not reached")
        return len(asked) - len(unanswered)

    def _send(
        self,
        asked: list[Asked],
        wanted: Callable[[bytes], bool],
        hear: Callable[[Caught], bool],
        left: Callable[[], list[Asked]],
        quiet: float = _QUIET,
        patience: float = _PATIENCE,
    ) -> None:
        """Send questions until all is heard that is to be; again those that are left where frames were lost."""
        for _ in range(TRIES):
            before = self.impaired.lost
            self._send_once(asked, wanted, hear, quiet, patience)
            if self.impaired.lost == before or not (asked := left()):
                return

    def _send_once(
        self,
        asked: list[Asked],
        wanted: Callable[[bytes], bool],
        hear: Callable[[Caught], bool],
        quiet: float,
        patience: float,
    ) -> None:
        for host, _, probe in asked:
            try:
                self.capture.send(host.place, probe.frame)
            except OSError as error:
                # A link that is down sends nothing, and its host reaches nobody; where too much is on its way already
                # (`backlog`), the kernel drops more.
                if error.errno not in (errno.ENETDOWN, errno.ENOBUFS):
                    raise
        late = _QUESTIONS * self.impaired.round_trip(self.hosts[0].place[0], _SMALL) if self.impaired else 0
        patience += len(asked) * (_PATIENCE_EACH + 2 * self.impaired.one_by_one(_SMALL))
        self.capture.until(wanted, hear, patience + late, quiet + late)

    def _fail(self, sender: Place, target: Place, what: str, seen: str) -> None:
        self.failures.append(Failure(self._node(sender), self._node(target), what, seen))

    def _node(self, place: Place) -> str:
        return self.lab.node_of(place[0])


def _fitting(entries: int) -> int:
    """How many pairs, each of so many entries, leave a quarter of the room that the neighbour tables still have."""
    with RouteSocket() as route:
        free = [room.most - room.entries for name, room in rooms(route).items() if name in _TABLES]
    return max(_LEAST_AT_ONCE, min(free, default=0) * 3 // 4 // entries // 2 * 2)


def _question(one: Host, other: Host) -> Probe:
    """A frame to all."""
    if one.version == 4:
        return ArpRequest(End(one.mac, _NO_ADDRESS), other.end)
    return ask(one.end, other.end)


def direct(one: Host, other: Host) -> Probe:
    """The question for one host alone, that leaves as little behind as can be."""
    if one.vtep.proxies:
        return Echo(one.end, other.end)
    if one.version == 4:
        return ArpRequest(End(one.mac, _NO_ADDRESS), other.end, other.mac)
    return ask(one.end, other.end, to=other.mac)


def _hears(one: Host, other: Host) -> bool:
    """Whether a frame to all of one host has to reach another."""
    if one.place == other.place or one.vtep.proxies:
        return False
    if one.vtep is other.vtep:
        return True
    floods = {(to.address, to.vni) for to in one.vtep.flood_list}
    return bool(floods & other.vtep.listens_to)


def _overhears(one: Host, other: Host, at: Vtep | None) -> bool:
    """Whether nobody behind a VTEP may hear what one host sends to another. The sender's own bridge may flood."""
    if at is one.vtep:
        return False
    learns = one.vtep.learns and not one.vtep.proxies
    return learns or one.vtep.static_entry(other.mac) is not None or one.vtep is other.vtep


def _known(vtep: Vtep, entries: Iterable[Learned]) -> dict[str, list[Learned]]:
    """What a VTEP knows, by MAC."""
    index, known = index_of(vtep.namespace, vtep.device.name), dict[str, list[Learned]]()
    for entry in entries:
        if entry.index == index and entry.of_tunnel and vtep.of_vni in (None, entry.src_vni):
            known.setdefault(entry.mac, []).append(entry)
    return known


def _wrong(vtep: Vtep, host: Host, entries: list[Learned]) -> str:
    """What is not as it must be about what a VTEP knows of a host behind another one; empty where all is right."""
    static = vtep.static_entry(host.mac)
    right = {static.address} if static else set(host.vtep.addresses)
    told = ", ".join(entry.dst for entry in entries)
    if static or (vtep.learns and _teaches(host, vtep)):
        if not entries:
            return f"it has no FDB entry for {host.mac}"
        return "" if all(entry.dst in right for entry in entries) else f"it has {host.mac} behind {told}"
    return f"it has {host.mac} behind {told}, and should not" if entries and not vtep.learns else ""


def _teaches(host: Host, vtep: Vtep) -> bool:
    """Whether a frame to all of a host comes to a VTEP."""
    floods = {(to.address, to.vni) for to in host.vtep.flood_list}
    return not host.vtep.proxies and bool(floods & vtep.listens_to)
