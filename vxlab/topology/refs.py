"""What a state must hold to be possible: links that are referred to exist, and nothing contradicts itself."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, FDB, LOOPBACK, VETH, VRF, VXLAN
from vxlab.state.kinds.fdb import may_have_several
from vxlab.state.model import Key, NetworkState, Resource, link_key
from vxlab.state.types import NOTHING
from vxlab.suggest import did_you_mean
from vxlab.topology.errors import Path

Mistake = tuple[Path, str]


def check_state(state: NetworkState, paths: Mapping[Key, Path]) -> Iterator[Mistake]:
    """Every mistake that shows only where all resources are together, at the path of the one that has it."""
    for resource in state:
        path = paths[resource.key]
        for option, text in _wrong(resource, state):
            yield ((*path, option) if option else path), text
    for checks in (_circles, _same_vni, _one_destination, _duplicate_addresses):
        for resource, option, text in checks(state):
            path = paths[resource.key]
            yield ((*path, option) if option else path), text


def _wrong(resource: Resource, state: NetworkState) -> Iterator[tuple[str, str]]:
    yield from _references(resource, state)
    if resource.kind is VXLAN:
        yield from _vxlan(resource)
        yield from _tunnel_mtu(resource, state)
    elif resource.kind is LOOPBACK and resource.get("master") != NOTHING:
        yield "master", "lo cannot be a port of a bridge"
    elif resource.kind is FDB:
        device = state.link(resource.namespace, resource.name)
        if device and device.kind is not VXLAN:
            yield "link", f"{resource.name} is a {device.kind.name}: an FDB entry with dst belongs to a VXLAN device"
    elif resource.kind.family is Family.ROUTE:
        yield from _route(resource)


def _references(resource: Resource, state: NetworkState) -> Iterator[tuple[str, str]]:
    for option, name in resource.references():
        target = state.link(resource.namespace, name)
        if target is None:
            here = [link.name for link in state.inside(resource.namespace, Family.LINK)]
            yield option, f"there is no link {name} in this node{did_you_mean(name, here)}"
        elif option == "master" and target.kind not in (BRIDGE, VRF):
            yield option, f"{name} is a {target.kind.name}: only a bridge or a VRF can be a master"
        elif option == "master" and resource.kind is BRIDGE and target.kind is BRIDGE:
            yield option, "a bridge cannot be a port of a bridge"


def _vxlan(resource: Resource) -> Iterator[tuple[str, str]]:
    group, remote, local = (str(resource.get(option)) for option in ("group", "remote", "local"))
    if group and remote:
        yield "remote", "group and remote contradict each other: a device has one default destination"
    if group and not resource.get("dev"):
        yield "group", "a group needs dev: the link that joins it"
    outer = group or remote
    if outer and local and (":" in outer) != (":" in local):
        yield "local", f"{local} and {outer} are not of one IP version"


def _tunnel_mtu(resource: Resource, state: NetworkState) -> Iterator[tuple[str, str]]:
    """A device with dev gets no larger MTU than that leaves (vxlan_config_apply() and vxlan_change_mtu())."""
    below = state.link(resource.namespace, str(resource.get("dev")))
    mtu, outer = resource.values.get("mtu"), int(below.values.get("mtu", 1500)) if below else 0
    is_v6 = any(":" in str(resource.get(option)) for option in ("group", "remote", "local"))
    most = outer - (70 if is_v6 else 50)
    if below and mtu is not None and int(mtu) > most:
        yield "mtu", f"{mtu} is too large: {below.name} has {outer}, which leaves {most} (without dev any is possible)"


def _route(resource: Resource) -> Iterator[tuple[str, str]]:
    to, via = str(resource.get("to")), str(resource.get("via"))
    if not via and not resource.get("link"):
        yield "to", "a route needs via, link or both"
    if via and (":" in via) != (":" in to):
        yield "via", f"{via} and {to} are not of one IP version"


def _circles(state: NetworkState) -> Iterator[tuple[Resource, str, str]]:
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


def _same_vni(state: NetworkState) -> Iterator[tuple[Resource, str, str]]:
    """One VNI at one UDP port has one device (vxlan_config_validate() in drivers/net/vxlan/vxlan_core.c)."""
    first: dict[tuple[str, object, object], str] = {}
    for link in state.family(Family.LINK):
        if link.kind is VXLAN:
            name = first.setdefault((link.namespace, link.get("vni"), link.get("port")), link.name)
            if name != link.name:
                yield link, "vni", f"{name} has VNI {link.get('vni')} at port {link.get('port')} already in this node"


def _one_destination(state: NetworkState) -> Iterator[tuple[Resource, str, str]]:
    """A unicast MAC is behind one VTEP."""
    first: dict[tuple[str, str, str], Resource] = {}
    for entry in state.family(Family.FDB):
        mac = str(entry.get("mac"))
        other = first.setdefault((entry.namespace, entry.name, mac), entry)
        if other is not entry and not may_have_several(mac):
            yield (
                entry,
                "dst",
                f"{mac} is already behind {other.get('dst')}: only the all-zeros MAC and groups may be twice",
            )


def _duplicate_addresses(state: NetworkState) -> Iterator[tuple[Resource, str, str]]:
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
