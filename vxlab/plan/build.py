"""The difference of two states, as steps that are then put in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_interface

from vxlab.plan.again import again
from vxlab.plan.order import ordered
from vxlab.plan.runs import aligned
from vxlab.plan.step import Action, Plan, Step
from vxlab.plan.unsaid import unsaid
from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, CARD, FDB, LOOPBACK, NAMESPACE, SYSCTL, VETH
from vxlab.state.kinds.fdb import may_have_several
from vxlab.state.kinds.sysctl import interface_of, set_by_all, sets_everywhere
from vxlab.state.model import Key, NetworkState, Resource, link_key
from vxlab.state.owned import is_machine
from vxlab.state.types import NOTHING, Value
from vxlab.state.types.addresses import link_local

DEFERRED = ("up",)
"""Link options that are set after everything is made: a link that is raised early makes the kernel talk."""

APART = {Family.BRIDGE_PORT: ("group_fwd_mask", "state")}
"""Options with a step of their own: bridge(8) has no word for the first, and the second needs links that are up."""

OF_PORTS = (Family.BRIDGE_PORT, Family.BRIDGE_VLAN, Family.VLAN_TUNNEL)
"""What a link is as the port of its bridge, and loses with it (del_nbp() in net/bridge/br_if.c)."""

NOT_AT_BIRTH = ("alias",)
"""What the kernel ignores in the request that makes a link (rtnl_create_link() in net/core/rtnetlink.c)."""

_LATER = (*DEFERRED, *NOT_AT_BIRTH)

PEER_OPTIONS = ("mac", "mtu", "link_group")
"""What the command that makes a veth pair can say of its other end (veth_newlink() in drivers/net/veth.c)."""


def plan(actual: NetworkState, desired: NetworkState, before: Iterable[NetworkState] = ()) -> Plan:
    """The ordered steps that turn ``actual`` into ``desired``; empty where they agree.

    Args:
        actual: what there is.
        desired: what is wanted.
        before: what was wanted before: what is not said any more has no value that would have to stay.
    """
    actual, desired = aligned(_with_loopbacks(actual, desired), desired)
    compared = _compared(actual, desired)
    replaced = unsaid(before, actual, desired) | _replaced(actual, desired, compared)
    gone = _cascade(actual, _surplus(actual, desired) | replaced.keys())
    moved = {link.key for link in desired.family(Family.LINK) if _is_moved(actual.get(link.key), link, gone)}
    left = NetworkState.of(_what_stays(actual, gone, moved)) if gone or moved else actual
    changes = list(_changes(actual, left, desired, compared))
    shaken = again(left, desired, changes, (resource for resource in actual if resource.key in gone))
    steps = [*_deletions(actual, desired, gone, replaced), *_creations(left, desired), *changes, *shaken]
    return Plan(tuple(ordered(steps)))


def _with_loopbacks(actual: NetworkState, desired: NetworkState) -> NetworkState:
    """``actual`` with the lo that every namespace to be made is born with."""
    there = set(actual.namespaces)
    missing = (name for name in desired.namespaces if name not in there and not is_machine(name))
    born = [Resource(LOOPBACK, namespace, {"name": "lo"}, automatic=True) for namespace in missing]
    return NetworkState.of([*actual, *born]) if born else actual


def _surplus(actual: NetworkState, desired: NetworkState) -> set[Key]:
    """What exists, is not wanted and did not come by itself."""
    wanted_namespaces = set(desired.namespaces)

    def is_judged(namespace: str) -> bool:
        # What is in other namespaces goes with those.
        return namespace in wanted_namespaces or is_machine(namespace)

    return {
        resource.key
        for resource in actual
        if resource.key not in desired
        and not resource.automatic
        and (resource.kind.family is Family.NAMESPACE or is_judged(resource.namespace))
        # A sysctl or a port has no "without": what the file does not name is not vxlab's to judge.
        and resource.kind.family not in (Family.SYSCTL, Family.BRIDGE_PORT)
        and resource.kind is not CARD
    }


_Changed = tuple[tuple[str, Value], ...]
"""Options with their wanted values."""


def _compared(actual: NetworkState, desired: NetworkState) -> dict[Key, _Changed]:
    """In what the things differ that are there and are of the wanted kind."""
    both = ((actual.get(wanted.key), wanted) for wanted in desired if not _is_given(wanted))
    return {wanted.key: (*differences(have, wanted),) for have, wanted in both if have and have.kind is wanted.kind}


def _replaced(actual: NetworkState, desired: NetworkState, compared: Mapping[Key, _Changed]) -> dict[Key, str]:
    """What must be made anew because it cannot be changed in place, with the reason."""
    replaced = {}
    for wanted in desired:
        have = actual.get(wanted.key)
        if have is None or _is_given(wanted):
            continue
        if have.kind is not wanted.kind:
            replaced[wanted.key] = f"it is a {have.kind.name}, not a {wanted.kind.name}"
            continue
        fixed = [name for name, value in compared[wanted.key] if not _in_place(have, name, value)]
        if fixed:
            replaced[wanted.key] = f"{', '.join(fixed)} cannot be changed in place"
        elif wanted.kind.family is Family.LINK and _keeps_address(actual, have, wanted):
            replaced[wanted.key] = "mac cannot be changed in place: its IPv6 link-local address would stay"
    return replaced


def _is_given(wanted: Resource) -> bool:
    """Whether a thing has nothing that could differ: it is there, or it is not."""
    return wanted.kind.family is Family.NAMESPACE or wanted.kind is CARD


def _keeps_address(actual: NetworkState, have: Resource, wanted: Resource) -> bool:
    """Whether a link has the link-local address of another MAC than it is to have: the kernel makes one when the link
    comes up and leaves it as it is (addrconf_notify() in net/ipv6/addrconf.c).
    """
    mac = str(wanted.get("mac"))
    if mac in (NOTHING, have.get("mac")):
        return False
    there = (one for one in actual.inside(have.namespace, Family.ADDRESS) if one.automatic and one.name == have.name)
    return any(ip.is_link_local and ip != link_local(mac) for ip in map(_ip, there))


def _ip(address: Resource) -> IPv4Address | IPv6Address:
    return ip_interface(str(address.get("address"))).ip


def _in_place(have: Resource, name: str, wanted: Value) -> bool:
    option = have.kind.table[name]
    return not option.fixed and option.type.in_place(have.get(name), wanted)


def differences(have: Resource, wanted: Resource) -> Iterator[tuple[str, Value]]:
    """The options in which two resources of one kind differ, with the wanted value.

    An option that neither the wish nor the kernel's default fixes is not compared, nor one of which neither resource
    says anything.
    """
    table, defaults, said = wanted.kind.table, wanted.kind.defaults, wanted.values
    found = set()
    for name, value in said.items():
        there = have.get(name, NOTHING)
        if there != value and name in table and not table[name].type.same(there, value):
            found.add(name)
    for name, there in have.values.items():
        default = defaults.get(name)
        if default not in (None, there) and name not in said and not table[name].type.same(there, default):
            found.add(name)
    return ((name, wanted.get(name, NOTHING)) for name in table if name in found) if found else iter(())


def _cascade(actual: NetworkState, gone: set[Key]) -> set[Key]:
    """All that the kernel removes together with ``gone``: veth peers, links stacked on links, what is on them."""
    gone, fresh = set(gone), set(gone)
    while fresh:
        fresh = {resource.key for resource in actual if resource.key not in gone and _falls(resource, gone)}
        gone |= fresh
    return gone


def _falls(resource: Resource, gone: set[Key]) -> bool:
    return _falls_alone(resource, gone) or peer_key(resource) in gone


def _falls_alone(resource: Resource, gone: set[Key]) -> bool:
    """Whether the kernel removes it because of something else in ``gone`` than the other end of its cable."""
    is_inside = resource.kind is not NAMESPACE and not is_machine(resource.namespace)
    if is_inside and (Family.NAMESPACE, resource.namespace, ()) in gone:
        return True
    if resource.kind is SYSCTL:
        # What is set of a link alone goes with it.
        return link_key(resource.namespace, interface_of(str(resource.get("key")))) in gone
    if resource.get("nhid") and (Family.NEXTHOP, resource.namespace, (resource.get("nhid"),)) in gone:
        return True
    by_option: dict[str, list[bool]] = {}
    for option, link in resource.references():
        # A bridge that goes frees its ports; everything else that names a link goes with it.
        if option != "master":
            by_option.setdefault(option, []).append(link_key(resource.namespace, link) in gone)
    # A route with several next hops goes with the last of them.
    return any(map(all, by_option.values()))


def peer_key(resource: Resource) -> Key | None:
    """The key of the other end of a veth pair; None for any other kind."""
    if resource.kind is not VETH:
        return None
    namespace, _, name = str(resource.get("peer")).partition(":")
    return link_key(namespace, name)


def _is_moved(have: Resource | None, wanted: Resource, gone: set[Key]) -> bool:
    """Whether a link becomes the port of another bridge than it was, or of one of the same name."""
    if have is None or have.get("master") == NOTHING:
        return False
    is_other = wanted.get("master") != have.get("master")
    return is_other or link_key(have.namespace, str(have.get("master"))) in gone


def _what_stays(actual: NetworkState, gone: set[Key], moved: set[Key]) -> Iterator[Resource]:
    for resource in actual:
        if resource.key in gone:
            continue
        if resource.kind.family in OF_PORTS and link_key(resource.namespace, resource.name) in moved:
            continue
        if link_key(resource.namespace, str(resource.get("master"))) in gone:
            yield resource.with_values(master=NOTHING)
        else:
            yield resource


def _deletions(actual: NetworkState, desired: NetworkState, gone: set[Key], replaced: dict[Key, str]) -> Iterator[Step]:
    """Steps for what goes, without what the kernel removes by itself when something else goes."""
    done: set[Key] = set()
    for resource in actual:
        key = resource.key
        if key not in gone or resource.automatic or _falls_alone(resource, gone):
            continue
        # A cable whose other end goes with its namespace is deleted all the same: the kernel takes namespaces apart
        # in its own time, and the name of this end may be needed at once.
        if peer_key(resource) in done:
            continue
        done.add(key)
        reason = replaced.get(key, "" if key in desired else "not in the file")
        yield Step(Action.DELETE, resource, reason=reason)


def _creations(left: NetworkState, desired: NetworkState) -> Iterator[Step]:
    made: set[Key] = set()
    # An address that was learned has one place: `bridge fdb add` of another one fails.
    learned = {_place(entry) for entry in left.family(Family.FDB) if entry.get("state") == "dynamic"} - {None}
    for wanted in desired:
        if wanted.key in left or wanted.key in made or wanted.kind is CARD:
            continue
        maker, peer = _maker_and_peer(wanted, desired)
        made |= {resource.key for resource in (maker, peer) if resource}
        values = tuple(item for item in maker.told if item[0] not in _LATER)
        if maker.kind.family is Family.BRIDGE_PORT:
            # A port comes with its link; only what differs from the default is left to say.
            yield from _split(maker, (item for item in values if item[0] != "link"))
            continue
        action = Action.CHANGE if _place(maker) in learned else Action.CREATE
        yield Step(action, maker, values, peer)
        yield from _settle(maker, desired, is_peer=False)
        if peer:
            yield from _settle(peer, desired, is_peer=True)


def _place(resource: Resource) -> tuple[Value, ...] | None:
    """What an FDB entry of one address is found by in its table (vxlan_find_mac(), br_fdb_find())."""
    if resource.kind is not FDB or may_have_several(str(resource.get("mac"))):
        return None
    names = ("link", "mac", "master", "vlan", "src_vni")
    return (resource.namespace, *(resource.get(name, NOTHING) for name in names))


def _maker_and_peer(wanted: Resource, desired: NetworkState) -> tuple[Resource, Resource | None]:
    """Which end of a veth pair makes it: the one that is a port, so that one command does both."""
    key = peer_key(wanted)
    peer = desired.get(key) if key else None
    if peer and peer.get("master") != NOTHING and wanted.get("master") == NOTHING:
        return peer, wanted
    return wanted, peer


def _settle(resource: Resource, desired: NetworkState, is_peer: bool) -> Iterator[Step]:
    """The steps that follow the creation of a link: what its making could not say, then raising it."""
    if resource.kind.family is not Family.LINK:
        return
    told = tuple(item for item in resource.told if item[0] not in DEFERRED)
    left = [item for item in told if item[0] in NOT_AT_BIRTH]
    if is_peer:
        left = [item for item in told if item[0] not in ("name", "peer", *PEER_OPTIONS)]
    elif _follows_ports(resource, desired):
        left += [item for item in told if item[0] == "mtu"]
    if left:
        yield Step(Action.CHANGE, resource, tuple(left))
    if resource.get("up"):
        yield Step(Action.CHANGE, resource, (("up", True),))


def _follows_ports(resource: Resource, desired: NetworkState) -> bool:
    """Whether a bridge would take the MTU of its ports: it keeps its own only where that was set after it was made
    (br_mtu_auto_adjust() in net/bridge/br_if.c).
    """
    if resource.kind is not BRIDGE:
        return False
    ports = (link for link in desired.inside(resource.namespace, Family.LINK) if link.get("master") == resource.name)
    return any(port.get("mtu") != resource.get("mtu") for port in ports)


def _changes(
    actual: NetworkState, left: NetworkState, desired: NetworkState, compared: Mapping[Key, _Changed]
) -> Iterator[Step]:
    overwritten: set[tuple[str, tuple[str, str] | None]] = set()
    for wanted in desired:
        have = left.get(wanted.key)
        if have is None or _is_given(wanted):
            continue
        changed = compared[wanted.key] if have is actual.get(wanted.key) else (*differences(have, wanted),)
        if wanted.kind is SYSCTL:
            key = str(wanted.get("key"))
            if changed and sets_everywhere(key):
                overwritten.add((wanted.namespace, sets_everywhere(key)))
            elif set_by_all(key) and (wanted.namespace, set_by_all(key)) in overwritten:
                # It is as it should be, and will not be any more.
                changed = (("value", wanted.get("value")),)
        if changed:
            yield from _split(wanted, changed)


def _split(wanted: Resource, changed: Iterable[tuple[str, Value]]) -> Iterator[Step]:
    """One step for what is set at once, and one for each option that is set later or in another way."""
    changed = tuple(changed)
    apart = (*DEFERRED, *APART.get(wanted.kind.family, ()))
    together = tuple(item for item in changed if item[0] not in apart)
    for values in filter(None, (together, *((item,) for item in changed if item[0] in apart))):
        yield Step(Action.CHANGE, wanted, values)
