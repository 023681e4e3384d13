"""The words that frame a command of iproute2: objects and verbs. What writes commands and what explains them share it.

The words of options are not here: they stand in the tables of ``vxlab.state.kinds``.
"""

from __future__ import annotations

from vxlab.plan import Action
from vxlab.state.kind import Family

LINK = "link"
NETNS = "netns"

IP_OBJECTS = {
    Family.ADDRESS: "addr", Family.NEXTHOP: "nexthop", Family.ROUTE: "route", Family.RULE: "rule",
    Family.NEIGHBOUR: "neigh",
}  # fmt: skip
"""What ``ip`` calls the entries of a family."""

BRIDGE_OBJECTS = {
    Family.FDB: "fdb", Family.BRIDGE_VLAN: "vlan", Family.VLAN_TUNNEL: "vlan", Family.VNI: "vni", Family.MDB: "mdb",
}  # fmt: skip
"""What ``bridge`` calls them."""

TC_OBJECTS = {Family.QDISC: "qdisc"}
"""What ``tc`` calls them."""

ROOT = "root"
"""The place of the discipline that stands for its whole link."""

VERBS = {Action.CREATE: "add", Action.CHANGE: "replace", Action.DELETE: "del"}
SET = "set"
ATTACH = "attach"
THIS_SHELL = "$$"
"""The process id of the shell that runs a command (POSIX.1, 2.5.2)."""
APPEND = "append"

BRIDGE_SLAVE = "bridge_slave"
"""The type by which ``ip link set`` reaches a link as the port of its bridge."""


def bridge_verb(family: Family, action: Action, *, append: bool = False) -> str:
    """The verb behind an object of ``bridge``; ``append`` makes an entry beside others like it."""
    if append:
        return APPEND
    if family is Family.VNI and action is Action.DELETE:
        # The one object of bridge(8) where "del" is no word.
        return "delete"
    if family in (Family.BRIDGE_VLAN, Family.VLAN_TUNNEL) and action is Action.CHANGE:
        # There is no "replace" either: to add a VLAN again is to change its flags (br_vlan_add_existing()).
        return VERBS[Action.CREATE]
    return VERBS[action]
