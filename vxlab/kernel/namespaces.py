"""Named network namespaces, made as iproute2 makes them (ip/ipnetns.c), so that both can share them.

A name is a file in /var/run/netns on which the namespace is bind-mounted. The directory is a shared mount, so
that names which are made or removed in one mount namespace come and go in the others.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from threading import Thread
from typing import TypeVar, cast

from vxlab.kernel.lock import locked
from vxlab.kernel.syscalls import (
    CLONE_NEWNET,
    MNT_DETACH,
    MS_BIND,
    MS_REC,
    MS_SHARED,
    mount,
    setns,
    umount2,
    unshare,
)

T = TypeVar("T")

DIRECTORY = Path("/var/run/netns")
_OWN = "/proc/thread-self/ns/net"
_BEGUN = 0o400
"""The mode of a file that vxlab is about to make a name. That of iproute2 is 0 (netns_add() in ip/ipnetns.c)."""


def _file(name: str) -> str:
    """The same as text: to make a ``Path`` takes longer than most of what is done with it."""
    return f"{DIRECTORY}/{name}"


def _status(name: str) -> os.stat_result | None:
    """What the file of a name is; None where there is none."""
    try:
        return os.lstat(_file(name))
    except FileNotFoundError:
        return None


def exists(name: str) -> bool:
    return _status(name) is not None


def is_whole(name: str) -> bool:
    """Whether a name is that of a namespace, and not a file that a kill in the middle of ``create`` left."""
    status = _status(name)
    return status is not None and status.st_dev == _nsfs()


@cache
def _nsfs() -> int:
    """The device of the file system that namespaces are files of."""
    return Path(_OWN).stat().st_dev


def is_unfinished(name: str) -> bool:
    """Whether a name is an empty file, as a kill in the middle of ``create`` leaves it, or one of ``ip netns del``."""
    status = _status(name)
    return status is not None and _is_empty(status)


def is_begun(name: str) -> bool:
    """Whether a name is such a file, and one that ``create`` made."""
    status = _status(name)
    return status is not None and _is_empty(status) and stat.S_IMODE(status.st_mode) == _BEGUN


def _is_empty(status: os.stat_result) -> bool:
    """Whether it is an empty file, on which no namespace is mounted."""
    return stat.S_ISREG(status.st_mode) and status.st_size == 0 and status.st_dev != _nsfs()


def names() -> list[str]:
    """All names that there are, whoever made them."""
    with suppress(FileNotFoundError):
        return sorted(path.name for path in DIRECTORY.iterdir())
    return []


def is_prepared() -> bool:
    """Whether names can be made: the directory is there and a mount point."""
    # os.path.ismount() does not see a directory that is mounted on itself, and /proc/self/mountinfo also lists
    # mounts that another one hides.
    return DIRECTORY.is_dir() and _mount_id(DIRECTORY) != _mount_id(DIRECTORY.parent)


def _mount_id(path: Path) -> str:
    """Which mount a directory is on (proc_pid_fdinfo(5))."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        lines = Path(f"/proc/self/fdinfo/{fd}").read_text().splitlines()
        return next(line for line in lines if line.startswith("mnt_id:"))
    finally:
        os.close(fd)


def prepare() -> None:
    """Make the directory and the shared mount on it; nothing where they are there."""
    DIRECTORY.mkdir(mode=0o755, exist_ok=True)
    # The lock that iproute2 takes, so that two programs do not mount the directory on itself twice.
    with locked(DIRECTORY):
        try:
            mount("", str(DIRECTORY), "none", MS_SHARED | MS_REC)
            return
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
        # It is no mount point yet.
        mount(str(DIRECTORY), str(DIRECTORY), "none", MS_BIND | MS_REC)
        mount("", str(DIRECTORY), "none", MS_SHARED | MS_REC)


def unprepare() -> None:
    """Take the mount and the directory away again, unless names are in it.

    Raises:
        OSError: the kernel refused.
    """
    with suppress(FileNotFoundError):
        if any(DIRECTORY.iterdir()):
            return
        # Without MNT_DETACH: where somebody has made a namespace meanwhile, EBUSY is the right answer. (No lock here:
        # to hold it, the directory would have to be open, and so busy.) EINVAL: it is not mounted yet, or not any more.
        with _unless(errno.EBUSY, errno.EINVAL):
            umount2(str(DIRECTORY), 0)
        with _unless(errno.EBUSY, errno.ENOTEMPTY):
            DIRECTORY.rmdir()


@contextmanager
def _unless(*errnos: int) -> Iterator[None]:
    """Do without the body where the kernel refuses it with one of ``errnos``."""
    try:
        yield
    except OSError as error:
        if error.errno not in errnos:
            raise


@contextmanager
def create(name: str, prepare: Callable[[], None] | None = None, fd: int | None = None) -> Iterator[None]:
    """Make a namespace with a name, and run the body in it.

    Args:
        name: the name.
        prepare: is called in the namespace before it has its name.
        fd: a descriptor of a new namespace, if there is one already.

    Raises:
        FileExistsError: the name is taken.
        OSError: the kernel refused.
    """
    _begin(name)
    with ExitStack() as stay:
        try:
            stay.enter_context(scratch(fd))
            if prepare:
                prepare()
            mount(_OWN, _file(name), "none", MS_BIND)
        except BaseException:
            delete(name)
            raise
        yield


def attach(name: str) -> None:
    """Give the namespace of the calling thread a name, as ``ip netns attach`` does.

    Raises:
        FileExistsError: the name is taken.
        OSError: the kernel refused.
    """
    _begin(name)
    try:
        mount(_OWN, _file(name), "none", MS_BIND)
    except BaseException:
        delete(name)
        raise


def is_own(name: str) -> bool:
    """Whether a name is that of the namespace in which the calling thread is."""
    own = os.stat(_OWN)  # noqa: PTH116  see _file()
    with suppress(FileNotFoundError):
        return identity(name) == (own.st_dev, own.st_ino)
    return False


def _begin(name: str) -> None:
    os.close(os.open(_file(name), os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _BEGUN))


def delete(name: str) -> None:
    """Remove a name; the namespace ends when nothing uses it any more. A name that is not there is no error.

    Raises:
        OSError: the kernel refused.
    """
    # EINVAL: the file is there and nothing is mounted on it, as after a kill in the middle of `create`.
    with _unless(errno.EINVAL, errno.ENOENT):
        umount2(_file(name), MNT_DETACH)
    with suppress(FileNotFoundError):
        os.unlink(_file(name))  # noqa: PTH108  see _file()


def open_(name: str) -> int:
    """A descriptor of a namespace, which keeps it alive.

    Raises:
        FileNotFoundError: there is no such name, or it is not (yet, or any more) that of a namespace.
        OSError: the kernel refused.
    """
    path = _file(name)
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    if os.fstat(fd).st_dev != _nsfs():
        os.close(fd)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    return fd


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Run the body with the calling thread in a namespace.

    Raises:
        OSError: as ``open_``, or the kernel refused.
    """
    with journey() as go:
        go(name)
        yield


@contextmanager
def journey() -> Iterator[Callable[[str], None]]:
    """Run the body with what brings the calling thread to a namespace, and then to another; at the end it is back.

    What is handed out raises what ``inside`` does.
    """
    with _returning():
        yield _go


def _go(name: str) -> None:
    fd = open_(name)
    try:
        setns(fd, CLONE_NEWNET)
    finally:
        os.close(fd)


def elsewhere(work: Callable[[], T]) -> T:
    """Do something that takes its time in namespaces, in a thread of its own.

    Of a process /proc tells where its first thread is: who goes through a lab in that one is taken for somebody who
    lives there, and ended with it. Where there can be no other thread, it is done in this one.

    Raises:
        Exception: whatever ``work`` raises.
    """
    outcome: list[tuple[T | None, BaseException | None]] = []

    def run() -> None:
        try:
            outcome.append((work(), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = Thread(target=run, daemon=True)
    try:
        thread.start()
    except RuntimeError:  # a limit; or its children are to be in another PID namespace, and threads cannot (clone(2))
        return work()
    thread.join()
    result, error = outcome[0]
    if error is not None:
        raise error
    return cast(T, result)


@contextmanager
def scratch(fd: int | None = None) -> Iterator[None]:
    """Run the body in a new namespace without a name, which ends with the last thing that uses it.

    ``fd`` is a descriptor of it, if there is one already.
    """
    with _returning():
        if fd is None:
            unshare(CLONE_NEWNET)
        else:
            setns(fd, CLONE_NEWNET)
        yield


def open_new() -> int:
    """A descriptor of a new namespace, which is left with the calling thread in it.

    Raises:
        OSError: the kernel refused.
    """
    unshare(CLONE_NEWNET)
    return os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC)


@contextmanager
def _returning() -> Iterator[None]:
    """Bring the calling thread back to the namespace that it was in."""
    home = os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield
    finally:
        setns(home, CLONE_NEWNET)
        os.close(home)


def identity(name: str) -> tuple[int, int]:
    """Device and inode of a namespace, by which /proc/PID/ns/net can be compared with it."""
    status = os.stat(_file(name))  # noqa: PTH116  see _file()
    return (status.st_dev, status.st_ino)


def index_of(name: str, link: str) -> int:
    """The interface index of a link in a namespace.

    Raises:
        OSError: there is no such link, or no such namespace.
    """
    with inside(name):
        return socket.if_nametoindex(link)


def open_socket(name: str, family: int, kind: int, protocol: int = 0) -> socket.socket:
    """A socket that belongs to a namespace, wherever its user is; without a name, to the one of the thread."""
    with inside(name) if name else nullcontext():
        return socket.socket(family, kind | socket.SOCK_CLOEXEC, protocol)
