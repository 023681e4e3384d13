"""Capture on many links of many namespaces at once, with packet sockets (packet(7)): each frame as soon as it passed.

That is for proofs, which wait for one frame, and get those alone that may belong to one. Recording takes rings
(`vxlab.packets.taps`): told late, of many at once.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Self

from vxlab.kernel.namespaces import open_socket
from vxlab.packets import sieve
from vxlab.packets.bpf import attach, everything
from vxlab.packets.ring import Place, raise_file_limit

_ETH_P_ALL = 0x0003
_PACKET_OUTGOING = 4
_SO_TIMESTAMPNS, _SO_RCVBUFFORCE = 35, 33
_SOL_PACKET, _PACKET_STATISTICS, _PACKET_IGNORE_OUTGOING = 263, 6, 23
_STATISTICS = struct.Struct("=II")  # struct tpacket_stats: all, and those that were dropped
_SNAPLEN = 65536
_SOCKETS_BUFFER = 4 * 1024 * 1024
_AT_ONCE = 64
"""Frames that are read from a link before the others have their turn."""

_CLOSERS = 64
_MOST_DRAINED = 100_000


@dataclass(frozen=True)
class Caught:
    """A frame as it passed a link. ``time`` is in seconds since the epoch, by the kernel's clock."""

    place: Place
    time: float
    outgoing: bool
    frame: bytes


class Capture:
    """Listens on links, from the moment that each is added until the end of the ``with`` block.

    Frames with the tag of a VLAN are not told at the link that carries them, but at that of their VLAN.
    """

    def __init__(self, *, outgoing: bool = True) -> None:
        """Prepare to listen.

        Args:
            outgoing: whether also to what a link's own node sends. Without, frames are told when they are read, not
                when they came: that costs a third.
        """
        self._outgoing = outgoing
        self._receive = _receive if outgoing else _receive_incoming
        self._sockets: dict[int, tuple[Place, socket.socket]] = {}
        self._senders: dict[Place, socket.socket] = {}
        self._poll = select.poll()
        self._dropped = Counter[Place]()

    def add(self, places: Iterable[Place]) -> None:
        """Listen on these links too; on those that it listens on already, nothing changes.

        Raises:
            OSError: a link is not there.
        """
        known = {place for place, _ in self._sockets.values()}
        for place in dict.fromkeys(places):
            if place not in known:
                tap = _tap(place, self._outgoing)
                self._sockets[tap.fileno()] = (place, tap)
                self._poll.register(tap, select.POLLIN)

    def __enter__(self) -> Self:
        raise_file_limit()
        return self

    def __exit__(self, *_: object) -> None:
        # The kernel waits a grace period for each packet socket that is closed (packet_release()): together they share
        # one.
        with ThreadPoolExecutor(_CLOSERS) as closers:
            for one in (*(tap for _, tap in self._sockets.values()), *self._senders.values()):
                closers.submit(one.close)

    def send(self, place: Place, frame: bytes) -> None:
        """Send a frame from a link, as if its host had.

        Raises:
            OSError: there is no such link, it is down, or the frame is too large for it (EMSGSIZE).
        """
        out = self._senders.get(place)
        if out is None:
            out = self._senders[place] = open_socket(place[0], socket.AF_PACKET, socket.SOCK_RAW)
            out.bind((place[1], 0))
        out.send(frame)

    def only(self, places: Collection[Place]) -> AbstractContextManager[None]:
        """Hear nothing on other links while the body runs: to read what they hear costs more than to carry it."""
        return self._hearing(everything(0), [tap for place, tap in self._sockets.values() if place not in places])

    def sifted(self, echo: bytes) -> AbstractContextManager[None]:
        """Hear no other echo requests and replies than these while the body runs (see ``sieve.probes``)."""
        return self._hearing(sieve.probes(_SNAPLEN, echo), [tap for _, tap in self._sockets.values()])

    @contextmanager
    def _hearing(self, program: bytes, taps: Sequence[socket.socket]) -> Iterator[None]:
        """Have some sockets take what another program lets through while the body runs."""
        for tap in taps:
            attach(tap, program)
        try:
            yield
        finally:
            for tap in taps:
                attach(tap, sieve.probes(_SNAPLEN))

    def dropped(self) -> Counter[Place]:
        """How many frames passed each link unseen until now, because they came faster than they were read."""
        # The kernel starts anew each time that it is asked (packet(7)).
        for place, tap in self._sockets.values():
            counts = tap.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _STATISTICS.size)
            _, dropped = _STATISTICS.unpack(counts)
            if dropped:
                self._dropped[place] += dropped
        return self._dropped

    def drain(self) -> None:
        """Drop what has come until now, and no more than was there when this was called."""
        for fd, _ in self._poll.poll(0):
            _, tap = self._sockets[fd]
            for _ in range(_MOST_DRAINED):
                try:
                    tap.recv(1, socket.MSG_DONTWAIT)
                except OSError:
                    break

    def until(
        self, wanted: Callable[[bytes], bool], enough: Callable[[Caught], bool], timeout: float, quiet: float
    ) -> list[Caught]:
        """Collect frames until one is enough and no more come, in the order of their times.

        Args:
            wanted: says of a frame whether it is collected; whatever else passes delays nothing.
            enough: says of a collected frame that it is the one that was waited for.
            timeout: seconds to wait for that one.
            quiet: seconds without a wanted frame after which what belongs to it is taken to be complete.
        """
        caught: list[Caught] = []
        found = False
        deadline = time.monotonic() + timeout
        while (now := time.monotonic()) < deadline:
            for frame in self._ready((deadline - now) * 1000):
                if not wanted(frame.frame):
                    continue
                caught.append(frame)
                found = found or enough(frame)
                if found:
                    deadline = time.monotonic() + quiet
        return sorted(caught, key=lambda frame: frame.time)

    def _ready(self, milliseconds: float) -> Iterator[Caught]:
        """Wait for frames, and read some of each link that has any."""
        for fd, _ in self._poll.poll(milliseconds):
            with suppress(BlockingIOError):
                for _ in range(_AT_ONCE):
                    yield self._receive(*self._sockets[fd])


def _tap(place: Place, outgoing: bool) -> socket.socket:
    namespace, link = place
    # Bound to no protocol at first, so that nothing arrives before the socket is bound to its link.
    tap = open_socket(namespace, socket.AF_PACKET, socket.SOCK_RAW)
    _enlarge(tap, _SOCKETS_BUFFER)
    tap.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    if not outgoing:
        tap.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
    attach(tap, sieve.probes(_SNAPLEN))
    tap.bind((link, _ETH_P_ALL))
    return tap


def _receive(place: Place, tap: socket.socket) -> Caught:
    frame, ancillary, _, address = tap.recvmsg(_SNAPLEN, 128, socket.MSG_DONTWAIT)
    stamp = next((data for _, kind, data in ancillary if kind == _SO_TIMESTAMPNS), None)
    seconds, nanoseconds = struct.unpack("=qq", stamp) if stamp else (0, 0)
    return Caught(place, seconds + nanoseconds / 1e9, address[2] == _PACKET_OUTGOING, frame)


def _receive_incoming(place: Place, tap: socket.socket) -> Caught:
    # To tell the address, Python asks the kernel for the name of the link, each time.
    return Caught(place, time.time(), False, tap.recv(_SNAPLEN, socket.MSG_DONTWAIT))


def _enlarge(one: socket.socket, size: int) -> None:
    """Give a socket a receive buffer of that many bytes; root in a user namespace gets what everybody may have.

    That is net.core.rmem_max, of which socket(7) says more.
    """
    try:
        one.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
    except PermissionError:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
