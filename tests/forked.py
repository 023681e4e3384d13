"""vxlab in a process of its own that begins where the imports are done: the tests run thousands of commands."""

import gc
import importlib
import os
import pkgutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

import typer

import vxlab
from vxlab.cli.chosen import chosen
from vxlab.cli.main import app, main

_LATE = ("rich.console", "rich.table", "rich.text")
"""Imported by functions, for which others need not wait."""

_FIRST_OTHER = 3
"""The first descriptor behind the standard streams."""


@cache
def preload() -> None:
    """Import all that a command may import, and have the collector of garbage leave it alone: what it looks at, a child
    has to copy.
    """
    for module in pkgutil.walk_packages(vxlab.__path__, "vxlab."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)
    typer.main.get_command(chosen(app, ()))  # imports too
    gc.collect()
    gc.freeze()


def program(
    *words: str | Path, env: Mapping[str, str] | None = None, before: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """What ``subprocess.Popen`` and ``run`` take, as keywords, to start vxlab with these words.

    ``before`` is called in the process of its own, first.
    """
    preload()
    texts = [*map(str, words)]
    return {"args": ["vxlab", *texts], "preexec_fn": partial(_become, texts, env, before), "restore_signals": False}


def run(*words: str | Path, timeout: float, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run vxlab to its end, with nothing on its standard input unless ``input`` is given.

    Raises:
        subprocess.TimeoutExpired: it did not end within that many seconds; it was killed.
    """
    streams = {"capture_output": True, "text": True, **({} if "input" in more else {"stdin": subprocess.DEVNULL})}
    started = program(*words, **{key: more.pop(key) for key in ("env", "before") if key in more})
    return subprocess.run(**started, timeout=timeout, check=False, **(streams | more))


def _become(words: Sequence[str], env: Mapping[str, str] | None, before: Callable[[], None]) -> NoReturn:
    """Be vxlab, in the place where the child of a fork would execute a program; its streams are there already."""
    status = 1
    try:
        os.closerange(_FIRST_OTHER, os.sysconf("SC_OPEN_MAX"))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        gc.enable()
        if env is not None:
            os.environ.clear()
            os.environ.update(env)
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
