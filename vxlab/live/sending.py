"""Frames sent, and for some time after that the lab watched for them and their answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from vxlab.kernel import carrier
from vxlab.lab.record import Record
from vxlab.lab.watch import Watch
from vxlab.live import places
from vxlab.live.messages import Parcel
from vxlab.live.stop import Stop
from vxlab.live.view import Reader, Seen
from vxlab.packets import bpf, linktypes
from vxlab.packets.answers import Expectation, Part, expectation
from vxlab.packets.errors import SendError
from vxlab.packets.files.model import Frame, Interface
from vxlab.packets.layers import layers
from vxlab.packets.meaning import Meaning, meaning
from vxlab.packets.names import Names, ports
from vxlab.packets.ring import MAX_SNAPLEN, Taken
from vxlab.packets.taps import Taps
from vxlab.packets.wire import Wire

_MEMORY = 64 * 1024 * 1024

_LOOK = 0.1
"""Seconds between two looks at whether the lab is still there."""

_GOING = 2.0
"""Seconds for which a lab may be half taken down: its namespaces go before its record does."""


@dataclass
class Result:
    """What was sent, where it was seen, and what came back. ``dropped`` frames nobody could look at.

    ``rounds`` were sent as a whole; ``is_down`` says that the lab was taken down before all was done.
    """

    sent: list[Meaning] = field(default_factory=list)
    rounds: int = 0
    is_down: bool = False
    seen: list[Seen] = field(default_factory=list)
    replies: list[Seen] = field(default_factory=list)
    dropped: int = 0


def send(
    lab: Record,
    rounds: Sequence[Sequence[Parcel]],
    interval: float,
    expect: float | None,
    otherwise: Collection[int],
    told: Callable[[Meaning], None],
) -> Result:
    """Send frames, round by round.

    Args:
        lab: the lab.
        rounds: what to send.
        interval: seconds from one round to the next.
        expect: how many seconds to watch the lab after the last one; None does not watch.
        otherwise: the UDP ports of VXLAN where the lab has no device that says.
        told: is told of each frame when it was sent.

    Raises:
        SendError: the kernel does not take a frame.
        TapError: a link cannot be watched.
    """
    result = Result()
    watch = Watch(lab)
    carrier.settle_all(lab.namespaces)
    with ExitStack() as open_things:
        watching = open_things.enter_context(_Watching(lab, rounds, otherwise, watch)) if expect is not None else None
        sender = _Sending(lab, otherwise, open_things)
        pause = partial(watching.watch if watching else partial(_sleep, watch), interval)
        try:
            for number in _turns(len(rounds), pause, watch, watching):
                for parcel in rounds[number]:
                    result.sent.append(sender.send(parcel, len(result.sent) + 1))
                    told(result.sent[-1])
                result.rounds += 1
        except SendError:
            if not _is_going(lab, watch):
                raise
        if watching and expect is not None:
            watching.watch(expect)
            watching.end(result)
        result.is_down = not watch.is_up and (watching is not None or result.rounds < len(rounds))
    return result


def _turns(rounds: int, pause: Callable[[], None], watch: Watch, watching: _Watching | None) -> Iterator[int]:
    """The rounds, each when its time has come, while the lab is there and nobody asked for the end.

    The open sockets keep the namespaces alive: the kernel would take frames long after the lab was taken down.
    """
    for number in range(rounds):
        if number:
            pause()
        if not watch.is_up or (watching and watching.is_over):
            return
        yield number


def _sleep(watch: Watch, seconds: float) -> None:
    """Let some time pass, unless the lab is taken down before that."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and watch.is_up:
        time.sleep(min(left, _LOOK))


def _is_going(lab: Record, watch: Watch) -> bool:
    """Whether a frame was refused because the lab is being taken down, or has been."""
    if all(map(watch.has, lab.namespaces)):
        return not watch.is_up
    _sleep(watch, _GOING)
    return not watch.is_up


class _Sending:
    """The links that frames go out of, opened when the first one does."""

    def __init__(self, lab: Record, otherwise: Collection[int], open_things: ExitStack) -> None:
        self._lab = lab
        self._ports = frozenset(ports(lab.state) or otherwise)
        self._names = Names(lab.whole, lab.node_of)
        self._open_things = open_things
        self._wires: dict[tuple[str, str], Wire] = {}

    def send(self, parcel: Parcel, number: int) -> Meaning:
        shown = places.name(self._lab, parcel.place)
        wire = self._wires.get(parcel.place)
        if wire is None:
            wire = self._wires[parcel.place] = self._open_things.enter_context(Wire(parcel.place, shown))
        moment = time.time_ns()
        wire.send(parcel.frame)
        frame = Frame(number, Interface(0, linktypes.ETHERNET, shown), moment, len(parcel.frame), parcel.frame)
        known = self._ports | ({parcel.port} if parcel.port else set())
        return meaning(frame, layers(frame, known), self._names)


class _Watching:
    """All links of a lab, watched for some frames and their answers."""

    def __init__(
        self, lab: Record, rounds: Sequence[Sequence[Parcel]], otherwise: Collection[int], watch: Watch
    ) -> None:
        inner = dict.fromkeys(parcel.inner for parcels in rounds for parcel in parcels)
        extra = {parcel.port for parcels in rounds for parcel in parcels if parcel.port}
        self._lab = lab
        self._watch = watch
        self._expected: list[Expectation] = list(dict.fromkeys(map(expectation, inner)))
        self._otherwise = {*otherwise, *extra}
        self._seen: list[tuple[Part, Seen]] = []

    def __enter__(self) -> _Watching:
        self._stack = ExitStack()
        everything = bpf.everything(MAX_SNAPLEN)
        kinds = dict.fromkeys((linktypes.ETHERNET, linktypes.RAW), everything)
        with ExitStack() as opening:
            self._stop = opening.enter_context(Stop())
            self._taps = opening.enter_context(Taps(places.find(self._lab, []), kinds, MAX_SNAPLEN, _MEMORY))
            self._taps.watch(self._stop.fd)
            self._reader = Reader(self._lab, self._taps.rings, self._otherwise)
            self._stack = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def watch(self, seconds: float) -> None:
        """Watch for so long; Ctrl-C ends it before that, and so does the end of the lab."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not self._stop.is_set and self._watch.is_up:
            self._taps.wait(min(left, _LOOK))
            self._look(self._taps.take())

    @property
    def is_over(self) -> bool:
        """Whether Ctrl-C asked for the end."""
        return self._stop.is_set

    def end(self, result: Result) -> None:
        self._look(self._taps.rest(time.time_ns()))
        self._taps.count()
        result.dropped = sum(ring.dropped for ring in self._taps.rings)
        for part, seen in self._seen:
            (result.seen if part is Part.SENT else result.replies).append(seen)

    def _look(self, taken: Sequence[Taken]) -> None:
        for one in taken:
            concerned = [expected for expected in self._expected if expected.may_concern(one[4])]
            if concerned:
                seen = self._reader.read(one)
                part = next((p for expected in concerned if (p := expected.part(one[4], seen.meaning))), None)
                if part:
                    self._seen.append((part, seen))
