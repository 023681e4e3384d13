"""What keeps frames from being seen: how long one may take on its way, and whether one was lost.

A frame that an impaired link has dropped is no fault, nor is one that passed unseen, because others passed faster than
they could be looked at. One that nobody has dropped and that did not arrive is a fault. The disciplines and the packet
sockets count what they drop, so that nothing has to be guessed. Whatever is asked is asked again until nothing was
dropped meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cached_property

from vxlab.kernel.impaired import lost
from vxlab.packets.capture import Capture
from vxlab.state.kind import Family
from vxlab.state.kinds import QDISC, VETH
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import Duration, Rate

TRIES = 40
"""How often something is asked where frames are lost on the way each time."""


class Impaired:
    """The impairments that the file of a lab asks for; false where there are none."""

    def __init__(self, state: NetworkState, capture: Capture, is_here: Callable[[str], bool] = lambda _: True) -> None:
        """Look at a lab.

        Args:
            state: what the file says.
            capture: what looks at frames.
            is_here: whether a node is on this machine. What others lose is theirs to count.
        """
        self._state, self._capture, self._is_here = state, capture, is_here
        self._qdiscs = {(qdisc.namespace, qdisc.name): qdisc for qdisc in state.family(Family.QDISC)}
        self.gave_up = False
        """Whether frames were lost in each of ``TRIES`` tries."""

    def __bool__(self) -> bool:
        return bool(self._qdiscs)

    @property
    def lost(self) -> int:
        """How many frames these links have dropped until now, and how many passed unseen.

        Raises:
            OSError: a node is gone, or the kernel refused.
        """
        on_links = sum(lost(namespace, links) for namespace, links in self._links.items() if self._is_here(namespace))
        return on_links + self._capture.dropped().total()

    def round_trip(self, namespace: str, size: int) -> float:
        """Seconds that a frame of so many bytes takes at most from a node to any other one, and back."""
        there, back = {namespace: 0.0}, {namespace: 0.0}
        level = [namespace] if self else []
        while level:
            seen = {*there}
            for near in level:
                for out, into, far in self._cables[near]:
                    if far not in seen:
                        inside = self._inside(far, size)
                        there[far] = max(there.get(far, 0), there[near] + self._seconds(out, size) + inside)
                        back[far] = max(back.get(far, 0), back[near] + self._seconds(into, size) + inside)
            level = [far for far in there if far not in seen]
        return max(there.values()) + max(back.values())

    def one_by_one(self, size: int) -> float:
        """Seconds that the slowest link needs for a frame of so many bytes."""
        rates = filter(None, map(_rate, self._qdiscs.values()))
        return max((size / rate for rate in rates), default=0.0)

    @cached_property
    def _links(self) -> dict[str, list[str]]:
        """The impaired links of each node."""
        links = defaultdict[str, list[str]](list)
        for namespace, link in self._qdiscs:
            links[namespace].append(link)
        return dict(links)

    @cached_property
    def _cables(self) -> dict[str, list[tuple[tuple[str, str], tuple[str, str], str]]]:
        """Of each node the ends of its cables, with the other ends, and where these are."""
        cables = defaultdict[str, list[tuple[tuple[str, str], tuple[str, str], str]]](list)
        for link in self._state.family(Family.LINK):
            if link.kind is VETH:
                far, _, end = str(link.get("peer")).partition(":")
                cables[link.namespace].append(((link.namespace, link.name), (far, end), far))
        return cables

    def _inside(self, namespace: str, size: int) -> float:
        """What a frame may take on the links of a node that are no cables."""
        ends = {end for end, _, _ in self._cables[namespace]}
        places = ((namespace, link) for link in self._links.get(namespace, ()))
        return sum(self._seconds(place, size) for place in places if place not in ends)

    def _seconds(self, place: tuple[str, str], size: int) -> float:
        qdisc = self._qdiscs.get(place)
        if qdisc is None:
            return 0.0
        time, rate = QDISC.table["delay"].type, _rate(qdisc)
        assert isinstance(time, Duration)  # noqa: S101  the table says so
        late = time.seconds(qdisc.get("delay")) + time.seconds(qdisc.get("jitter"))
        return late + (size / rate if rate else 0)


def _rate(qdisc: Resource) -> int:
    """Bytes in a second; 0 where there is no limit."""
    kind = QDISC.table["rate"].type
    assert isinstance(kind, Rate)  # noqa: S101  the table says so
    return kind.count(qdisc.get("rate"))
