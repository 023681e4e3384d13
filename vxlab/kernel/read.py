"""The state of namespaces, read back from the kernel through the same tables that it was written with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from vxlab.kernel import marks, namespaces, sysctls
from vxlab.kernel.families.link import Info, info_of
from vxlab.kernel.families.registry import FAMILIES
from vxlab.kernel.indexes import LOOPBACK_IFINDEX, Indexes, LinkId
from vxlab.kernel.machine import Marks, part
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.procfs import Procfs
from vxlab.kernel.rtnetlink import RouteSocket
from vxlab.state.kind import Family
from vxlab.state.kinds import FDB, NAMESPACE, SYSCTL, VETH, VXLAN
from vxlab.state.model import NetworkState, Resource
from vxlab.state.owned import is_machine, machine_namespace_of
from vxlab.state.types import NOTHING, Value
from vxlab.state.types.numbers import numbers

_TRIES = 5
"""How often a lab that is being changed is read until what was read fits together."""


class Entry(NamedTuple):
    """One FDB entry of a VXLAN device as the kernel has it, learned ones included."""

    namespace: str
    link: str
    mac: str
    dst: str
    permanent: bool
    vni: int | None = None
    src_vni: int | None = None
    port: int | None = None
    via: str = NOTHING


@dataclass(frozen=True)
class Actual:
    """What is there: the state, and the interface indexes."""

    state: NetworkState
    indexes: Indexes

    @cached_property
    def fdb(self) -> tuple[Entry, ...]:
        """The FDB entries of VXLAN devices that lead to other VTEPs, one or a group of them."""
        tunnels = {(link.namespace, link.name) for link in self.state.family(Family.LINK) if link.kind is VXLAN}
        return tuple(
            _entry(entry)
            for entry in self.state.family(Family.FDB)
            if entry.get("dst") and not entry.get("master") and (entry.namespace, entry.name) in tunnels
        )


def read(
    names: Iterable[str],
    wanted: NetworkState = NetworkState(),  # noqa: B008  frozen, never changed
    mark: int | None = None,
    machine: Marks | None = None,
) -> Actual:
    """Read namespaces back; those that do not exist are left out.

    Args:
        names: the namespaces.
        wanted: whose sysctls are read; the kernel has too many to read them all.
        mark: that of the namespaces that are meant; those with another one are left out too.
        machine: what is meant in the machine's own namespace, if anything, whether that has its name already or not.

    Raises:
        OSError: the kernel refused.
    """
    listed = list(names)
    return namespaces.elsewhere(lambda: _read_until_consistent(listed, wanted, mark, machine))


def _read_until_consistent(
    names: Sequence[str], wanted: NetworkState, mark: int | None, machine: Marks | None
) -> Actual:
    for _ in range(_TRIES - 1):
        # Something may refer to a link that came after the links had been read.
        with suppress(KeyError):
            return _read(names, wanted, mark, machine)
    return _read(names, wanted, mark, machine)


def _read(names: Sequence[str], wanted: NetworkState, mark: int | None, machine: Marks | None) -> Actual:
    peers = Peers()
    home = _home(names, wanted) if machine else ""
    with Procfs() as procfs:
        meant = (name for name in names if not is_machine(name) or name == home)
        tables = [table for name in meant if (table := _tables(name, wanted, peers, procfs))]
    tables = [table for table in tables if mark in (None, table.mark) or is_machine(table.namespace)]
    for table in tables:
        peers.add(table, machine.group if machine and is_machine(table.namespace) else None)
    others = (name for name in names if is_machine(name) and name != home and _is_named_home(name))
    found = (resource for table in tables for resource in _resources(table, wanted, machine))
    state = NetworkState.seen([*(Resource(NAMESPACE, name) for name in others), *found])
    indexes = Indexes(((table.namespace, link), index) for table in tables for index, link in table.names.items())
    return Actual(state, indexes)


def _home(names: Sequence[str], wanted: NetworkState) -> str:
    """The name under which the machine's namespace is read: it may have two, where a node gets another one."""
    named = [name for name in names if is_machine(name)]
    return next((name for name in named if name in wanted.namespaces), named[0] if named else "")


def _is_named_home(name: str) -> bool:
    return namespaces.is_whole(name) and namespaces.is_own(name)


def _resources(table: Tables, wanted: NetworkState, machine: Marks | None) -> Iterable[Resource]:
    found = table.resources()
    return part(found, wanted, machine) if machine and is_machine(table.namespace) else found


def here() -> NetworkState:
    """All that is in the namespace in which the calling thread is, under a name that no lab has.

    Raises:
        OSError: the kernel refused.
    """
    with Procfs() as procfs:
        table = Tables.of(machine_namespace_of("", "", ""), (), Peers(), procfs)
    return NetworkState.seen(table.resources())


def _tables(name: str, wanted: NetworkState, peers: Peers, procfs: Procfs) -> Tables | None:
    """The tables of a namespace; None where there is none of that name, or none any more."""
    keys = [str(resource.get("key")) for resource in wanted.inside(name, Family.SYSCTL)]
    if is_machine(name) and namespaces.is_whole(name) and not namespaces.is_own(name):
        return None
    try:
        return Tables.of(name, keys, peers, procfs)
    except OSError as error:
        if not namespaces.is_whole(name):
            return None
        error.filename = error.filename or f"namespace {name}, while it was read"
        raise


@dataclass
class Tables:
    """The raw tables of one namespace."""

    namespace: str
    peers: Peers
    messages: dict[Family, list[Message]] = field(default_factory=dict)
    sysctls: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, namespace: str, keys: Iterable[str], peers: Peers, procfs: Procfs) -> Tables:
        """Read everything in a namespace, links first: they say what else there can be.

        Raises:
            FileNotFoundError: there is none of that name.
            OSError: the kernel refused.
        """
        # Of the machine's own the links are needed also before it has its name: others must not get their indexes.
        with nullcontext() if is_machine(namespace) else namespaces.inside(namespace), RouteSocket() as route:
            tables = cls.here(namespace, route, peers)
            tables.sysctls = {key: value for key in keys if (value := sysctls.read(key, procfs)) is not None}
        return tables

    @classmethod
    def here(cls, namespace: str, route: RouteSocket, peers: Peers) -> Tables:
        """Read all tables through a socket, as those of a namespace of this name.

        Raises:
            OSError: the kernel refused.
        """
        tables = cls(namespace, peers)
        for family in FAMILIES:
            requests = FAMILIES[family].dumps(tables)
            tables.messages[family] = [message for request in requests for message in route.dump(request)]
        return tables

    @property
    def links(self) -> list[Message]:
        return self.messages[Family.LINK]

    @property
    def mark(self) -> int:
        return next((marks.told(link.attributes) for link in self.links if link["index"] == LOOPBACK_IFINDEX), 0)

    @cached_property
    def names(self) -> dict[int, str]:
        """The name of each link by its index."""
        return {link["index"]: link.get("IFLA_IFNAME") for link in self.links}

    @cached_property
    def infos(self) -> dict[str, Info]:
        """What sort of link each one is."""
        return {link.get("IFLA_IFNAME"): info_of(link) for link in self.links}

    @cached_property
    def mac_of(self) -> dict[str, str]:
        """The MAC address of each of the namespace's own links."""
        return {link.get("IFLA_IFNAME"): link.get("IFLA_ADDRESS") for link in self.links}

    @cached_property
    def macs(self) -> set[str]:
        """The MAC addresses of the namespace's own links."""
        return {*self.mac_of.values()}

    @cached_property
    def vni_groups(self) -> set[tuple[Value, Value, Value]]:
        """The groups and remotes of single VNIs of devices with vnifilter, each with device and VNI."""
        vnis = [
            vni for message in self.messages.get(Family.VNI, ()) for vni in FAMILIES[Family.VNI].read(message, self)
        ]
        return {
            (vni.name, number, vni.get(option))
            for vni in vnis
            for option in ("group", "remote")
            if vni.get(option) != NOTHING
            for number in numbers(vni.get("vni"))
        }

    def resources(self) -> Iterator[Resource]:
        """What the tables tell of."""
        if not is_machine(self.namespace) or namespaces.is_whole(self.namespace):
            yield Resource(NAMESPACE, self.namespace)
        for key, value in self.sysctls.items():
            yield Resource(SYSCTL, self.namespace, {"key": key, "value": value})
        for family, messages in self.messages.items():
            for message in messages:
                yield from FAMILIES[family].read(message, self)


def _entry(entry: Resource) -> Entry:
    assert entry.kind is FDB  # noqa: S101  what the FDB holds
    return Entry(
        entry.namespace,
        entry.name,
        str(entry.get("mac")),
        str(entry.get("dst")),
        entry.get("state") != "dynamic",
        int(entry.get("vni")) if entry.get("vni") else None,
        int(entry.get("src_vni")) if entry.get("src_vni") else None,
        int(entry.get("port")) if entry.get("port") else None,
        str(entry.get("via")),
    )


class Peers:
    """Which veth ends belong together: each carries the index of the other (IFLA_LINK)."""

    def __init__(self) -> None:
        self._by_indexes: dict[tuple[int, int], list[LinkId]] = {}

    def add(self, tables: Tables, group: int | None = None) -> None:
        """Take in the ends that a namespace has; with a group, those that are in it."""
        for link in tables.links:
            if group is not None and link.get("IFLA_GROUP") != group:
                continue
            name, far = tables.names[link["index"]], link.get("IFLA_LINK")
            if far and tables.infos[name].kind is VETH:
                self._by_indexes.setdefault((link["index"], far), []).append((tables.namespace, name))

    def peer(self, namespace: str, message: Message) -> str:
        """The other end as NAMESPACE:LINK; nothing where it is not among what was read, or not to be told."""
        candidates = self._by_indexes.get((message.get("IFLA_LINK") or 0, message["index"]), [])
        same = message.get("IFLA_LINK_NETNSID") is None
        candidates = [end for end in candidates if (end[0] == namespace) == same]
        return ":".join(candidates[0]) if len(candidates) == 1 else NOTHING
