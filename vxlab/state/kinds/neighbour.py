"""Permanent neighbour entries: ARP and ND answers that are known (ip-neighbour(8); linux/neighbour.h NDA_*)."""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.types import LinkMac, LinkRef, UnicastIp

NEIGHBOUR = Kind(
    "neighbour",
    Family.NEIGHBOUR,
    ("link", "address"),
    "a permanent neighbour entry",
    options=(
        Option("address", UnicastIp(), "NDA_DST", "", "the neighbour's IP address", required=True),
        Option("mac", LinkMac(), "NDA_LLADDR", "lladdr", "the neighbour's MAC address", required=True),
        Option("link", LinkRef(), "", "dev", "the link that it is reached by", required=True),
    ),
)
