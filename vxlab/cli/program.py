"""The program ``vxlab`` as a process: how it begins, and how it ends."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

_GARBAGE = 1_000_000
"""Objects to be made before they are looked through."""


def main() -> None:
    """Run the program, and end the process with its exit status (``vxlab.cli.main.main``)."""
    # What a command makes it keeps, mostly until it ends: to look it through for garbage takes a third of its time.
    gc.set_threshold(_GARBAGE)
    from vxlab.cli.main import main as command  # this makes a lot, too

    try:
        command()
    except SystemExit as end:
        _end(end.code)
        raise


def _end(status: str | int | None) -> None:
    """End at once: to take everything apart that the kernel takes back anyway is a tenth of a short command.

    Returns where there is something left to say: the interpreter tells of output that cannot be written.
    """
    if isinstance(status, str):
        return
    with suppress(OSError, ValueError):
        for stream in (sys.stdout, sys.stderr):
            if stream:
                stream.flush()
        os._exit(status or 0)
