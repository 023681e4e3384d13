"""MDB entries of bridges and VXLAN devices (RTM_NEWMDB; linux/if_bridge.h)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vxlab.kernel.families.common import AF_BRIDGE, FLAGS
from vxlab.kernel.netlink.mdb import RTM_DELMDB, RTM_GETMDB, RTM_NEWMDB, br_port_msg
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rows import Rows
from vxlab.kernel.rtnetlink import NLM_F_DUMP
from vxlab.plan import Action, Step
from vxlab.state.kinds import BRIDGE, MDB, VXLAN
from vxlab.state.model import Resource
from vxlab.state.types import Value

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables

_PERMANENT = 1
_SPECIAL = ("source_list",)
_READ_NAMES = "MDBA_MDB_EATTR_"
_ALL = encode_message(br_port_msg, RTM_GETMDB, NLM_F_DUMP, {"family": AF_BRIDGE}, [])
_ROWS = Rows(
    (option for option in MDB.options if option.name not in _SPECIAL),
    lambda name: name.replace("MDBE_ATTR_", _READ_NAMES),
)


def encode(step: Step, encoder: Encoder) -> bytes:
    entry = step.resource
    fields = {"family": AF_BRIDGE, "ifindex": encoder.index(entry)}
    head = {
        "ifindex": encoder.indexes.of(entry.namespace, str(entry.get("port"))),
        "state": MDB.table["state"].type.to_netlink(entry.get("state")),
        "vid": int(entry.get("vlan") or 0),
        "addr": str(entry.get("group")),
    }
    said = ((name, value) for name, value in entry.told if name not in _SPECIAL)
    more = encoder.attributes(MDB.table, entry.namespace, said)
    if entry.get("source_list"):
        more.append(["MDBE_ATTR_SRC_LIST", _sources(str(entry.get("source_list")))])
    attributes: list[list[Any]] = [["MDBA_SET_ENTRY", head]]
    attributes += [["MDBA_SET_ENTRY_ATTRS", {"attrs": more}]] if more else []
    kind = RTM_DELMDB if step.action is Action.DELETE else RTM_NEWMDB
    return encode_message(br_port_msg, kind, FLAGS[step.action], fields, attributes)


def _sources(text: str) -> dict[str, Any]:
    return {
        "attrs": [
            ["MDBE_SRC_LIST_ENTRY", {"attrs": [["MDBE_SRCATTR_ADDRESS", address]]}] for address in text.split(",")
        ]
    }


def dumps(tables: Tables) -> list[bytes]:
    if not any(info.kind in (BRIDGE, VXLAN) for info in tables.infos.values()):
        return []
    return [_ALL]


def read(message: Message, tables: Tables) -> Iterator[Resource]:
    if message["ifindex"] not in tables.names:
        return
    device = tables.names[message["ifindex"]]
    entries = [
        _values(info, device, tables)
        for table in message.each_inside("MDBA_MDB", br_port_msg.mdb)
        for entry in table.each_inside("MDBA_MDB_ENTRY", br_port_msg.mdb.entry)
        for info in entry.each_inside("MDBA_MDB_ENTRY_INFO", br_port_msg.mdb.entry.info)
    ]
    listed = {place for entry in entries for place in _listed(entry)}
    for values in entries:
        # Groups that members have reported are there for as long as these are.
        automatic = values["state"] == "temp" or _place(values, str(values.get("source"))) in listed
        yield Resource(MDB, tables.namespace, values, automatic=automatic)


def _values(info: Message, device: str, tables: Tables) -> dict[str, Value]:
    values = _ROWS.values(info, tables.names)
    sources = info.get(f"{_READ_NAMES}SRC_LIST")
    if sources is not None and (found := list(_addresses(sources))):
        values["source_list"] = ",".join(sorted(found))
    values |= {"link": device, "port": tables.names.get(info["ifindex"], device), "group": info["addr"]}
    values |= {"state": "permanent" if info["state"] == _PERMANENT else "temp"}
    if info["vid"]:
        values["vlan"] = info["vid"]
    return values


def _listed(values: dict[str, Value]) -> Iterator[tuple[Value | None, ...]]:
    """The entries of single sources that come with an entry that has a list (br_mdb_add_group_srcs() and others)."""
    for source in filter(None, str(values.get("source_list", "")).split(",")):
        yield _place(values, source)


def _place(values: dict[str, Value], source: str) -> tuple[Value | None, ...]:
    return tuple(source if name == "source" else values.get(name) for name in MDB.identity)


def _addresses(sources: Any) -> Iterator[str]:
    for source in sources.get_attrs("MDBA_MDB_SRCLIST_ENTRY"):
        yield source.get_attr("MDBA_MDB_SRCATTR_ADDRESS")
