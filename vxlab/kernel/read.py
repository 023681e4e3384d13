"""The state of namespaces, read back from the kernel through the same tables that it was written with."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pyroute2.netlink import nlmsg
from pyroute2.netlink.rtnl import RTM_GETADDR, RTM_GETLINK, RTM_GETNEIGH, RTM_GETROUTE
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.ndmsg import ndmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from vxlab.kernel import namespaces, sysctls
from vxlab.kernel.encode import AF_BRIDGE, IFF_UP, NTF_SELF, NUD_PERMANENT, RT_TABLE_MAIN, RTN_UNICAST
from vxlab.kernel.indexes import Indexes, LinkId
from vxlab.kernel.rtnetlink import NLM_F_DUMP, RouteSocket, encode
from vxlab.state.kind import Kind, Option
from vxlab.state.kinds import (
    ADDRESS,
    BRIDGE_PORT,
    FDB,
    FOREIGN,
    LINK_KINDS,
    LOOPBACK,
    NAMESPACE,
    NEIGHBOUR,
    ROUTE,
    SYSCTL,
    VETH,
    VXLAN,
)
from vxlab.state.kinds.fdb import FLOOD_MAC
from vxlab.state.kinds.route import IP6_METRIC
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import NOTHING, LinkRef, Value

_IFF_LOOPBACK = 0x8
_NUD_NOARP = 0x40
_RTPROT_BOOT, _RTPROT_STATIC = 3, 4

_FALLBACK = frozenset(
    ("tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0", "ip6gretap0")
)
"""Devices that tunnel modules put into every namespace (sysctl net.core.fb_tunnels_only_for_init_net)."""


@dataclass(frozen=True)
class Entry:
    """One FDB entry of a VXLAN device as the kernel has it, learned ones included."""

    namespace: str
    link: str
    mac: str
    dst: str
    permanent: bool
    vni: int | None = None
    port: int | None = None
    via: str = NOTHING


@dataclass(frozen=True)
class Actual:
    """What is there: the state, the interface indexes, and the whole FDB of every VXLAN device."""

    state: NetworkState
    indexes: Indexes
    fdb: tuple[Entry, ...]


def read(names: Iterable[str], wanted: NetworkState = NetworkState()) -> Actual:  # noqa: B008  frozen, never changed
    """Read namespaces back; those that do not exist are left out.

    Args:
        names: the namespaces.
        wanted: whose sysctls are read; the kernel has too many to read them all.

    Raises:
        OSError: the kernel refused.
    """
    there = [name for name in names if namespaces.is_whole(name)]
    keys: dict[str, list[str]] = {}
    for resource in wanted:
        if resource.kind is SYSCTL:
            keys.setdefault(resource.namespace, []).append(str(resource.get("key")))
    tables = [_Tables.of(name, keys.get(name, ())) for name in there]
    ends = _Ends(tables)
    resources = [resource for table in tables for resource in table.resources(ends)]
    indexes = Indexes(((table.namespace, link), index) for table in tables for index, link in table.names.items())
    return Actual(NetworkState.seen(resources), indexes, tuple(entry for table in tables for entry in table.entries()))


def read_fdb(names: Iterable[str]) -> tuple[Entry, ...]:
    """The whole FDB of every VXLAN device in namespaces that exist, and nothing else.

    Raises:
        OSError: the kernel refused.
    """
    found: list[Entry] = []
    for name in filter(namespaces.is_whole, names):
        with RouteSocket(name) as route:
            links, fdb = _links(route), _fdb(route)
        found += _Tables(name, links, fdb).entries()
    return tuple(found)


def _links(route: RouteSocket) -> list[nlmsg]:
    return list(route.dump(encode(ifinfmsg, RTM_GETLINK, NLM_F_DUMP, {}, [])))


def _fdb(route: RouteSocket) -> list[nlmsg]:
    return list(route.dump(encode(ndmsg, RTM_GETNEIGH, NLM_F_DUMP, {"family": AF_BRIDGE}, [])))


@dataclass(frozen=True)
class _Tables:
    """The raw tables of one namespace."""

    namespace: str
    links: list[nlmsg]
    fdb: list[nlmsg]
    addresses: list[nlmsg] = field(default_factory=list)
    routes: list[nlmsg] = field(default_factory=list)
    neighbours: list[nlmsg] = field(default_factory=list)
    sysctls: dict[str, str] = field(default_factory=dict)

    @cached_property
    def names(self) -> dict[int, str]:
        """The name of each link by its index."""
        return {link["index"]: link.get_attr("IFLA_IFNAME") for link in self.links}

    @classmethod
    def of(cls, namespace: str, keys: Iterable[str]) -> _Tables:
        with RouteSocket(namespace) as route:
            links, fdb = _links(route), _fdb(route)
            addresses = list(route.dump(encode(ifaddrmsg, RTM_GETADDR, NLM_F_DUMP, {}, [])))
            # pyroute2 takes a route message without a family for one of IPv4.
            families = (socket.AF_INET, socket.AF_INET6)
            requests = [encode(rtmsg, RTM_GETROUTE, NLM_F_DUMP, {"family": family}, []) for family in families]
            routes = [message for request in requests for message in route.dump(request)]
            neighbours = list(route.dump(encode(ndmsg, RTM_GETNEIGH, NLM_F_DUMP, {}, [])))
        with namespaces.inside(namespace):
            values = {key: value for key in keys if (value := sysctls.read(key)) is not None}
        return cls(namespace, links, fdb, addresses, routes, neighbours, values)

    def resources(self, ends: _Ends) -> Iterator[Resource]:
        yield Resource(NAMESPACE, self.namespace)
        for key, value in self.sysctls.items():
            yield Resource(SYSCTL, self.namespace, {"key": key, "value": value})
        for link in self.links:
            yield from self._link(link, ends)
        readers: tuple[tuple[list[nlmsg], Callable[[nlmsg], Resource | None]], ...] = (
            (self.addresses, self._address),
            (self.routes, self._route),
            (self.neighbours, self._neighbour),
        )
        for messages, reader in readers:
            yield from filter(None, map(reader, messages))
        yield from self._permanent()

    def _link(self, message: nlmsg, ends: _Ends) -> Iterator[Resource]:
        kind, info, slave = _info(message)
        values = self._values(kind.common, message.get_attr)
        values |= self._values(kind.options, info)
        values["up"] = bool(message["flags"] & IFF_UP)
        name = str(values["name"])
        if kind is VETH:
            values["peer"] = ends.peer(self.namespace, message)
        yield Resource(kind, self.namespace, values, automatic=kind is LOOPBACK or name in _FALLBACK)
        if values.get("master", NOTHING) != NOTHING:
            yield Resource(BRIDGE_PORT, self.namespace, {**self._values(BRIDGE_PORT.options, slave), "link": name})

    def _values(self, options: Iterable[Option], get: Callable[[str], Any]) -> dict[str, Value]:
        """The values of the options that the kernel told of."""
        values: dict[str, Value] = {}
        for option in options:
            raw = next((raw for nla in (option.nla, option.nla6) if nla and (raw := get(nla)) is not None), None)
            if raw is None:
                continue
            value = self.names.get(raw) if isinstance(option.type, LinkRef) else option.type.from_netlink(raw)
            if value is not None:
                values[option.name] = value
        return values

    def _address(self, message: nlmsg) -> Resource:
        text = message.get_attr("IFA_LOCAL") or message.get_attr("IFA_ADDRESS")
        address = ipaddress.ip_interface(f"{text}/{message['prefixlen']}")
        # lo is born with its addresses as soon as it is raised, and IPv6 links with a link-local one.
        automatic = address.is_loopback or (address.version == 6 and address.is_link_local)
        values = {"address": str(address), "link": self.names[message["index"]]}
        return Resource(ADDRESS, self.namespace, values, automatic=automatic)

    def _route(self, message: nlmsg) -> Resource | None:
        table = message.get_attr("RTA_TABLE") or message["table"]
        if table != RT_TABLE_MAIN or message["type"] != RTN_UNICAST:
            return None
        values = self._values(ROUTE.options, message.get_attr)
        is_v6 = message["family"] == socket.AF_INET6
        everything = "::" if is_v6 else "0.0.0.0"  # noqa: S104  the destination of a default route
        to = f"{message.get_attr('RTA_DST') or everything}/{message['dst_len']}"
        values["to"] = str(ipaddress.ip_network(to))
        if is_v6 and values.get("metric") == IP6_METRIC:
            del values["metric"]
        return Resource(ROUTE, self.namespace, values, automatic=message["proto"] not in (_RTPROT_BOOT, _RTPROT_STATIC))

    def _neighbour(self, message: nlmsg) -> Resource | None:
        if not message["state"] & NUD_PERMANENT or message["ifindex"] not in self.names:
            return None
        values = self._values(NEIGHBOUR.options, message.get_attr)
        if "mac" not in values or "address" not in values:
            return None
        return Resource(NEIGHBOUR, self.namespace, {**values, "link": self.names[message["ifindex"]]})

    def entries(self) -> Iterator[Entry]:
        """The FDB entries of VXLAN devices that lead to another VTEP."""
        devices = {link["index"] for link in self.links if _info(link)[0] is VXLAN}
        for message in self.fdb:
            dst = message.get_attr("NDA_DST")
            if message["ifindex"] in devices and dst and message["flags"] & NTF_SELF:
                yield Entry(
                    self.namespace,
                    self.names[message["ifindex"]],
                    message.get_attr("NDA_LLADDR"),
                    dst,
                    bool(message["state"] & (NUD_PERMANENT | _NUD_NOARP)),
                    message.get_attr("NDA_VNI"),
                    message.get_attr("NDA_PORT"),
                    self.names.get(message.get_attr("NDA_IFINDEX") or 0, NOTHING),
                )

    def _permanent(self) -> Iterator[Resource]:
        """Permanent entries. That of a device's own group or remote came with the device."""
        defaults = {
            self.names[link["index"]]: {info("IFLA_VXLAN_GROUP"), info("IFLA_VXLAN_GROUP6")}
            for link in self.links
            for kind, info, _ in (_info(link),)
            if kind is VXLAN
        }
        for entry in self.entries():
            if not entry.permanent:
                continue
            more = {"vni": entry.vni, "port": entry.port, "via": entry.via}
            values: dict[str, Value] = {"link": entry.link, "mac": entry.mac, "dst": entry.dst}
            values |= {name: value for name, value in more.items() if value}
            own = entry.mac == FLOOD_MAC and entry.dst in defaults[entry.link]
            yield Resource(FDB, self.namespace, values, automatic=own)


def _nothing(_: str) -> None:
    return None


def _info(message: nlmsg) -> tuple[Kind, Callable[[str], Any], Callable[[str], Any]]:
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
        data.get_attr if data is not None and hasattr(data, "get_attr") else _nothing,
        slave.get_attr if slave is not None and hasattr(slave, "get_attr") else _nothing,
    )


class _Ends:
    """Which veth ends belong together: each carries the index of the other (IFLA_LINK)."""

    def __init__(self, tables: Iterable[_Tables]) -> None:
        self._by_indexes: dict[tuple[int, int], list[LinkId]] = {}
        for table in tables:
            for link in table.links:
                far = link.get_attr("IFLA_LINK")
                if far and _info(link)[0] is VETH:
                    place = self._by_indexes.setdefault((link["index"], far), [])
                    place.append((table.namespace, table.names[link["index"]]))

    def peer(self, namespace: str, message: nlmsg) -> str:
        """The other end as NAMESPACE:LINK; nothing where it is not among what was read, or not to be told."""
        candidates = self._by_indexes.get((message.get_attr("IFLA_LINK") or 0, message["index"]), [])
        same = message.get_attr("IFLA_LINK_NETNSID") is None
        candidates = [end for end in candidates if (end[0] == namespace) == same]
        return ":".join(candidates[0]) if len(candidates) == 1 else NOTHING
