"""What must be said again although it is there: the kernel drops it when something else changes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from vxlab.plan.step import Action, Step
from vxlab.state.kind import Family
from vxlab.state.model import Key, NetworkState, Resource, link_key


def again(
    left: NetworkState, desired: NetworkState, changes: Iterable[Step], gone: Iterable[Resource]
) -> Iterator[Step]:
    """Steps that replace what is as it should be, and may not be any more when the plan is done.

    Args:
        left: what is there and stays.
        desired: what is wanted.
        changes: the steps that change what stays.
        gone: what is deleted, perhaps to be made anew.
    """
    addresses = [resource for resource in gone if resource.kind.family is Family.ADDRESS]
    # neigh_changeaddr() in net/core/neighbour.c; an address that goes may be the last one (fib_disable_ip()).
    emptied = {_link(step.resource) for step in changes if dict(step.values).keys() & {"mac"}}
    emptied |= {_link(address) for address in addresses}
    # addrconf_ifdown() in net/ipv6/addrconf.c, neigh_ifdown()
    down = {_link(step.resource) for step in changes if step.values == (("up", False),)}
    sources = {(address.namespace, _ip(address)) for address in addresses}
    for wanted in desired:
        have = left.get(wanted.key)
        if have is not None and _is_lost(wanted, emptied, down, sources):
            yield Step(Action.CHANGE, wanted, tuple(wanted.told))


def _is_lost(wanted: Resource, emptied: set[Key], down: set[Key], sources: set[tuple[str, str]]) -> bool:
    family = wanted.kind.family
    if family is Family.NEIGHBOUR:
        return not wanted.get("proxy") and _link(wanted) in emptied | down
    if family is Family.ADDRESS:
        return ":" in _ip(wanted) and _link(wanted) in down
    # fib_sync_down_addr() in net/ipv4/fib_semantics.c
    return family is Family.ROUTE and (wanted.namespace, str(wanted.get("src"))) in sources


def _link(resource: Resource) -> Key:
    return link_key(resource.namespace, resource.name)


def _ip(address: Resource) -> str:
    return str(ipaddress.ip_interface(str(address.get("address"))).ip)
