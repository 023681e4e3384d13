"""Addresses of links (ip-address(8); linux/if_addr.h IFA_*)."""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.types import (
    NOTHING,
    Bit,
    Int,
    InterfaceAddress,
    LinkRef,
    Member,
    Named,
    Text,
    UnicastIp,
    Value,
)

SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}
"""How far an address or a route reaches (RT_SCOPE_* of linux/rtnetlink.h)."""

_FOREVER = 2**32 - 1


class Lifetime(Named):
    """Seconds that count down in the kernel, or ``forever``."""

    def __init__(self) -> None:
        super().__init__(0, _FOREVER - 1, "seconds", {"forever": _FOREVER})

    def same(self, one: Value, other: Value) -> bool:
        """Whether what is left (``one``) can be what was given (``other``)."""
        if isinstance(one, int) and isinstance(other, int):
            return one <= other
        return one == other


class Passing(Bit):
    """A flag that the kernel takes away by itself, when duplicate address detection is over."""

    def same(self, one: Value, other: Value) -> bool:  # noqa: ARG002  nothing can be told from it
        return True


def _flag(name: str, mask: int, text: str, kind: type[Bit] = Bit) -> Option:
    # A flag that an address has it keeps (inet_rtm_newaddr() in net/ipv4/devinet.c looks at none of them again).
    return Option(name, kind(mask), "IFA_FLAGS", name, text, default=False, fixed=True)


ADDRESS = Kind(
    "address",
    Family.ADDRESS,
    ("link", "address"),
    "an IP address on a link",
    options=(
        Option("address", InterfaceAddress(), "IFA_LOCAL", "", "the address with its prefix length", required=True),
        Option(
            "peer", InterfaceAddress(), "IFA_ADDRESS", "peer",
            "the address of the other end, on a link that has one other end", default=NOTHING, fixed=True,
            example="192.0.2.2/32",
        ),
        Option(
            "broadcast", UnicastIp(), "IFA_BROADCAST", "broadcast", "the broadcast address of the prefix",
            default=NOTHING, fixed=True, also=("brd",), example="192.0.2.255",
        ),
        Option("label", Text(), "IFA_LABEL", "label", "what ifconfig calls it (IPv4)", fixed=True, example="eth0:1"),
        Option("scope", Named(0, 255, names=SCOPES), "", "scope", "where the address is valid", fixed=True),
        Option(
            "protocol", Int(0, 255), "IFA_PROTO", "proto", "who made it", default=0, also=("proto",),
            kernel="5.18", iproute2="6.3",
        ),
        Option("link", LinkRef(), "", "dev", "the link that has it", required=True),
        Option(
            "metric", Int(0, 2**32 - 1), "IFA_RT_PRIORITY", "metric", "the metric of the route to its prefix",
            default=0,
        ),
        Option(
            "valid_lft", Member("ifa_valid", Lifetime()), "IFA_CACHEINFO", "valid_lft",
            "how long the address is there", default="forever", example=3600,
        ),
        Option(
            "preferred_lft", Member("ifa_preferred", Lifetime()), "IFA_CACHEINFO", "preferred_lft",
            "how long new connections use it", default="forever", example=1800,
        ),
        _flag("nodad", 0x02, "whether it is used without asking whether somebody has it (RFC 4862)"),
        _flag("optimistic", 0x04, "whether it is used while that is asked (RFC 4429)", Passing),
        _flag("home", 0x10, "whether it is a home address (RFC 6275)"),
        _flag("mngtmpaddr", 0x100, "whether temporary addresses are made from it (RFC 8981)"),
        _flag("noprefixroute", 0x200, "whether there is no route to its prefix"),
        _flag("autojoin", 0x400, "whether a multicast address is joined"),
    ),
)  # fmt: skip
