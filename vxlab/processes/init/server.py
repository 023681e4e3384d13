"""The requests that come to an init."""

from __future__ import annotations

import json
import socket
from functools import partial
from typing import TYPE_CHECKING

from vxlab.processes.errors import reason

if TYPE_CHECKING:
    from vxlab.processes.init.events import Events
    from vxlab.processes.init.log import Log
    from vxlab.processes.init.spawn import Request
    from vxlab.processes.init.supervisor import Supervisor

LONGEST = 1 << 22
"""Bytes of the longest request; execve(2) takes half of it."""

_ANSWER = 1.0
"""Seconds that somebody has to read an answer."""


class Server:
    """Who has connected, and what they ask."""

    def __init__(self, events: Events, listener: socket.socket, log: Log, supervisor: Supervisor) -> None:
        self._events, self._listener, self._log, self._supervisor = events, listener, log, supervisor
        self._clients: dict[socket.socket, bytearray] = {}
        events.watch(listener.fileno(), self._accept)

    def close(self) -> None:
        """Hear nothing any more. Who has asked something waits, until the end of the init is the answer."""
        for source in (self._listener, *self._clients):
            self._events.forget(source.fileno())

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return  # who called has gone
        client.setblocking(False)
        self._clients[client] = bytearray()
        self._events.watch(client.fileno(), partial(self._read, client))

    def _read(self, client: socket.socket) -> None:
        if self._supervisor.ending:
            return
        text = self._clients[client]
        try:
            data = client.recv(1 << 16)
        except BlockingIOError:
            return  # nothing yet
        except OSError:
            data = b""
        text += data
        if not data or len(text) > LONGEST:
            self._hang_up(client)
        elif text.endswith(b"\n"):
            request = bytes(text)
            text.clear()
            try:
                self._obey(client, json.loads(request))
            except (ValueError, KeyError, TypeError):
                self._hang_up(client)  # it is none of vxlab's

    def _hang_up(self, client: socket.socket) -> None:
        self._events.forget(client.fileno())
        del self._clients[client]
        self._log.leave(client)
        client.close()

    def _obey(self, client: socket.socket, request: Request) -> None:
        do = request["do"]
        if do == "start":
            self._start(client, request)
        elif do == "stop":
            self._supervisor.stop(request["name"], request["stay"], partial(self._answer, client))
        elif do == "list":
            self._answer(client, processes=self._supervisor.as_data())
        elif do == "follow":
            self._log.follow(client)
            self._answer(client)
        else:
            self._hang_up(client)

    def _start(self, client: socket.socket, request: Request) -> None:
        if self._supervisor.when_ended(request["name"], partial(self._start, client, request)):
            return
        try:
            self._supervisor.start(request)
        except OSError as error:
            self._answer(client, error=reason(error))
        else:
            self._answer(client)

    @staticmethod
    def _answer(client: socket.socket, **data: object) -> None:
        try:
            client.settimeout(_ANSWER)
            client.sendall(json.dumps(data).encode() + b"\n")
            client.setblocking(False)
        except OSError:
            pass  # who asked has gone
