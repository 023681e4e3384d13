"""The namespaces in which an ordinary user is root, made as seen from inside (user_namespaces(7))."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from vxlab.kernel.syscalls import (
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    MS_BIND,
    MS_NODEV,
    MS_NOSUID,
    MS_REC,
    mount,
    unshare,
)

ENTERED = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET
"""What commands join. They stay in the PID namespace that they came from: there /proc tells of them."""

_OWN = ("netns", "vxlab")
"""What of /run is not the machine's in there: the names of namespaces, and the labs."""


def machine_uid() -> int:
    """The caller's user by the number that the machine has for them, also where that is 0 (user_namespaces(7))."""
    uid = os.getuid()
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        inside, outside, count = map(int, line.split())
        if inside <= uid < inside + count:
            return outside + uid - inside
    return uid


def make() -> None:
    """Move this process, which must have one thread, into new namespaces; its children into a new PID namespace.

    Files that it makes stay the user's.

    Raises:
        OSError: this is forbidden; the file name says at which step.
    """
    uid, gid = os.geteuid(), os.getegid()
    unshare(ENTERED | CLONE_NEWPID)
    # An ordinary user may map nobody but himself, and his group only after giving up setgroups(2).
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"0 {uid} 1")
    _write("/proc/self/gid_map", f"0 {gid} 1")
    for directory in {Path("/run").resolve(), Path("/var/run").resolve()}:
        _replace(directory)


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text)
    except OSError as error:
        error.filename = path  # write(2) knows of no name
        raise


def _replace(directory: Path) -> None:
    """Put a writable directory over one of the machine's, with all that is in that but for what is to be our own."""
    old = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        mount("tmpfs", str(directory), "tmpfs", MS_NOSUID | MS_NODEV)
        directory.chmod(0o755)
        with os.scandir(f"/proc/self/fd/{old}") as entries:
            for entry in entries:
                if entry.name not in _OWN:
                    # What has gone meanwhile, or may not be shown elsewhere, is not there then.
                    with suppress(OSError):
                        _show(entry, directory / entry.name)
    finally:
        os.close(old)


def _show(entry: os.DirEntry[str], path: Path) -> None:
    if entry.is_symlink():
        path.symlink_to(Path(entry.path).readlink())
        return
    if entry.is_dir():
        path.mkdir()
    else:
        path.touch(exist_ok=False)
    mount(entry.path, str(path), "none", MS_BIND | MS_REC)
