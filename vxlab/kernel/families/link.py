"""Links (RTM_NEWLINK; rtnetlink(7), linux/if_link.h)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pyroute2.netlink import nlmsg
from pyroute2.netlink.rtnl import RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK

from vxlab.kernel.netlink.attributes import getter
from vxlab.kernel.netlink.link import ifinfmsg
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rtnetlink import NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL
from vxlab.plan import Action, Step
from vxlab.plan.build import PEER_OPTIONS
from vxlab.state.kind import Kind
from vxlab.state.kinds import BRIDGE_PORT, FOREIGN, LINK_KINDS, LOOPBACK, VETH
from vxlab.state.kinds.link import FLAGS, INVERTED_FLAGS
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.netlink.attributes import Get
    from vxlab.kernel.read import Tables

_IFF_LOOPBACK = 0x8

_FALLBACK = frozenset(
    ("tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0", "ip6gretap0")
)
"""Devices that tunnel modules put into every namespace (sysctl net.core.fb_tunnels_only_for_init_net)."""


def encode(step: Step, encoder: Encoder) -> bytes:
    resource = step.resource
    fields: dict[str, Any] = {"index": encoder.index(resource)}
    if step.action is Action.DELETE:
        encoder.indexes.forget(resource.namespace, resource.name)
        return encode_message(ifinfmsg, RTM_DELLINK, 0, fields, [])
    kind, namespace = resource.kind, resource.namespace
    common = {option.name for option in kind.common}
    attributes = encoder.attributes(kind.table, namespace, ((n, v) for n, v in step.values if n in common))
    info = encoder.attributes(kind.table, namespace, ((n, v) for n, v in step.values if n not in common))
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
    """The other end of a veth pair, made straight in the namespace where it belongs."""
    values = [(name, value) for name, value in peer.values.items() if name in ("name", *PEER_OPTIONS)]
    attributes = encoder.attributes(peer.kind.table, peer.namespace, values)
    attributes.append(["IFLA_NET_NS_FD", encoder.open_namespace(peer.namespace)])
    return {"index": encoder.index(peer), "attrs": attributes}


def dumps(_: Tables) -> list[bytes]:
    return [encode_message(ifinfmsg, RTM_GETLINK, NLM_F_DUMP, {}, [])]


def read(message: nlmsg, tables: Tables) -> Iterator[Resource]:
    kind, info, slave = tables.infos[message.get_attr("IFLA_IFNAME")]
    values = tables.values(kind.common, getter(message)) | tables.values(kind.options, info)
    for name, bit in FLAGS.items():
        values[name] = bool(message["flags"] & bit) != (name in INVERTED_FLAGS)
    name = str(values["name"])
    if kind is VETH:
        values["peer"] = tables.peers.peer(tables.namespace, message)
    yield Resource(kind, tables.namespace, values, automatic=kind is LOOPBACK or name in _FALLBACK)
    if values.get("master", NOTHING) != NOTHING and _slave_kind(message) == "bridge":
        port = tables.values(BRIDGE_PORT.options, slave)
        yield Resource(BRIDGE_PORT, tables.namespace, {**port, "link": name})


def info_of(message: nlmsg) -> tuple[Kind, Get, Get]:
    """The kind of a link, and how to get the attributes of its kind and of its place in a bridge."""
    linkinfo = message.get_attr("IFLA_LINKINFO")
    if message["flags"] & _IFF_LOOPBACK:
        return LOOPBACK, _nothing, _nothing
    if linkinfo is None:
        return FOREIGN, _nothing, _nothing
    kind = LINK_KINDS.get(linkinfo.get_attr("IFLA_INFO_KIND"), FOREIGN)
    data = linkinfo.get_attr("IFLA_INFO_DATA")
    slave = linkinfo.get_attr("IFLA_INFO_SLAVE_DATA")
    return (
        kind,
        getter(data) if hasattr(data, "get_attr") else _nothing,
        getter(slave) if hasattr(slave, "get_attr") else _nothing,
    )


def _slave_kind(message: nlmsg) -> str | None:
    linkinfo = message.get_attr("IFLA_LINKINFO")
    return linkinfo.get_attr("IFLA_INFO_SLAVE_KIND") if linkinfo is not None else None


def _nothing(_: str) -> None:
    return None
