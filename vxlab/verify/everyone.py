"""Whether all other hosts of a segment answer one: a pair says nothing of the VTEPs that it is not behind."""

from __future__ import annotations

from vxlab.verify.all_pairs import Run, direct
from vxlab.verify.check import Check
from vxlab.verify.evidence import Fact
from vxlab.verify.overlay import Host, Segment
from vxlab.verify.pairs import Failure
from vxlab.verify.scene import Scene

_MOST_HOSTS = 400
"""Hosts that are asked at once: their VTEPs are neighbours of the sender's, and the kernel has room for 1,024."""

_FEW = 6


def everyone(scene: Scene, segment: Segment, sender: Host) -> list[Check]:
    """One host asks all others of its subnet for themselves, at once; no check where there is one other alone.

    Raises:
        OSError: a link is not there.
    """
    net = sender.interface.network
    hosts = [host for host in segment.own_hosts if host.place != sender.place and host.interface.network == net]
    asked = hosts[:_MOST_HOSTS]
    if len(asked) < 2:
        return []
    run = Run(scene.lab, segment, [sender, *asked], scene.capture)
    scene.capture.drain()
    run.ask([(sender, other, direct(sender, other)) for other in asked])
    # Who was never heard of is flooded for, and others hear that.
    failures = [failure for failure in run.failures if failure.what == "reachability"]
    some = f"{len(asked)} of the {len(hosts)}" if len(asked) < len(hosts) else f"all {len(hosts)}"
    claim = f"{some} other hosts of VNI {segment.vni} answer {scene.host(sender)}"
    seen = "; ".join(f"{failure.target}: {failure.seen}" for failure in failures[:_FEW])
    more = f"; and {len(failures) - _FEW} more" if len(failures) > _FEW else ""
    return [Check("every host answers", claim, not failures, tuple(map(_fact, failures)), seen + more)]


def _fact(failure: Failure) -> Fact:
    text = f"{failure.sender} → {failure.target}: {failure.seen}"
    return Fact(text, {"kind": "pair", **failure.to_json()})
