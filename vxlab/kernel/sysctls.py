"""Sysctls of the namespace that the calling thread is in: /proc/sys/net shows that of its reader."""

from __future__ import annotations

import os
from functools import cache

from vxlab.kernel import namespaces
from vxlab.kernel.procfs import Procfs
from vxlab.state.kinds.sysctl import path_of

_LONGEST = 1 << 18


def write(key: str, value: str, procfs: Procfs | None = None) -> None:
    """Set a sysctl.

    Args:
        key: its name.
        value: what it is set to.
        procfs: where it is looked up, instead of in /proc.

    Raises:
        OSError: there is none of that name, or the kernel does not take the value.
    """
    fd = _open(key, os.O_WRONLY, procfs)
    try:
        os.write(fd, value.encode())
    finally:
        os.close(fd)


@cache
def fresh(key: str) -> str | None:
    """The value in a new namespace; None where there is no such sysctl."""
    with namespaces.scratch():
        return read(key)


def read(key: str, procfs: Procfs | None = None) -> str | None:
    """The value with single spaces between its words; None where there is no such sysctl."""
    try:
        fd = _open(key, os.O_RDONLY, procfs)
        try:
            return " ".join(os.read(fd, _LONGEST).decode().split())
        finally:
            os.close(fd)
    except OSError:
        return None


def _open(key: str, flags: int, procfs: Procfs | None) -> int:
    path = f"sys/{path_of(key)}"
    if procfs is None:
        return os.open(f"/proc/{path}", flags | os.O_CLOEXEC)
    return os.open(path, flags | os.O_CLOEXEC, dir_fd=procfs.root())
