"""Links (RTM_NEWLINK; rtnetlink(7), linux/if_link.h)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pyroute2.netlink.rtnl import RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK

from vxlab.kernel.netlink.link import data_class, ifinfmsg
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rows import Rows
from vxlab.kernel.rtnetlink import NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL
from vxlab.plan import Action, Step
from vxlab.plan.build import PEER_OPTIONS
from vxlab.state.kind import Kind
from vxlab.state.kinds import BRIDGE, BRIDGE_PORT, FOREIGN, LINK_KINDS, LOOPBACK, VETH
from vxlab.state.kinds.link import FLAGS, INVERTED_FLAGS
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables

_IFF_LOOPBACK = 0x8

_FALLBACK = frozenset(
    ("tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0", "ip6gretap0")
)
"""Devices that tunnel modules put into every namespace (sysctl net.core.fb_tunnels_only_for_init_net)."""

_RTEXT_FILTER_SKIP_STATS = 8
_ALL = encode_message(ifinfmsg, RTM_GETLINK, NLM_F_DUMP, {}, [["IFLA_EXT_MASK", _RTEXT_FILTER_SKIP_STATS]])
"""Without counters, which the kernel adds up from all processors."""

_FD = struct.Struct("=I")
_NO_FD = 2**32 - 1

_PORT = Rows(BRIDGE_PORT.options)


def encode(step: Step, encoder: Encoder) -> bytes:
    resource = step.resource
    fields: dict[str, Any] = {"index": encoder.index(resource)}
    if step.action is Action.DELETE:
        encoder.indexes.forget(resource.namespace, resource.name)
        return encode_message(ifinfmsg, RTM_DELLINK, 0, fields, [])
    kind, namespace = resource.kind, resource.namespace
    attributes = encoder.attributes(kind.table, namespace, [item for item in step.values if item[0] not in kind.own])
    info = encoder.attributes(kind.table, namespace, [item for item in step.values if item[0] in kind.own])
    if step.peer:
        info.append(["VETH_INFO_PEER", _peer(step.peer, encoder)])
    if step.action is Action.CREATE or info:
        linkinfo: list[list[Any]] = [["IFLA_INFO_KIND", kind.name]]
        linkinfo += [["IFLA_INFO_DATA", {"attrs": info}]] if info else []
        attributes.append(["IFLA_LINKINFO", {"attrs": linkinfo}])
    flags = NLM_F_CREATE | NLM_F_EXCL if step.action is Action.CREATE else 0
    return encode_message(ifinfmsg, RTM_NEWLINK, flags, fields | _flags(step), attributes)


def _flags(step: Step) -> dict[str, int]:
    """The options that the header carries: their bits, and which of them are meant."""
    said = [(FLAGS[name], bool(value) != (name in INVERTED_FLAGS)) for name, value in step.values if name in FLAGS]
    if not said:
        return {}
    return {"flags": sum(bit for bit, on in said if on), "change": sum(bit for bit, _ in said)}


def _peer(peer: Resource, encoder: Encoder) -> dict[str, Any]:
    """The other end of a veth pair, made straight in the namespace where it belongs; which that is ends the request."""
    values = [(name, value) for name, value in peer.values.items() if name in ("name", *PEER_OPTIONS)]
    attributes = encoder.attributes(peer.kind.table, peer.namespace, values)
    attributes.append(["IFLA_NET_NS_FD", _NO_FD])
    return {"index": encoder.index(peer), "attrs": attributes}


def plug(request: bytes, fd: int) -> bytes:
    """A request for a veth pair, with a descriptor of the namespace where the other end is to be."""
    return request[: -_FD.size] + _FD.pack(fd)


def dumps(_: Tables) -> list[bytes]:
    return [_ALL]


def read(message: Message, tables: Tables) -> Iterator[Resource]:
    info = tables.infos[message.get("IFLA_IFNAME")]
    common, own = _rows(info.kind)
    values = common.values(message, tables.names)
    if info.data:
        values |= own.values(info.data, tables.names)
    for name, bit in FLAGS.items():
        values[name] = bool(message["flags"] & bit) != (name in INVERTED_FLAGS)
    name = str(values["name"])
    if info.kind is VETH:
        values["peer"] = tables.peers.peer(tables.namespace, message)
    yield Resource(info.kind, tables.namespace, values, automatic=info.kind is LOOPBACK or name in _FALLBACK)
    if info.port and values.get("master", NOTHING) != NOTHING:
        yield Resource(BRIDGE_PORT, tables.namespace, {**_PORT.values(info.port, tables.names), "link": name})


@cache
def _rows(kind: Kind) -> tuple[Rows, Rows]:
    return Rows(kind.common), Rows(kind.options)


class Info(NamedTuple):
    """The kind of a link, with what the kernel tells of that kind, and of the link as the port of a bridge."""

    kind: Kind
    data: Message | None = None
    port: Message | None = None

    @property
    def looks_at_tags(self) -> bool:
        """Whether it is a bridge that looks at VLAN tags."""
        return self.kind is BRIDGE and self.data is not None and bool(self.data.get("IFLA_BR_VLAN_FILTERING"))


def info_of(message: Message) -> Info:
    """What sort of link a message is about."""
    if message["flags"] & _IFF_LOOPBACK:
        return Info(LOOPBACK)
    info = message.inside("IFLA_LINKINFO", ifinfmsg.ifinfo)
    if info is None:
        return Info(FOREIGN)
    name = info.get("IFLA_INFO_KIND")
    kind = LINK_KINDS.get(name, FOREIGN)
    data = None if kind is FOREIGN else info.inside("IFLA_INFO_DATA", data_class(name))
    return Info(kind, data, _port(info))


def _port(info: Message) -> Message | None:
    if info.get("IFLA_INFO_SLAVE_KIND") != "bridge":
        return None
    return info.inside("IFLA_INFO_SLAVE_DATA", ifinfmsg.ifinfo.bridge_slave_data)
