"""What the kernel can begin with while it is still being worked out what is to be done."""

from __future__ import annotations

from vxlab.kernel.stock import Stock
from vxlab.lab import disk
from vxlab.topology import Topology


def ahead(topology: Topology) -> Stock:
    """The namespaces of a new lab; none where a lab of that name is recorded, which may have them all."""
    is_new = not disk.path_of(topology.name).exists()
    return Stock(len(topology.state.namespaces) if is_new else 0)
