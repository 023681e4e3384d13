"""Options that are younger than some kernels: which of them a plan sets, and whether the running kernel has them.

A kernel passes over what it does not know, or refuses it when half of the lab is there. So each is tried first, in a
namespace that nobody sees. Its version only tells which need not be tried: distributions bring back what is younger.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping

from pyroute2.netlink.rtnl import RTM_NEWLINK

from vxlab.kernel import namespaces
from vxlab.kernel.encode import Encoder
from vxlab.kernel.errors import MissingFeatureError
from vxlab.kernel.indexes import Indexes
from vxlab.kernel.netlink.link import ifinfmsg
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.read import Peers, Tables
from vxlab.kernel.rtnetlink import NLM_F_CREATE, NLM_F_EXCL, RouteSocket
from vxlab.plan import Action, Plan, Step, plan
from vxlab.state.kind import Family, Kind, Option
from vxlab.state.kinds import ADDRESS, BRIDGE, BRIDGE_PORT, LOOPBACK, MDB, NAMESPACE, VXLAN
from vxlab.state.kinds.vxlan import Untold
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import NOTHING, Value

_PLACE = "trial"
_LINK = "probe0"
_BRIDGE = "br0"

_TUNNEL: Mapping[str, Value] = {"vni": 42, "port": 4789}
_SURE: Mapping[Kind, Mapping[str, Value]] = {VXLAN: _TUNNEL}
"""What a link of a kind does not go without."""

_BESIDE: Mapping[str, Mapping[str, Value]] = {
    "external": {"vni": NOTHING},
    "vnifilter": {"external": True, "vni": NOTHING},
    "mcast_vlan_snooping": {"vlan_filtering": True},
    "mab": {"locked": True},
    "source_list": {"filter_mode": "exclude"},
}
"""What an option does not go without."""

_TOGETHER = {
    **dict.fromkeys(("filter_mode", "protocol"), "source_list"),
    **dict.fromkeys(("dst_port", "vni", "src_vni", "via"), "dst"),
}
"""Options of an MDB entry that came to the kernel with another one."""

TRIED = (BRIDGE, BRIDGE_PORT, VXLAN, MDB)
"""The kinds that have options younger than the oldest kernel that has all kinds of links (5.8, setns() of a pidfd)."""


def require(plan: Plan) -> None:
    """See that the kernel has every option that a plan sets.

    Raises:
        MissingFeatureError: it lacks one; says which, and which nodes need it.
    """
    needed: dict[tuple[Kind, Option], list[str]] = {}
    for step in plan:
        for option in young(step):
            needed.setdefault((step.resource.kind, option), []).append(f"{step.namespace}:{step.resource.name}")
    running = _version(os.uname().release)
    missing = [key for key in needed if _version(key[1].kernel) > running and not has(*key)]
    if missing:
        lacks = "; ".join(
            f"{name_of(*key)} (Linux {key[1].kernel}, needed by {', '.join(dict.fromkeys(needed[key][:5]))})"
            for key in missing
        )
        raise MissingFeatureError(
            f"this kernel (Linux {os.uname().release}) does not have {lacks}. Nothing was changed."
        )


def young(step: Step) -> Iterator[Option]:
    """The options that a step sets and that some kernels lack; of several that came together, one."""
    resource, kind = step.resource, step.resource.kind
    if kind not in TRIED or step.action is Action.DELETE:
        return
    values = dict(step.values) if kind.family in (Family.LINK, Family.BRIDGE_PORT) else dict(resource.told)
    names = {_TOGETHER.get(name, name): None for name, value in values.items() if _says_more(kind.table[name], value)}
    yield from (kind.table[name] for name in names)


def _says_more(option: Option, value: Value) -> bool:
    return bool(option.kernel) and value not in (NOTHING, option.default)


def name_of(kind: Kind, option: Option) -> str:
    """What `vxlab doctor` calls it."""
    return f"{kind.name} {option.name}"


def distinct(kind: Kind) -> Iterator[Option]:
    """The options of a kind that can be tried; of several that came together, one."""
    for option in kind.options:
        if option.name not in _TOGETHER and (telling(option) is not None or isinstance(option.type, Untold)):
            yield option


def has(kind: Kind, option: Option) -> bool:
    """Whether this kernel has an option; true of one that cannot be tried.

    Raises:
        OSError: it did not answer.
    """
    if isinstance(option.type, Untold):
        return _refuses_nonsense(kind, option)
    value = telling(option)
    return value is None or takes(_trial(kind, {**_BESIDE.get(option.name, {}), option.name: value}))


def telling(option: Option) -> Value | None:
    """A value by which the kernel shows that it has the option; None where there is no such."""
    if isinstance(option.default, bool):
        return not option.default
    value = option.type.example if option.example is None else option.example
    tells = value != option.default and not option.type.same(NOTHING, value)
    return value if tells else None


def _trial(kind: Kind, values: Mapping[str, Value]) -> Iterator[Resource]:
    """A thing with these values, and what it cannot be without."""
    if kind.family is Family.LINK:
        yield _link(kind, _LINK, {**_SURE.get(kind, {}), **values})
        return
    is_entry_of_tunnel = "dst" in values
    if not is_entry_of_tunnel:
        yield _link(BRIDGE, _BRIDGE, {"up": True, "mcast_igmp_version": 3})  # what lists of sources need
    yield _link(VXLAN, _LINK, {**_TUNNEL, "up": True, "master": NOTHING if is_entry_of_tunnel else _BRIDGE})
    if kind is BRIDGE_PORT:
        yield Resource(kind, _PLACE, {"link": _LINK, **values})
    if kind is MDB:
        device = _LINK if is_entry_of_tunnel else _BRIDGE
        entry = {"link": device, "port": _LINK, "group": "239.1.1.1", "state": "permanent"}
        yield Resource(kind, _PLACE, {**entry, **values})


def _link(kind: Kind, name: str, values: Mapping[str, Value]) -> Resource:
    said = {option: value for option, value in values.items() if value != NOTHING}
    return Resource(kind, _PLACE, {"name": name, **said})


def takes(resources: Iterable[Resource]) -> bool:
    """Whether this kernel makes things, all in one namespace that is nobody's, and then says that it has them.

    Raises:
        OSError: namespaces cannot be made at all.
    """
    wanted = NetworkState.of([Resource(NAMESPACE, _PLACE), *resources])
    steps = plan(NetworkState(), wanted).without(Family.NAMESPACE)
    encoder = Encoder(Indexes())
    with namespaces.scratch(), RouteSocket() as route:
        if route.request([encoder.encode(step) for step in steps]):
            return False
        found = NetworkState.seen(Tables.here(_PLACE, route, Peers()).resources())
    return not plan(found, wanted)


def marks_addresses() -> bool:
    """Whether this kernel keeps the protocol of an address (IFA_PROTO): one that does not says nothing of it.

    Raises:
        OSError: as ``takes``.
    """
    address: dict[str, Value] = {"link": "lo", "address": "192.0.2.1/32", "protocol": 200}
    return takes([Resource(LOOPBACK, _PLACE, {"name": "lo", "up": True}), Resource(ADDRESS, _PLACE, address)])


def _refuses_nonsense(kind: Kind, option: Option) -> bool:
    """Whether this kernel looks at an attribute at all: 2 is no value of a flag (NLA_POLICY_MAX of vxlan_policy)."""
    data = ["IFLA_INFO_DATA", {"attrs": [["IFLA_VXLAN_ID", 42], [option.nla, 2]]}]
    info = [["IFLA_IFNAME", _LINK], ["IFLA_LINKINFO", {"attrs": [["IFLA_INFO_KIND", kind.name], data]}]]
    with namespaces.scratch(), RouteSocket() as route:
        return bool(route.request([encode_message(ifinfmsg, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, {}, info)]))


def _version(text: str) -> tuple[int, ...]:
    """The first two numbers of a version."""
    return tuple(map(int, re.findall(r"\d+", text)[:2]))
