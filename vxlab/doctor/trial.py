"""Trying things out where they leave nothing: in a process of its own, in namespaces of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, NoReturn

from vxlab.kernel import namespaces
from vxlab.kernel.syscalls import CLONE_NEWNET, CLONE_NEWNS, MS_REC, MS_SLAVE, mount, unshare
from vxlab.rootless import world


def alone(attempt: Callable[[], Any]) -> Any:
    """What an attempt returns, as JSON has it, made by root or by root in a user namespace.

    Raises:
        OSError: there are no namespaces for this user; the file name says at which step that was refused.
        RuntimeError: the attempt failed; that is an error of this program.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _try(attempt, writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    if not answer:
        raise RuntimeError("what was tried ended without an answer")
    told = json.loads(answer)
    if "errno" in told:
        raise OSError(told["errno"], os.strerror(told["errno"]), told["what"])
    if "failed" in told:
        raise RuntimeError(told["failed"])
    return told["found"]


def _try(attempt: Callable[[], Any], writing: int) -> NoReturn:
    try:
        try:
            _go_away()
        except OSError as error:
            told = {"errno": error.errno, "what": error.filename or "namespaces"}
        else:
            told = {"found": attempt()}
    except BaseException as error:
        told = {"failed": f"{type(error).__name__}: {error}"}
    os.write(writing, json.dumps(told).encode())
    os._exit(0)


def _go_away() -> None:
    """Enter namespaces in which nothing has a name yet."""
    if os.geteuid() != 0:
        world.make()
    else:
        unshare(CLONE_NEWNS | CLONE_NEWNET)
        mount("", "/", "none", MS_SLAVE | MS_REC)
        mount("tmpfs", "/run", "tmpfs", 0)
    namespaces.prepare()
