"""Network and mount namespaces of this program's own, so that a benchmark touches none of the machine's."""

import os
import subprocess
import sys

from vxlab.kernel.syscalls import CLONE_NEWNET, CLONE_NEWNS, MS_REC, mount, unshare

MS_PRIVATE = 0x40000


def require_root() -> None:
    """End the program where its user cannot do what it needs."""
    if os.geteuid() != 0:
        sys.exit("benchmarks make network namespaces: run them as root (make bench does)")


def enter() -> None:
    """Move this process, and what it starts, into a world with an empty /run, and lo up.

    It ends with its last process, whatever was left in it.
    """
    unshare(CLONE_NEWNS | CLONE_NEWNET)
    mount("", "/", "none", MS_PRIVATE | MS_REC)
    mount("tmpfs", "/run", "tmpfs", 0)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
