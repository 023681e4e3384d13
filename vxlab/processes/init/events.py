"""What is waited for: descriptors, each with what is done when it can be read."""

from __future__ import annotations

import select
from collections.abc import Callable


class Events:
    """A poll(2) that knows what each descriptor is for."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._handlers: dict[int, Callable[[], object]] = {}

    def watch(self, fd: int, handler: Callable[[], object]) -> None:
        self._handlers[fd] = handler
        self._poll.register(fd, select.POLLIN)

    def forget(self, fd: int) -> None:
        """Watch it no more; nothing where it is not watched."""
        if self._handlers.pop(fd, None):
            self._poll.unregister(fd)

    def wait(self, milliseconds: float | None) -> None:
        """Do what is to be done with those that can be read, once there are any."""
        for fd, _ in self._poll.poll(milliseconds):
            handler = self._handlers.get(fd)  # another one may have forgotten it
            if handler is not None:
                handler()
