"""The proof of a segment: one host finds another, and from then on speaks with it alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from vxlab.packets.probe import Echo, ask
from vxlab.verify import learning, mtu, unicast, vlans
from vxlab.verify.check import Check
from vxlab.verify.entries import static_entries
from vxlab.verify.everyone import everyone
from vxlab.verify.evidence import Fact
from vxlab.verify.exchange import Exchange, exchange
from vxlab.verify.isolation import isolation
from vxlab.verify.overlay import Host, Segment
from vxlab.verify.proof import Job, Proof
from vxlab.verify.scene import Scene


def prove(scene: Scene, segment: Segment, sender: Host, target: Host, *, others: bool) -> Proof:
    """Prove learning, delivery, isolation and MTU between two hosts of a segment; afterwards the tables are as before.

    Args:
        scene: the lab.
        segment: where it happens.
        sender: the one.
        target: the other.
        others: whether all other hosts are asked too, at once.

    Raises:
        OSError: a link is not there or down, or the kernel refused to clear or restore a table.
    """
    macs, addresses = frozenset((sender.mac, target.mac)), frozenset((sender.address, target.address))
    tables = scene.tables(macs, addresses, frozenset(host.mac for host in segment.hosts))
    tables.clean()
    try:
        heard = [vtep for vtep in learning.hearers(sender.vtep, segment) if scene.is_here(vtep.namespace)]
        asked = ask(sender.end, target.end)
        again = tables.clean_again
        question = exchange(scene, sender, target, asked, vteps=segment.vteps, hearers=heard, again=again)
        resolved = learning.is_answered(question)
        echo = exchange(scene, sender, target, Echo(sender.end, target.end), answer=resolved)
        checks = [*_checks(scene, segment, question, echo, resolved=resolved)]
        if others and resolved:
            checks += everyone(scene, segment, sender, tables)
    finally:
        tables.restore()
    return Proof(
        scene,
        f"VNI {segment.vni}",
        segment.vni,
        sender,
        target,
        tuple(checks),
        tables,
        (question.evidence, echo.evidence),
    )


def job(scene: Scene, segment: Segment, sender: Host, target: Host, *, others: bool) -> Job:
    """The proof between two hosts, to be made later."""
    what = f"VNI {segment.vni}: {scene.host(sender)} asks for {scene.host(target)}"
    return what, partial(prove, scene, segment, sender, target, others=others)


def _checks(scene: Scene, segment: Segment, question: Exchange, echo: Exchange, *, resolved: bool) -> Iterator[Check]:
    sender, target = question.sender, question.target
    yield from learning.checks(question, segment)
    passing = unicast.checks(echo, segment, resolved=resolved)
    yield from passing
    if passing[0].passed and resolved:
        yield from mtu.checks(scene, sender, target)
    yield isolation((question, echo), segment)
    yield from vlans.checks((question, echo), segment)
    yield _one_mac_each(scene, segment)
    yield static_entries(scene, segment)


def _one_mac_each(scene: Scene, segment: Segment) -> Check:
    """Two hosts with one MAC make every VTEP learn it anew with each of their frames."""
    owners: dict[str, dict[str, set[str]]] = {}
    for host in segment.hosts:
        link = scene.actual.state.link(*host.place)
        mac = str(link.get("mac")) if link else host.mac
        where = f"{scene.host(host)}:{host.place[1]}"
        owners.setdefault(mac, {}).setdefault(where, set()).add(host.address)
    # An anycast gateway has one MAC and one address on every VTEP.
    shared = {mac: who for mac, who in owners.items() if len(who) > 1 and len({*map(frozenset, who.values())}) > 1}
    seen = "; ".join(f"{mac} is that of {' and '.join(who)}" for mac, who in shared.items())
    facts = tuple(
        Fact(f"{where} has {mac}", {"kind": "mac", "where": where, "mac": mac})
        for mac, who in shared.items()
        for where in who
    )
    return Check("one MAC per host", f"each host of VNI {segment.vni} has a MAC of its own", not shared, facts, seen)
