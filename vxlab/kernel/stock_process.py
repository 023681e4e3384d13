"""The process that makes namespaces for a ``Stock``, and hands them over on its standard input, which is a socket."""

import os
import socket
import sys
from contextlib import suppress
from os.path import abspath, dirname

sys.path.append(dirname(dirname(dirname(abspath(__file__)))))  # it is started by its path, and no other one is searched

from vxlab.kernel.syscalls import CLONE_NEWNET, unshare

_OWN = "/proc/thread-self/ns/net"


def main(count: int, at_once: int) -> None:
    """Make so many, and end; sooner when nobody wants them any more, or the kernel refuses, which who needs one tells.

    What is on its way to somebody who has ended, ends too.
    """
    with socket.socket(fileno=0) as stock, suppress(OSError):
        for first in range(0, count, at_once):
            fds = [_new() for _ in range(min(at_once, count - first))]
            socket.send_fds(stock, [b"\0"], fds)
            for fd in fds:
                os.close(fd)


def _new() -> int:
    unshare(CLONE_NEWNET)
    return os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
