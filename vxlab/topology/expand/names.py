"""The names of the nodes and links that the high-level keys make."""

from __future__ import annotations

from vxlab.topology.schema import Document, VtepBase

SWITCH = "underlay"
"""The node that is the underlay's switch."""

INTERNET = "internet"
"""The stub node that a VTEP's default route leads to."""


def spines(document: Document) -> list[str]:
    return [f"spine{number}" for number in range(1, document.underlay.spines + 1)]


def infrastructure(document: Document) -> dict[str, str]:
    """The nodes that are neither VTEPs nor hosts, each with what it is."""
    if not document.vteps:
        return {}
    made: dict[str, str] = {}
    if document.underlay.kind == "switch":
        made[SWITCH] = "the switch of the underlay"
    elif document.underlay.kind == "routed":
        made |= dict.fromkeys(spines(document), "a spine of the underlay")
    if any(vtep.internet for vtep in document.vteps.values()):
        made[INTERNET] = "the stub of the internet"
    return made


VLAN_BRIDGE = "br0"
"""The bridge of a VTEP with VLANs, the one for all its segments."""

SINGLE_DEVICE = "vxlan0"
"""The VXLAN device of such a VTEP where it is the one for all segments."""


def bridge(vni: int) -> str:
    """The bridge that a VNI has for itself."""
    return f"br{vni}"


def device(vni: int) -> str:
    """The VXLAN device that a VNI has for itself."""
    return f"vxlan{vni}"


def bridge_of(vtep: VtepBase, vni: int) -> str:
    """The bridge that a VTEP has a segment in."""
    return VLAN_BRIDGE if vtep.vlans else bridge(vni)


def device_of(vtep: VtepBase, vni: int) -> str:
    """The VXLAN device that a VTEP has for a segment."""
    return SINGLE_DEVICE if is_single(vtep) else device(vni)


def is_single(vtep: VtepBase) -> bool:
    """Whether a VTEP has one VXLAN device for all its segments."""
    return bool(vtep.vlans) and vtep.style == "single-device"


def vlan_link(vid: int) -> str:
    """The link of a host that has the frames of a VLAN."""
    return f"eth0.{vid}"
