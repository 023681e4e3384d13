"""What is on disk about a lab: enough to remove it, whatever becomes of its topology file.

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
import pwd
import shlex
import shutil
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from vxlab import __version__
from vxlab.kernel.lock import locked
from vxlab.lab import safe
from vxlab.lab.errors import LabError
from vxlab.outfile import uid_behind_sudo
from vxlab.rootless.world import machine_uid
from vxlab.state.kind import Family
from vxlab.state.model import NetworkState
from vxlab.state.owned import node_of

DIRECTORY = Path("/run/vxlab")
MOUNT_MARK = DIRECTORY / ".netns-mount"  # no lab can have such a name
_DONE, _NEXT = "record.json", "next.json"


@dataclass(frozen=True)
class Record:
    """A lab as it was last asked for.

    ``machine`` is the one whose part of a topology this is, and ``far`` what lives on others; both are empty where the
    file names no machines.
    ``before`` are namespaces that it may have beside those of ``state``, while it is being changed. ``complete`` is
    false from before the first change until after the last one. ``settings`` are what a template was given, ``by`` is
    the user who asked.
    """

    name: str
    description: str
    file: str
    created: str
    state: NetworkState
    before: tuple[str, ...] = ()
    complete: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    by: str = ""
    machine: str = ""
    far: NetworkState = field(default_factory=NetworkState)

    @cached_property
    def whole(self) -> NetworkState:
        """The lab with what is on other machines."""
        return NetworkState.of([*self.state, *self.far]) if len(self.far) else self.state

    @property
    def namespaces(self) -> tuple[str, ...]:
        """All that may exist."""
        return tuple(dict.fromkeys((*self.state.namespaces, *self.before)))

    @property
    def source(self) -> str:
        """The file and its settings, as one types them behind ``vxlab up``."""
        from vxlab.topology.settings import words_from  # with all that topologies need, for which `exec` must not wait

        on = ["--on", self.machine] if self.machine else []
        return shlex.join([self.file, *on, *words_from(self.settings)])

    @property
    def nodes(self) -> dict[str, str]:
        """The namespace of each node; nodes that share one have the same."""
        return {self.node_of(namespace): namespace for namespace in self.namespaces} | self.joined

    @property
    def joined(self) -> dict[str, str]:
        """The nodes that have no namespace of their own, each with the one that it shares."""
        placed = {str(process.get("node")): process.namespace for process in self.state.family(Family.PROCESS)}
        return {node: namespace for node, namespace in placed.items() if node != self.node_of(namespace)}

    @property
    def size(self) -> int:
        """How many nodes it is to have."""
        return len(self.state.namespaces) + len(self.joined)

    def node_of(self, namespace: str) -> str:
        return node_of(self.name, namespace)

    def begin(self) -> None:
        """Put on disk, durably, what the lab is about to be: it is there as a whole or not at all."""
        data = {
            "version": __version__,
            "name": self.name,
            "description": self.description,
            "file": self.file,
            "settings": self.settings,
            "created": self.created,
            "by": self.by,
            "namespaces": self.state.namespaces,
            "before": self.before,
            "state": self.state.to_json(),
            "machine": self.machine,
            "far": self.far.to_json(),
        }
        write_durably(path_of(self.name) / _NEXT, json.dumps(data))

    def commit(self) -> None:
        """What the lab was about to be it is."""
        directory = path_of(self.name)
        (directory / _NEXT).rename(directory / _DONE)
        _sync_directory(directory)


def caller() -> str:
    """The user who asks, also through sudo, as far as it is known: for readers, not for a decision."""
    said = uid_behind_sudo()
    uid = machine_uid() if said is None else said
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def can_be(lab: str) -> bool:
    """Whether there can be a lab of that name: its directory is one in ours, not ours or one above."""
    return lab not in ("", ".", "..") and "/" not in lab


def path_of(lab: str) -> Path:
    return DIRECTORY / lab


def names() -> list[str]:
    """The labs that have a record, or the beginning of one."""
    safe.check(DIRECTORY)
    if not DIRECTORY.is_dir():
        return []
    found = {path.parent.name for one in (_DONE, _NEXT) for path in DIRECTORY.glob(f"*/{one}")}
    return sorted(found)


def remnants() -> list[str]:
    """What looks like a lab's directory and has no record: a kill came before it was whole, or after it had gone."""
    if not DIRECTORY.is_dir():
        return []
    known = names()
    return sorted(path.name for path in DIRECTORY.iterdir() if path.is_dir() and path.name not in known)


def exists(lab: str) -> bool:
    """Whether a lab has a record, or the beginning of one.

    Raises:
        LabError: somebody else may have written it.
    """
    _check(lab)
    return any((path_of(lab) / one).exists() for one in (_DONE, _NEXT))


def read(lab: str) -> Record | None:
    """The record of a lab: what it is about to be, where it is being changed; None where there is none.

    Raises:
        LabError: it is there and cannot be read.
    """
    return _read(lab, _NEXT) or done(lab)


def done(lab: str) -> Record | None:
    """The record of the last thing that was done as a whole; None where there is none.

    Raises:
        LabError: as there.
    """
    return _read(lab, _DONE)


def _read(lab: str, which: str) -> Record | None:
    data = _load(lab, which)
    if data is None:
        return None
    complete = which == _DONE
    try:
        _check_types(data)
        return Record(
            name=lab,
            description=data["description"],
            file=data["file"],
            created=data["created"],
            state=_own(lab, NetworkState.from_json(data["state"])),
            before=() if complete else tuple(_names(lab, data["before"])),
            complete=complete,
            settings=data.get("settings", {}),  # records of version 0.1.0 have none
            by=data.get("by", ""),
            machine=data.get("machine", ""),
            far=_own(lab, NetworkState.from_json(data.get("far", ()))),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(lab, which, error) from error


def _own(lab: str, state: NetworkState) -> NetworkState:
    """A state, of which all is in namespaces that the lab can have.

    Raises:
        ValueError: something is not.
    """
    told = sorted({resource.namespace for resource in state})
    foreign = {*told} - {*_names(lab, told)}
    if foreign:
        raise ValueError(f"{sorted(foreign)[0]!a:.80} is no namespace of lab {lab}")
    return state


def _check(lab: str) -> None:
    """Raises LabError where somebody else may have written what is on disk about a lab."""
    for directory in (DIRECTORY, path_of(lab)):
        safe.check(directory)


def _check_types(data: dict[str, Any]) -> None:
    for key in ("description", "file", "created", "by", "machine"):
        if not isinstance(data.get(key, ""), str):
            raise TypeError(f"{key} is no text")
    if not isinstance(data.get("settings", {}), dict):
        raise TypeError("settings are no mapping")


def _load(lab: str, which: str) -> dict[str, Any] | None:
    _check(lab)
    try:
        data = _parsed(safe.read_text(path_of(lab) / which))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(lab, which, error) from error
    if not isinstance(data, dict):
        raise _unreadable(lab, which, "it is no mapping")
    return data


@lru_cache(maxsize=2)
def _parsed(text: str) -> Any:
    """What a record says, for readers only: a command asks several times, and that of a large lab is a megabyte."""
    return json.loads(text)


def _unreadable(lab: str, which: str, why: object) -> LabError:
    return LabError(
        f"the record {path_of(lab) / which} cannot be read ({why}): was it made by another version? "
        f"vxlab down {lab} removes the lab all the same"
    )


def namespaces(lab: str) -> tuple[str, ...]:
    """The namespaces that records promise to a lab, also where nothing else in them can be read."""
    _check(lab)
    found: dict[str, None] = {}
    for which, parts in ((_DONE, ("namespaces",)), (_NEXT, ("namespaces", "before"))):
        with suppress(LabError):
            data = _load(lab, which) or {}
            found |= dict.fromkeys(name for part in parts for name in _names(lab, data.get(part)))
    return tuple(found)


def _names(lab: str, data: object) -> list[str]:
    """Names of namespaces that a lab can have: one that leads out of their directory is none."""
    listed = data if isinstance(data, list) else []
    return [name for name in listed if isinstance(name, str) and name.startswith(f"{lab}-") and "/" not in name]


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
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def abandon(lab: str) -> None:
    """The change that was begun is taken back."""
    (path_of(lab) / _NEXT).unlink(missing_ok=True)
    _sync_directory(path_of(lab))


def unsettle(lab: str) -> None:
    """From now on, and until it is gone, the lab is half made. This needs no room on the disk."""
    done, coming = path_of(lab) / _DONE, path_of(lab) / _NEXT
    if coming.exists():  # which tells of all namespaces
        done.unlink(missing_ok=True)
    elif done.exists():
        done.rename(coming)


def remove(lab: str) -> None:
    """Take away all that is on disk about a lab. What tells of its namespaces goes last but for the lock."""
    _check(lab)
    directory = path_of(lab)
    last = [directory / name for name in (_NEXT, _DONE, "lock")]
    with suppress(FileNotFoundError):
        for path in sorted(directory.iterdir()):
            if path not in last:
                _remove(path)
    for path in last:
        path.unlink(missing_ok=True)
    forget_directory(lab)


def forget_directory(lab: str) -> None:
    """Remove the directories, unless they are used: somebody who waits for the lock may have made them anew."""
    for directory in (path_of(lab), DIRECTORY):
        with suppress(OSError, LabError):
            safe.check(directory)
            directory.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
