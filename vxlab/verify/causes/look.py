"""The commands that show what is the matter."""

from __future__ import annotations

import shlex

from vxlab.state.kind import Family
from vxlab.state.model import Resource

_SHOW = {
    Family.ADDRESS: ("ip", "addr", "show", "dev"),
    Family.NEIGHBOUR: ("ip", "neigh", "show", "dev"),
    Family.FDB: ("bridge", "fdb", "show", "dev"),
    Family.BRIDGE_PORT: ("bridge", "-d", "link", "show", "dev"),
    Family.LINK: ("ip", "-d", "link", "show", "dev"),
}
_ALL = {
    Family.ROUTE: ("ip", "route", "show", "table", "all"),
    Family.RULE: ("ip", "rule", "show"),
    Family.NEXTHOP: ("ip", "nexthop", "show"),
    Family.MDB: ("bridge", "-d", "mdb", "show"),
    Family.VNI: ("bridge", "vni", "show"),
}


def look(resource: Resource) -> str:
    """The command that shows a thing, or that it is not there."""
    namespace, family = resource.namespace, resource.kind.family
    if family is Family.NAMESPACE:
        return "ip netns list"
    if family is Family.SYSCTL:
        return shlex.join(("ip", "netns", "exec", namespace, "sysctl", str(resource.get("key"))))
    if family in _ALL:
        program, *words = _ALL[family]
        return command(program, namespace, *words)
    program, *words = _SHOW[family]
    return command(program, namespace, *words, resource.name)


def command(program: str, namespace: str, *words: str) -> str:
    """A command of iproute2 in a namespace."""
    return shlex.join((program, "-n", namespace, *words))
