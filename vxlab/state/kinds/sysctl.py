"""Sysctls of a network namespace (Documentation/networking/ip-sysctl.rst in the kernel)."""

from collections.abc import Iterable

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.types import SysctlKey, SysctlValue

SYSCTL = Kind(
    "sysctl",
    Family.SYSCTL,
    ("key",),
    "a kernel setting of one network namespace",
    options=(
        Option("key", SysctlKey(), help="the dotted name below net.", required=True),
        Option("value", SysctlValue(), help="what it is set to", required=True),
    ),
)

_PER_INTERFACE = ("conf", "neigh")
_NOT_AN_INTERFACE = ("all", "default", "lo")


def path_of(key: str) -> str:
    """The file below /proc/sys. A key with '/' uses it as separator and '.' as itself, as sysctl(8) has it."""
    if "/" in key:
        return key
    words = key.split(".")
    if len(words) > 4 and words[2] in _PER_INTERFACE:
        # net.ipv4.conf.eth0.100.forwarding: what stands between is the interface, dots and all.
        return "/".join((*words[:3], ".".join(words[3:-1]), words[-1]))
    return "/".join(words)


def interface_of(key: str) -> str:
    """The link that the sysctl belongs to and cannot exist before; empty where there is none."""
    words = path_of(key).split("/")
    if len(words) == 5 and words[2] in _PER_INTERFACE and words[3] not in _NOT_AN_INTERFACE:
        return words[3]
    return ""


def default_of(key: str) -> str:
    """The sysctl from which this one gets its value when its link is made; itself where it is not that of a link."""
    link = interface_of(key)
    return path_of(key).replace(f"/{link}/", "/default/", 1).replace("/", ".") if link else key


def of_each_link(key: str, links: Iterable[str]) -> list[str]:
    """Where the sysctl is the default for links, or is written to each: the same one of each that has it from there."""
    words = path_of(key).split("/")
    if len(words) != 5 or words[2] not in _PER_INTERFACE:
        return []
    if words[3] != "default" and sets_everywhere(key) not in WRITTEN_TO_EACH:
        return []
    separators = {link: "/" if "." in link else "." for link in links if link != "lo"}
    return [separator.join((*words[:3], link, words[4])) for link, separator in separators.items()]


WRITTEN_TO_EACH = {("ipv4", "forwarding"), ("ipv6", "forwarding"), ("ipv6", "disable_ipv6")}
"""The settings of which the value for all is written to each link, and to those to come."""


def sets_everywhere(key: str) -> tuple[str, str] | None:
    """The IP version and the setting that the sysctl writes to each link; None where it writes only itself.

    addrconf_disable_change() and addrconf_forward_change() in net/ipv6/addrconf.c, inet_forward_change() in
    net/ipv4/devinet.c.
    """
    words = path_of(key).split("/")
    if words == ["net", "ipv4", "ip_forward"]:
        return "ipv4", "forwarding"
    return (words[1], words[4]) if len(words) == 5 and words[2:4] == ["conf", "all"] else None


def set_by_all(key: str) -> tuple[str, str] | None:
    """The IP version and the setting, where it is that of one link or of those to come."""
    words = path_of(key).split("/")
    return (words[1], words[4]) if len(words) == 5 and words[2] == "conf" and words[3] != "all" else None
