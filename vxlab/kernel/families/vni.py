"""The VNIs of VXLAN devices with vnifilter (RTM_NEWTUNNEL; struct tunnel_msg of linux/if_link.h)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vxlab.kernel.families.common import AF_BRIDGE, FLAGS
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.netlink.tunnel import RTM_DELTUNNEL, RTM_GETTUNNEL, RTM_NEWTUNNEL, tunnel_msg
from vxlab.kernel.rows import Rows
from vxlab.kernel.rtnetlink import NLM_F_DUMP
from vxlab.plan import Action, Step
from vxlab.state.kinds import VNI
from vxlab.state.model import Resource

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables

_ALL = encode_message(tunnel_msg, RTM_GETTUNNEL, NLM_F_DUMP, {"family": AF_BRIDGE}, [])
_ROWS = Rows(VNI.options)


def encode(step: Step, encoder: Encoder) -> bytes:
    vni = step.resource
    entry = encoder.attributes(VNI.table, vni.namespace, vni.told)
    kind = RTM_DELTUNNEL if step.action is Action.DELETE else RTM_NEWTUNNEL
    fields = {"family": AF_BRIDGE, "ifindex": encoder.index(vni)}
    return encode_message(tunnel_msg, kind, FLAGS[step.action], fields, [["VXLAN_VNIFILTER_ENTRY", {"attrs": entry}]])


def dumps(tables: Tables) -> list[bytes]:
    # The kernel refuses to list what no device in the namespace can have.
    filters = any(info.data.get("IFLA_VXLAN_VNIFILTER") for info in tables.infos.values() if info.data)
    return [_ALL] if filters else []


def read(message: Message, tables: Tables) -> Iterator[Resource]:
    if message["ifindex"] not in tables.names:
        return
    for entry in message.each_inside("VXLAN_VNIFILTER_ENTRY", tunnel_msg.entry):
        values = _ROWS.values(entry, tables.names)
        # One attribute carries both.
        if "remote" in values and "group" in values:
            del values["remote"]
        yield Resource(VNI, tables.namespace, {**values, "link": tables.names[message["ifindex"]]})
