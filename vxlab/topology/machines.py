"""Labs that span machines: who lives where, and what cannot be so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vxlab.topology.errors import Mistake, Path
from vxlab.topology.lowlevel import WrittenNode


def places(nodes: Mapping[str, WrittenNode]) -> Iterator[Mistake]:
    """What is wrong with where the nodes of a lab live."""
    there = {name: node.machine for name, node in nodes.items() if node.machine}
    first = next(iter(there), "")
    roots: dict[str, str] = {}
    for name, node in nodes.items():
        root: Path = ("nodes", name)
        if node.joins is not None:
            yield from (
                ((*root, key), f"{name} is where {node.joins} is, which it joins: leave {key} out", (*root, "joins"))
                for key in ("machine", "namespace")
                if key in node.said
            )
        elif node.machine is None and (first or node.namespace == "root"):
            why = f"{first} is on machine {there[first]}" if first else "namespace root is that of a machine"
            others: list[Path] = [("nodes", first, "machine")] if first else [(*root, "namespace")]
            yield root, f"machine is missing: {why}, so where is {name}?", *others
        elif node.namespace == "root" and node.machine in roots:
            other = roots[node.machine]
            text = f"{other} is machine {node.machine} itself already: its namespace is one node"
            yield (*root, "machine"), text, ("nodes", other, "machine")
        elif node.namespace == "root" and node.machine:
            roots[node.machine] = name


def apart(one: str, other: str, nodes: Mapping[str, WrittenNode]) -> str:
    """Why there can be no cable between two nodes; empty where there can be one."""
    here, there = nodes[one].machine, nodes[other].machine
    if here == there or None in (here, there):
        return ""
    return f"{one} is on machine {here} and {other} on {there}: no cable leads from one to the other"
