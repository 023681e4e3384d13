"""Neighbour entries: ARP and ND answers that are known (ip-neighbour(8); linux/neighbour.h NDA_*, NUD_*, NTF_*)."""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.types import NOTHING, Bit, LinkMac, LinkRef, OneOf, Present, UnicastIp, Value


class NeighbourState(OneOf):
    """A state of the neighbour unreachability detection (RFC 4861 section 7.3.2)."""

    def same(self, one: Value, other: Value) -> bool:
        # The kernel moves an entry from one to the next of these by itself.
        moving = ("reachable", "stale", "delay", "probe")
        return one == other or (one in moving and other in moving)


NEIGHBOUR = Kind(
    "neighbour",
    Family.NEIGHBOUR,
    ("link", "address", "proxy"),
    "a neighbour entry: which MAC address an IP address has",
    options=(
        Option("proxy", Present(), "", "proxy", "whether this node answers for the address", default=False),
        Option("address", UnicastIp(), "NDA_DST", "", "the neighbour's IP address", required=True),
        Option(
            "mac", LinkMac(), "NDA_LLADDR", "lladdr", "the neighbour's MAC address; not with proxy",
            default=NOTHING, also=("lladdr",), example="02:00:00:00:00:02",
        ),
        Option("link", LinkRef(), "", "dev", "the link that it is reached by", required=True, also=("dev",)),
        Option(
            "state",
            NeighbourState(
                {"permanent": 0x80, "noarp": 0x40, "reachable": 0x02, "stale": 0x04, "delay": 0x08, "probe": 0x10}
            ),
            "", "nud", "what the node knows of it", default="permanent", also=("nud",),
        ),
        Option("router", Present(), "", "router", "whether it is a router (RFC 4861 section 4.4)", default=False),
        Option(
            "extern_learn", Present(), "", "extern_learn", "whether a control plane has put it there", default=False,
        ),
        Option(
            "managed", Bit(1), "NDA_FLAGS_EXT", "managed", "whether the kernel keeps it resolved", default=False,
            kernel="5.16", iproute2="5.17",
        ),
    ),
)  # fmt: skip

FLAGS = {"proxy": 0x08, "extern_learn": 0x10, "router": 0x80}
"""The bits of the options that the header of the message carries (NTF_* of linux/neighbour.h)."""
