"""The registry of kinds. To add a kind is to add a file here and its name to this list."""

from vxlab.state.kind import Kind
from vxlab.state.kinds.address import ADDRESS
from vxlab.state.kinds.bridge import BRIDGE
from vxlab.state.kinds.bridge_port import BRIDGE_PORT
from vxlab.state.kinds.fdb import FDB
from vxlab.state.kinds.link import FOREIGN, LOOPBACK
from vxlab.state.kinds.namespace import NAMESPACE
from vxlab.state.kinds.neighbour import NEIGHBOUR
from vxlab.state.kinds.route import ROUTE
from vxlab.state.kinds.sysctl import SYSCTL
from vxlab.state.kinds.veth import VETH
from vxlab.state.kinds.vxlan import VXLAN

LINK_KINDS: dict[str, Kind] = {kind.name: kind for kind in (BRIDGE, VETH, VXLAN)}
"""The links that a topology can ask for."""

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        NAMESPACE,
        SYSCTL,
        LOOPBACK,
        FOREIGN,
        *LINK_KINDS.values(),
        BRIDGE_PORT,
        ADDRESS,
        FDB,
        ROUTE,
        NEIGHBOUR,
    )
}

__all__ = [
    "ADDRESS",
    "BRIDGE",
    "BRIDGE_PORT",
    "FDB",
    "FOREIGN",
    "KINDS",
    "LINK_KINDS",
    "LOOPBACK",
    "NAMESPACE",
    "NEIGHBOUR",
    "ROUTE",
    "SYSCTL",
    "VETH",
    "VXLAN",
]
