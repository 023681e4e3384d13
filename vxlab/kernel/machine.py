"""The machine's own namespace: what in it is a lab's, and what is not to be seen.

A lab has links there, which are in its group, and what is on them. Of a network card it has at most addresses, which
carry its protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vxlab.state.kind import Family
from vxlab.state.kinds import CARD
from vxlab.state.model import NetworkState, Resource, link_key


class Marks(NamedTuple):
    """What a lab's things in the machine's namespace carry: the group of links, the protocol of addresses."""

    group: int
    protocol: int


def part(resources: Iterable[Resource], wanted: NetworkState, marks: Marks) -> Iterator[Resource]:
    """What is a lab's of all that is in the machine's namespace, with the cards that it uses.

    What somebody else has put on a card satisfies a wish for it, and is never removed.

    Args:
        resources: everything that is there, links before what is on them.
        wanted: what the lab asks for.
        marks: the lab's.
    """
    own: set[str] = set()
    for resource in resources:
        asked = wanted.get(resource.key)
        if resource.kind.family is Family.LINK:
            if resource.get("link_group") == marks.group:
                own.add(resource.name)
                yield resource
            elif asked is not None and asked.kind is CARD:
                yield Resource(CARD, resource.namespace, resource.values, automatic=True)
        elif resource.kind.family in (Family.NAMESPACE, Family.SYSCTL) or _is_on(resource, own):
            yield resource
        elif resource.kind.family is Family.ADDRESS:
            if resource.get("protocol") == marks.protocol:
                yield resource
            elif asked is not None and _is_on_card(resource, wanted):
                yield Resource(asked.kind, asked.namespace, asked.values, automatic=True)


def _is_on(resource: Resource, own: set[str]) -> bool:
    links = [link for _, link in resource.references()]
    return bool(links) and own.issuperset(links)


def _is_on_card(resource: Resource, wanted: NetworkState) -> bool:
    link = wanted.get(link_key(resource.namespace, resource.name))
    return link is not None and link.kind is CARD
