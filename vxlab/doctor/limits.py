"""Limits of the machine that a large lab reaches: how large one may be, and the command that raises each.

The numbers are upper bounds: what else runs on the machine has its share of most of them.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from math import isqrt

from vxlab.doctor.model import Finding, Part, Verdict
from vxlab.kernel import sysctls

NODES = 1000
"""The nodes of a lab that counts as large: five times those of the largest in the library."""

HOSTS = 100
"""The hosts of a segment in which each speaks with each: those of the largest in the library."""

_NEIGHBOURS = HOSTS * HOSTS
_LINKS = 2 * NODES
_OWN_FILES = 64
_PROCESSES = 2
"""Of a node that has some: an init, and what that runs."""

_ENDLESS = 2**31 - 1
_FRAME = 2304
"""What a frame of an underlay with an MTU of 1500 takes of a receive buffer (SKB_TRUESIZE() of linux/skbuff.h)."""


def findings() -> Iterator[Finding]:
    """All limits, as they are for this process."""
    yield from _neighbours()
    yield _open_files()
    yield _processes()
    yield from _counted()
    yield from _receive_buffer()


def _limit(name: str, now: int | str, suffices: bool, means: str, command: str) -> Finding:
    verdict = Verdict.OK if suffices else Verdict.LIMITED
    return Finding(Part.LIMITS, name, verdict, str(now), means, "" if suffices else command)


def _neighbours() -> Iterator[Finding]:
    """One table for ARP and one for ND, each of all namespaces together (neigh_alloc() of net/core/neighbour.c)."""
    for version, table in ((4, "arp_cache"), (6, "ndisc_cache")):
        most = _room(table)
        if most is None:
            continue
        key = f"net.ipv{version}.neigh.default.gc_thresh"
        low = [sysctls.read(f"{key}{number}") for number in (1, 2)]
        hosts = isqrt(most) + 1
        means = f"{hosts} hosts can all speak with each other: each has an entry for every other one"
        if low[1] and low[1] != str(most):
            means += f"; above {low[1]} entries those that are not in use go after five seconds"
        wanted = " ".join(f"{key}{number}={size}" for number, size in enumerate((1024, 8192, 4 * _NEIGHBOURS), start=1))
        now = "/".join([*(value for value in low if value), str(most)])
        yield _limit(f"{key}1-3", now, most >= _NEIGHBOURS, means, f"sysctl -w {wanted}")


def _room(table: str) -> int | None:
    """The most entries of a table. The kernel tells it in every namespace, but has the sysctls only in the first."""
    from vxlab.kernel.neighbour_room import rooms
    from vxlab.kernel.rtnetlink import RouteSocket

    with RouteSocket() as route:
        found = rooms(route).get(table)
    return found.most if found else None


def _open_files() -> Finding:
    """Of one process (getrlimit(2)). Commands raise the soft limit up to the hard one by themselves."""
    soft, hard = map(_number, resource.getrlimit(resource.RLIMIT_NOFILE))
    links = max(0, hard - _OWN_FILES) // 2
    means = f"`vxlab capture` listens on {links} links at once: a ring takes two"
    return _limit("open files", f"{soft}, at most {hard}", links >= _LINKS, means, f"ulimit -Hn {4 * _LINKS} (by root)")


def _processes() -> Finding:
    """Of one user (getrlimit(2)); root has no such limit."""
    soft, _ = map(_number, resource.getrlimit(resource.RLIMIT_NPROC))
    nodes = soft // _PROCESSES
    means = f"{nodes} nodes that have `processes:`: each takes {_PROCESSES} and more"
    return _limit("processes", soft, nodes >= NODES, means, f"ulimit -u {2 * _PROCESSES * NODES}")


def _number(limit: int) -> int:
    return _ENDLESS if limit == resource.RLIM_INFINITY else limit


_COUNTED = (
    # sysctl, how many a node takes, what takes them
    ("user.max_net_namespaces", 1, "nodes: each is one (namespaces(7))"),
    ("user.max_mnt_namespaces", 1, "commands that run in nodes: each is in one of its own (namespaces(7))"),
    ("user.max_pid_namespaces", 1, "nodes that have `processes:`: each is one (namespaces(7))"),
    ("fs.mount-max", 1, "nodes: the name of each is a mount (proc_sys_fs(5))"),
    (
        "kernel.pid_max",
        _PROCESSES,
        "nodes that have `processes:`: each takes two numbers and more (proc_sys_kernel(5))",
    ),
    ("fs.inotify.max_user_instances", 1, "nodes that each run a program which watches files (inotify(7))"),
    ("fs.inotify.max_user_watches", 8, "nodes that each run a program which watches eight files (inotify(7))"),
)


def _counted() -> Iterator[Finding]:
    for name, each, what in _COUNTED:
        value = sysctls.read(name)
        if value is not None:
            nodes = int(value) // each
            yield _limit(name, value, nodes >= NODES, f"{nodes} {what}", f"sysctl -w {name}={2 * each * NODES}")


def _receive_buffer() -> Iterator[Finding]:
    """What waits on a link of root in a user namespace; that of the machine's root has its 4 MiB (socket(7))."""
    value = sysctls.read("net.core.rmem_max")
    if value is not None and os.geteuid() != 0:
        frames = 2 * int(value) // _FRAME  # the kernel doubles what is asked for
        means = f"proofs in segments of {frames} hosts: so many frames may wait on a link while others are looked at"
        command = f"sysctl -w net.core.rmem_max={4 * 1024 * 1024}"
        yield _limit("net.core.rmem_max", value, frames >= HOSTS, means, command)
