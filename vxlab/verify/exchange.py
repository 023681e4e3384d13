"""One question and its answer, watched on all links at once."""

from __future__ import annotations

from dataclasses import dataclass

from vxlab.kernel.read import read_fdb
from vxlab.packets.capture import Capture, Caught, send
from vxlab.packets.probe import Probe
from vxlab.verify.evidence import Evidence, Sighting
from vxlab.verify.overlay import Host
from vxlab.verify.scene import Scene

PATIENCE = 2.0
"""Seconds to wait for an answer: hosts on one machine answer within milliseconds."""

QUIET = 0.05
"""Seconds without a frame of it after which an exchange is over."""


@dataclass(frozen=True)
class Exchange:
    """A probe from one host to another, and all that was caught of it."""

    scene: Scene
    sender: Host
    target: Host
    probe: Probe
    evidence: Evidence

    def asked(self, host: Host) -> list[Sighting]:
        """The request where it passed a host's link."""
        return self.evidence.plain(host.place, self.probe.is_request)

    def answered(self, host: Host) -> list[Sighting]:
        """The answer where it passed a host's link."""
        return self.evidence.plain(host.place, self.probe.is_reply)


def exchange(scene: Scene, sender: Host, target: Host, probe: Probe, *, answer: bool = True) -> Exchange:
    """Send a probe from a host's link and watch until it is answered and nothing of it passes any more.

    Args:
        scene: the lab.
        sender: who sends it.
        target: who is to answer it.
        probe: the frame.
        answer: whether there is an answer to wait for; else the quiet alone is waited for.

    Raises:
        OSError: a link is not there or down, or the frame is too large for it (EMSGSIZE).
    """

    def belongs(frame: bytes) -> bool:
        return sender_packed in frame and target_packed in frame

    def enough(caught: Caught) -> bool:
        return caught.place == sender.place and probe.is_reply(Sighting.of(caught, scene.ports).inner)

    sender_packed, target_packed = probe.sender.packed, probe.target.packed
    with Capture(scene.places) as capture:
        send(sender.place, probe.frame)
        caught = capture.until(belongs, enough, PATIENCE if answer else QUIET, QUIET)
    tables = read_fdb(sorted({vtep.namespace for vtep in (sender.vtep, target.vtep)}))
    return Exchange(scene, sender, target, probe, Evidence(scene, probe, caught, tables))
