"""VLANs and VNIs: each VTEP maps as its file says, and leaves no tag in what it encapsulates (RFC 7348 section 6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vxlab.verify.check import Check, check, few
from vxlab.verify.evidence import Fact, Sighting
from vxlab.verify.exchange import Exchange
from vxlab.verify.overlay import Segment, Vtep
from vxlab.verify.scene import Scene

OF_VLANS = ("VLAN and VNI", "tag taken off")
"""The names of the checks."""


def checks(exchanges: Iterable[Exchange], segment: Segment) -> Iterator[Check]:
    """What the VTEPs of a segment do with tags; nothing where none of them has VLANs."""
    found = list(exchanges)
    if any(vtep.vlan for vtep in segment.vteps):
        yield _mapped(found[0].scene, segment)
        if found[0].sender.vtep is not found[0].target.vtep:
            yield _taken_off(found, segment)


def _mapped(scene: Scene, segment: Segment) -> Check:
    now = {vtep: _vlan(scene, vtep) for vtep in segment.vteps}
    wrong = [vtep for vtep, vlan in now.items() if vlan != vtep.vlan]
    claim = f"VNI {segment.vni} is {few([f'{_words(vtep.vlan)} on {scene.vtep(vtep)}' for vtep in segment.vteps])}"
    seen = few([f"it is {_words(now[vtep])} on {scene.vtep(vtep)}" for vtep in wrong])
    return Check(OF_VLANS[0], claim, not wrong, tuple(_fact(scene, vtep, now[vtep]) for vtep in now), seen)


def _vlan(scene: Scene, vtep: Vtep) -> int:
    """The VLAN that a VTEP has its VNI in now; 0 where it is none."""
    here = scene.mapped.get((vtep.namespace, vtep.device.name), ())
    return next((vlan for one in here if (vlan := one.vlan_of(vtep.vni))), 0)


def _words(vlan: int) -> str:
    return f"VLAN {vlan}" if vlan else "no VLAN"


def _fact(scene: Scene, vtep: Vtep, vlan: int) -> Fact:
    node, link = scene.vtep(vtep), vtep.device.name
    data = {"kind": "vlan", "node": node, "link": link, "vlan": vlan or None, "vni": vtep.vni}
    return Fact(f"{node} {link}: {_words(vlan)} = VNI {vtep.vni}", data)


def _taken_off(exchanges: list[Exchange], segment: Segment) -> Check:
    x = exchanges[0]
    sent = [sighting for one in exchanges for sighting in _encapsulated(one)]
    tagged = [sighting for sighting in sent if sighting.vlans]
    ends = dict.fromkeys(f"{_words(vtep.vlan)} of {x.scene.vtep(vtep)}" for vtep in (x.sender.vtep, x.target.vtep))
    claim = f"what is encapsulated of it has no tag: that of {' and '.join(ends)} is taken off first"
    vlans = sorted({vlan for sighting in tagged for vlan in sighting.vlans})
    seen = f"frames with the tag of VLAN {', '.join(map(str, vlans))} in them were sent with VNI {segment.vni}"
    if not sent:
        seen = "nothing of it was encapsulated"
    shown: list[Sighting] = tagged or sent[:1]
    return check(x.evidence, OF_VLANS[1], claim, bool(sent) and not tagged, shown, seen=seen)


def _encapsulated(x: Exchange) -> list[Sighting]:
    return [s for wanted in (x.probe.is_request, x.probe.is_reply) for s in x.evidence.encapsulated(wanted)]
