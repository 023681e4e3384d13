"""The FDB entries that a file gives to VTEPs: all of them are there, and no other that stays."""

from __future__ import annotations

from vxlab.kernel.learned import Learned
from vxlab.verify.check import Check
from vxlab.verify.evidence import Fact
from vxlab.verify.overlay import Destination, Segment, Vtep
from vxlab.verify.scene import Scene

_MOST = 6


def static_entries(scene: Scene, segment: Segment) -> Check:
    """Whether the FDB of every VTEP of a segment is as its file says, but for what was learned."""
    here = [vtep for vtep in segment.vteps if scene.is_here(vtep.namespace)]
    wrong = [fact for vtep in here for fact in _differences(scene, vtep)]
    count = sum(len(vtep.all_entries) for vtep in here)
    claim = f"the VTEPs of VNI {segment.vni} have the {count} FDB entries of the file, and no others but learned ones"
    more = f" and {len(wrong) - _MOST} more" if len(wrong) > _MOST else ""
    seen = "; ".join(fact.text for fact in wrong[:_MOST]) + more
    return Check("static FDB entries", claim, not wrong, tuple(wrong), seen)


def _differences(scene: Scene, vtep: Vtep) -> list[Fact]:
    there = {_as_told(vtep, entry) for entry in scene.fdb(vtep) if not entry.ages}
    wanted = vtep.all_entries
    missing = [_fact(scene, vtep, entry, "lacks") for entry in sorted(wanted - there)]
    return missing + [_fact(scene, vtep, entry, "has besides") for entry in sorted(there - wanted)]


def _as_told(vtep: Vtep, entry: Learned) -> tuple[str, Destination]:
    return entry.mac, Destination(entry.dst, entry.port or vtep.port, entry.vni or vtep.vni)


def _fact(scene: Scene, vtep: Vtep, entry: tuple[str, Destination], how: str) -> Fact:
    mac, to = entry
    node, link = scene.vtep(vtep), vtep.device.name
    data = {"kind": "fdb", "node": node, "link": link, "mac": mac, "dst": to.address, "how": how}
    return Fact(f"{node} {how} {mac} dev {link} dst {to.address} port {to.port} vni {to.vni}", data)
