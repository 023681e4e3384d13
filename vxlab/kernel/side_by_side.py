"""Work that several threads share: what takes its time in the kernel, one can do while another waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread

FEWEST = 32
"""Namespaces that are worth a thread."""


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
