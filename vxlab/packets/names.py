"""What a lab says of the frames in it: who has which address, and which UDP ports carry VXLAN."""

from __future__ import annotations

from vxlab.state.kind import Family
from vxlab.state.model import NetworkState
from vxlab.state.owners import Names

__all__ = ["Names", "ports"]


def ports(state: NetworkState) -> set[int]:
    """The UDP destination ports of the VXLAN devices of a lab."""
    devices = (link for link in state.family(Family.LINK) if link.kind.name == "vxlan")
    return {port for link in devices if isinstance(port := link.get("port"), int) and port}
