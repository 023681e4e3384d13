"""The filter of a capture, for each type of link that a lab has."""

from __future__ import annotations

import threading

from vxlab.lab import disk
from vxlab.lab.record import Record
from vxlab.packets import bpf, linktypes
from vxlab.packets.errors import FilterError


class Programs(dict[int, bytes]):
    """What the kernel is to run, by link type; compiled when it is asked for.

    Few labs have a link that is no Ethernet, and few filters make sense on both.
    """

    def __init__(self, lab: Record, expression: str, snaplen: int) -> None:
        """Args:
            lab: the lab, whose names are known in the filter.
            expression: the filter; one that is empty takes every frame.
            snaplen: the most bytes of a frame to take.

        Raises:
            FilterError: it does not compile for Ethernet.
            NoCompilerError: there is nothing to compile it with.
        """
        super().__init__()
        hosts = disk.path_of(lab.name) / "hosts"
        self._hosts = hosts if hosts.exists() else None
        self._expression = expression
        self._snaplen = snaplen
        self._lock = threading.Lock()
        self[linktypes.ETHERNET] = self._compile(linktypes.ETHERNET)

    def __missing__(self, linktype: int) -> bytes:
        with self._lock:
            if linktype not in self.keys():
                try:
                    self[linktype] = self._compile(linktype)
                except FilterError:
                    # It is a filter, and no frame of these links can match it: ARP where there is no Ethernet.
                    self[linktype] = bpf.everything(0)
            return self.get(linktype, b"")

    def _compile(self, linktype: int) -> bytes:
        if not self._expression.strip():
            return bpf.everything(self._snaplen)
        return bpf.compiled(self._expression, linktype, self._snaplen, self._hosts)
