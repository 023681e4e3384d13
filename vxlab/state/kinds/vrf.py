"""VRFs: routing tables that links belong to (Documentation/networking/vrf.rst in the kernel; IFLA_VRF_TABLE)."""

from vxlab.state.kind import Option
from vxlab.state.kinds.link import link_kind
from vxlab.state.types import Int

VRF = link_kind(
    "vrf",
    "a routing table that links belong to, their master",
    (
        Option(
            "table", Int(1, 2**32 - 1), "IFLA_VRF_TABLE", "table",
            "the routing table of the links that belong to it", required=True, fixed=True, example=100,
        ),
    ),
    config="CONFIG_NET_VRF",
)  # fmt: skip
