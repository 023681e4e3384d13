"""How two hosts find each other across VXLAN (RFC 7348 section 4), each step a check.

    1  the sender's VTEP takes the question (ARP or ND), encapsulates it and floods it: to the group, or to each VTEP
    2  every VTEP that is to have a copy gets one, and one alone
    3  the target's VTEP decapsulates it, learns where the sender is, and hands it to its hosts
    4  the host that is asked for answers
    5  its VTEP has learned where the answer goes, and sends it as unicast
    6  the sender's VTEP learns where the answer came from
    7  the answer reaches the sender

A VTEP with ``proxy`` does not let the question through: it answers from its neighbour table, and nothing is flooded or
learned. One that floods to nobody lets it end there. What to expect comes from the desired state; what was seen from
captured frames and the FDB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vxlab.packets.groups import group_mac, is_group
from vxlab.packets.probe import mac_of
from vxlab.verify.check import Check, check, each, few, is_sent, sent_instead
from vxlab.verify.evidence import Sighting
from vxlab.verify.exchange import Exchange
from vxlab.verify.overlay import Host, Segment, Vtep

Step = Callable[[Exchange, Segment], Check]


def checks(x: Exchange, segment: Segment) -> list[Check]:
    """The steps of one question that was sent from a clean table, in order."""
    vtep = x.sender.vtep
    steps: tuple[Step, ...] = _STEPS if x.scene.is_here(x.target.vtep.namespace) else _STEPS_FROM_HERE
    if vtep == x.target.vtep:
        flooded = (_request_flooded, _copies_arrive) if vtep.flood_list and not vtep.proxies else (_stays_local,)
        steps = (*flooded, _target_answers, _reply_stays, _reply_delivered)
    elif vtep.proxies:
        # One that floods what it does not know may do without.
        needs = vtep.static_entry(x.target.mac) or not vtep.flood_list
        steps = (_vtep_answers, _nothing_crosses, *([_destination_known] if needs else []))
    elif not vtep.flood_list:
        steps = (_nothing_crosses,)
    return [step(x, segment) for step in steps]


def is_answered(x: Exchange) -> bool:
    """Whether the file lets the question be answered at all."""
    vtep = x.sender.vtep
    return vtep.proxies or bool(vtep.flood_list) or vtep == x.target.vtep


def hearers(vtep: Vtep, segment: Segment) -> tuple[Vtep, ...]:
    """The other VTEPs that what a VTEP floods is for, wherever they are."""
    if vtep.proxies:
        return ()
    floods = {(to.address, to.vni) for to in vtep.flood_list}
    return tuple(other for other in segment.others(vtep) if other.listens_to & floods)


def _request_flooded(x: Exchange, _: Segment) -> Check:
    vtep, evidence = x.sender.vtep, x.evidence
    asked, sent = x.asked(x.sender), evidence.sent(vtep, x.probe.is_request)
    host = x.scene.host(x.sender)
    claim = (
        f"{x.scene.vtep(vtep)} takes {host}'s question to all, encapsulates it with VNI {vtep.vni} "
        f"and floods it to {each(vtep.flood_list)}"
    )
    right_mac = all(map(_has_group_mac, sent))
    passed = bool(asked) and is_sent(sent, vtep, vtep.flood_list) and right_mac
    seen = sent_instead(sent) if right_mac else f"{sent_instead(sent)}, with MAC {mac_of(sent[0].caught.frame, 0)}"
    if not asked:
        seen = f"the question was not seen on {host}'s link"
    return check(evidence, "request flooded", claim, passed, asked + sent, seen=seen)


def _has_group_mac(sighting: Sighting) -> bool:
    """Whether a frame to a group is for the group's MAC, and any other for that of one station (RFC 1112 6.4)."""
    assert sighting.envelope  # noqa: S101  it was asked for those
    dst, mac = sighting.envelope.dst, mac_of(sighting.caught.frame, 0)
    return mac == group_mac(dst) if is_group(dst) else not int(mac[:2], 16) & 1


def _copies_arrive(x: Exchange, segment: Segment) -> Check:
    """Each VTEP that the flood is for gets it once. Who is not in the segment is of no interest here."""
    vtep, evidence = x.sender.vtep, x.evidence
    copies = {other: evidence.received(other, x.probe.is_request) for other in segment.others(vtep)}
    wanted = {*hearers(vtep, segment)}
    wrong = [other for other, got in copies.items() if len(got) != (other in wanted)]
    names = few([x.scene.vtep(other) for other in copies if other in wanted])
    claim = f"one copy of it reaches {names or 'no other VTEP'}, and no VTEP gets a second one"
    seen = ", ".join(f"{x.scene.vtep(other)} got {len(copies[other])}" for other in wrong)
    frames = [sighting for got in copies.values() for sighting in got]
    return check(evidence, "one copy per VTEP", claim, not wrong, frames, seen=seen)


def _far_vtep_learns(x: Exchange, _: Segment) -> Check:
    vtep, mac, evidence = x.target.vtep, x.sender.mac, x.evidence
    arrived, delivered = evidence.received(vtep, x.probe.is_request), x.asked(x.target)
    name, target = x.scene.vtep(vtep), x.scene.host(x.target)
    claim = f"{name} decapsulates the question, {_learning_claim(x, vtep, x.sender)}, and hands it to {target}"
    passed = bool(arrived) and bool(delivered) and _is_learned(vtep, x.sender, x)
    if not arrived:
        seen = f"no copy of the question reached {name}'s underlay link"
    elif not delivered:
        seen = f"{name} got the question and handed nothing to {target}{_foreign(arrived, vtep)}"
    else:
        seen = _not_learned(x, vtep, x.sender)
    entries = evidence.learned(vtep, mac)
    return check(evidence, "far VTEP learns", claim, passed, arrived + delivered, entries, seen)


def _target_answers(x: Exchange, _: Segment) -> Check:
    replies = x.answered(x.target)
    target, sender = x.scene.host(x.target), x.scene.host(x.sender)
    claim = f"{target} answers, to {sender}'s MAC address alone"
    passed = bool(replies) and all(mac_of(reply.inner, 0) == x.sender.mac for reply in replies)
    seen = f"it answered to {mac_of(replies[0].inner, 0)}" if replies else f"no answer on {target}'s link"
    return check(x.evidence, "target answers", claim, passed, replies, seen=seen)


def _reply_sent_back(x: Exchange, _: Segment) -> Check:
    vtep = x.target.vtep
    sent = x.evidence.sent(vtep, x.probe.is_reply)
    claim, passed = goes_to(x, vtep, x.sender, "the answer", sent)
    return check(x.evidence, "reply sent back", claim, passed, sent, seen=sent_instead(sent))


def goes_to(
    x: Exchange, vtep: Vtep, host: Host, what: str, sent: list[Sighting], *, heard: bool = True
) -> tuple[str, bool]:
    """What a VTEP is to do with a frame for a host, and whether that is what it sent.

    ``heard``: whether a frame from the host has come to it.
    """
    name, static = x.scene.vtep(vtep), vtep.static_entry(host.mac)
    if vtep == host.vtep:
        return f"{name} keeps {what} to itself: {x.scene.host(host)} is behind it", not sent
    if static or (vtep.learns and heard):
        receivers = (static,) if static else tuple(map(vtep.towards, host.vtep.addresses))
        where = ", ".join(receiver.address for receiver in receivers)
        how = "knows from its file, and sends" if static else "has learned, and sends"
        claim = f"{name} {how} {what} as unicast to {x.scene.vtep(host.vtep)} ({where}) alone"
        return claim, any(is_sent(sent, vtep, (receiver,), once=False) for receiver in receivers)
    why = "has not heard of it yet" if vtep.learns else "does not learn"
    claim = f"{name}, which {why}, floods {what} to {each(vtep.flood_list)}"
    return claim, is_sent(sent, vtep, vtep.flood_list, once=False)


def _reply_stays(x: Exchange, _: Segment) -> Check:
    sent = x.evidence.encapsulated(x.probe.is_reply)
    claim, passed = goes_to(x, x.target.vtep, x.sender, "the answer", sent)
    return check(x.evidence, "reply stays", claim, passed, sent, seen=sent_instead(sent))


def _near_vtep_learns(x: Exchange, _: Segment) -> Check:
    vtep, mac = x.sender.vtep, x.target.mac
    arrived = x.evidence.received(vtep, x.probe.is_reply)
    name = x.scene.vtep(vtep)
    claim = f"{name} takes the answer and {_learning_claim(x, vtep, x.target)}"
    passed = bool(arrived) and _is_learned(vtep, x.target, x)
    seen = _not_learned(x, vtep, x.target) if arrived else f"the answer did not reach {name}"
    return check(x.evidence, "near VTEP learns", claim, passed, arrived, x.evidence.learned(vtep, mac), seen)


def _reply_delivered(x: Exchange, _: Segment) -> Check:
    claim = f"{x.scene.host(x.sender)} gets the answer: it knows {x.target.address} is at {x.target.mac}"
    return _answer(x, "reply delivered", claim, f"no answer on {x.scene.host(x.sender)}'s link")


def _vtep_answers(x: Exchange, _: Segment) -> Check:
    name, sender, target = x.scene.vtep(x.sender.vtep), x.scene.host(x.sender), x.scene.host(x.target)
    claim = f"{name} answers {sender} itself: {x.target.address} is at {x.target.mac}, which it knows of {target}"
    return _answer(x, "VTEP answers", claim, f"no answer for {sender}")


def _answer(x: Exchange, name: str, claim: str, nothing: str) -> Check:
    """Whether an answer reached the sender, and it is from the target's MAC: what the message says, not the frame."""
    delivered = x.answered(x.sender)
    right = [reply for reply in delivered if x.probe.answer(reply.inner) == x.target.mac]
    others = {x.probe.answer(reply.inner) for reply in delivered} - {x.target.mac}
    seen = f"an answer that names {', '.join(sorted(others))}" if others else nothing
    passed = bool(right) and not others
    return check(x.evidence, name, claim, passed, x.asked(x.sender) + delivered, seen=seen)


def _stays_local(x: Exchange, _: Segment) -> Check:
    crossing = x.evidence.encapsulated(x.probe.is_request)
    asked = x.asked(x.target)
    host = x.scene.host(x.target)
    claim = f"the bridge hands the question to {host}, and nothing of it crosses the underlay"
    seen = sent_instead(crossing) if crossing else f"the question did not reach {host}"
    return check(x.evidence, "question stays", claim, bool(asked) and not crossing, asked + crossing, seen=seen)


def _nothing_crosses(x: Exchange, _: Segment) -> Check:
    crossing = [s for wanted in (x.probe.is_request, x.probe.is_reply) for s in x.evidence.encapsulated(wanted)]
    arrived = x.asked(x.target)
    target = x.scene.host(x.target)
    claim = f"nothing of the question crosses the underlay, and {target} is not asked"
    seen = sent_instead(crossing) if crossing else f"the question reached {target}"
    passed = not crossing and not arrived and bool(x.asked(x.sender))
    return check(x.evidence, "nothing crosses", claim, passed, crossing + arrived, seen=seen)


def _destination_known(x: Exchange, _: Segment) -> Check:
    vtep, mac = x.sender.vtep, x.target.mac
    static = vtep.static_entry(mac)
    claim = f"{x.scene.vtep(vtep)} knows from its file that {_where_is(x, x.target)}"
    entries = x.evidence.known(vtep, mac)
    passed = static is not None and static.address in x.target.vtep.addresses
    passed = passed and any(not entry.learned and static and entry.dst == static.address for entry in entries)
    seen = _not_learned(x, vtep, x.target)
    return check(x.evidence, "destination known", claim, passed, (), entries, seen)


_STEPS: tuple[Step, ...] = (
    _request_flooded,
    _copies_arrive,
    _far_vtep_learns,
    _target_answers,
    _reply_sent_back,
    _near_vtep_learns,
    _reply_delivered,
)
_STEPS_FROM_HERE: tuple[Step, ...] = (_request_flooded, _reply_sent_back, _near_vtep_learns, _reply_delivered)
"""Those that are seen where the sender is, of a target on another machine: the others are for who runs it there."""


def _foreign(arrived: list[Sighting], vtep: Vtep) -> str:
    """What is wrong with copies that arrived and were not taken."""
    vnis = {s.envelope.vni for s in arrived if s.envelope} - {vtep.vni}
    return f": the copies carry VNI {', '.join(map(str, vnis))}" if vnis else ""


def _where_is(x: Exchange, host: Host) -> str:
    return f"{x.scene.host(host)} ({host.mac}) is behind {x.scene.vtep(host.vtep)} ({', '.join(host.vtep.addresses)})"


def _learning_claim(x: Exchange, vtep: Vtep, host: Host) -> str:
    if vtep.static_entry(host.mac):
        return f"knows from its file that {_where_is(x, host)}"
    return f"learns that {_where_is(x, host)}" if vtep.learns else f"learns nothing, as its file says, of {host.mac}"


def _is_learned(vtep: Vtep, host: Host, x: Exchange) -> bool:
    entries = x.evidence.learned(vtep, host.mac)
    if static := vtep.static_entry(host.mac):
        return any(entry.dst == static.address for entry in x.evidence.known(vtep, host.mac))
    if not vtep.learns:
        return not entries
    return bool(entries) and all(entry.dst in host.vtep.addresses for entry in entries)


def _not_learned(x: Exchange, vtep: Vtep, host: Host) -> str:
    known = list(_where(x, vtep, host.mac))
    name, of = x.scene.vtep(vtep), f"{x.scene.host(host)} ({host.mac})"
    return f"{name} has {of} behind {', '.join(known)}" if known else f"{name} has no FDB entry for {host.mac}"


def _where(x: Exchange, vtep: Vtep, mac: str) -> Iterator[str]:
    for entry in x.evidence.known(vtep, mac):
        yield f"{entry.dst} ({'learned' if entry.learned else 'permanent'})"
