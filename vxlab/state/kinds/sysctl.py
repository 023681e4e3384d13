"""Sysctls of a network namespace (Documentation/networking/ip-sysctl.rst in the kernel)."""

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
