"""What every link has, of whatever kind (ip-link(8)), and the three kinds that nobody creates."""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.types import NOTHING, Int, LinkMac, LinkName, LinkRef, Named, OnOff, Text, UpDown

COMMON = (
    Option("name", LinkName(), "IFLA_IFNAME", "", "the interface name", required=True),
    Option("mac", LinkMac(), "IFLA_ADDRESS", "address", "the MAC address of the interface"),
    Option(
        "mtu", Int(68, 65535, "bytes"), "IFLA_MTU", "mtu", "the largest packet, without link-layer header",
        example=1500,
    ),
    Option(
        "txqueuelen", Int(0, 2**31 - 1, "packets"), "IFLA_TXQLEN", "txqueuelen", "the length of the transmit queue",
        example=1000,
    ),
    Option("alias", Text(), "IFLA_IFALIAS", "alias", "a note for people", default=NOTHING, example="to the spine"),
    Option(
        "link_group", Named(0, 2**31 - 1, names={"default": 0}), "IFLA_GROUP", "group",
        "the group of links that it is in", default="default", example=100,
    ),
    Option(
        "master", LinkRef(), "IFLA_MASTER", "master", "the bridge or VRF that it belongs to", default=NOTHING,
        example="br0",
    ),
    Option("arp", OnOff(), "", "arp", "whether neighbours are resolved on it"),
    Option("multicast", OnOff(), "", "multicast", "whether it takes part in multicast"),
    Option("allmulticast", OnOff(), "", "allmulticast", "whether it receives every multicast frame", default=False),
    Option("promisc", OnOff(), "", "promisc", "whether it receives every frame", default=False),
    Option("up", UpDown(), "", "up", "whether the interface is enabled", default=False, assumed=True),
)  # fmt: skip

FLAGS = {"up": 0x1, "promisc": 0x100, "allmulticast": 0x200, "multicast": 0x1000, "arp": 0x80}
"""The bits of the options that the header of a link message carries (IFF_* of linux/if.h)."""

INVERTED_FLAGS = frozenset(("arp",))
"""Those whose bit says that it is not so (IFF_NOARP)."""

TAKES_CARRIER = ("bridge", "macvlan", "veth", "vlan")
"""The kinds of links that have a carrier where another link has one.

Until link_watch has looked at a new one, its state is UNKNOWN, which counts as running (netif_oper_up() of
linux/netdevice.h), and which is all that other kinds ever say.
"""

LOWER = Option(
    "link", LinkRef(), "IFLA_LINK", "link", "the link that it stands on", required=True, fixed=True, example="eth0"
)


def link_kind(name: str, text: str, options: tuple[Option, ...] = (), *more: Option, config: str = "") -> Kind:
    """A kind of link: its own options beside those that all links have, and ``more`` that travel with those."""
    return Kind(name, Family.LINK, ("name",), text, options, (*COMMON, *more), config)


CARD = link_kind("card", "a network card of the machine, which is there and stays as it is")
LOOPBACK = link_kind("loopback", "lo, which is born with its namespace")
FOREIGN = link_kind("foreign", "a link that vxlab did not make and has no table for")
