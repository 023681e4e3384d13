"""vxlab in a process of its own that begins where the imports are done: a test runs hundreds of commands."""

import importlib
import os
import pkgutil
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import IO, NoReturn

import vxlab
from vxlab.cli.main import main


def preload() -> None:
    """Import all that a command may import."""
    for module in pkgutil.walk_packages(vxlab.__path__, "vxlab."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def run(
    words: Sequence[str], timeout: float, before: Callable[[], None] = lambda: None
) -> subprocess.CompletedProcess[str]:
    """The same as running the program with these words, with nothing on its standard input.

    ``before`` is called in the process of its own, first.

    Raises:
        subprocess.TimeoutExpired: it did not end within that many seconds; it was killed.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            _become(words, out, err, before)
        process = os.pidfd_open(pid)
        in_time = select.select([process], [], [], timeout)[0]
        if not in_time:
            os.kill(pid, signal.SIGKILL)
        os.close(process)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if not in_time:
            raise subprocess.TimeoutExpired(["vxlab", *words], timeout, _text(out), _text(err))
        return subprocess.CompletedProcess(["vxlab", *words], status, _text(out), _text(err))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def _become(words: Sequence[str], out: IO[bytes], err: IO[bytes], before: Callable[[], None]) -> NoReturn:
    status = 1
    try:
        for stream, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, out.fileno()), (2, err.fileno())):
            os.dup2(file, stream)
        sys.stdin, sys.stdout, sys.stderr = (
            TextIOWrapper(open(stream, mode, closefd=False), line_buffering=stream == 2)  # noqa: SIM115
            for stream, mode in ((0, "rb"), (1, "wb"), (2, "wb"))
        )
        sys.argv = ["vxlab", *words]
        before()
        main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
