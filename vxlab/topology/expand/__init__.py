"""The high-level keys as low-level ones: what underlay, segments, vteps and hosts mean.

            underlay (a node)
      +-------- br0 --------+
      | vtep1         vtep2 |          ports, named after the VTEP
      |                     |
      | eth0           eth0 |          underlay address, MTU 1500
    vtep1                 vtep2        (nodes)
vxlan42 - br42        vxlan42 - br42   one of each for every segment, MTU 1450
      | h1               h2 |          ports, named after the host
      |                     |
      | eth0           eth0 |          overlay address, MTU 1450
     h1                    h2          (nodes)

This is kind switch of the underlay; ``underlay`` draws the others. Each part of the picture has a file of its own, and
gives what it makes as a ``Part``; the parts are put together here.
"""

from __future__ import annotations

from typing import Any

from vxlab.topology.addressing import natural
from vxlab.topology.errors import Path
from vxlab.topology.expand.hosts import hosts
from vxlab.topology.expand.internet import internet
from vxlab.topology.expand.lab import Lab, segments_of
from vxlab.topology.expand.names import infrastructure
from vxlab.topology.expand.origins import origins
from vxlab.topology.expand.overlay import overlay
from vxlab.topology.expand.part import Part, Raw, merged
from vxlab.topology.expand.tenants import tenants
from vxlab.topology.expand.underlay import underlay
from vxlab.topology.lowlevel import NODE_KEYS
from vxlab.topology.schema import Document

__all__ = ["Lab", "expand", "infrastructure", "origins", "segments_of"]


def expand(document: Document, raw: Raw, name: str, moved: dict[Path, Path]) -> Raw:
    """The low-level form of a checked document, as plain data that is itself a valid topology.

    Args:
        document: the checked document.
        raw: the same as plain data; what is low-level in it is taken over as it stands.
        name: the lab's name.
        moved: is told from which part of the file each node comes.
    """
    lab = Lab(document, name)
    made = Part()
    if document.vteps:
        for part in (underlay(lab), tenants(lab), overlay(lab), hosts(lab), internet(lab)):
            made.take(part)
        for node in infrastructure(document):
            made.add(node, lab.machine(lab.vteps[0]))
    nodes = {node: _ordered(made.nodes.get(node, {})) for node in made.nodes}
    for section in ("vteps", "hosts", "nodes"):
        for node in raw.get(section) or {}:
            moved.setdefault(("nodes", node), (section, node))
            nodes[node] = _ordered(merged(raw[section][node] or {}, nodes.get(node, {})))
    result: Raw = {"name": name}
    if document.description:
        result["description"] = document.description
    links: list[Any] = [*(raw.get("links") or ()), *made.links]
    nodes = {node: nodes[node] for node in sorted(nodes, key=natural)}
    return {**result, "nodes": nodes, **({"links": links} if links else {})}


def _ordered(node: Raw) -> Raw:
    """A node's low-level keys alone, in their usual order, without those that say nothing."""
    return {key: node[key] for key in NODE_KEYS if node.get(key)}
