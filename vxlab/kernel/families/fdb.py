"""FDB entries (RTM_NEWNEIGH with AF_BRIDGE; linux/neighbour.h): the tables of VXLAN devices and of bridges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyroute2.netlink.rtnl import RTM_GETNEIGH
from pyroute2.netlink.rtnl.ndmsg import ndmsg

from vxlab.kernel.families.common import AF_BRIDGE
from vxlab.kernel.families.common import FLAGS as REQUEST_FLAGS
from vxlab.kernel.families.neighbour import flag_bits, flag_values, neighbour_message, state_of
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rows import Rows
from vxlab.kernel.rtnetlink import NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP
from vxlab.plan import Action, Step
from vxlab.state.kinds import FDB, VXLAN
from vxlab.state.kinds.fdb import FLAGS, FLOOD_MAC
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING, Value

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables

_PERMANENT = 0x80
"""NUD_PERMANENT of linux/neighbour.h: an address of the bridge itself."""

NTF_SELF, NTF_MASTER = 0x02, 0x04
_ALL = encode_message(ndmsg, RTM_GETNEIGH, NLM_F_DUMP, {"family": AF_BRIDGE}, [])
_ROWS = Rows(option for option in FDB.options if option.name != "master")


def encode(step: Step, encoder: Encoder) -> bytes:
    entry = step.resource
    flags = REQUEST_FLAGS[step.action]
    if step.is_append:
        flags = NLM_F_CREATE | NLM_F_APPEND
    elif step.action is Action.CREATE:
        # The MAC may have been learned since the tables were read.
        flags = REQUEST_FLAGS[Action.CHANGE]
    bits = flag_bits(step, FLAGS) | (NTF_MASTER if entry.get("master") else NTF_SELF)
    return neighbour_message(step, encoder, AF_BRIDGE, flags, bits)


def dumps(_: Tables) -> list[bytes]:
    return [_ALL]


def read(message: Message, tables: Tables) -> Iterator[Resource]:
    if message["ifindex"] not in tables.names:
        return
    link = tables.names[message["ifindex"]]
    if message["state"] == _PERMANENT and message.get("NDA_VLAN") and message.get("NDA_LLADDR") == tables.mac_of[link]:
        # A link's own address, once for each VLAN that it takes, which may be thousands: nobody asks for them.
        return
    values = _ROWS.values(message, tables.names)
    values |= flag_values(message, FLAGS) | {"link": link}
    values["state"] = state_of(message["state"], ("permanent", "noarp"))
    values["state"] = {"permanent": "permanent", "noarp": "static"}.get(str(values["state"]), "dynamic")
    bridge = message.get("NDA_MASTER")
    if bridge not in (None, message["ifindex"]):
        # An entry of the bridge itself is in its own table.
        values["master"] = True
    is_tunnel = tables.infos[link].kind is VXLAN and not values.get("master")
    automatic = _comes_with_a_tunnel(values, tables) if is_tunnel else _comes_by_itself(values, tables, bridge)
    yield Resource(FDB, tables.namespace, values, automatic=automatic)


def _comes_by_itself(values: dict[str, Value], tables: Tables, bridge: int | None) -> bool:
    """Whether an entry of a bridge was learned, or is an address of a link, or a group that one listens to."""
    mac = str(values["mac"])
    group = bridge is None and int(mac[:2], 16) & 1
    # Of an entry without a VLAN a bridge makes one for each VLAN of the port too, even where it looks at no tags
    # (__br_fdb_add() for each of them in br_fdb_add() of net/bridge/br_fdb.c).
    spread = "vlan" in values and not _looks_at_tags(tables, bridge)
    learned = values["state"] == "dynamic" and not values.get("extern_learn")
    return bool(group) or spread or mac in tables.macs or learned


def _looks_at_tags(tables: Tables, bridge: int | None) -> bool:
    info = tables.infos.get(tables.names.get(bridge or 0, ""))
    return info is not None and info.looks_at_tags


def _comes_with_a_tunnel(values: dict[str, Value], tables: Tables) -> bool:
    """Whether an entry of a VXLAN device was learned, or came with the device."""
    if values["state"] == "dynamic" and not values.get("extern_learn"):
        return True
    # The default destination of a device, or of one of its VNIs, came with it.
    data = tables.infos[str(values["link"])].data
    dst, vni = values.get("dst", NOTHING), values.get("src_vni")
    default = data is not None and dst in (data.get("IFLA_VXLAN_GROUP"), data.get("IFLA_VXLAN_GROUP6"))
    default = default or (values["link"], vni, dst) in tables.vni_groups
    return default and values["mac"] == FLOOD_MAC and "port" not in values and values.get("vni") in (None, vni)
