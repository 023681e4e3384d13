"""One question and its answer, watched on all links at once."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

from vxlab.packets.capture import Caught
from vxlab.packets.probe import Probe
from vxlab.packets.ring import Place
from vxlab.verify.evidence import Evidence, Sighting
from vxlab.verify.impaired import TRIES
from vxlab.verify.overlay import Host, Vtep
from vxlab.verify.scene import Scene

PATIENCE = 2.0
"""Seconds to wait for an answer: hosts on one machine answer within milliseconds."""

QUIET = 0.05
"""Seconds without a frame of it after which an exchange is over."""


_AROUND = 70
"""Bytes that VXLAN puts around a frame at most: on an IPv6 underlay."""

_QUESTIONS = 3
"""How often somebody has to be asked before a frame and its answer are through: a VTEP for the next one, there and
back, and the host itself.
"""

_LATE = 20
"""How often frames of a try that is over may come late."""

_PARTS = 8
"""How often it is looked whether frames were lost while an answer is waited for: then none comes any more."""


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
    again: Callable[[], None] = lambda: None,
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
        again: called before another try, where a frame was lost in this one.

    Raises:
        OSError: a link is not there or down, or the frame is too large for it (EMSGSIZE).
    """
    launch = partial(scene.capture.send, sender.place, probe.frame)
    caught = observe(scene, probe, sender.place, launch, answer=answer, hearers=hearers, again=again)
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
    again: Callable[[], None] = lambda: None,
) -> list[Caught]:
    """Launch a probe and catch all of it that passes; ``place`` is where the answer is waited for.

    Of what a link that is down does not send, nothing is seen. A try in which a frame was lost, by the lab itself or
    unseen, does not count, as long as there are others.

    Raises:
        OSError: it could not be launched for another reason.
    """
    hearers = tuple(hearers)
    for _ in range(1 if scene.impaired.gave_up else TRIES):
        # To tell the kernel at each link what is meant takes longer than to read what passes, unless that is much.
        sifted = scene.capture.sifted(probe.echo) if scene.capture.dropped() else nullcontext()
        with sifted:
            scene.capture.drain()
            before = scene.impaired.lost
            waiting = _Waiting(scene, probe, place, hearers)
            caught = waiting.catch(launch, before, answer=answer)
            if scene.impaired.lost == before:
                return caught
            waiting.finish()
        again()
    scene.impaired.gave_up = True
    return caught


class _Waiting:
    """Waits for the answer to a probe, and for all copies of it that are to arrive."""

    def __init__(self, scene: Scene, probe: Probe, place: Place, hearers: tuple[Vtep, ...]) -> None:
        self._scene, self._probe, self._place = scene, probe, place
        # In a lab that has just come up, a VTEP may have to ask for another one twice, a second apart: its copy is
        # late.
        self._left: set[Place | Vtep] = {place, *hearers}
        self._at = {spot: vtep for vtep in hearers for spot in vtep.underlay_places}
        self._round_trip = scene.impaired.round_trip(place[0], len(probe.frame) + _AROUND)

    def catch(self, launch: Callable[[], None], before: int, *, answer: bool) -> list[Caught]:
        """Launch the probe and catch what passes of it; ``before`` is how many frames the lab had lost until then."""
        capture, quiet = self._scene.capture, QUIET + self._round_trip
        try:
            launch()
        except OSError as error:
            if error.errno != errno.ENETDOWN:
                raise
            return []
        if not answer:
            return capture.until(self._probe.concerns, self._enough, QUIET + _QUESTIONS * self._round_trip, quiet)
        caught: list[Caught] = []
        for _ in range(_PARTS):
            patience = PATIENCE / _PARTS + _QUESTIONS * self._round_trip
            caught += capture.until(self._probe.concerns, self._enough, patience, quiet)
            if not self._left or self._scene.impaired.lost != before:
                break
        return caught

    def finish(self) -> None:
        """See that nothing of a try is on its way any more: on late links, or in nodes that still ask for others."""
        quiet = QUIET + self._round_trip
        for _ in range(_LATE):
            was_asked = self._scene.forget_asked()
            if not self._scene.capture.until(self._probe.concerns, lambda _: True, quiet, quiet) and not was_asked:
                return

    def _enough(self, caught: Caught) -> bool:
        inner = Sighting.of(caught, self._scene.ports).inner
        if caught.place == self._place and self._probe.is_reply(inner):
            self._left.discard(self._place)
        elif caught.place in self._at and not caught.outgoing and self._probe.is_request(inner):
            self._left.discard(self._at[caught.place])
        return not self._left
