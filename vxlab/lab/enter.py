"""Running a command inside a node: what ``ip netns exec`` does, and the lab's names as /etc/hosts."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from vxlab.kernel.namespaces import open_
from vxlab.kernel.syscalls import (
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_REC,
    MS_SLAVE,
    mount,
    setns,
    unshare,
)
from vxlab.lab import disk, inits, ownership
from vxlab.lab.errors import CommandNotExecutableError, CommandNotFoundError, LabError
from vxlab.lab.record import Record
from vxlab.processes import stand_in

_BASHRC = Path(__file__).with_name("bashrc")


def execute(lab: Record, node: str, command: Sequence[str]) -> NoReturn:
    """Become a command inside a node: its streams, signals and exit status are those of this process.

    Where the node, or the user, has a PID namespace, the command runs in that and this process stands for it.

    Raises:
        CommandNotFoundError, CommandNotExecutableError: as the names say.
        OSError: the node is gone, or the kernel refused.
    """
    first = _first_process(lab, node)
    if first is not None:
        _join_processes(first)
    move_into(lab, lab.nodes[node])
    if first is not None:
        show_processes()
    environment = {**os.environ, "VXLAB_LAB": lab.name, "VXLAB_NODE": node}
    for signum in (signal.SIGPIPE, signal.SIGXFSZ):
        # Python ignores them, and what is ignored stays so.
        signal.signal(signum, signal.SIG_DFL)
    try:
        os.execvpe(command[0], list(command), environment)  # noqa: S606  this is what the caller asks for
    except FileNotFoundError:
        raise CommandNotFoundError(f"{command[0]}: not found") from None
    except OSError as error:
        raise CommandNotExecutableError(f"{command[0]}: {error.strerror}") from None


def shell() -> list[str]:
    """The user's shell as a command; bash shows the node in its prompt."""
    program = os.environ.get("SHELL") or "/bin/sh"
    return [program, "--rcfile", str(_BASHRC)] if Path(program).name == "bash" else [program]


def _first_process(lab: Record, node: str) -> int | None:
    """Whose PID namespace a command in a node belongs to, by its process id; None where it is that of the caller."""
    found = inits.first_process(lab.name, node)
    return holder() if found is None else found


def holder() -> int | None:
    """The first process of the PID namespace that the user's labs have; None for root, who has none."""
    from vxlab.rootless.join import holder_pid

    return holder_pid()


def _join_processes(pid: int) -> None:
    """Go on in the PID namespace of a process, while the parent waits."""
    fd = os.pidfd_open(pid)
    setns(fd, CLONE_NEWPID)
    os.close(fd)
    stand_in.continue_as_child()


def move_into(lab: Record, namespace: str) -> None:
    """Move this process into a network namespace, where the lab's names resolve and /sys has the links of there.

    Raises:
        CollisionError: what has the node's name is not the lab's.
        LabError: the lab's names are gone.
        OSError: the node is gone, or the kernel refused.
    """
    ownership.refuse_foreign(lab.name, [namespace])
    fd = open_(namespace)
    setns(fd, CLONE_NEWNET)
    os.close(fd)
    unshare(CLONE_NEWNS)
    # Nothing that is mounted from here on is seen outside.
    mount("", "/", "none", MS_SLAVE | MS_REC)
    _mount_names(lab, namespace)
    # /sys shows the links of the namespace that mounted it. Some containers forbid a mount of their own; then
    # /sys/class/net is the outer one and everything else works.
    with suppress(OSError):
        mount(namespace, "/sys", "sysfs", 0)


def _mount_names(lab: Record, namespace: str) -> None:
    names = disk.path_of(lab.name) / "hosts"
    try:
        mount(str(names), "/etc/hosts", "none", MS_BIND)
    except FileNotFoundError:
        if names.exists():
            raise
        # They go after the namespaces: where another command has just removed the lab, this raises that.
        os.close(open_(namespace))
        raise LabError(f"{names} is gone: vxlab up {lab.source} mends it") from None


def show_processes() -> None:
    """Have /proc show the processes of this PID namespace, where that can be: some containers forbid it."""
    with suppress(OSError):
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
