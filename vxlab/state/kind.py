"""A kind of thing and its table of options: everything that vxlab knows about it, in one place.

The schema of topologies, the netlink encoding, reading back, rendering as commands and the difference of two
states all walk these tables; none of them knows an option by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

from vxlab.state.types import NOTHING, Numbers, Type, Value


class Family(IntEnum):
    """Which part of the kernel a kind belongs to; within a family, identity is compared.

    What stands behind needs what stands before it, and is removed first.
    """

    NAMESPACE = 0
    SYSCTL = 1
    LINK = 2
    BRIDGE_PORT = 3
    QDISC = 4
    BRIDGE_VLAN = 5
    VLAN_TUNNEL = 6
    VNI = 7
    ADDRESS = 8
    NEXTHOP = 9
    FDB = 10
    ROUTE = 11
    RULE = 12
    NEIGHBOUR = 13
    MDB = 14
    PROCESS = 15

    __hash__ = int.__hash__  # which is not Python code: every key of a resource has a family in it


class Option(NamedTuple):
    """One row of a table: one thing that can be set.

    ``name`` is the key in a topology and in a state, ``also`` other words for it that a topology may use; ``nla``
    the netlink attribute by its name in the kernel headers (``nla6`` where IPv6 has another one), empty where the
    message header carries it; ``word`` what ``ip`` or ``bridge`` calls it. ``default`` is what the kernel has when
    nobody says anything, None where it chooses by itself; ``assumed`` is what a topology means when it is silent,
    where that differs. ``cleared_by`` is the option with which ``ip`` takes it away, unless it is named behind that.
    ``fixed`` options cannot be changed in place. ``kernel`` and ``iproute2`` are the first versions that have it.
    """

    name: str
    type: Type
    nla: str = ""
    word: str = ""
    help: str = ""
    default: Value | None = None
    assumed: Value | None = None
    nla6: str = ""
    required: bool = False
    fixed: bool = False
    kernel: str = ""
    iproute2: str = ""
    also: tuple[str, ...] = ()
    example: Value | None = None
    cleared_by: str = ""


# One of a name: a kind is this object and no other.
@dataclass(frozen=True, eq=False, repr=False)
class Kind:
    """A kind of thing, such as ``vxlan`` or ``address``.

    ``identity`` names the options that say which one it is. ``common`` are options that the kind shares with
    its family, ``options`` its own: for links these travel in IFLA_INFO_DATA. ``config`` is the choice of
    the kernel's build without which it is not there.
    """

    name: str
    family: Family
    identity: tuple[str, ...]
    help: str
    options: tuple[Option, ...] = ()
    common: tuple[Option, ...] = ()
    config: str = ""

    @cached_property
    def table(self) -> dict[str, Option]:
        """All rows by name, common ones first, in the order in which commands name them."""
        return {option.name: option for option in self.common + self.options}

    @cached_property
    def defaults(self) -> dict[str, Value]:
        """What an option has when nobody says anything, where the kernel does not choose by itself."""
        return {name: option.default for name, option in self.table.items() if option.default is not None}

    @cached_property
    def own(self) -> frozenset[str]:
        """The names of ``options``."""
        return frozenset(option.name for option in self.options)

    @cached_property
    def unsaid_identity(self) -> tuple[tuple[str, Value], ...]:
        """The options of ``identity``, each with its value where nobody says one."""
        return tuple((name, NOTHING if (d := self.table[name].default) is None else d) for name in self.identity)

    @cached_property
    def assumed(self) -> dict[str, Value]:
        """What a topology means where it is silent, as far as that is another thing than what the kernel has."""
        return {name: option.assumed for name, option in self.table.items() if option.assumed is not None}

    @cached_property
    def runs(self) -> tuple[str, ...]:
        """The options that can name a run of numbers at once, of one length; the first one is in ``identity``."""
        return tuple(name for name, option in self.table.items() if isinstance(option.type, Numbers))

    @cached_property
    def references(self) -> tuple[Option, ...]:
        """The options that can name links."""
        return tuple(option for option in self.table.values() if option.type.has_links)
