"""Frames put on a link as they are, with packet sockets (packet(7))."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
from types import TracebackType
from typing import Self

from vxlab.kernel.namespaces import open_socket
from vxlab.packets.errors import SendError
from vxlab.packets.ring import Place

_SIOCGIFMTU = 0x8921


class Wire:
    """A link to send on. ``mac`` is its own, empty where its frames have none; ``mtu`` is in bytes."""

    def __init__(self, place: Place, shown: str) -> None:
        """Open a link.

        Args:
            place: the link.
            shown: what users call it.

        Raises:
            SendError: there is no such link.
        """
        self._shown = shown
        try:
            self._socket = open_socket(place[0], socket.AF_PACKET, socket.SOCK_RAW)
            self._socket.bind((place[1], 0))
        except OSError as error:
            raise SendError(f"{shown} is not there: {os.strerror(error.errno or 0).lower()}") from error
        self.mac = self._socket.getsockname()[4].hex(":")
        asked = fcntl.ioctl(self._socket, _SIOCGIFMTU, struct.pack("16si20x", place[1].encode(), 0))
        self.mtu = int(struct.unpack("16si20x", asked)[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._socket.close()

    def send(self, frame: bytes) -> None:
        """Send a frame.

        Raises:
            SendError: the kernel does not take it.
        """
        try:
            self._socket.send(frame)
        except OSError as error:
            raise SendError(self._told(error, len(frame))) from error

    def _told(self, error: OSError, size: int) -> str:
        if error.errno == errno.EMSGSIZE:
            return f"{self._shown} does not take a frame of {size} bytes: its MTU is {self.mtu} (Ethernet header apart)"
        if error.errno == errno.ENETDOWN:
            return f"{self._shown} is down"
        return f"{self._shown} does not take the frame: {(error.strerror or str(error)).lower()}"


def hardware_address(place: Place) -> str:
    """The MAC address of a link; empty where it has none.

    Raises:
        OSError: there is no such link.
    """
    with open_socket(place[0], socket.AF_PACKET, socket.SOCK_RAW) as look:
        look.bind((place[1], 0))
        return str(look.getsockname()[4].hex(":"))
