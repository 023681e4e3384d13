"""Work that several threads share: what takes its time in the kernel, one can do while another waits."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar, cast

T = TypeVar("T")

FEWEST = 32
"""Namespaces that are worth a thread."""

_FEWEST_THINGS = 200
"""Things that are made in some 20 microseconds each, and are worth a thread."""

_TURN = 2e-5
"""Seconds that who has come back from the kernel waits for the interpreter; as a rule it is 250 times as long."""


def side_by_side(threads: int, work: Callable[[], Iterator[None]]) -> None:
    """Work in several threads, this one among them, until all is done; when one fails all stop, and it is raised.

    Args:
        threads: how many there are to be; fewer where there cannot be so many.
        work: yields after each piece of work, and takes the next from what all share.
    """
    failures: list[BaseException] = []

    def run() -> None:
        try:
            for _ in work():
                if failures:
                    return
        except BaseException as error:
            failures.append(error)

    others: list[Thread] = []
    with suppress(RuntimeError):  # a limit, or a PID namespace to come (clone(2))
        for _ in range(threads - 1):
            thread = Thread(target=run)
            thread.start()
            others.append(thread)
    run()
    for thread in others:
        while thread.is_alive():
            try:
                thread.join()
            except BaseException as interruption:  # what they do must not go on behind who takes it back
                failures.append(interruption)
    if failures:
        raise failures[0]


@contextmanager
def brief_turns() -> Iterator[None]:
    """Let a thread that comes back from the kernel go on soon, whatever others have to compute."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


@contextmanager
def ahead(things: Iterator[T], count: int) -> Iterator[Iterator[T]]:
    """Things in their order: from when the first is asked for, a thread makes them while their user is in the kernel.

    Who asks for one that cannot be made gets the error then. Where a thread is not worth it, or cannot be, each is made
    when it is asked for.

    Args:
        things: makes them.
        count: how many there are, about.
    """
    if count < _FEWEST_THINGS or len(os.sched_getaffinity(0)) < 2:
        yield things
        return
    made = _Made(things)
    try:
        with brief_turns():
            yield made.taken()
    finally:
        made.stop()


class _Made(Generic[T]):
    """What one thread makes and another takes."""

    def __init__(self, things: Iterator[T]) -> None:
        self._things = things
        self._ready = SimpleQueue[tuple[T, None] | tuple[None, BaseException] | None]()
        self._thread = Thread(target=self._make, daemon=True)
        self._is_wanted = True

    def taken(self) -> Iterator[T]:
        try:
            self._thread.start()
        except RuntimeError:  # a limit, or a PID namespace to come (clone(2))
            yield from self._things
            return
        while item := self._ready.get():
            thing, error = item
            if error is not None:
                raise error
            yield cast(T, thing)

    def stop(self) -> None:
        self._is_wanted = False
        if self._thread.ident is not None:
            self._thread.join()

    def _make(self) -> None:
        try:
            for thing in self._things:
                if not self._is_wanted:
                    return
                self._ready.put((thing, None))
            self._ready.put(None)
        except BaseException as error:
            self._ready.put((None, error))
