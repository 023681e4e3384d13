"""Work that may run away, in a process of its own.

Why a process: Python can neither stop a thread nor limit one. A template may loop for ever, ask for a number of a
hundred million digits, or for all memory; the kernel ends a process that does, in the middle of anything, and takes
back all that it held. Why a fork: the child has the modules that are loaded and the text already, and starts in a
millisecond; a new interpreter takes a hundred.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

CPU_SECONDS = 1
"""Of work, so that a busy machine fails nobody. A template of 10,000 nodes takes a tenth of that."""

WALL_SECONDS = 12
"""Where the child neither works nor ends: it was stopped, or the machine swaps."""

MEMORY = 120_000_000
"""Bytes of address space, on top of what the process has when it is forked."""


class OvertimeError(BaseException):
    """Raised in the child when its time is over. No Exception, which the work might catch on its way."""


class StoppedError(Exception):
    """The child was ended before it had an answer."""


def run(work: Callable[[], Any]) -> Any:
    """Do work in a child process with little time, little memory and no files.

    Args:
        work: returns what JSON can hold. It may catch OvertimeError and MemoryError to say where it was.

    Raises:
        StoppedError: the work did not end, or not in good order.
    """
    reader, writer = os.pipe()
    # A Ctrl-C between the fork and the `try` would leave the child alone: it waits until it is in the `try`.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    pid = os.fork()
    if pid == 0:
        _be_child(work, writer, mask)
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(writer)
        return json.loads(_read(reader))
    except ValueError:  # what was cut off is no JSON
        raise StoppedError from None
    finally:
        os.close(reader)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _read(reader: int) -> bytes:
    """All that comes through a pipe until its other end is closed, or the time is over."""
    chunks = []
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    end = time.monotonic() + WALL_SECONDS
    while poll.poll(max(0, end - time.monotonic()) * 1000):
        chunk = os.read(reader, 1 << 20)
        if not chunk:
            break
        chunks.append(chunk)
    return b"".join(chunks)


def _be_child(work: Callable[[], Any], writer: int, mask: set[int | signal.Signals]) -> NoReturn:
    """Work, answer, end. Whatever happens, nothing of the parent's is run: no handler, no buffer is written twice."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # the parent tells of a Ctrl-C
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        gc.callbacks.clear()  # the parent's; and an error that meets one of them is dropped
        signal.signal(signal.SIGXCPU, _overtime)
        _limit_all()
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(json.dumps(work()).encode())
    finally:
        os._exit(0)


def _overtime(*_: object) -> NoReturn:
    raise OvertimeError


def _limit_all() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _limit(resource.RLIMIT_CORE, 0, 0)
    # The soft limit is a signal, on which the child can say where it was. It comes again each second, because Python
    # drops an error that meets it in a destructor or the like. The hard limit is the end.
    _limit(resource.RLIMIT_CPU, CPU_SECONDS, CPU_SECONDS + 1)
    _limit(resource.RLIMIT_AS, used + MEMORY, used + MEMORY)
    _limit(resource.RLIMIT_NOFILE, 0, 0)  # for new ones: should the sandbox have a hole, it opens no file


def _limit(what: int, soft: int, hard: int) -> None:
    """Set a limit, which may be lower already and cannot be raised then."""
    _, ceiling = resource.getrlimit(what)
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(what, (soft, hard))
