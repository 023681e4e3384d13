"""The six steps by which two hosts find each other across VXLAN (RFC 7348 section 4), each as a check.

    1  the sender's VTEP takes the ARP request, encapsulates it and floods it: to the group, or to each VTEP
    2  the far VTEP decapsulates it, learns where the sender is, and hands it to its hosts
    3  the host that is asked for answers
    4  its VTEP has learned where the answer goes, and sends it as unicast
    5  the sender's VTEP learns where the answer came from
    6  the answer reaches the sender

A VTEP with ``proxy`` does not let the request through: it answers from its neighbour table, and nothing is flooded or
learned. What to expect comes from the desired state; what was seen from captured frames and the FDB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from vxlab.kernel.read import Entry
from vxlab.packets.craft import BROADCAST
from vxlab.verify.evidence import Evidence, Fact, Frame, NodeOf, is_reply, is_request
from vxlab.verify.overlay import Destination, Host, Vtep


@dataclass(frozen=True)
class Check:
    """One claim: whether it holds, what shows it, and where it does not hold what was seen instead."""

    name: str
    claim: str
    passed: bool
    evidence: tuple[Fact, ...] = ()
    seen: str = ""


@dataclass(frozen=True)
class Exchange:
    """One ARP request and its answer, with all that was caught of it."""

    sender: Host
    target: Host
    padding: bytes
    evidence: Evidence
    node_of: NodeOf

    def is_request(self, frame: Frame) -> bool:
        return is_request(frame, self.sender, self.target, self.padding)

    def is_reply(self, frame: Frame) -> bool:
        return is_reply(frame.content.arp, self.sender, self.target)

    def vtep_name(self, host: Host) -> str:
        return self.node_of(host.vtep.namespace)

    def host_name(self, host: Host) -> str:
        return self.node_of(host.place[0])


def checks(exchange: Exchange) -> list[Check]:
    """The six steps, in order; those of a proxy where the sender's VTEP is one."""
    if exchange.sender.vtep.proxies:
        return [step(exchange) for step in (_vtep_answers, _nothing_crosses, _destination_known)]
    steps: tuple[Callable[[Exchange], Check], ...] = (
        _request_flooded,
        _far_vtep_learns,
        _target_answers,
        _reply_sent_back,
        _near_vtep_learns,
        _reply_delivered,
    )
    return [step(exchange) for step in steps]


def _request_flooded(x: Exchange) -> Check:
    vtep = x.sender.vtep
    wanted = x.is_request
    plain, sent = x.evidence.plain(x.sender.place, wanted), x.evidence.sent(vtep, wanted)
    receivers = _each(vtep.flood_list)
    claim = (
        f"{x.vtep_name(x.sender)} takes {x.host_name(x.sender)}'s broadcast ARP request, "
        f"encapsulates it with VNI {vtep.vni} and floods it to {receivers}"
    )
    asked = bool(plain) and all(frame.content.arp and frame.content.arp.mac_dst == BROADCAST for frame in plain)
    passed = asked and _is_sent(sent, vtep, vtep.flood_list)
    seen = _sent_instead(sent) if asked else f"the request was not seen on {x.host_name(x.sender)}'s link"
    return _check(x, "request flooded", claim, passed, plain + sent, seen=seen)


def _far_vtep_learns(x: Exchange) -> Check:
    vtep, mac = x.target.vtep, x.sender.mac
    wanted = x.is_request
    arrived, delivered = x.evidence.received(vtep, wanted), x.evidence.plain(x.target.place, wanted)
    name, sender = x.vtep_name(x.target), x.host_name(x.sender)
    claim = f"{name} decapsulates the request, {_learning_claim(x, vtep, x.sender)}, and hands it to its hosts"
    entries = x.evidence.learned(vtep, mac)
    passed = bool(arrived) and bool(delivered) and _is_learned(vtep, x.sender, x)
    if not arrived:
        seen = f"no copy of the request reached {name}'s underlay link"
    elif not delivered:
        seen = f"{name} got the request and handed nothing to {x.host_name(x.target)}{_foreign(arrived, vtep)}"
    else:
        seen = _not_learned(x, vtep, sender, mac)
    return _check(x, "far VTEP learns", claim, passed, arrived + delivered, entries, seen)


def _target_answers(x: Exchange) -> Check:
    replies = x.evidence.plain(x.target.place, x.is_reply)
    target, sender = x.host_name(x.target), x.host_name(x.sender)
    claim = f"{target} answers, to {sender}'s MAC address alone"
    passed = bool(replies) and all(frame.content.arp and frame.content.arp.mac_dst == x.sender.mac for frame in replies)
    return _check(x, "target answers", claim, passed, replies, seen=f"no ARP reply on {target}'s link")


def _reply_sent_back(x: Exchange) -> Check:
    vtep = x.target.vtep
    sent = x.evidence.sent(vtep, x.is_reply)
    name = x.vtep_name(x.target)
    static = vtep.static_entry(x.sender.mac)
    if vtep.learns or static:
        receivers = (static,) if static else tuple(map(vtep.towards, x.sender.vtep.addresses))
        where = ", ".join(receiver.address for receiver in receivers)
        claim = f"{name} sends the reply as unicast to {x.vtep_name(x.sender)} ({where}) alone"
        passed = any(_is_sent(sent, vtep, (receiver,), once=False) for receiver in receivers)
    else:
        receivers = vtep.flood_list
        claim = f"{name}, which does not learn, floods the reply to {_each(receivers)}"
        passed = _is_sent(sent, vtep, receivers, once=False)
    return _check(x, "reply sent back", claim, passed, sent, seen=_sent_instead(sent))


def _near_vtep_learns(x: Exchange) -> Check:
    vtep, mac = x.sender.vtep, x.target.mac
    arrived = x.evidence.received(vtep, x.is_reply)
    name = x.vtep_name(x.sender)
    claim = f"{name} takes the reply and {_learning_claim(x, vtep, x.target)}"
    entries = x.evidence.learned(vtep, mac)
    passed = bool(arrived) and _is_learned(vtep, x.target, x)
    seen = _not_learned(x, vtep, x.host_name(x.target), mac) if arrived else f"the reply did not reach {name}"
    return _check(x, "near VTEP learns", claim, passed, arrived, entries, seen)


def _reply_delivered(x: Exchange) -> Check:
    delivered = x.evidence.plain(x.sender.place, x.is_reply)
    sender = x.host_name(x.sender)
    claim = f"{sender} gets the reply: it knows {x.target.address} is at {x.target.mac}"
    right = [frame for frame in delivered if frame.content.arp and frame.content.arp.sender_mac == x.target.mac]
    seen = f"no reply on {sender}'s link"
    if delivered and not right:
        seen = f"a reply from another MAC address: {delivered[0].content.text}"
    return _check(x, "reply delivered", claim, bool(right), delivered, seen=seen)


def _vtep_answers(x: Exchange) -> Check:
    asked, delivered = x.evidence.plain(x.sender.place, x.is_request), x.evidence.plain(x.sender.place, x.is_reply)
    name, sender, target = x.vtep_name(x.sender), x.host_name(x.sender), x.host_name(x.target)
    claim = f"{name} answers {sender} itself: {x.target.address} is at {x.target.mac}, which it knows of {target}"
    right = [frame for frame in delivered if frame.content.arp and frame.content.arp.sender_mac == x.target.mac]
    seen = f"a reply from another MAC address: {delivered[0].content.text}" if delivered else f"no reply for {sender}"
    return _check(x, "VTEP answers", claim, bool(right), asked + delivered, seen=seen)


def _nothing_crosses(x: Exchange) -> Check:
    crossing = [f for wanted in (x.is_request, x.is_reply) for f in x.evidence.sent(x.sender.vtep, wanted)]
    arrived = x.evidence.plain(x.target.place, x.is_request)
    target = x.host_name(x.target)
    claim = f"nothing of it crosses the underlay, and {target} is not asked"
    seen = _sent_instead(crossing) if crossing else f"the request reached {target}"
    return _check(x, "nothing crosses", claim, not crossing and not arrived, crossing + arrived, seen=seen)


def _destination_known(x: Exchange) -> Check:
    vtep, mac = x.sender.vtep, x.target.mac
    name, static = x.vtep_name(x.sender), vtep.static_entry(x.target.mac)
    where = f"{x.host_name(x.target)} ({mac}) is behind {x.vtep_name(x.target)} ({', '.join(x.target.vtep.addresses)})"
    claim = f"{name} knows from its file that {where}"
    entries = x.evidence.known(vtep, mac)
    passed = static is not None and static.address in x.target.vtep.addresses
    passed = passed and any(entry.permanent and static and entry.dst == static.address for entry in entries)
    return _check(x, "destination known", claim, passed, (), entries, _not_learned(x, vtep, x.host_name(x.target), mac))


def isolation(x: Exchange, vni: int, others: Iterable[Host]) -> Check:
    """No host of another segment sees anything of the exchange."""
    wanted = x.is_request, x.is_reply
    places = list(dict.fromkeys(host.place for host in others))
    leaks = [frame for place in places for test in wanted for frame in x.evidence.plain(place, test)]
    names = ", ".join(x.node_of(namespace) for namespace, _ in places)
    claim = f"nothing of it is seen by the hosts of other segments than VNI {vni}: {names}"
    where = ", ".join(sorted({x.node_of(frame.caught.place[0]) for frame in leaks}))
    return _check(x, "isolation", claim, not leaks, leaks, seen=f"frames of VNI {vni} reached {where}")


def _check(
    x: Exchange,
    name: str,
    claim: str,
    passed: bool,
    frames: Iterable[Frame],
    entries: Iterable[Entry] = (),
    seen: str = "",
) -> Check:
    facts = (*map(x.evidence.frame_fact, frames), *map(x.evidence.entry_fact, entries))
    return Check(name, claim, passed, facts, "" if passed else seen)


def _each(receivers: tuple[Destination, ...]) -> str:
    if not receivers:
        return "nobody: it has no group and no flood list"
    return " and to ".join(receiver.address for receiver in receivers)


def _is_sent(sent: list[Frame], vtep: Vtep, receivers: tuple[Destination, ...], once: bool = True) -> bool:
    """Whether each receiver and nobody else was sent a copy, from this VTEP's address, to its port, with its VNI.

    ``once``: and no second one. A host that is asked by others too answers more than once.
    """
    outers = [frame.content.outer for frame in sent if frame.content.outer]
    from_here = all(outer.src in vtep.addresses for outer in outers)
    there = [Destination(o.dst, o.port, o.vni) for o in outers]
    return from_here and sorted(there if once else set(there)) == sorted(receivers)


def _sent_instead(sent: list[Frame]) -> str:
    if not sent:
        return "nothing of it was sent into the underlay"
    outers = [frame.content.outer for frame in sent if frame.content.outer]
    return "it was sent " + ", ".join(f"from {o.src} to {o.dst} port {o.port} with VNI {o.vni}" for o in outers)


def _foreign(arrived: list[Frame], vtep: Vtep) -> str:
    """What is wrong with copies that arrived and were not taken."""
    vnis = {frame.content.outer.vni for frame in arrived if frame.content.outer} - {vtep.vni}
    return f": the copies carry VNI {', '.join(map(str, vnis))}" if vnis else ""


def _learning_claim(x: Exchange, vtep: Vtep, host: Host) -> str:
    where = f"{x.host_name(host)} ({host.mac}) is behind {x.vtep_name(host)} ({', '.join(host.vtep.addresses)})"
    if vtep.static_entry(host.mac):
        return f"knows from its file that {where}"
    return f"learns that {where}" if vtep.learns else f"learns nothing, as its file says, of {host.mac}"


def _is_learned(vtep: Vtep, host: Host, x: Exchange) -> bool:
    entries = x.evidence.learned(vtep, host.mac)
    if static := vtep.static_entry(host.mac):
        return any(entry.dst == static.address for entry in x.evidence.known(vtep, host.mac))
    if not vtep.learns:
        return not entries
    return bool(entries) and all(entry.dst in host.vtep.addresses for entry in entries)


def _not_learned(x: Exchange, vtep: Vtep, host: str, mac: str) -> str:
    known = list(_where(x.evidence, vtep, mac))
    name = x.node_of(vtep.namespace)
    return f"{name} has {host} ({mac}) behind {', '.join(known)}" if known else f"{name} has no FDB entry for {mac}"


def _where(evidence: Evidence, vtep: Vtep, mac: str) -> Iterator[str]:
    for entry in evidence.known(vtep, mac):
        yield f"{entry.dst} ({'permanent' if entry.permanent else 'learned'})"
