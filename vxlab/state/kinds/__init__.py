"""The registry of kinds. To add a kind is to add a file here and its name to this list."""

from vxlab.state.kind import Kind
from vxlab.state.kinds.address import ADDRESS
from vxlab.state.kinds.bridge import BRIDGE
from vxlab.state.kinds.bridge_port import BRIDGE_PORT
from vxlab.state.kinds.bridge_vlan import BRIDGE_VLAN
from vxlab.state.kinds.dummy import DUMMY
from vxlab.state.kinds.fdb import FDB
from vxlab.state.kinds.link import CARD, FOREIGN, LOOPBACK
from vxlab.state.kinds.macvlan import MACVLAN
from vxlab.state.kinds.mdb import MDB
from vxlab.state.kinds.namespace import NAMESPACE
from vxlab.state.kinds.neighbour import NEIGHBOUR
from vxlab.state.kinds.nexthop import NEXTHOP
from vxlab.state.kinds.process import PROCESS
from vxlab.state.kinds.qdisc import QDISC
from vxlab.state.kinds.route import ROUTE
from vxlab.state.kinds.rule import RULE
from vxlab.state.kinds.sysctl import SYSCTL
from vxlab.state.kinds.veth import VETH
from vxlab.state.kinds.vlan import VLAN
from vxlab.state.kinds.vlan_tunnel import VLAN_TUNNEL
from vxlab.state.kinds.vni import VNI
from vxlab.state.kinds.vrf import VRF
from vxlab.state.kinds.vxlan import VXLAN

LINK_KINDS: dict[str, Kind] = {kind.name: kind for kind in (BRIDGE, DUMMY, MACVLAN, VETH, VLAN, VRF, VXLAN)}
"""The links that a topology can ask for."""

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        NAMESPACE,
        SYSCTL,
        LOOPBACK,
        CARD,
        FOREIGN,
        *LINK_KINDS.values(),
        BRIDGE_PORT,
        BRIDGE_VLAN,
        VLAN_TUNNEL,
        QDISC,
        VNI,
        ADDRESS,
        NEXTHOP,
        FDB,
        ROUTE,
        RULE,
        NEIGHBOUR,
        MDB,
        PROCESS,
    )
}

__all__ = [
    "ADDRESS",
    "BRIDGE",
    "BRIDGE_PORT",
    "BRIDGE_VLAN",
    "CARD",
    "DUMMY",
    "FDB",
    "FOREIGN",
    "KINDS",
    "LINK_KINDS",
    "LOOPBACK",
    "MACVLAN",
    "MDB",
    "NAMESPACE",
    "NEIGHBOUR",
    "NEXTHOP",
    "PROCESS",
    "QDISC",
    "ROUTE",
    "RULE",
    "SYSCTL",
    "VETH",
    "VLAN",
    "VLAN_TUNNEL",
    "VNI",
    "VRF",
    "VXLAN",
]
