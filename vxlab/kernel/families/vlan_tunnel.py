"""The VNIs that VLANs are mapped to (IFLA_BRIDGE_VLAN_TUNNEL_INFO; net/bridge/br_netlink_tunnel.c)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vxlab.kernel.families.bridge_vlan import Told, marked, runs, vlan_message
from vxlab.kernel.netlink.bridge_vlan import bridge_spec
from vxlab.kernel.netlink.message import Message
from vxlab.plan import Step
from vxlab.state.kinds import VLAN_TUNNEL
from vxlab.state.model import Resource
from vxlab.state.types import Value
from vxlab.state.types.numbers import ends, run

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables

_INFO = "IFLA_BRIDGE_VLAN_TUNNEL_INFO"


def encode(step: Step, encoder: Encoder) -> bytes:
    entry = step.resource
    pairs = zip(marked(entry.get("vid")), ends(entry.get("id")), strict=False)
    return vlan_message(step, encoder, [[_INFO, {"attrs": _attributes(*vid, number)}] for vid, number in pairs])


def _attributes(vid: int, mark: int, number: int) -> list[list[Any]]:
    values = {"ID": number, "VID": vid, "FLAGS": mark}
    return [[f"IFLA_BRIDGE_VLAN_TUNNEL_{name}", value] for name, value in values.items()]


def dumps(_: Tables) -> list[bytes]:
    """Those of VLANs: the same messages tell of both."""
    return []


def read(_: Message, __: Tables) -> Iterator[Resource]:
    return iter(())


def inside(spec: Message, namespace: str, link: str) -> Iterator[Resource]:
    """What the message about a port's VLANs tells of their VNIs."""
    for first, last, values in runs(_told(spec)):
        number = int(values["id"])
        mapped: dict[str, Value] = {"vid": run(first, last), "id": run(number, number + last - first)}
        yield Resource(VLAN_TUNNEL, namespace, {"link": link, **mapped})


def _told(spec: Message) -> Iterator[Told]:
    for info in spec.each_inside(_INFO, bridge_spec.tunnel_info):
        vid, flags, number = (info.get(f"IFLA_BRIDGE_VLAN_TUNNEL_{name}") for name in ("VID", "FLAGS", "ID"))
        yield vid, flags or 0, {"id": number}
