"""The names of the nodes and links that the high-level keys make."""

from __future__ import annotations

from vxlab.topology.schema import Document

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


def bridge(vni: int) -> str:
    return f"br{vni}"


def device(vni: int) -> str:
    return f"vxlan{vni}"
