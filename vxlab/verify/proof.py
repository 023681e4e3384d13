"""The proof of a lab: one exchange in every segment, watched on all links at once, and what it shows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from vxlab.kernel.apply import apply
from vxlab.kernel.read import Actual, Entry, read, read_fdb
from vxlab.lab.errors import LabError
from vxlab.lab.record import Record
from vxlab.packets.capture import Capture, Caught, Place, send
from vxlab.packets.craft import PADDING, arp_request
from vxlab.packets.dissect import carries_arp, dissect
from vxlab.plan import Action, Plan, Step, plan
from vxlab.state.kinds import FDB
from vxlab.state.model import Resource
from vxlab.verify.evidence import Evidence, is_reply
from vxlab.verify.learning import Check, Exchange, checks, isolation
from vxlab.verify.overlay import Host, Segment, segments

PATIENCE = 2.0
"""Seconds to wait for the reply: hosts on one machine answer within milliseconds."""

QUIET = 0.05
"""Seconds without a frame after which the exchange is over."""


@dataclass(frozen=True)
class Proof:
    """What one exchange in one segment showed."""

    vni: int
    sender: str
    target: str
    steps: tuple[Check, ...]
    isolation: Check | None
    flushed: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    @property
    def checks(self) -> Iterator[Check]:
        yield from self.steps
        if self.isolation:
            yield self.isolation

    def to_json(self) -> dict[str, Any]:
        return {
            "vni": self.vni,
            "sender": self.sender,
            "target": self.target,
            "passed": self.passed,
            "flushed": list(self.flushed),
            "steps": [{"number": n, **_check_json(check)} for n, check in enumerate(self.steps, start=1)],
            "isolation": _check_json(self.isolation) if self.isolation else None,
        }


def _check_json(check: Check) -> dict[str, Any]:
    return {**asdict(check), "evidence": [fact.data | {"text": fact.text} for fact in check.evidence]}


@dataclass(frozen=True)
class Verdict:
    """The proofs of all segments, and where the lab is not as its file says."""

    lab: str
    proofs: tuple[Proof, ...]
    unproved: tuple[str, ...]
    drift: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return bool(self.proofs) and all(proof.passed for proof in self.proofs)

    def to_json(self) -> dict[str, Any]:
        return {
            "lab": self.lab,
            "passed": self.passed,
            "proofs": [proof.to_json() for proof in self.proofs],
            "unproved": list(self.unproved),
            "drift": list(self.drift),
        }


def prove(lab: Record, progress: Callable[[str], None] | None = None) -> Verdict:
    """Prove learning and isolation in every segment that has two hosts behind different VTEPs.

    Raises:
        LabError: no segment has, or the lab is not up as a whole.
        OSError: the kernel refused.
    """
    parts = segments(lab.state)
    proofs: list[Proof] = []
    unproved: list[str] = []
    drift = plan(read(lab.namespaces, lab.state).state, lab.state)
    for segment in parts:
        pair = segment.pair()
        if pair is None:
            unproved.append(f"VNI {segment.vni} has no two IPv4 hosts of one subnet behind different VTEPs")
            continue
        if progress:
            progress(f"VNI {segment.vni}: {lab.node_of(pair[0].place[0])} asks for {lab.node_of(pair[1].place[0])}")
        try:
            proofs.append(_prove(lab, segment, pair, parts))
        except OSError as error:
            what = f"VNI {segment.vni} cannot be watched: {error.strerror}"
            raise LabError(f"{what}. The lab is not as its file says; {_told(lab, drift)}") from error
    if not proofs:
        nothing = f"lab {lab.name} has no segment, and so nothing to prove: no VXLAN device has its own VNI"
        raise LabError("; ".join(unproved) or nothing)
    return Verdict(lab.name, tuple(proofs), tuple(unproved), tuple(_steps(lab, drift)))


def _steps(lab: Record, drift: Plan) -> Iterator[str]:
    return (f"{lab.node_of(step.namespace)}: {step.describe()}" for step in drift)


def _told(lab: Record, drift: Plan) -> str:
    return f"`vxlab up` would: {'; '.join(_steps(lab, drift))}" if drift else "but it has all that was asked for"


def _prove(lab: Record, segment: Segment, pair: tuple[Host, Host], parts: Iterable[Segment]) -> Proof:
    sender, target = pair
    namespaces = sorted({vtep.namespace for vtep in segment.vteps})
    before = read(namespaces)
    stale = [entry for entry in before.fdb if _is_stale(entry, segment, {sender.mac, target.mac})]
    _flush(stale, before)
    padding = os.urandom(PADDING)
    ports = {vtep.port for part in parts for vtep in part.vteps}
    caught = _exchange(sender, target, padding, _places(parts), ports)
    evidence = Evidence(caught, read_fdb(namespaces), ports, lab.node_of)
    exchange = Exchange(sender, target, padding, evidence, lab.node_of)
    members = {host.place for host in segment.hosts}
    others = [host for part in parts for host in part.hosts if host.place not in members]
    return Proof(
        segment.vni,
        lab.node_of(sender.place[0]),
        lab.node_of(target.place[0]),
        tuple(checks(exchange)),
        isolation(exchange, segment.vni, others) if others else None,
        tuple(evidence.entry_fact(entry).text for entry in stale),
    )


def _is_stale(entry: Entry, segment: Segment, macs: set[str]) -> bool:
    """What a VTEP learned of the two hosts before: learning is proved from a table without it."""
    devices = {(vtep.namespace, vtep.device.name) for vtep in segment.vteps}
    return (entry.namespace, entry.link) in devices and entry.mac in macs and not entry.permanent


def _flush(entries: Iterable[Entry], actual: Actual) -> None:
    steps = []
    for entry in entries:
        values = {"link": entry.link, "mac": entry.mac, "dst": entry.dst}
        steps.append(Step(Action.DELETE, Resource(FDB, entry.namespace, values)))
    apply(Plan(tuple(steps)), actual.indexes)


def _places(parts: Iterable[Segment]) -> Iterator[Place]:
    """Every link of a host, and every underlay link of a VTEP."""
    for part in parts:
        yield from (host.place for host in part.hosts)
        yield from ((vtep.namespace, link) for vtep in part.vteps for link in vtep.underlay_links)


def _exchange(sender: Host, target: Host, padding: bytes, places: Iterable[Place], ports: set[int]) -> list[Caught]:
    def enough(caught: Caught) -> bool:
        content = dissect(caught.frame, ports) if caught.place == sender.place else None
        return content is not None and content.outer is None and is_reply(content.arp, sender, target)

    with Capture(places) as capture:
        send(sender.place, arp_request(sender.mac, sender.address, target.address, padding))
        return capture.until(carries_arp, enough, PATIENCE, QUIET)
