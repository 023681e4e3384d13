"""What is on disk about labs: enough to remove one, whatever becomes of its topology file, and of its record.

    /run/vxlab/LAB/record.json   what the lab is: the last thing that was done as a whole
    /run/vxlab/LAB/next.json     what it is about to be: there from before the first kernel change until after the last
    /run/vxlab/LAB/hosts         the names of the lab, which its nodes see as /etc/hosts
    /run/vxlab/LAB/lock          held by the command that changes the lab
    /run/vxlab/.netns-mount      there where vxlab made the mount on /var/run/netns, and so takes it away

That a change is done is one rename(2), of the second file to the first: that needs no room on the disk, nor does taking
it back. /run is a tmpfs: after a reboot neither labs nor records are left.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import AbstractContextManager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from vxlab.kernel.lock import locked
from vxlab.lab import safe
from vxlab.lab.errors import LabError

DIRECTORY = Path("/run/vxlab")
MOUNT_MARK = DIRECTORY / ".netns-mount"  # no lab can have such a name
DONE, NEXT = "record.json", "next.json"
ANY = (NEXT, DONE, NEXT)
"""Where to look for a record: ``NEXT`` becomes ``DONE`` when a change is done, and ``DONE`` becomes ``NEXT`` when the
lab is to go. Who looks in this order finds it also where either happens between two looks.
"""


def can_be(lab: str) -> bool:
    """Whether there can be a lab of that name: its directory is one in ours, not ours or one above."""
    return lab not in ("", ".", "..") and "/" not in lab


def path_of(lab: str) -> Path:
    return DIRECTORY / lab


def names() -> list[str]:
    """The labs that have a record, or the beginning of one."""
    safe.check(DIRECTORY)
    return sorted(path.name for path in _directories() if _has_record(path))


def remnants() -> list[str]:
    """What looks like a lab's directory and has no record: a kill came before it was whole, or after it had gone."""
    return sorted(path.name for path in _directories() if path.is_dir() and not _has_record(path))


def _directories() -> list[Path]:
    """What is in our directory: nothing for other users, who may not look, nor where it goes with the last lab."""
    try:
        return list(DIRECTORY.iterdir())
    except (FileNotFoundError, PermissionError):
        return []


def _has_record(directory: Path) -> bool:
    return any((directory / one).exists() for one in ANY)


def exists(lab: str) -> bool:
    """Whether a lab has a record, or the beginning of one.

    Raises:
        LabError: somebody else may have written it.
    """
    check(lab)
    return _has_record(path_of(lab))


def namespaces(lab: str) -> tuple[str, ...]:
    """The namespaces that records promise to a lab, also where nothing else in them can be read."""
    check(lab)
    found: dict[str, None] = {}
    for which in ANY:
        with suppress(LabError):
            data = load(lab, which) or {}
            parts = ("namespaces",) if which == DONE else ("namespaces", "before")
            found |= dict.fromkeys(name for part in parts for name in own_names(lab, data.get(part)))
    return tuple(found)


def own_names(lab: str, data: object) -> list[str]:
    """Names of namespaces that a lab can have: one that leads out of their directory is none."""
    listed = data if isinstance(data, list) else []
    return [name for name in listed if isinstance(name, str) and name.startswith(f"{lab}-") and "/" not in name]


def check(lab: str) -> None:
    """Raises LabError where somebody else may have written what is on disk about a lab."""
    for directory in (DIRECTORY, path_of(lab)):
        safe.check(directory)


def load(lab: str, which: str) -> dict[str, Any] | None:
    check(lab)
    try:
        data = _parsed(safe.read_text(path_of(lab) / which))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise unreadable(lab, which, error) from error
    if not isinstance(data, dict):
        raise unreadable(lab, which, "it is no mapping")
    return data


@lru_cache(maxsize=2)
def _parsed(text: str) -> Any:
    """What a record says, for readers only: a command asks several times, and that of a large lab is a megabyte."""
    return json.loads(text)


def unreadable(lab: str, which: str, why: object) -> LabError:
    return LabError(
        f"the record {path_of(lab) / which} cannot be read ({why}): was it made by another version? "
        f"vxlab down {lab} removes the lab all the same"
    )


def registry() -> AbstractContextManager[None]:
    """Hold what all labs share: which namespaces are promised to which of them."""
    return locked(DIRECTORY)


def write_durably(path: Path, text: str) -> None:
    """Replace a file so that a crash leaves the old or the new content, and nothing else (rename(2)).

    Raises:
        OSError: the disk is full, or fails; there is the old content.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        with fresh.open("x") as file:  # which follows no symbolic link
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    except BaseException as error:
        fresh.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = error.filename or str(fresh)
        raise
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def abandon(lab: str) -> None:
    """The change that was begun is taken back."""
    (path_of(lab) / NEXT).unlink(missing_ok=True)
    sync_directory(path_of(lab))


def unsettle(lab: str) -> None:
    """From now on, and until it is gone, the lab is half made. This needs no room on the disk."""
    done, coming = path_of(lab) / DONE, path_of(lab) / NEXT
    if coming.exists():  # which tells of all namespaces
        done.unlink(missing_ok=True)
    elif done.exists():
        done.rename(coming)


def remove(lab: str) -> None:
    """Take away all that is on disk about a lab. What tells of its namespaces goes last but for the lock."""
    check(lab)
    directory = path_of(lab)
    last = [directory / name for name in (NEXT, DONE, "lock")]
    with suppress(FileNotFoundError):
        for path in sorted(directory.iterdir()):
            if path not in last:
                _remove(path)
    for path in last:
        path.unlink(missing_ok=True)
    forget_directory(lab)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def forget_directory(lab: str) -> None:
    """Remove the directories, unless they are used: somebody who waits for the lock may have made them anew."""
    for directory in (path_of(lab), DIRECTORY):
        with suppress(OSError, LabError):
            safe.check(directory)
            directory.rmdir()
