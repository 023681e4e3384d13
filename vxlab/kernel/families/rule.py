"""Rules (RTM_NEWRULE; linux/fib_rules.h)."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pyroute2.netlink.rtnl import RTM_DELRULE, RTM_GETRULE, RTM_NEWRULE
from pyroute2.netlink.rtnl.fibmsg import fibmsg

from vxlab.kernel.families.common import FLAGS
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rows import Rows
from vxlab.kernel.rtnetlink import NLM_F_DUMP
from vxlab.plan import Action, Step
from vxlab.state.kinds import RULE
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING, Value

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables

_INVERT = 0x2
_PREFIXES = {"from": ("src_len", "FRA_SRC"), "to": ("dst_len", "FRA_DST")}
_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_ALL = [encode_message(fibmsg, RTM_GETRULE, NLM_F_DUMP, {"family": family}, []) for family in _FAMILIES]
_ROWS = Rows(option for option in RULE.options if option.name not in _PREFIXES)


def encode(step: Step, encoder: Encoder) -> bytes:
    rule = step.resource
    family = RULE.table["family"].type.to_netlink(rule.get("family"))
    fields: dict[str, Any] = {
        "family": family,
        "tos": int(rule.get("tos")),
        "action": RULE.table["action"].type.to_netlink(rule.get("action")),
        "flags": _INVERT if rule.get("not") else 0,
    }
    said = ((name, value) for name, value in rule.told if name not in _PREFIXES)
    attributes = encoder.attributes(RULE.table, rule.namespace, said)
    for name, (length, nla) in _PREFIXES.items():
        if rule.get(name) != NOTHING:
            prefix = ipaddress.ip_network(str(rule.get(name)))
            fields[length] = prefix.prefixlen
            attributes.append([nla, str(prefix.network_address)])
    kind = RTM_DELRULE if step.action is Action.DELETE else RTM_NEWRULE
    return encode_message(fibmsg, kind, FLAGS[step.action], fields, attributes)


def dumps(_: Tables) -> list[bytes]:
    return _ALL


def read(message: Message, tables: Tables) -> Iterator[Resource]:
    family = RULE.table["family"].type.from_netlink(message["family"])
    action = RULE.table["action"].type.from_netlink(message["action"])
    if family is None or action is None:
        return
    values: dict[str, Value] = {"family": family, "priority": 0}
    values |= _ROWS.values(message, tables.names)
    values |= {"action": action, "tos": message["tos"]}
    if message["flags"] & _INVERT:
        values["not"] = True
    for name, (length, nla) in _PREFIXES.items():
        if message.get(nla):
            values[name] = str(ipaddress.ip_network(f"{message.get(nla)}/{message[length]}"))
    if action != "lookup" or values.get("l3mdev"):
        values.pop("table", None)
    # Those that a namespace is born with (fib_default_rules_init() in net/ipv4/fib_rules.c), and those that come with
    # the first VRF (vrf_add_fib_rules() in drivers/net/vrf.c).
    yield Resource(RULE, tables.namespace, values, automatic=values.get("protocol") == "kernel")
