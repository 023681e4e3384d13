"""A part of a low-level document, and how parts are put together."""

from __future__ import annotations

from typing import Any

from vxlab.topology.lowlevel import SECTIONS

Raw = dict[str, Any]
"""Plain data, as it stands in a topology file."""


class Part:
    """Nodes by name, each perhaps only in part, and cables between them."""

    def __init__(self) -> None:
        self.nodes: dict[str, Raw] = {}
        self.links: list[Raw] = []

    def add(self, node: str, more: Raw) -> None:
        self.nodes[node] = merged(more, self.nodes.get(node, {}))

    def take(self, other: Part) -> None:
        for node, more in other.nodes.items():
            self.add(node, more)
        self.links += other.links


def merged(first: Raw, second: Raw) -> Raw:
    """Two parts of one node. Where both say something of one thing, the first one counts; lists are joined.

    A link, and what is said about it, are mappings inside the mapping of links: they are merged key by key.
    """
    node: Raw = {**second, **first}
    for key in first.keys() & second.keys():
        if key == "sysctls":
            node[key] = {**(second[key] or {}), **(first[key] or {})}
        elif key == "links":
            node[key] = _merged_links(first[key] or {}, second[key] or {})
        elif key in SECTIONS:
            node[key] = [*(first[key] or ()), *(second[key] or ())]
    return node


def _merged_links(first: Raw, second: Raw) -> Raw:
    return {name: {**(second.get(name) or {}), **(first.get(name) or {})} for name in {**second, **first}}
