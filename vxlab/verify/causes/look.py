"""The commands that show what is the matter."""

from __future__ import annotations

import shlex

from vxlab.state.kind import Family
from vxlab.state.model import NetworkState, Resource

_SHOW = {
    Family.ADDRESS: ("ip", "addr", "show", "dev"),
    Family.NEIGHBOUR: ("ip", "neigh", "show", "dev"),
    Family.FDB: ("bridge", "fdb", "show", "dev"),
    Family.BRIDGE_PORT: ("bridge", "-d", "link", "show", "dev"),
    Family.BRIDGE_VLAN: ("bridge", "vlan", "show", "dev"),
    Family.QDISC: ("tc", "-s", "qdisc", "show", "dev"),
    Family.LINK: ("ip", "-d", "link", "show", "dev"),
}
_ALL = {
    Family.ROUTE: ("ip", "route", "show", "table", "all"),
    Family.RULE: ("ip", "rule", "show"),
    Family.NEXTHOP: ("ip", "nexthop", "show"),
    Family.MDB: ("bridge", "-d", "mdb", "show"),
    Family.VNI: ("bridge", "vni", "show"),
    Family.VLAN_TUNNEL: ("bridge", "vlan", "tunnelshow"),
}


def look(resource: Resource, actual: NetworkState) -> str:
    """The command that shows a thing, or that it is not there.

    Of a link that is not there, ``ip`` says nothing but that: then all links are shown, and those of a node that is not
    there are none.
    """
    namespace, family = resource.namespace, resource.kind.family
    if namespace not in actual.namespaces:
        return "ip netns list"
    if family is Family.SYSCTL:
        return shlex.join(("ip", "netns", "exec", namespace, "sysctl", str(resource.get("key"))))
    if family in _SHOW and actual.link(namespace, resource.name) is None:
        return command("ip", namespace, "-d", "link", "show")
    if family in _ALL:
        program, *words = _ALL[family]
        return command(program, namespace, *words)
    program, *words = _SHOW[family]
    return command(program, namespace, *words, resource.name)


def command(program: str, namespace: str, *words: str) -> str:
    """A command of iproute2 in a namespace."""
    return shlex.join((program, "-n", namespace, *words))
