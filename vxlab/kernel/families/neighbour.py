"""Neighbour entries (RTM_NEWNEIGH; rtnetlink(7), linux/neighbour.h)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pyroute2.netlink.rtnl import RTM_DELNEIGH, RTM_GETNEIGH, RTM_NEWNEIGH
from pyroute2.netlink.rtnl.ndmsg import ndmsg

from vxlab.kernel.families.common import FLAGS as REQUEST_FLAGS
from vxlab.kernel.families.common import address_family
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rows import Rows
from vxlab.kernel.rtnetlink import NLM_F_DUMP
from vxlab.plan import Action, Step
from vxlab.state.kinds import NEIGHBOUR
from vxlab.state.kinds.neighbour import FLAGS
from vxlab.state.model import Resource
from vxlab.state.types import Value

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables

# The entries that a node answers for are listed only to who asks for them (neigh_dump_info() in net/core).
_ALL = [encode_message(ndmsg, RTM_GETNEIGH, NLM_F_DUMP, {"flags": bits}, []) for bits in (0, FLAGS["proxy"])]
_ROWS = Rows(NEIGHBOUR.options)


def encode(step: Step, encoder: Encoder) -> bytes:
    version = ipaddress.ip_address(str(step.resource.get("address"))).version
    return neighbour_message(step, encoder, address_family(version), REQUEST_FLAGS[step.action], flag_bits(step, FLAGS))


def neighbour_message(step: Step, encoder: Encoder, family: int, flags: int, bits: int) -> bytes:
    """FDB and neighbour entries are one message with different families."""
    resource = step.resource
    table = resource.kind.table
    fields: dict[str, Any] = {
        "family": family,
        "ifindex": encoder.index(resource),
        "state": 0 if resource.get("managed") else table["state"].type.to_netlink(resource.get("state")),
        "flags": bits,
    }
    kind = RTM_DELNEIGH if step.action is Action.DELETE else RTM_NEWNEIGH
    attributes = encoder.attributes(table, resource.namespace, resource.told)
    return encode_message(ndmsg, kind, flags, fields, attributes)


def flag_bits(step: Step, flags: Mapping[str, int]) -> int:
    return sum(bit for name, bit in flags.items() if step.resource.get(name))


def flag_values(message: Message, flags: Mapping[str, int]) -> dict[str, Value]:
    return {name: True for name, bit in flags.items() if message["flags"] & bit}


def dumps(_: Tables) -> list[bytes]:
    return _ALL


def read(message: Message, tables: Tables) -> Iterator[Resource]:
    if message["ifindex"] not in tables.names:
        return
    values = _ROWS.values(message, tables.names)
    values |= flag_values(message, FLAGS) | {"link": tables.names[message["ifindex"]]}
    state = state_of(message["state"], ("permanent", "noarp", "reachable", "stale", "delay", "probe"))
    if values.get("managed"):
        # What it has found out, or not yet.
        values.pop("mac", None)
    elif state:
        values["state"] = state
    elif not values.get("proxy"):
        return
    # What needs no ARP may be the kernel's own: groups, broadcast addresses, links without ARP.
    made = state == "permanent" or any(values.get(option) for option in ("proxy", "extern_learn", "managed"))
    yield Resource(NEIGHBOUR, tables.namespace, values, automatic=not made)


def state_of(bits: int, words: Iterable[str]) -> str:
    """The state that an entry is in; nothing where it is unknown, failed or not yet resolved."""
    numbers = NEIGHBOUR.table["state"].type
    return next((word for word in words if bits & int(numbers.to_netlink(word))), "")  # type: ignore[call-overload]
