"""What the file said before and does not say any more, where nothing else tells what there is then.

Most options have a default, and what is not said has that. A few have not: the kernel works out the MTU of a VXLAN
device when it is made, and who has set a sysctl does not know what it was. The first are made anew, the second get what
they have in a new namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from vxlab.state.kind import Family
from vxlab.state.kinds import LOOPBACK, SYSCTL
from vxlab.state.kinds.sysctl import (
    WRITTEN_TO_EACH,
    default_of,
    interface_of,
    of_each_link,
    path_of,
    set_by_all,
    sets_everywhere,
)
from vxlab.state.model import Key, NetworkState, Resource, link_key
from vxlab.state.types import NOTHING

Fresh = Callable[[str], str | None]
"""The value of a sysctl in a new namespace; None where there is no such sysctl."""

LOOPBACK_BORN = {"mtu": 65536, "txqueuelen": 1000}
"""What lo has, which nobody can make anew (loopback_setup() in drivers/net/loopback.c, DEFAULT_TX_QUEUE_LEN)."""


def unsaid(before: Iterable[NetworkState], actual: NetworkState, desired: NetworkState) -> dict[Key, str]:
    """The links and entries that have to be made anew because of that, with the reason."""
    found: dict[Key, str] = {}
    for old in (resource for state in before for resource in state):
        wanted, have = desired.get(old.key), actual.get(old.key)
        if wanted is None or have is None or wanted.kind is not old.kind or old.kind in (LOOPBACK, SYSCTL):
            continue
        lost = [name for name in _lost(old, wanted) if have.get(name) != NOTHING]
        if lost:
            is_port = wanted.kind.family is Family.BRIDGE_PORT
            key = link_key(wanted.namespace, wanted.name) if is_port else wanted.key
            found[key] = f"{', '.join(lost)} is not in the file any more"
    return found


def _lost(old: Resource, wanted: Resource) -> Iterator[str]:
    for name in old.values:
        option = old.kind.table.get(name)
        if option is not None and option.default is None and name not in wanted.values:
            yield name


def with_defaults(before: Iterable[NetworkState], desired: NetworkState, fresh: Fresh) -> NetworkState:
    """``desired`` with what a new namespace has, for what was said of sysctls and of lo and is not any more."""
    before = list(before)
    there = set(desired.namespaces)
    added = {one.key: one for one in _for_links_that_are_there(before, desired)}
    for old in (resource for state in before for resource in state):
        if old.namespace not in there:
            continue
        if old.kind is SYSCTL:
            added |= {one.key: one for one in _sysctls(old, desired, fresh)}
        elif old.kind is LOOPBACK and (wanted := desired.get(old.key)):
            born = {name: LOOPBACK_BORN[name] for name in _lost(old, wanted) if name in LOOPBACK_BORN}
            if born:
                added[wanted.key] = wanted.with_values(**born)
    if not added:
        return desired
    # What is written to each link comes before what links have of their own.
    first = [one for one in added.values() if one.kind is SYSCTL and sets_everywhere(str(one.get("key")))]
    rest = [one for one in added.values() if one not in first]
    return NetworkState.of([*first, *(one for one in desired if one.key not in added), *rest])


def _for_links_that_are_there(before: list[NetworkState], desired: NetworkState) -> Iterator[Resource]:
    """What is a default for links now and was none: a link that was made before then does not have it."""
    for wanted in desired.family(Family.SYSCTL) if before else ():
        if any(old.get(wanted.key) == wanted for old in before):
            continue
        there = [link.name for old in before for link in old.inside(wanted.namespace, Family.LINK)]
        there = [name for name in dict.fromkeys(there) if desired.link(wanted.namespace, name)]
        said = {path_of(str(one.get("key"))) for one in desired.inside(wanted.namespace, Family.SYSCTL)}
        key = str(wanted.get("key"))
        for one in of_each_link(key, there) if sets_everywhere(key) is None else ():
            if path_of(one) not in said:
                yield Resource(SYSCTL, wanted.namespace, {"key": one, "value": wanted.get("value")})


def _sysctls(old: Resource, desired: NetworkState, fresh: Fresh) -> Iterator[Resource]:
    key = str(old.get("key"))
    said = {path_of(str(one.get("key"))): str(one.get("value")) for one in desired.inside(old.namespace, Family.SYSCTL)}
    if path_of(key) in said:
        return
    links = [link.name for link in desired.inside(old.namespace, Family.LINK)]
    for_all = {sets_everywhere(one): value for one, value in said.items() if sets_everywhere(one) in WRITTEN_TO_EACH}
    for one in (key, *of_each_link(key, links)):
        link, default = interface_of(one), default_of(one)
        if path_of(one) in said or (link and link not in links):
            continue
        value = said.get(path_of(default)) or for_all.get(set_by_all(one)) or fresh(default)
        if value is not None:
            yield Resource(SYSCTL, old.namespace, {"key": one, "value": value})
