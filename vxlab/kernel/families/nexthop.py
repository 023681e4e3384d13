"""Nexthop objects (RTM_NEWNEXTHOP; linux/nexthop.h)."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vxlab.kernel.families.common import FLAGS, address_family
from vxlab.kernel.families.encap import encap_attributes, encap_of
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.nexthop import RTM_DELNEXTHOP, RTM_GETNEXTHOP, RTM_NEWNEXTHOP, nhmsg
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rows import Rows
from vxlab.kernel.rtnetlink import NLM_F_DUMP
from vxlab.plan import Action, Step
from vxlab.state.kinds import NEXTHOP
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING, Value

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables

_ONLINK = 4
_SPECIAL = ("group", "encap")
_ALL = encode_message(nhmsg, RTM_GETNEXTHOP, NLM_F_DUMP, {}, [])
_ROWS = Rows(option for option in NEXTHOP.options if option.name not in _SPECIAL)


def encode(step: Step, encoder: Encoder) -> bytes:
    nexthop = step.resource
    if step.action is Action.DELETE:
        gone = [["NHA_ID", nexthop.get("id")]]
        return encode_message(nhmsg, RTM_DELNEXTHOP, FLAGS[step.action], {}, gone)
    fields: dict[str, Any] = {
        "nh_family": _family(nexthop),
        "nh_protocol": NEXTHOP.table["protocol"].type.to_netlink(nexthop.get("protocol")),
        "nh_flags": _ONLINK if nexthop.get("onlink") else 0,
    }
    said = ((name, value) for name, value in nexthop.told if name not in _SPECIAL)
    attributes = encoder.attributes(NEXTHOP.table, nexthop.namespace, said)
    if nexthop.get("group") != NOTHING:
        attributes.append(["NHA_GROUP", list(_members(str(nexthop.get("group"))))])
    if nexthop.get("encap") != NOTHING:
        attributes += encap_attributes("NHA", nexthop.get("encap"), nexthop.namespace, encoder)
    return encode_message(nhmsg, RTM_NEWNEXTHOP, FLAGS[step.action], fields, attributes)


def _family(nexthop: Resource) -> int:
    """That of its address, else what was said; none for a group."""
    if nexthop.get("group") != NOTHING:
        return socket.AF_UNSPEC
    via = nexthop.get("via")
    if via:
        return address_family(ipaddress.ip_address(str(via)).version)
    return socket.AF_INET6 if nexthop.get("family") == "inet6" else socket.AF_INET


def _members(group: str) -> Iterator[dict[str, int]]:
    for member in group.split("/"):
        number, _, weight = member.partition(",")
        yield {"id": int(number), "weight": int(weight or 1) - 1}


def dumps(_: Tables) -> list[bytes]:
    return [_ALL]


def read(message: Message, tables: Tables) -> Iterator[Resource]:
    values = _ROWS.values(message, tables.names)
    protocol = NEXTHOP.table["protocol"].type.from_netlink(message["nh_protocol"])
    values |= {} if protocol is None else {"protocol": protocol}
    if message["nh_family"] == socket.AF_INET6 and "via" not in values:
        values["family"] = "inet6"
    if message["nh_flags"] & _ONLINK:
        values["onlink"] = True
    if values.get("blackhole"):
        # The kernel shows lo.
        values.pop("link", None)
    if members := message.get("NHA_GROUP"):
        values["group"] = _group(members)
    if message.get("NHA_ENCAP") is not None:
        values["encap"] = encap_of("NHA", message.get)
    yield Resource(NEXTHOP, tables.namespace, values)


def _group(members: list[dict[str, int]]) -> Value:
    return NEXTHOP.table["group"].type.parse("/".join(f"{m['id']},{m['weight'] + 1}" for m in members))
