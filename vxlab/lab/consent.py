"""Whether what a topology starts is what its reader wants started: a file that is not theirs asks first."""

from __future__ import annotations

import grp
import os
import pwd
import stat

from vxlab.outfile import uid_behind_sudo
from vxlab.state.kind import Family
from vxlab.state.kinds.process import in_one_line
from vxlab.state.model import Resource
from vxlab.topology import Topology


def doubt(topology: Topology) -> str:
    """Why what a file says may be another one's words; empty where it is the caller's own.

    It is theirs where it belongs to them, or to root, who needs no topology to run something; and where nobody else may
    write to it, neither everybody nor its group, unless that is a group of the owner alone.
    """
    written = topology.written
    if written is None:
        return ""
    if not stat.S_ISREG(written.st_mode):
        return "it is no file that has an owner"
    if written.st_uid not in (_caller(), 0):
        return f"it belongs to {_name(written.st_uid)}"
    if written.st_mode & stat.S_IWOTH or (written.st_mode & stat.S_IWGRP and not _is_of_the_owner_alone(written)):
        return f"others may write to it (mode {stat.S_IMODE(written.st_mode):04o}; chmod go-w makes it yours)"
    return ""


def _is_of_the_owner_alone(written: os.stat_result) -> bool:
    """Whether the group of a file is the one that its owner has of their own, which is why umask(2) spares it: it has
    their name, and no members (USERGROUPS_ENAB in login.defs(5)).
    """
    try:
        owner, group = pwd.getpwuid(written.st_uid), grp.getgrgid(written.st_gid)
    except KeyError:
        return False
    return owner.pw_gid == group.gr_gid and owner.pw_name == group.gr_name and {*group.gr_mem} <= {owner.pw_name}


def _caller() -> int:
    """The user who asks, also through sudo; one who has joined namespaces of their own is 0 in there."""
    said = uid_behind_sudo() if os.geteuid() == 0 else None
    return os.getuid() if said is None else said


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def commands(topology: Topology) -> list[str]:
    """What a topology runs, each with its node, where bringing it up now would start any of it.

    Raises:
        LabError: the lab cannot be brought up.
    """
    from vxlab.lab.up import planned  # all that a lab needs, for a question that most files do not raise

    processes = list(topology.state.family(Family.PROCESS))
    if not processes or not any(step.is_start for step in planned(topology)[0]):
        return []
    return [f"{process.get('node')}: {_in_full(process)}" for process in processes]


def _in_full(process: Resource) -> str:
    """The command with all that decides what it does."""
    environment = in_one_line(str(process.get("environment")))
    command = in_one_line(str(process.get("command")))
    place = "" if process.get("working_dir") == "/" else f" (in {process.get('working_dir')})"
    return " ".join(filter(None, ("env" if environment else "", environment, command))) + place
