"""Room in the kernel's ARP table, which all namespaces share: a thousand hosts that are all asked need more than 1,024
entries, which is what a kernel takes by default (gc_thresh3 in arp(7)).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LIMITS = {"gc_thresh1": b"16384", "gc_thresh2": b"32768", "gc_thresh3": b"65536"}
_FOLDER = Path("/proc/sys/net/ipv4/neigh/default")


@contextmanager
def room() -> Iterator[None]:
    """Raise the limits of the machine, and set them back afterwards.

    Only its first network namespace has these files, so they stay open for one who leaves it meanwhile. Where they are
    not there, nothing is changed.
    """
    files = {name: os.open(_FOLDER / name, os.O_RDWR) for name in _LIMITS if (_FOLDER / name).exists()}
    before = {name: os.pread(fd, 32, 0) for name, fd in files.items()}
    try:
        for name, fd in files.items():
            os.pwrite(fd, _LIMITS[name], 0)
        yield
    finally:
        for name, fd in files.items():
            os.pwrite(fd, before[name], 0)
            os.close(fd)
