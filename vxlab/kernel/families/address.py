"""Addresses (RTM_NEWADDR; rtnetlink(7), linux/if_addr.h)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pyroute2.netlink.rtnl import RTM_DELADDR, RTM_GETADDR, RTM_NEWADDR
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg

from vxlab.kernel.families.common import FLAGS, address_family
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rows import Rows
from vxlab.kernel.rtnetlink import NLM_F_DUMP
from vxlab.plan import Action, Step
from vxlab.state.kinds import ADDRESS
from vxlab.state.kinds.address import SCOPES
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables

_FOREVER = 2**32 - 1
_DEPRECATED = 0x20
_ALL = encode_message(ifaddrmsg, RTM_GETADDR, NLM_F_DUMP, {}, [])
_ROWS = Rows(option for option in ADDRESS.options if option.name not in ("address", "peer"))


def encode(step: Step, encoder: Encoder) -> bytes:
    resource = step.resource
    # Both are in their canonical forms: to take them apart as objects takes longer than all the rest.
    address, _, prefixlen = str(resource.get("address")).partition("/")
    peer = address
    if resource.get("peer"):
        peer, _, prefixlen = str(resource.get("peer")).partition("/")
    fields = {
        "family": address_family(6 if ":" in address else 4),
        "prefixlen": int(prefixlen),
        "scope": _scope(resource, address),
        "index": encoder.index(resource),
    }
    own = {"IFA_LOCAL": address, "IFA_ADDRESS": peer}
    if step.action is Action.DELETE:
        attributes: list[list[Any]] = [[name, value] for name, value in own.items()]
        return encode_message(ifaddrmsg, RTM_DELADDR, FLAGS[step.action], fields, attributes)
    attributes = encoder.attributes(ADDRESS.table, resource.namespace, resource.told)
    attributes = [[name, own.get(name, _lifetimes(name, raw))] for name, raw in attributes]
    attributes += [[name, value] for name, value in own.items() if name not in (said for said, _ in attributes)]
    return encode_message(ifaddrmsg, RTM_NEWADDR, FLAGS[step.action], fields, attributes)


def _scope(resource: Resource, address: str) -> int:
    said = resource.get("scope")
    if said != NOTHING:
        return int(ADDRESS.table["scope"].type.to_netlink(said))  # type: ignore[call-overload, no-any-return]
    # As ip does it (default_scope() in ip/ipaddress.c).
    return SCOPES["host"] if address.startswith("127.") else SCOPES["global"]


def _lifetimes(name: str, raw: Any) -> Any:
    """Both lifetimes travel together: the one that is not said is endless."""
    return {"ifa_valid": _FOREVER, "ifa_preferred": _FOREVER, **raw} if name == "IFA_CACHEINFO" else raw


def dumps(_: Tables) -> list[bytes]:
    return [_ALL]


def read(message: Message, tables: Tables) -> Iterator[Resource]:
    local, far = message.get("IFA_LOCAL"), message.get("IFA_ADDRESS")
    values = _ROWS.values(message, tables.names)
    prefixlen = message["prefixlen"]
    if local and far and local != far:
        values["peer"] = f"{far}/{prefixlen}"
        prefixlen = ipaddress.ip_address(local).max_prefixlen
    address = ipaddress.ip_interface(f"{local or far}/{prefixlen}")
    if address.version == 4 and message.get("IFA_FLAGS") & _DEPRECATED and values.get("valid_lft") == "forever":
        # Of an address that is there for ever the kernel tells no other time (inet_fill_ifaddr()).
        values["preferred_lft"] = 0
    scope = ADDRESS.table["scope"].type.from_netlink(message["scope"])
    values |= {"address": str(address), "link": tables.names[message["index"]]}
    values |= {} if scope is None else {"scope": scope}
    # lo is born with its addresses as soon as it is raised, and IPv6 links with a link-local one.
    automatic = address.is_loopback or (address.version == 6 and address.is_link_local)
    yield Resource(ADDRESS, tables.namespace, values, automatic=automatic)
