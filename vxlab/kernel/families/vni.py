"""The VNIs of VXLAN devices with vnifilter (RTM_NEWTUNNEL; struct tunnel_msg of linux/if_link.h)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyroute2.netlink import nlmsg

from vxlab.kernel.families.common import AF_BRIDGE, FLAGS
from vxlab.kernel.netlink.attributes import getter
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.netlink.tunnel import RTM_DELTUNNEL, RTM_GETTUNNEL, RTM_NEWTUNNEL, tunnel_msg
from vxlab.kernel.rtnetlink import NLM_F_DUMP
from vxlab.plan import Action, Step
from vxlab.state.kinds import VNI
from vxlab.state.model import Resource
from vxlab.state.types import Value

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables


def encode(step: Step, encoder: Encoder) -> bytes:
    vni = step.resource
    entry = encoder.attributes(VNI.table, vni.namespace, vni.told())
    kind = RTM_DELTUNNEL if step.action is Action.DELETE else RTM_NEWTUNNEL
    fields = {"family": AF_BRIDGE, "ifindex": encoder.index(vni)}
    return encode_message(tunnel_msg, kind, FLAGS[step.action], fields, [["VXLAN_VNIFILTER_ENTRY", {"attrs": entry}]])


def dumps(tables: Tables) -> list[bytes]:
    # The kernel refuses to list what no device in the namespace can have.
    filters = any(get("IFLA_VXLAN_VNIFILTER") for _, get, _ in tables.infos.values())
    return [encode_message(tunnel_msg, RTM_GETTUNNEL, NLM_F_DUMP, {"family": AF_BRIDGE}, [])] if filters else []


def read(message: nlmsg, tables: Tables) -> Iterator[Resource]:
    if message["ifindex"] not in tables.names:
        return
    for entry in message.get_attrs("VXLAN_VNIFILTER_ENTRY"):
        values = tables.values(VNI.options, getter(entry))
        # One attribute carries both.
        if "remote" in values and "group" in values:
            del values["remote"]
        first = entry.get_attr("VXLAN_VNIFILTER_ENTRY_START")
        last = entry.get_attr("VXLAN_VNIFILTER_ENTRY_END") or first
        for number in range(first, last + 1):
            at: dict[str, Value] = {"vni": number, "link": tables.names[message["ifindex"]]}
            yield Resource(VNI, tables.namespace, values | at)
