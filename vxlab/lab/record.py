"""What is on disk about a lab: enough to remove it, whatever becomes of its topology file.

    /run/vxlab/LAB/record.json   written before the first kernel change, removed after the last
    /run/vxlab/LAB/hosts         the names of the lab, which its nodes see as /etc/hosts
    /run/vxlab/LAB/lock          held by the command that changes the lab
    /run/vxlab/.netns-mount      there where vxlab made the mount on /var/run/netns, and so takes it away

/run is a tmpfs: after a reboot neither labs nor records are left.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vxlab import __version__
from vxlab.kernel.lock import locked
from vxlab.lab.errors import LabError
from vxlab.state.model import NetworkState

DIRECTORY = Path("/run/vxlab")
MOUNT_MARK = DIRECTORY / ".netns-mount"  # no lab can have such a name


@dataclass(frozen=True)
class Record:
    """A lab as it was last asked for.

    ``namespaces`` are all that may exist: those of ``state``, and while a lab is being changed those that it had
    before. ``complete`` is false from the first change until the last one is done. ``settings`` are what a template
    was given.
    """

    name: str
    description: str
    file: str
    created: str
    namespaces: tuple[str, ...]
    state: NetworkState
    complete: bool
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The file and its settings, as one types them behind ``vxlab up``."""
        from vxlab.topology.settings import words_from  # with all of pydantic, for which `exec` must not wait

        return shlex.join([self.file, *words_from(self.settings)])

    @property
    def nodes(self) -> dict[str, str]:
        """The namespace of each node."""
        return {namespace.removeprefix(f"{self.name}-"): namespace for namespace in self.namespaces}

    def node_of(self, namespace: str) -> str:
        return namespace.removeprefix(f"{self.name}-")

    def write(self) -> None:
        """Put the record on disk, durably: it is there as a whole or not at all."""
        data = {
            "version": __version__,
            "name": self.name,
            "description": self.description,
            "file": self.file,
            "settings": self.settings,
            "created": self.created,
            "complete": self.complete,
            "namespaces": self.namespaces,
            "state": self.state.to_json(),
        }
        write_durably(path_of(self.name) / "record.json", json.dumps(data))


def path_of(lab: str) -> Path:
    return DIRECTORY / lab


def names() -> list[str]:
    """The labs that have a record."""
    if not DIRECTORY.is_dir():
        return []
    return sorted(path.parent.name for path in DIRECTORY.glob("*/record.json"))


def read(lab: str) -> Record | None:
    """The record of a lab; None where there is none.

    Raises:
        LabError: it is there and cannot be read.
    """
    file = path_of(lab) / "record.json"
    try:
        data: dict[str, Any] = json.loads(file.read_text())
        return Record(
            name=data["name"],
            description=data["description"],
            file=data["file"],
            created=data["created"],
            namespaces=tuple(data["namespaces"]),
            state=NetworkState.from_json(data["state"]),
            complete=data["complete"],
            settings=data.get("settings", {}),  # records of version 0.1.0 have none
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LabError(f"the record {file} cannot be read ({error}): was it made by another version?") from error


def namespaces(lab: str) -> tuple[str, ...]:
    """The namespaces that a lab has or is about to make; none where it has gone meanwhile."""
    found = read(lab)
    return found.namespaces if found else ()


def registry() -> AbstractContextManager[None]:
    """Hold what all labs share: which namespaces are promised to which of them."""
    return locked(DIRECTORY)


def write_durably(path: Path, text: str) -> None:
    """Replace a file so that a crash leaves the old or the new content, and nothing else (rename(2))."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def remove(lab: str) -> None:
    """Take away all that is on disk about a lab. The record goes last but for the lock."""
    directory = path_of(lab)
    last = [directory / "record.json", directory / "lock"]
    for path in [*(p for p in sorted(directory.iterdir()) if p not in last), *last]:
        path.unlink(missing_ok=True)
    # Somebody who waits for the lock may have made the directory anew by now.
    with suppress(OSError):
        directory.rmdir()
        DIRECTORY.rmdir()


@contextmanager
def lock(lab: str, waiting: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold a lab's lock; the kernel lets go of it when its holder ends, however that ends (flock(2)).

    Args:
        lab: the lab.
        waiting: is told once, in words, when somebody else holds the lock.
    """
    fd = _acquire(lab, waiting)
    try:
        yield
    finally:
        os.close(fd)
        if not (path_of(lab) / "record.json").exists():
            _forget_lock(lab)


def _acquire(lab: str, waiting: Callable[[str], None] | None) -> int:
    path = path_of(lab) / "lock"
    while True:
        with suppress(FileNotFoundError):  # the directory may go between the two lines
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
            _flock(fd, lab, waiting)
            # Its holder may have removed the lab, and the file with it: then this lock is on nothing.
            if path.exists() and os.path.samestat(os.fstat(fd), path.stat()):
                os.truncate(fd, 0)
                os.write(fd, str(os.getpid()).encode())
                return fd
            os.close(fd)


def _flock(fd: int, lab: str, waiting: Callable[[str], None] | None) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if waiting:
            holder = os.pread(fd, 20, 0).decode(errors="replace") or "another command"
            waiting(f"lab {lab} is in use by process {holder}: waiting for it")
        fcntl.flock(fd, fcntl.LOCK_EX)


def _forget_lock(lab: str) -> None:
    """Remove the lock of a lab that has no record, where nobody else has taken it meanwhile."""
    path = path_of(lab) / "lock"
    with suppress(OSError):
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not (path.parent / "record.json").exists():
                remove(lab)
        finally:
            os.close(fd)
