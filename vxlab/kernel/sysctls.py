"""Sysctls of the namespace that the calling thread is in: /proc/sys/net shows that of its reader."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from vxlab.kernel import namespaces
from vxlab.state.kinds.sysctl import path_of

_ROOT = Path("/proc/sys")


def write(key: str, value: str) -> None:
    """Set a sysctl.

    Raises:
        OSError: there is none of that name, or the kernel does not take the value.
    """
    with (_ROOT / path_of(key)).open("w") as file:
        file.write(value)


@cache
def fresh(key: str) -> str | None:
    """The value in a new namespace; None where there is no such sysctl."""
    with namespaces.scratch():
        return read(key)


def read(key: str) -> str | None:
    """The value with single spaces between its words; None where there is no such sysctl."""
    try:
        return " ".join((_ROOT / path_of(key)).read_text().split())
    except OSError:
        return None
