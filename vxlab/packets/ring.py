"""One link, listened on through a ring that it shares with the kernel (PACKET_MMAP with TPACKET_V3).

The kernel writes frames into blocks, and hands a block over when it is full or some milliseconds old
(Documentation/networking/packet_mmap.rst; net/packet/af_packet.c). Nothing is copied per frame but what is taken out,
and where the reader is too slow the kernel counts what it drops.
"""

from __future__ import annotations

import mmap
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress

from vxlab.kernel.namespaces import open_socket
from vxlab.kernel.syscalls import setsockopt
from vxlab.packets import linktypes
from vxlab.packets.bpf import attach
from vxlab.packets.errors import TapError

Place = tuple[str, str]
"""A link by namespace and name."""

Taken = tuple[int, int, int, int, bytes, int]
"""A frame: its time (ns since the epoch, by the kernel's clock), the number of the link that it passed, its packet type
(linux/if_packet.h), its length on the wire, its bytes, and how many were dropped on the link before it. A plain tuple,
because there may be hundreds of thousands in a second; and one that sorts by time."""

OUTGOING = 4  # PACKET_OUTGOING

BLOCK = 128 * 1024
"""Bytes of a block. A frame has to fit into one: the kernel's largest are of 64 KiB, unless somebody raised that."""

MAX_SNAPLEN = BLOCK - 256
FEWEST_BLOCKS = 4
_RETIRE_MS = 20

_SOL_PACKET = 263
_PACKET_RX_RING, _PACKET_STATISTICS, _PACKET_VERSION, _TPACKET_V3 = 5, 6, 10, 2
_ETH_P_ALL = 0x0003
_USER, _LOSING = 1 << 0, 1 << 2  # TP_STATUS_*
_VLAN_VALID, _VLAN_TPID_VALID = 1 << 4, 1 << 6
_MACS, _TAG = 12, 4
_TPID = 0x8100  # where the kernel does not say which

_BLOCK_HEADER = struct.Struct("=8xIII").unpack_from  # struct tpacket_block_desc: status, frames, where they start
_BLOCK_TIME = struct.Struct("=32xII").unpack_from  # ts_first_pkt: when the block was opened
_FRAME = struct.Struct("=6IH6xIH20xB").unpack_from  # struct tpacket3_hdr, and sll_pkttype behind it
_SECOND = 1_000_000_000

_LINK_TYPES = {1: linktypes.ETHERNET, 772: linktypes.ETHERNET, 0xFFFE: linktypes.RAW}
"""By ARPHRD_* of linux/if_arp.h: Ethernet, loopback, and devices whose frames start with an IP header."""


class Ring:
    """A ring on a link, filled from the moment it is made."""

    def __init__(self, place: Place, number: int, programs: Mapping[int, bytes], snaplen: int, size: int) -> None:
        """Listen.

        Args:
            place: the link.
            number: what the frames are to be marked with.
            programs: the filter to run in the kernel, by link type; it takes no more than ``snaplen`` bytes.
            snaplen: the most bytes of a frame to take.
            size: bytes of the ring, a multiple of ``BLOCK``.

        Raises:
            TapError: there is no such link, or its frames are of a type that is not known.
            OSError: the kernel refused.
        """
        self.place = place
        self.number = number
        self.dropped = 0
        self.accepted = 0
        self.was_down = False
        self._told = 0
        self._snaplen = snaplen
        self._blocks = size // BLOCK
        self._at = 0
        # Bound to no protocol, a socket gets nothing: so no frame comes before the filter is there.
        try:
            self.socket = open_socket(place[0], socket.AF_PACKET, socket.SOCK_RAW)
        except FileNotFoundError:
            raise TapError(f"there is no namespace {place[0]} any more") from None
        try:
            self.linktype, self.mac = self._look(place)
            self._ring = self._listen(programs[self.linktype])
        except BaseException:
            self.socket.close()
            raise

    def _look(self, place: Place) -> tuple[int, bytes]:
        try:
            self.socket.bind((place[1], 0))
        except OSError as error:
            raise TapError(f"there is no link {place[1]} in {place[0]} any more") from error
        _, _, _, kind, mac = self.socket.getsockname()
        if kind not in _LINK_TYPES:
            raise TapError(f"the frames of {place[1]} in {place[0]} are of a type that is not known (ARPHRD {kind})")
        return _LINK_TYPES[kind], mac

    def _listen(self, program: bytes) -> mmap.mmap:
        fd = self.socket.fileno()
        setsockopt(fd, _SOL_PACKET, _PACKET_VERSION, struct.pack("=i", _TPACKET_V3))
        attach(self.socket, program)
        request = struct.pack("=7I", BLOCK, self._blocks, BLOCK, self._blocks, _RETIRE_MS, 0, 0)
        setsockopt(fd, _SOL_PACKET, _PACKET_RX_RING, request)
        ring = mmap.mmap(fd, self._blocks * BLOCK)
        self.socket.bind((self.place[1], _ETH_P_ALL))
        # On a link that is down the kernel notes that, and begins when it comes up (packet_notifier()).
        self.failure()
        return ring

    def close(self) -> None:
        with suppress(BufferError):
            self._ring.close()
        self.socket.close()

    @property
    def is_there(self) -> bool:
        """Whether the link still exists. One that was removed and made again is another one."""
        return bool(self.socket.getsockname()[0])

    def failure(self) -> int:
        """What happened to the link since this was asked last: ENETDOWN, or 0."""
        error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self.was_down = self.was_down or bool(error)
        return error

    def take(self, into: list[Taken]) -> int | None:
        """Take out what the kernel has handed over.

        Returns:
            A time (ns) before which nothing is left in the ring; None where nothing at all is left.
        """
        ring = self._ring
        for _ in range(self._blocks):
            at = self._at * BLOCK
            status, count, first = _BLOCK_HEADER(ring, at)
            if not status & _USER:
                # The kernel is still filling this one, and counts in it.
                seconds, nanoseconds = _BLOCK_TIME(ring, at)
                return seconds * _SECOND + nanoseconds if count else None
            if status & _LOSING:
                self.count()
            self._empty(at + first, count, into)
            struct.pack_into("=I", ring, at + 8, 0)  # TP_STATUS_KERNEL: it may be filled again
            self._at = (self._at + 1) % self._blocks
        return None

    def _empty(self, at: int, count: int, into: list[Taken]) -> None:
        ring, number = self._ring, self.number
        lost, self._told = self.dropped - self._told, self.dropped
        for _ in range(count):
            step, seconds, nanoseconds, kept, wire, status, mac, tci, tpid, kind = _FRAME(ring, at)
            start = at + mac
            data = ring[start : start + kept]
            if status & _VLAN_VALID:
                # The kernel took the tag out and keeps it beside the frame.
                data = self._tagged(data, tci, tpid if status & _VLAN_TPID_VALID else _TPID)
                wire += _TAG
            into.append((seconds * _SECOND + nanoseconds, number, kind, wire, data, lost))
            lost = 0
            at += step

    def _tagged(self, data: bytes, tci: int, tpid: int) -> bytes:
        """A frame with its tag behind the MAC addresses, where it was on the wire (IEEE 802.1Q)."""
        if len(data) < _MACS:
            return data
        return (data[:_MACS] + struct.pack("!HH", tpid, tci) + data[_MACS:])[: self._snaplen]

    def count(self) -> None:
        """Bring ``accepted`` (by the filter, dropped ones included) and ``dropped`` up to date."""
        # The kernel starts anew each time that it is asked.
        counts = self.socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 12)  # struct tpacket_stats_v3
        accepted, dropped, _ = struct.unpack("=III", counts)
        self.accepted += accepted
        self.dropped += dropped


def fits(links: int, memory: int) -> int:
    """How large the ring of one of so many links may be within ``memory`` bytes, both in bytes."""
    return max(FEWEST_BLOCKS, memory // BLOCK // max(1, links)) * BLOCK


def raise_file_limit() -> None:
    """Allow as many open files as the system lets this process have: a ring takes two."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
