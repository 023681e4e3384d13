"""A /proc of our own, through which sysctls are reached as fast in one of a thousand namespaces as in the only one.

The kernel keeps what has been looked up below /proc/sys/net once for each namespace, all in one hash chain
(proc_sys_compare() in fs/proc/proc_sysctl.c): the thousandth namespace is looked for among a thousand. An instance of
the file system has chains of its own. Ours is mounted nowhere, and gone with its descriptor.
"""

from __future__ import annotations

import os
from contextlib import suppress
from types import TracebackType
from typing import Self

from vxlab.kernel import syscalls

_MOST = 64
"""Lookups in one instance: to make and end one takes as long as some twenty of them."""


class Procfs:
    """Hands out an instance that few lookups were made in; /proc itself where none can be had: by who is not root of
    the process id namespace, and before Linux 5.2.
    """

    def __init__(self) -> None:
        self._fd: int | None = None
        self._uses = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def root(self) -> int:
        """A descriptor of its root directory, good until the next call.

        Raises:
            OSError: there is no /proc.
        """
        if self._fd is None or self._uses >= _MOST:
            fresh = _instance()
            self.close()
            self._fd, self._uses = fresh, 0
        self._uses += 1
        return self._fd


def _instance() -> int:
    with suppress(OSError):
        # Where somebody has made the sysctls read-only, they are so for us too.
        if not os.statvfs("/proc/sys").f_flag & os.ST_RDONLY:
            return _fresh()
    return os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _fresh() -> int:
    context = syscalls.fsopen("proc", syscalls.FSOPEN_CLOEXEC)
    try:
        syscalls.fsconfig(context, syscalls.FSCONFIG_CMD_CREATE)
        return syscalls.fsmount(context, syscalls.FSMOUNT_CLOEXEC)
    finally:
        os.close(context)
