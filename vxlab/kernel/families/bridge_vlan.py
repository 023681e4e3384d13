"""VLANs of bridges and their ports (RTM_SETLINK with AF_BRIDGE and IFLA_AF_SPEC; br_afspec() in br_netlink.c).

A run of them is two entries, its first and its last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pyroute2.netlink.rtnl import RTM_DELLINK, RTM_GETLINK, RTM_SETLINK

from vxlab.kernel.families.common import AF_BRIDGE
from vxlab.kernel.netlink.bridge_vlan import (
    FILTER_COMPRESSED,
    FLAGS_SELF,
    RANGE_BEGIN,
    RANGE_END,
    bridge_msg,
    bridge_spec,
)
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rtnetlink import NLM_F_DUMP
from vxlab.plan import Action, Step
from vxlab.state.kinds import BRIDGE_VLAN
from vxlab.state.kinds.bridge_vlan import FLAGS
from vxlab.state.model import Resource
from vxlab.state.types import Value
from vxlab.state.types.numbers import ends, run

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables

_ALL = encode_message(
    bridge_msg, RTM_GETLINK, NLM_F_DUMP, {"family": AF_BRIDGE}, [["IFLA_EXT_MASK", FILTER_COMPRESSED]]
)
_INFO = "IFLA_BRIDGE_VLAN_INFO"

Told = tuple[int, int, dict[str, Value]]
"""An entry as it stands in a message: VLAN, flags, and what else it says."""


def encode(step: Step, encoder: Encoder) -> bytes:
    entry = step.resource
    flags = sum(bit for name, bit in FLAGS.items() if entry.get(name))
    return vlan_message(
        step, encoder, [[_INFO, {"flags": flags | mark, "vid": vid}] for vid, mark in marked(entry.get("vid"))]
    )


def vlan_message(step: Step, encoder: Encoder, entries: list[list[Any]]) -> bytes:
    """The request that sets or takes away what the entries name."""
    spec = [["IFLA_BRIDGE_FLAGS", FLAGS_SELF]] if step.resource.get("self") else []
    kind = RTM_DELLINK if step.action is Action.DELETE else RTM_SETLINK
    fields = {"family": AF_BRIDGE, "index": encoder.index(step.resource)}
    return encode_message(bridge_msg, kind, 0, fields, [["IFLA_AF_SPEC", {"attrs": spec + entries}]])


def marked(value: Value) -> list[tuple[int, int]]:
    """A number alone, or the ends of a run, each with the flag that it has as such."""
    first, last = ends(value)
    return [(first, 0)] if first == last else [(first, RANGE_BEGIN), (last, RANGE_END)]


def runs(entries: Iterator[Told]) -> Iterator[tuple[int, int, dict[str, Value]]]:
    """The first and the last VLAN of each run: an entry that begins one is told with the next, which ends it."""
    for vid, flags, values in entries:
        last = next(entries)[0] if flags & RANGE_BEGIN else vid
        yield vid, last, values


def dumps(tables: Tables) -> list[bytes]:
    """Nothing where no bridge looks at tags: then VLANs say nothing."""
    return [_ALL] if any(info.looks_at_tags for info in tables.infos.values()) else []


def read(message: Message, tables: Tables) -> Iterator[Resource]:
    from vxlab.kernel.families.vlan_tunnel import inside

    link = tables.names.get(message["index"])
    bridge = tables.names.get(message.get("IFLA_MASTER") or message["index"])
    spec = message.inside("IFLA_AF_SPEC", bridge_spec)
    if link is None or bridge is None or spec is None or not tables.infos[bridge].looks_at_tags:
        return
    data = tables.infos[bridge].data
    usual = data.get("IFLA_BR_VLAN_DEFAULT_PVID") if data else None
    own: dict[str, Value] = {"self": True} if link == bridge else {}
    for first, last, values in runs(_told(spec)):
        # What each new port gets, whether it still is the one of untagged frames or not (nbp_vlan_init()).
        automatic = first == last == usual and bool(values["untagged"])
        at: dict[str, Value] = {"link": link, "vid": run(first, last), **own}
        yield Resource(BRIDGE_VLAN, tables.namespace, at | values, automatic)
    yield from inside(spec, tables.namespace, link)


def _told(spec: Message) -> Iterator[Told]:
    for info in spec.each_inside(_INFO, bridge_spec.vlan_info):
        flags = info["flags"]
        yield info["vid"], flags, {name: bool(flags & bit) for name, bit in FLAGS.items()}
