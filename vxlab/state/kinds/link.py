"""What every link has, of whatever kind (ip-link(8)), and the two kinds that nobody creates."""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.types import NOTHING, Int, LinkMac, LinkName, LinkRef, UpDown

COMMON = (
    Option("name", LinkName(), "IFLA_IFNAME", "", "the interface name", required=True),
    Option("mac", LinkMac(), "IFLA_ADDRESS", "address", "the MAC address of the interface"),
    Option("mtu", Int(68, 65535, "bytes"), "IFLA_MTU", "mtu", "the largest packet, without link-layer header"),
    Option("master", LinkRef(), "IFLA_MASTER", "master", "the bridge that it is a port of", default=NOTHING),
    Option("up", UpDown(), "", "up", "whether the interface is enabled", default=False, assumed=True),
)


def link_kind(name: str, text: str, options: tuple[Option, ...] = ()) -> Kind:
    """A kind of link: its own options beside those that all links have."""
    return Kind(name, Family.LINK, ("name",), text, options, COMMON)


LOOPBACK = link_kind("loopback", "lo, which is born with its namespace")
FOREIGN = link_kind("foreign", "a link that vxlab did not make and has no table for")
