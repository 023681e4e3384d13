"""Namespaces that are made while it is still being worked out what goes into them.

They have no names yet: if it comes to nothing, or somebody kills us, they end with the descriptors that hold them.
"""

from __future__ import annotations

import os
import resource
import sys
from collections import deque
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Self

from vxlab.kernel.namespaces import open_new
from vxlab.kernel.side_by_side import FEWEST

_PATIENCE = 1e-4
"""Seconds that who has come back from the kernel waits for the interpreter; as a rule it is fifty times as long."""


class Stock:
    """A thread makes namespaces until there are so many, or somebody wants them."""

    def __init__(self, count: int) -> None:
        self._made: deque[int] = deque()
        self._count = min(count, _limit())
        self._thread: Thread | None = None
        self._usual = sys.getswitchinterval()

    def __enter__(self) -> Self:
        if self._count >= FEWEST and len(os.sched_getaffinity(0)) > 1:
            thread = Thread(target=self._fill, daemon=True)
            with suppress(RuntimeError):  # so many threads there cannot be: who needs a namespace makes it
                thread.start()
                self._thread = thread
                sys.setswitchinterval(_PATIENCE)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        for fd in self.stop():
            os.close(fd)

    def stop(self) -> deque[int]:
        """Make no more. Of what is handed out, who takes a descriptor off it closes that."""
        self._count = 0
        if self._thread:
            self._thread.join()
            self._thread = None
            sys.setswitchinterval(self._usual)
        return self._made

    def _fill(self) -> None:
        with suppress(OSError):  # who needs a namespace asks the kernel again, and tells what it refuses
            while len(self._made) < self._count:
                self._made.append(open_new())


def _limit() -> int:
    """Half of the files that may be open (getrlimit(2)): whatever else is done meanwhile has the other half."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft // 2
