"""Why a user may not have namespaces: the settings of Linux and its distributions that forbid it."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

from vxlab.kernel import sysctls
from vxlab.rootless.errors import ForbiddenError, HolderError

_LIMITS = tuple(f"user.max_{kind}_namespaces" for kind in ("user", "mnt", "net", "pid"))
"""How many a user may have (namespaces(7)): 0 where somebody wanted none at all."""

_ENOUGH = 10_000

_FORBIDDING = (errno.EPERM, errno.EACCES, errno.ENOSPC, errno.EUSERS, errno.EINVAL, errno.ENOSYS)
"""What unshare(2), mount(2) and writing a map (user_namespaces(7)) answer whom they are not allowed to."""


@dataclass(frozen=True)
class Cause:
    """What forbids it, and the command with which root allows it; none where no command does."""

    what: str
    command: str = ""

    def __str__(self) -> str:
        return f"{self.what} (root allows it with `{self.command}`)" if self.command else self.what


def forbidden(error: OSError) -> HolderError:
    """The error for the user, of what the kernel said."""
    if error.errno not in _FORBIDDING:
        return HolderError(f"the process that is to hold your labs cannot be made: {error.filename}: {error.strerror}")
    causes = "; ".join(map(str, why(error)))
    refused = f"{error.filename}: {error.strerror}"
    return ForbiddenError(f"this machine does not let you have namespaces of your own ({refused}): {causes}")


def why(error: OSError) -> list[Cause]:
    """What forbids namespaces to this user, as far as the settings tell it."""
    if error.errno == errno.ENOSPC:
        return _limits() or [Cause("as many are in use as user.max_user_namespaces allows, here or further out")]
    if not Path("/proc/self/ns/user").exists():
        return [Cause("this kernel was built without CONFIG_USER_NS")]
    return [*_limits(), *_settings()] or _surroundings()


def _limits() -> list[Cause]:
    return [Cause(f"{name} is 0", f"sysctl -w {name}={_ENOUGH}") for name in _LIMITS if sysctls.read(name) == "0"]


def _settings() -> list[Cause]:
    """The switches that distributions have for it."""
    forbidding = {
        "kernel.unprivileged_userns_clone": ("0", "1"),  # Debian until 10, and hardened kernels
        "kernel.apparmor_restrict_unprivileged_userns": ("1", "0"),  # Ubuntu from 23.10 on
    }
    return [
        Cause(f"{name} is {bad}", f"sysctl -w {name}={good}")
        for name, (bad, good) in forbidding.items()
        if sysctls.read(name) == bad
    ]


def _surroundings() -> list[Cause]:
    """What else makes unshare(2) fail with EPERM, of which no setting tells."""
    if _is_filtered():
        return [
            Cause("a seccomp filter of the container that this runs in forbids it; that is a setting of its runtime")
        ]
    if not any(line.split()[4] == "/" for line in Path("/proc/self/mountinfo").read_text().splitlines()):
        return [Cause("no process may make user namespaces in a chroot")]
    return [Cause("a security module of the kernel (SELinux, AppArmor, ...) may say more in the kernel's log: `dmesg`")]


def _is_filtered() -> bool:
    """Whether a filter decides about system calls (proc_pid_status(5), Seccomp: 2)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return any(line.split() == ["Seccomp:", "2"] for line in lines)
