"""Which module has the frame of which family. To add a family is to add a file here and a line below."""

from types import ModuleType

from vxlab.kernel.families import (
    address,
    bridge_port,
    bridge_vlan,
    fdb,
    link,
    mdb,
    neighbour,
    nexthop,
    qdisc,
    route,
    rule,
    vlan_tunnel,
    vni,
)
from vxlab.state.kind import Family

FAMILIES: dict[Family, ModuleType] = {
    Family.LINK: link,
    Family.BRIDGE_PORT: bridge_port,
    Family.QDISC: qdisc,
    Family.BRIDGE_VLAN: bridge_vlan,
    Family.VLAN_TUNNEL: vlan_tunnel,
    Family.VNI: vni,
    Family.ADDRESS: address,
    Family.NEXTHOP: nexthop,
    Family.FDB: fdb,
    Family.ROUTE: route,
    Family.RULE: rule,
    Family.NEIGHBOUR: neighbour,
    Family.MDB: mdb,
}
