"""What the names of links say where no lab is at hand: which are inside of a node, and which are cabled to which.

vxlab calls the port to a node by the name of that node, and what a node has towards others ``eth0`` where it has one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from vxlab.packets.ladder.sighting import Place

_INSIDE = re.compile(r"(lo|br|bridge|vxlan|vx|vrf|dummy|irb|vlan)[-_.]?[0-9]*|\w*\.[0-9]+")
"""Bridges, tunnels and their like, as everybody calls them, and subinterfaces."""

_ONLY_LINK = "eth0"


def is_inside(link: str) -> bool:
    """Whether a link is one that frames pass on their way through its node, and not the end of a cable."""
    return _INSIDE.fullmatch(link) is not None


def cables(places: Collection[Place]) -> dict[Place, Place]:
    """The other ends of cables, as far as names tell them."""
    nodes = {node for node, _ in places}
    ends = {}
    for node, link in places:
        if link in nodes and link != node:
            back = (link, node)
            ends[node, link] = back if back in places else (link, _ONLY_LINK)
    # Where two ports lead to one node, its links have other names.
    claims = Counter(ends.values())
    certain = {near: far for near, far in ends.items() if claims[far] == 1}
    return {**{far: near for near, far in certain.items()}, **certain}
