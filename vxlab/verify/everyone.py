"""Whether all other hosts of a segment answer one: a pair says nothing of the VTEPs that it is not behind."""

from __future__ import annotations

from vxlab.verify.all_pairs import Run
from vxlab.verify.check import Check
from vxlab.verify.evidence import Fact
from vxlab.verify.overlay import Host, Segment
from vxlab.verify.pairs import Failure
from vxlab.verify.scene import Scene
from vxlab.verify.tables import Tables

_FEW = 6


def everyone(scene: Scene, segment: Segment, sender: Host, tables: Tables) -> list[Check]:
    """One host asks all others of its subnet for themselves, at once; no check where there is one other alone.

    Args:
        scene: the lab.
        segment: that of the hosts.
        sender: who asks.
        tables: of the proof that this is part of.

    Raises:
        OSError: a link is not there, or the kernel refused to forget a neighbour.
    """
    net = sender.interface.network
    hosts = (host for host in segment.own_hosts if host.interface.network == net and scene.is_here(host.place[0]))
    others = [host for host in hosts if host.place != sender.place]
    if len(others) < 2:
        return []
    scene.capture.drain()
    run = Run(scene.lab, segment, [sender, *others], scene.capture)
    # In a flat underlay each VTEP asks all others for one: what they hear of that is of no interest.
    with scene.capture.only({host.place for host in run.hosts}):
        run.ask_others(sender, others, tables)
    # Who was never heard of is flooded for, and others hear that.
    failures = [failure for failure in run.failures if failure.what == "reachability"]
    claim = f"all {len(others)} other hosts of VNI {segment.vni} answer {scene.host(sender)}"
    seen = "; ".join(f"{failure.target}: {failure.seen}" for failure in failures[:_FEW])
    more = f"; and {len(failures) - _FEW} more" if len(failures) > _FEW else ""
    return [Check("every host answers", claim, not failures, tuple(map(_fact, failures)), seen + more)]


def _fact(failure: Failure) -> Fact:
    text = f"{failure.sender} → {failure.target}: {failure.seen}"
    return Fact(text, {"kind": "pair", **failure.to_json()})
