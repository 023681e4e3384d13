"""Starting the holder: the first command makes the namespaces, and the process that keeps them."""

from __future__ import annotations

import os
import socket
import sys
from typing import NoReturn

from vxlab.kernel.syscalls import (
    IN_CLOEXEC,
    IN_CLOSE_WRITE,
    IN_DELETE,
    IN_MOVED_TO,
    inotify_add_watch,
    inotify_init1,
)
from vxlab.rootless import holder, world
from vxlab.rootless.connection import Connection, claim, find
from vxlab.rootless.errors import HolderError
from vxlab.rootless.forbidden import forbidden
from vxlab.rootless.holder import USERS, is_logged_in


def hold() -> Connection:
    """The connection to the user's holder, which is made where there is none.

    Raises:
        ForbiddenError: this machine does not let the user make namespaces.
        HolderError: it does not answer.
    """
    while True:
        if found := find():
            return found
        if listener := claim():
            with listener:
                return _start(listener)


def _start(listener: socket.socket) -> Connection:
    watch = _watch_login()
    # The first in the queue: the holder counts this command before it looks for labs and finds none.
    connection = Connection(listener.getsockname())
    try:
        if refused := _fork(listener, watch):
            raise forbidden(refused)
        if not connection.wait():
            raise HolderError("the process that was to hold your labs ended at once")
    except BaseException:
        connection.close()
        raise
    return connection


def _fork(listener: socket.socket, watch: int) -> OSError | None:
    """Make the holder; why it could not be made."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _become(listener, watch, writing)
    # The name is to go with the holder, also if that was never made.
    listener.close()
    os.close(writing)
    if watch >= 0:
        os.close(watch)
    with open(reading, "rb") as report:
        error, _, what = report.read().decode().partition(" ")
    os.waitpid(child, 0)
    return OSError(int(error), os.strerror(int(error)), what) if error else None


def _become(listener: socket.socket, watch: int, report: int) -> NoReturn:
    """Make the namespaces, and in them the holder; a report that ends without a word says that it runs."""
    try:
        os.setsid()  # Ctrl-C is for the command, not for the labs
        uid = os.geteuid()
        world.make()
        if os.fork() == 0:
            words = [str(listener.fileno()), str(watch), str(uid)]
            for fd in (listener.fileno(), watch):
                if fd >= 0:
                    os.set_inheritable(fd, True)
            os.execv(sys.executable, [sys.executable, "-I", "-S", holder.__file__, *words])  # noqa: S606
    except OSError as error:
        os.write(report, f"{error.errno} {error.filename}".encode())
    finally:
        os._exit(0)


def _watch_login() -> int:
    """What tells that somebody logs in or out (inotify(7)); -1 where the user is not logged in as logind sees it."""
    if not is_logged_in(os.geteuid()):
        return -1
    try:
        watch = inotify_init1(IN_CLOEXEC)
        # logind writes a file anew and renames it into place, and removes it in the end.
        inotify_add_watch(watch, str(USERS), IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE)
    except OSError as error:
        raise HolderError(
            f"there is no seeing when you log out ({error.strerror}): `vxlab doctor` tells of the limits of inotify"
        ) from error
    return watch
