"""Two hosts that the file keeps apart: nothing of what one sends for the other gets there."""

from __future__ import annotations

from collections.abc import Iterable

from vxlab.packets.probe import Echo, Probe, ask
from vxlab.verify.check import Check, check
from vxlab.verify.evidence import Evidence, Sighting
from vxlab.verify.exchange import observe
from vxlab.verify.overlay import Station
from vxlab.verify.proof import Proof
from vxlab.verify.scene import Scene


def prove(scene: Scene, sender: Station, target: Station) -> Proof:
    """Ask for the target and ping its MAC address, and see that neither arrives.

    Raises:
        OSError: a link is not there or down.
    """
    macs, addresses = frozenset((sender.mac, target.mac)), frozenset((sender.address, target.address))
    tables = scene.tables(macs, addresses)
    tables.clean()
    try:
        seen = [_seen(scene, sender, probe) for probe in (ask(sender.end, target.end), Echo(sender.end, target.end))]
    finally:
        tables.restore()
    what = f"{scene.host(sender)} and {scene.host(target)} are apart"
    checks = (_nothing_arrives(scene, sender, target, seen),)
    return Proof(scene, what, None, sender, target, checks, tables, tuple(seen))


def _seen(scene: Scene, sender: Station, probe: Probe) -> Evidence:
    caught = observe(scene, probe, sender.place, lambda: scene.capture.send(sender.place, probe.frame), answer=False)
    return Evidence(scene, probe, caught, {})


def _nothing_arrives(scene: Scene, sender: Station, target: Station, seen: Iterable[Evidence]) -> Check:
    one, other = scene.host(sender), scene.host(target)
    sent: list[Sighting] = []
    arrived: list[Sighting] = []
    for evidence in seen:
        arrived += evidence.plain(target.place, evidence.probe.is_request)
        sent += evidence.plain(sender.place, evidence.probe.is_request)
    claim = f"no frame of {one} reaches {other}: the file describes no way between them"
    told = f"{len(arrived)} frames of it reached {other}" if sent else f"{one}'s link sent nothing"
    last = [*seen][-1]
    return check(last, "kept apart", claim, bool(sent) and not arrived, sent + arrived, seen=told)
