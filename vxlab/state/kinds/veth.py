"""veth: two interfaces joined by a cable (veth(4)). Each end is a link; creating one creates both."""

from vxlab.state.kind import Option
from vxlab.state.kinds.link import link_kind
from vxlab.state.types import PeerRef

VETH = link_kind(
    "veth",
    "one end of a virtual cable between two namespaces",
    (Option("peer", PeerRef(), help="the other end, as NAMESPACE:LINK", required=True, fixed=True),),
    config="CONFIG_VETH",
)
