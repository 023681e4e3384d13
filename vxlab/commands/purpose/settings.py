"""What the sysctls of a lab are for (Documentation/networking/ip-sysctl.rst in the kernel)."""

from __future__ import annotations

from vxlab.commands.purpose.anatomy import Anatomy
from vxlab.state.kinds.sysctl import interface_of, path_of
from vxlab.state.model import Resource

_MEANS = {
    ("net/ipv4/ip_forward", "1"): "is a router: it passes IPv4 packets on from one link to the next",
    ("net/ipv4/ip_forward", "0"): "is no router: IPv4 packets for others end here",
    ("net/ipv6/conf/all/forwarding", "1"): "is a router: it passes IPv6 packets on from one link to the next",
    ("net/ipv4/fib_multipath_hash_policy", "1"): (
        "shares flows out among equal routes by their ports too, so that tunnels spread by UDP source port"
    ),
    ("rp_filter", "0"): "takes packets{where} even if the way back is by another one (no reverse-path filter)",
    ("disable_ipv6", "1"): "has IPv6 switched off{where}: nobody sends what nobody asked for",
    ("disable_ipv6", "0"): "has IPv6{where}",
    ("accept_dad", "0"): "does not ask whether somebody has its IPv6 addresses already (RFC 4862){where}",
    ("router_solicitations", "0"): "asks for no IPv6 router (RFC 4861){where}: there is none that answers",
    ("addr_gen_mode", "1"): "makes no link-local address{where}: others have the same MAC, and so the same address",
}


def setting(anatomy: Anatomy, sysctl: Resource) -> str:
    """What a sysctl does to its node."""
    key, value = str(sysctl.get("key")), str(sysctl.get("value"))
    path, node = path_of(key), anatomy.node(sysctl.namespace)
    last, where = path.rpartition("/")[2], _where(path, interface_of(key))
    means = _MEANS.get((path, value)) or _MEANS.get((last, value))
    return f"{node} {means.format(where=where)}" if means else f"{node}: {sysctl.kind.help}, {last}{where}"


def _where(path: str, interface: str) -> str:
    words = path.split("/")
    if interface:
        return f" on {interface}"
    if len(words) == 5 and words[2] == "conf":
        known = {"all": "on all its links", "default": "on links that are made later", "lo": "on lo"}
        return f" {known.get(words[3], words[3])}"
    return ""
