"""System calls that Python 3.11 lacks, one plain function each, named as the call is."""

from __future__ import annotations

import ctypes
import os

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_BIND = 0x1000
MS_REC = 0x4000
MS_SLAVE = 0x80000
MS_SHARED = 0x100000
MNT_DETACH = 2

FSOPEN_CLOEXEC = 1
FSMOUNT_CLOEXEC = 1
FSCONFIG_CMD_CREATE = 6

PR_SET_PDEATHSIG = 1

IN_CLOEXEC = 0o2000000
IN_MOVED_TO = 0x80
IN_CLOSE_WRITE = 0x8
IN_DELETE = 0x200

# The same on all architectures but alpha (include/uapi/asm-generic/unistd.h); the C library has no functions for them
# before version 2.36.
_NR_FSOPEN, _NR_FSCONFIG, _NR_FSMOUNT = 430, 431, 432

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result < 0:
        errno = ctypes.get_errno()
        raise OSError(errno, os.strerror(errno), what)


def setns(fd: int, kind: int) -> None:
    """Move the calling thread into the namespace that ``fd`` refers to (setns(2))."""
    _check(_libc.setns(fd, kind), f"fd {fd}")


def unshare(flags: int) -> None:
    """Give the calling thread namespaces of its own (unshare(2))."""
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str, flags: int) -> None:
    """Attach a file system, or change one that is attached (mount(2))."""
    _check(_libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), None), target)


def umount2(target: str, flags: int) -> None:
    """Detach a file system (umount2(2))."""
    _check(_libc.umount2(target.encode(), flags), target)


def fsopen(kind: str, flags: int) -> int:
    """A descriptor by which a new instance of a file system is configured (fsopen(2), Linux 5.2)."""
    fd = int(_libc.syscall(_NR_FSOPEN, kind.encode(), flags))
    _check(fd, kind)
    return fd


def fsconfig(fd: int, command: int) -> None:
    """Do what needs no key and no value to a file system that is being configured (fsconfig(2), Linux 5.2)."""
    _check(_libc.syscall(_NR_FSCONFIG, fd, command, None, None, 0), "fsconfig")


def fsmount(fd: int, flags: int) -> int:
    """A descriptor of the root of a configured file system, which is mounted nowhere (fsmount(2), Linux 5.2)."""
    root = int(_libc.syscall(_NR_FSMOUNT, fd, flags, 0))
    _check(root, "fsmount")
    return root


def prctl(option: int, value: int) -> None:
    """Set something of the calling process (prctl(2))."""
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


def inotify_init1(flags: int) -> int:
    """A descriptor that can be read when something that is watched has happened (inotify_init1(2))."""
    fd = int(_libc.inotify_init1(flags))
    _check(fd, "inotify")
    return fd


def inotify_add_watch(fd: int, path: str, events: int) -> None:
    """Watch a file or directory (inotify_add_watch(2))."""
    _check(_libc.inotify_add_watch(fd, path.encode(), events), path)


def setsockopt(fd: int, level: int, option: int, value: bytes) -> None:
    """Set an option of a socket (setsockopt(2)) while other threads run: Python's own holds them up."""
    _check(_libc.setsockopt(fd, level, option, value, len(value)), f"option {option} of fd {fd}")
