"""What is waited for: descriptors, each with what is done when it can be read."""

from __future__ import annotations

import select
from collections.abc import Callable


class Events:
    """A poll(2) that knows what each descriptor is for. ``trouble`` is told of a handler that fails.

    Nothing that fails in one may end the loop: with PID 1 the kernel kills all of its namespace (pid_namespaces(7)).
    """

    def __init__(self, trouble: Callable[[Exception], object]) -> None:
        self._trouble = trouble
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
        ready = [(fd, self._handlers[fd]) for fd, _ in self._poll.poll(milliseconds)]
        for fd, handler in ready:
            # A handler before may have forgotten it, and what has its number by now need not be ready.
            if self._handlers.get(fd) is handler:
                self._handle(handler)

    def _handle(self, handler: Callable[[], object]) -> None:
        try:
            handler()
        except Exception as error:
            self._trouble(error)
