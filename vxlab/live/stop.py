"""Ctrl-C and its kin, as something that can be waited for."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Any, Self


class Stop:
    """From entering it on, SIGINT, SIGTERM and SIGHUP ask for an end instead of making one; the second one makes it."""

    def __init__(self) -> None:
        self.is_set = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self.fd, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        # SIGINT also where a shell started the program in the background and let it ignore that, as tcpdump does.
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if one is signal.SIGHUP and signal.getsignal(one) is signal.SIG_IGN:
                continue  # nohup(1)
            self._before[one] = signal.signal(one, self._note)
        return self

    def _note(self, _: int, __: FrameType | None) -> None:
        if self.is_set:
            raise KeyboardInterrupt
        self.is_set = True
        os.write(self._wake, b"\0")

    def __exit__(self, *_: object) -> None:
        for one, handler in self._before.items():
            signal.signal(one, handler)
        os.close(self.fd)
        os.close(self._wake)
