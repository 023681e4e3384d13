"""One question and its answer, watched on all links at once."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from vxlab.packets.capture import Caught, Place
from vxlab.packets.probe import Probe
from vxlab.verify.evidence import Evidence, Sighting
from vxlab.verify.overlay import Host, Vtep
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

    @property
    def delivered(self) -> list[Sighting]:
        """The request where it came to the target; where that is on another machine, its answer tells of it."""
        here = self.scene.is_here(self.target.place[0])
        return self.asked(self.target) if here else self.answered(self.sender)


def exchange(
    scene: Scene,
    sender: Host,
    target: Host,
    probe: Probe,
    *,
    answer: bool = True,
    vteps: Iterable[Vtep] = (),
    hearers: Iterable[Vtep] = (),
) -> Exchange:
    """Send a probe from a host's link and watch until it is answered and nothing of it passes any more.

    Args:
        scene: the lab.
        sender: who sends it.
        target: who is to answer it.
        probe: the frame.
        answer: whether there is an answer to wait for; else the quiet alone is waited for.
        vteps: whose FDB is read afterwards, besides those of the two.
        hearers: who is to get a copy: with the answer, they are waited for too.

    Raises:
        OSError: a link is not there or down, or the frame is too large for it (EMSGSIZE).
    """
    launch = partial(scene.capture.send, sender.place, probe.frame)
    caught = observe(scene, probe, sender.place, launch, answer=answer, hearers=hearers)
    tables = {vtep: scene.fdb(vtep) for vtep in {sender.vtep, target.vtep, *vteps} if scene.is_here(vtep.namespace)}
    return Exchange(scene, sender, target, probe, Evidence(scene, probe, caught, tables))


def observe(
    scene: Scene,
    probe: Probe,
    place: Place,
    launch: Callable[[], None],
    *,
    answer: bool = True,
    hearers: Iterable[Vtep] = (),
) -> list[Caught]:
    """Launch a probe and catch all of it that passes; ``place`` is where the answer is waited for.

    Of what a link that is down does not send, nothing is seen.

    Raises:
        OSError: it could not be launched for another reason.
    """

    hearers = tuple(hearers)
    # In a lab that has just come up, a VTEP may have to ask for another one twice, a second apart: its copy is late.
    waiting: set[Place | Vtep] = {place, *hearers}
    at = {spot: vtep for vtep in hearers for spot in vtep.underlay_places}

    def enough(caught: Caught) -> bool:
        inner = Sighting.of(caught, scene.ports).inner
        if caught.place == place and probe.is_reply(inner):
            waiting.discard(place)
        elif caught.place in at and not caught.outgoing and probe.is_request(inner):
            waiting.discard(at[caught.place])
        return not waiting

    scene.capture.drain()
    try:
        launch()
    except OSError as error:
        if error.errno != errno.ENETDOWN:
            raise
        return []
    return scene.capture.until(probe.concerns, enough, PATIENCE if answer else QUIET, QUIET)
