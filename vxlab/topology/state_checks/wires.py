"""How links hang together: none stands on itself, and no address is twice on one wire."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from vxlab.state.kind import Family
from vxlab.state.kinds import VETH, VXLAN
from vxlab.state.model import Key, NetworkState, Resource, link_key
from vxlab.state.types import NOTHING

Found = Iterator[tuple[Resource, str, str]]
"""Mistakes: the resource that has it, its option (empty: the whole), and what is wrong."""


def circles(state: NetworkState) -> Found:
    """Links that stand on themselves: a tunnel stands on its dev, a bridge on its ports."""
    below: dict[Key, list[Key]] = {}
    for link in state.family(Family.LINK):
        for option, name in link.references():
            other = link_key(link.namespace, name)
            upper, lower = (other, link.key) if option == "master" else (link.key, other)
            below.setdefault(upper, []).append(lower)
    for link in state.family(Family.LINK):
        seen, todo = set[Key](), list(below.get(link.key, ()))
        while todo:
            key = todo.pop()
            if key not in seen:
                seen.add(key)
                todo += below.get(key, ())
        if link.key in seen:
            others = ", ".join(sorted(str(key[2][0]) for key in seen - {link.key}))
            yield link, "", f"{link.name} stands on itself" + (f", by way of {others}" if others else "")


def duplicate_addresses(state: NetworkState) -> Found:
    """The same address on two links that a wire joins, directly or through bridges."""
    domains = _Domains(state)
    first: dict[tuple[Key, str], Resource] = {}
    for resource in state.family(Family.ADDRESS):
        address = str(ipaddress.ip_interface(str(resource.get("address"))).ip)
        domain = domains.of(link_key(resource.namespace, resource.name))
        other = first.setdefault((domain, address), resource)
        if other is not resource:
            text = f"{address} is a duplicate address: {other.namespace}:{other.name} on the same wire has it"
            yield resource, "", text


class _Domains:
    """Which links share an Ethernet broadcast domain without a tunnel: disjoint sets, joined by veth and bridge."""

    def __init__(self, state: NetworkState) -> None:
        self._parent: dict[Key, Key] = {}
        for link in state.family(Family.LINK):
            if link.get("master") != NOTHING and link.kind is not VXLAN:
                self._join(link.key, link_key(link.namespace, str(link.get("master"))))
            if link.kind is VETH:
                namespace, _, name = str(link.get("peer")).partition(":")
                self._join(link.key, link_key(namespace, name))

    def of(self, key: Key) -> Key:
        while key in self._parent:
            key = self._parent[key]
        return key

    def _join(self, one: Key, other: Key) -> None:
        one, other = self.of(one), self.of(other)
        if one != other:
            self._parent[one] = other
