"""Starting a program, in a session and a process group of its own."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, NoReturn

    Request = dict[str, Any]


def spawn(request: Request) -> tuple[int, int]:
    """Start a program.

    Returns:
        Its process id, and the end of the pipe that it prints into.

    Raises:
        OSError: with the program or the directory that is wrong, without one where it is neither.
    """
    output, printed = os.pipe()
    try:
        pid = _fork(request, printed)
    except OSError:
        os.close(output)
        raise
    finally:
        os.close(printed)
    os.set_blocking(output, False)
    return pid, output


def _fork(request: Request, printed: int) -> int:
    """Fork, and wait until the child is the program or has told why not: what it tells by is closed by execve(2)."""
    trouble, told = os.pipe()
    with open(trouble, "rb") as pipe:
        try:
            pid = os.fork()
            if pid == 0:
                _become(request, printed, told)
        finally:
            os.close(told)
        error = pipe.read()
    if error:
        os.waitpid(pid, 0)
        number, what = json.loads(error)
        raise OSError(number, os.strerror(number), what)
    return pid


def _become(request: Request, printed: int, told: int) -> NoReturn:
    what = None  # is wrong, where something goes wrong
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for fd, source in enumerate((nothing, printed, printed)):
            os.dup2(source, fd)
        signal.set_wakeup_fd(-1)
        # Those that Python ignores, and those that the init has a use for.
        for signum in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(signum, signal.SIG_DFL)
        what = request["directory"]
        os.chdir(what)
        what = request["run"][0]
        os.execvpe(what, request["run"], request["environment"])
    except OSError as error:
        os.write(told, json.dumps([error.errno, what]).encode())
    finally:
        os._exit(127)
