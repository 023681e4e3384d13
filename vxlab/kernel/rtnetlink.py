"""rtnetlink in batches: many requests in one send, each acknowledgement mapped back to its request.

pyroute2 encodes and decodes the messages, and is imported with the first one that needs it. Its own sockets wait for
every answer before the next request, which is what makes a large lab slow; the kernel does not ask for that
(rtnetlink(7), netlink(7)).
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Self

from vxlab.kernel.namespaces import open_socket
from vxlab.kernel.netlink.attributes import attributes

if TYPE_CHECKING:
    from vxlab.kernel.netlink.message import Message

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x4, 0x300
NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE, NLM_F_APPEND = 0x100, 0x200, 0x400, 0x800

_SOL_NETLINK, _NETLINK_CAP_ACK, _NETLINK_EXT_ACK = 270, 10, 11
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NLM_F_DUMP_INTR, _NLM_F_ACK_TLVS = 0x10, 0x200
_NLMSGERR_ATTR_MSG = 1
_HEADER = struct.Struct("=IHHII")
_FLAGS_OFFSET, _SEQUENCE_OFFSET = 6, 8
_SEQUENCE = struct.Struct("=I")

MAX_BATCH = 128
"""Requests in one send: what the kernel says if it refuses all fits net.core.rmem_default (some 1 kB each)."""


def packed(kind: int, flags: int, body: bytes) -> bytes:
    """A request; its sequence number comes when it is sent."""
    return _HEADER.pack(_HEADER.size + len(body), kind, flags | NLM_F_REQUEST, 0, 0) + body


class _Room(threading.local):
    """Where datagrams are received: to ask for a megabyte each time costs more than the system call. Each thread has
    its own, for a receive lets others run.
    """

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(1 << 20))


_room = _Room()


@dataclass(frozen=True)
class Refusal:
    """A request that the kernel refused: which one of the batch, the errno, and what the kernel said of it."""

    index: int
    errno: int
    message: str

    @property
    def text(self) -> str:
        reason = os.strerror(self.errno)
        return f"{reason}: {self.message}" if self.message else reason


class RouteSocket:
    """A NETLINK_ROUTE socket: in the named namespace, or without a name in the one that the thread is in."""

    def __init__(self, namespace: str = "") -> None:
        self._socket = open_socket(namespace, socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        for option in (_NETLINK_CAP_ACK, _NETLINK_EXT_ACK):
            self._socket.setsockopt(_SOL_NETLINK, option, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._socket.close()

    def request(self, messages: Sequence[bytes]) -> list[Refusal]:
        """Send at most ``MAX_BATCH`` requests in one go; those that the kernel refuses, in the order of requests.

        The kernel tries the requests behind a refused one too. Only the last one asks for an acknowledgement
        (NLM_F_ACK): those that are refused are answered anyway (netlink_rcv_skb() in net/netlink/af_netlink.c).
        """
        self._send(messages)
        refused = list[Refusal]()
        last = 0
        while last != len(messages):
            for message in _messages(self._receive()):
                last = message[2]
                refused += _refusal(*message)
        return refused

    def _send(self, messages: Sequence[bytes]) -> None:
        buffer = bytearray()
        for number, message in enumerate(messages):
            at = len(buffer)
            buffer += message
            _SEQUENCE.pack_into(buffer, at + _SEQUENCE_OFFSET, number + 1)
        buffer[at + _FLAGS_OFFSET] |= NLM_F_ACK
        self._socket.send(buffer)

    def _receive(self) -> bytes:
        size = self._socket.recv_into(_room.buffer)
        return bytes(_room.buffer[:size])

    def ask(self, request: bytes) -> Message:
        """The answer to a request that has one.

        Raises:
            OSError: the kernel refused.
        """
        self._socket.send(request)
        data = self._receive()
        kind, _, _, at, end = next(_places(data))
        if kind == _NLMSG_ERROR:
            raise _error(data, at)
        return _message((kind, data, at, end))

    def dump(self, request: bytes) -> list[Message]:
        """Everything that the kernel lists in answer to a dump request.

        Raises:
            OSError: the kernel refused, or changed what it listed meanwhile too often.
        """
        return [_message(place) for place in self._listed(request)]

    def bodies(self, request: bytes) -> Iterator[bytes]:
        """As ``dump``, each message undecoded and without its header.

        Raises:
            OSError: as there.
        """
        return (data[at:end] for _, data, at, end in self._listed(request))

    def _listed(self, request: bytes) -> list[_Place]:
        # A dump that was interrupted by a change says so and is asked for again (NLM_F_DUMP_INTR).
        for _ in range(10):
            found, consistent = self._dump_once(request)
            if consistent:
                return found
        raise OSError(errno.EINTR, "the tables changed while they were read, ten times in a row")

    def _dump_once(self, request: bytes) -> tuple[list[_Place], bool]:
        self._socket.send(request)
        found: list[_Place] = []
        consistent, done = True, False
        while not done:
            data = self._receive()
            for kind, flags, _, at, end in _places(data):
                consistent = consistent and not flags & _NLM_F_DUMP_INTR
                if kind == _NLMSG_DONE:
                    done = True
                elif kind == _NLMSG_ERROR:
                    raise _error(data, at)
                else:
                    found.append((kind, data, at, end))
        return found, consistent


_Place = tuple[int, bytes, int, int]
"""The type of a message, the datagram that it is in, and where it begins and ends there without its header."""


def _message(place: _Place) -> Message:
    kind, data, at, end = place
    return _reader()(kind, data, at, end)


@cache
def _reader() -> Callable[[int, bytes, int, int], Message]:
    """What decodes messages, with all of pyroute2."""
    from vxlab.kernel.netlink.classes import read

    return read


def _error(data: bytes, at: int) -> OSError:
    code = -struct.unpack_from("=i", data, at)[0]
    return OSError(code, os.strerror(code))


def _messages(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Type, flags, sequence number and body of each message in a datagram."""
    for kind, flags, sequence, at, end in _places(data):
        yield kind, flags, sequence, data[at:end]


def _places(data: bytes) -> Iterator[tuple[int, int, int, int, int]]:
    """Type, flags and sequence number of each message in a datagram, and where its body begins and ends."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, flags, sequence, _ = _HEADER.unpack_from(data, at)
        yield kind, flags, sequence, at + _HEADER.size, at + length
        at += (length + 3) & ~3


def _refusal(_: int, flags: int, sequence: int, body: bytes) -> Iterator[Refusal]:
    """What an acknowledgement refuses, if anything."""
    code = -struct.unpack_from("=i", body)[0]
    if code:
        yield Refusal(sequence - 1, code, _extended(body) if flags & _NLM_F_ACK_TLVS else "")


def _extended(body: bytes) -> str:
    """The kernel's own words in an acknowledgement (NLMSGERR_ATTR_MSG behind the capped request header)."""
    told = attributes(body, 4 + _HEADER.size, len(body))
    return told.get(_NLMSGERR_ATTR_MSG, b"").rstrip(b"\0").decode(errors="replace")
