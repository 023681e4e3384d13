"""Routes (RTM_NEWROUTE; rtnetlink(7), linux/rtnetlink.h)."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pyroute2.netlink.rtnl import RTM_DELROUTE, RTM_GETROUTE, RTM_NEWROUTE

from vxlab.kernel.families.common import FLAGS, address_family
from vxlab.kernel.families.encap import encap_attributes, encap_of
from vxlab.kernel.netlink.encap import rtmsg
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rows import Rows
from vxlab.kernel.rtnetlink import NLM_F_DUMP
from vxlab.plan import Action, Step
from vxlab.state.kinds import ROUTE
from vxlab.state.kinds.address import SCOPES
from vxlab.state.kinds.route import IP6_METRIC, NEXT_HOP, TABLES, WITHOUT_NEXT_HOP
from vxlab.state.model import Resource
from vxlab.state.phrase import Phrases
from vxlab.state.types import NOTHING, Value

if TYPE_CHECKING:
    from vxlab.kernel.encode import Attributes, Encoder
    from vxlab.kernel.read import Tables

_RTPROT_KERNEL, _RTPROT_BOOT, _RTPROT_STATIC = 2, 3, 4
_RTM_F_CLONED = 0x200
_RTNH_F_ONLINK = 4
_SPECIAL = ("to", "encap", "nexthops", "via")
# pyroute2 takes a route message without a family for one of IPv4.
_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_ALL = [encode_message(rtmsg, RTM_GETROUTE, NLM_F_DUMP, {"family": family}, []) for family in _FAMILIES]
_ROWS = Rows(option for option in ROUTE.options if option.name not in _SPECIAL)

Items = Iterable[tuple[str, Value]]


def encode(step: Step, encoder: Encoder) -> bytes:
    route = step.resource
    to = ipaddress.ip_network(str(route.get("to")))
    fields = {
        "family": address_family(to.version),
        "dst_len": to.prefixlen,
        "tos": int(route.get("tos")),
        "table": min(_number(route, "table"), 255) if _number(route, "table") < 256 else 0,
    }
    if step.action is Action.DELETE:
        # Whatever protocol and scope it has (iproute_modify() in ip/iproute.c).
        fields |= {"type": 0, "proto": 0, "scope": SCOPES["nowhere"]}
    else:
        fields |= {
            "type": _number(route, "type"),
            "proto": _number(route, "protocol"),
            "scope": _scope(route, to.version),
        }
        fields |= {"flags": _RTNH_F_ONLINK} if route.get("onlink") else {}
    attributes = _attributes(route.told, route.namespace, to.version, encoder)
    if route.get("nexthops") != NOTHING:
        attributes.append(["RTA_MULTIPATH", list(_next_hops(route, to.version, encoder))])
    if to.prefixlen:
        attributes.append(["RTA_DST", str(to.network_address)])
    kind = RTM_DELROUTE if step.action is Action.DELETE else RTM_NEWROUTE
    return encode_message(rtmsg, kind, FLAGS[step.action], fields, attributes)


def _number(route: Resource, option: str) -> int:
    return int(ROUTE.table[option].type.to_netlink(route.get(option)))  # type: ignore[call-overload, no-any-return]


def _scope(route: Resource, version: int) -> int:
    """As ip does it (iproute_modify() in ip/iproute.c)."""
    if route.get("scope") != NOTHING:
        return _number(route, "scope")
    kind = route.get("type")
    if version == 6 or kind in ("blackhole", "unreachable", "prohibit", "throw"):
        return SCOPES["global"]
    if kind == "local":
        return SCOPES["host"]
    direct = all(route.get(option) == NOTHING for option in ("via", "nexthops", "nhid"))
    return SCOPES["link"] if direct and kind in ("unicast", "broadcast", "multicast", "anycast") else SCOPES["global"]


def _attributes(items: Items, namespace: str, version: int, encoder: Encoder) -> Attributes:
    values = dict(items)
    table = NEXT_HOP.table | ROUTE.table
    attributes = encoder.attributes(table, namespace, ((n, v) for n, v in values.items() if n not in _SPECIAL))
    if "via" in values:
        attributes.append(_gateway(str(values["via"]), version))
    if values.get("encap", NOTHING) != NOTHING:
        attributes += encap_attributes("RTA", values["encap"], namespace, encoder)
    return attributes


def _gateway(via: str, version: int) -> list[Any]:
    """The next hop; in RTA_VIA where it is not of the route's own IP version (RFC 8950)."""
    address = ipaddress.ip_address(via)
    if address.version == version:
        return ["RTA_GATEWAY", via]
    return ["RTA_VIA", {"family": address_family(address.version), "addr": via}]


def _next_hops(route: Resource, version: int, encoder: Encoder) -> Iterator[dict[str, Any]]:
    phrases = ROUTE.table["nexthops"].type
    assert isinstance(phrases, Phrases)  # noqa: S101  the table says so
    for hop in phrases.read(route.get("nexthops")):
        yield {
            "hops": int(hop.get("weight", 1)) - 1,
            "flags": _RTNH_F_ONLINK if hop.get("onlink") else 0,
            "oif": encoder.indexes.of(route.namespace, str(hop["link"])) if "link" in hop else 0,
            "attrs": _attributes(
                ((n, v) for n, v in hop.items() if n in ("via", "encap")), route.namespace, version, encoder
            ),
        }


def dumps(_: Tables) -> list[bytes]:
    return _ALL


def read(message: Message, tables: Tables) -> Iterator[Resource]:
    get = message.get
    table = get("RTA_TABLE") or message["table"]
    kind = ROUTE.table["type"].type.from_netlink(message["type"])
    # The kernel fills the table `local` by itself, with addresses, broadcasts and groups.
    own = table == TABLES["local"] and message["proto"] == _RTPROT_KERNEL
    if own or kind is None or message["flags"] & _RTM_F_CLONED:
        return
    values = _ROWS.values(message, tables.names)
    values |= _places(get, message)
    is_v6 = message["family"] == socket.AF_INET6
    everything = "::" if is_v6 else "0.0.0.0"  # noqa: S104  the destination of a default route
    to = f"{get('RTA_DST') or everything}/{message['dst_len']}"
    values |= {"type": kind, "to": str(ipaddress.ip_network(to)), "tos": message["tos"]}
    values |= {"table": _named("table", table), "protocol": _named("protocol", message["proto"])}
    if not is_v6:
        values["scope"] = _named("scope", message["scope"])
    elif values.get("metric") == IP6_METRIC:
        del values["metric"]
    if hops := get("RTA_MULTIPATH"):
        values["nexthops"] = _read_next_hops(hops, tables)
    _without_what_follows(values)
    automatic = message["proto"] not in (_RTPROT_BOOT, _RTPROT_STATIC)
    yield Resource(ROUTE, tables.namespace, values, automatic=automatic)


def _named(option: str, number: int) -> Value:
    value = ROUTE.table[option].type.from_netlink(number)
    return number if value is None else value


def _places(get: Callable[[str], Any], message: Any) -> dict[str, Value]:
    """Where a route or one of its next hops leads."""
    values: dict[str, Value] = {}
    via = get("RTA_GATEWAY") or (get("RTA_VIA") or {}).get("addr")
    if via:
        values["via"] = via
    if get("RTA_ENCAP") is not None:
        values["encap"] = encap_of("RTA", get)
    if message["flags"] & _RTNH_F_ONLINK:
        values["onlink"] = True
    return {name: value for name, value in values.items() if value}


def _read_next_hops(hops: Iterable[Any], tables: Tables) -> str:
    phrases = ROUTE.table["nexthops"].type
    assert isinstance(phrases, Phrases)  # noqa: S101  the table says so
    read = []
    for hop in hops:
        values = _places(hop.get_attr, hop) | {"weight": hop["hops"] + 1}
        if hop["oif"] in tables.names:
            values["link"] = tables.names[hop["oif"]]
        read.append(values)
    return phrases.text(read)


def _without_what_follows(values: dict[str, Value]) -> None:
    """Leave out what the kernel tells of a route beside what was said of it."""
    if values.get("nhid"):
        # Where its nexthop object leads.
        for name in ("via", "link", "nexthops", "encap", "onlink"):
            values.pop(name, None)
        if values["type"] == "blackhole":
            # That is what the nexthop does.
            values["type"] = "unicast"
    if values["type"] in WITHOUT_NEXT_HOP and values["type"] != "local":
        # IPv6 shows lo.
        values.pop("link", None)
