"""What the kernel can begin with while it is still being worked out what is to be done."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from vxlab.kernel.stock import Stock
from vxlab.lab import disk


def begin(stock: Stock, lab: str, nodes: Mapping[str, Any], machine: str | None) -> None:
    """Have the namespaces of a new lab made; none where a lab of that name is recorded, which may have them all.

    Args:
        stock: where they come.
        lab: its name.
        nodes: the nodes in their low-level form, which may be wrong yet: what is made for nothing goes unseen.
        machine: the one of the lab's machines that this is, if it is known.
    """
    # Others join the namespaces of their own first, which who has several threads cannot (setns(2)).
    if os.geteuid() == 0 and not disk.path_of(lab).exists():
        stock.begin(sum(_has_namespace(node or {}, machine) for node in nodes.values()))


def _has_namespace(node: Mapping[str, Any], machine: str | None) -> bool:
    """Whether a node has a network namespace of its own, here."""
    is_own = "joins" not in node and node.get("namespace") != "root"
    return is_own and node.get("machine", machine) == machine
