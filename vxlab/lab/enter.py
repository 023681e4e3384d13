"""Running a command inside a node: what ``ip netns exec`` does, and the lab's names as /etc/hosts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from vxlab.kernel.namespaces import open_
from vxlab.kernel.syscalls import CLONE_NEWNET, CLONE_NEWNS, MS_BIND, MS_REC, MS_SLAVE, mount, setns, unshare
from vxlab.lab import record
from vxlab.lab.errors import CommandNotExecutableError, CommandNotFoundError
from vxlab.lab.record import Record

_BASHRC = Path(__file__).with_name("bashrc")


def execute(lab: Record, namespace: str, command: Sequence[str]) -> NoReturn:
    """Become a command inside a node: its streams, signals and exit status are those of this process.

    Raises:
        CommandNotFoundError, CommandNotExecutableError: as the names say.
        OSError: the node is gone, or the kernel refused.
    """
    _move_into(lab, namespace)
    environment = {**os.environ, "VXLAB_LAB": lab.name, "VXLAB_NODE": lab.node_of(namespace)}
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


def _move_into(lab: Record, namespace: str) -> None:
    fd = open_(namespace)
    setns(fd, CLONE_NEWNET)
    os.close(fd)
    unshare(CLONE_NEWNS)
    # Nothing that is mounted from here on is seen outside.
    mount("", "/", "none", MS_SLAVE | MS_REC)
    mount(str(record.path_of(lab.name) / "hosts"), "/etc/hosts", "none", MS_BIND)
    # /sys shows the links of the namespace that mounted it. Some containers forbid a mount of their own; then
    # /sys/class/net is the outer one and everything else works.
    with suppress(OSError):
        mount(namespace, "/sys", "sysfs", 0)
