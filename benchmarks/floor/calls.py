"""The system calls that make, name and remove network namespaces, by way of the C library. Paths are bytes.

Each raises OSError where the kernel refuses.
"""

import ctypes
import os

CLONE_NEWNET = 0x40000000
MS_BIND, MS_REC, MS_SHARED = 0x1000, 0x4000, 0x100000
MNT_DETACH = 2

# The same numbers on all machines (include/uapi/asm-generic/unistd.h); the C library has functions of them since 2.36.
_FSOPEN, _FSCONFIG, _FSMOUNT = 430, 431, 432
_FSOPEN_CLOEXEC = _FSMOUNT_CLOEXEC = 1
_FSCONFIG_CMD_CREATE = 6

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result, what):
    if result < 0:
        errno = ctypes.get_errno()
        raise OSError(errno, os.strerror(errno), what)
    return result


def unshare(flags):
    """Give the calling thread namespaces of its own (unshare(2))."""
    _checked(_libc.unshare(flags), "unshare")


def mount(source, target, flags):
    """Bind a file or directory to another one, or change a mount that is there (mount(2))."""
    _checked(_libc.mount(source, target, b"none", ctypes.c_ulong(flags), None), target)


def umount2(target, flags):
    """Detach a mount (umount2(2))."""
    _checked(_libc.umount2(target, flags), target)


def fresh(kind):
    """A descriptor of a new file system of a kind, mounted nowhere; it ends with the descriptor (fsopen(2))."""
    context = _checked(_libc.syscall(_FSOPEN, kind, _FSOPEN_CLOEXEC), "fsopen")
    _checked(_libc.syscall(_FSCONFIG, context, _FSCONFIG_CMD_CREATE, None, None, 0), "fsconfig")
    mounted = _checked(_libc.syscall(_FSMOUNT, context, _FSMOUNT_CLOEXEC, 0), "fsmount")
    os.close(context)
    return mounted
