"""From what a user typed to links of a lab."""

from __future__ import annotations

import socket
from collections.abc import Collection, Sequence
from graphlib import CycleError, TopologicalSorter

from vxlab.kernel.namespaces import inside
from vxlab.lab.errors import LabError, UnknownNameError
from vxlab.lab.record import Record
from vxlab.packets.ring import Place
from vxlab.state.kind import Family
from vxlab.state.model import NetworkState
from vxlab.state.owned import is_machine
from vxlab.suggest import did_you_mean

_LOOPBACK = "lo"


class NothingThereError(LabError):
    """There is no link to listen on."""


def links(namespace: str) -> list[str]:
    """The links that a namespace has now, in the order of their indexes.

    Raises:
        NothingThereError: the namespace is not there.
    """
    try:
        with inside(namespace):
            return [name for _, name in socket.if_nameindex()]
    except FileNotFoundError:
        raise NothingThereError(f"the namespace {namespace} is not there: vxlab up brings it back") from None


def name(lab: Record, place: Place) -> str:
    """A link as users write it: NODE:LINK."""
    return f"{lab.node_of(place[0])}:{place[1]}"


def split(text: str) -> tuple[str, str]:
    """NODE[:LINK] as a node and a link, or an empty text.

    Raises:
        UnknownNameError: a name is missing.
    """
    node, colon, link = text.partition(":")
    if not node:
        raise UnknownNameError(f"there is no node in {text!r}: it is NODE or NODE:LINK")
    if colon and not link:
        raise UnknownNameError(f"there is no link in {text!r}: it is {node} or {node}:LINK")
    return node, link


def find(lab: Record, asked: Sequence[str]) -> list[Place]:
    """The links that are meant by NODE and NODE:LINK; without any, all of the lab. Without a name, lo is not meant.

    Raises:
        UnknownNameError: there is no such node or link.
        NothingThereError: no link is left.
    """
    found: list[Place] = []
    for text in asked or lab.nodes:
        node, link = split(text)
        namespace = node_namespace(lab, node)
        there = links(namespace)
        if link:
            require(node, link, there)
            found.append((namespace, link))
        else:
            if is_machine(namespace):  # which has links that are not the lab's: they are listened to by name alone
                there = [one for one in there if lab.state.link(namespace, one)]
            found += [(namespace, one) for one in upwards(lab.state, namespace, there) if one != _LOOPBACK]
    if not found:
        raise NothingThereError(f"{' '.join(asked) or f'lab {lab.name}'} has no link but lo: name it to listen on it")
    return list(dict.fromkeys(found))


def node_namespace(lab: Record, node: str) -> str:
    """The namespace of a node.

    Raises:
        UnknownNameError: there is no such node.
    """
    if node not in lab.nodes:
        raise UnknownNameError(f"there is no node {node} in lab {lab.name}{did_you_mean(node, lab.nodes)}")
    return lab.nodes[node]


def require(node: str, link: str, there: Collection[str]) -> None:
    """Raises UnknownNameError unless a node has a link."""
    if link not in there:
        raise UnknownNameError(f"node {node} has no link {link}{did_you_mean(link, there)}")


def upwards(state: NetworkState, namespace: str, there: Sequence[str]) -> list[str]:
    """Links in the order in which a frame that comes in passes them: a link before what is on top of it.

    The kernel notes the time of a frame once, where it comes in: this order is then all that tells what came first.
    """
    below: dict[str, list[str]] = {link: [] for link in there}
    for link in state.inside(namespace, Family.LINK):
        for option, other in link.references():
            lower, upper = (link.name, other) if option == "master" else (other, link.name)
            below.setdefault(upper, []).append(lower)
        if link.kind.name == "vxlan":
            below.setdefault(link.name, []).extend(_cables(state, namespace))
    try:
        order = [*TopologicalSorter(below).static_order()]
    except CycleError:  # what is on top of itself has no order
        return list(there)
    return sorted(there, key=order.index)


def _cables(state: NetworkState, namespace: str) -> list[str]:
    """The links of a node that are on top of none, and no ports: what may carry a tunnel."""
    here = state.inside(namespace, Family.LINK)
    return [link.name for link in here if link.kind.name in ("veth", "dummy") and not link.get("master")]
