"""One step as one command, in the form that an experienced user would type (ip(8), bridge(8), tc(8), sysctl(8)).

The words of every option come from the tables of ``vxlab.state.kinds``; only the frame around them, which
differs from one ``ip`` object to the next, stands here.
"""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Iterable

from vxlab.commands import grammar, process
from vxlab.plan import Action, Step
from vxlab.plan.build import PEER_OPTIONS
from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE_VLAN
from vxlab.state.kinds.bridge_vlan import FLAGS as VLAN_FLAGS
from vxlab.state.kinds.route import IP6_METRIC
from vxlab.state.model import Resource
from vxlab.state.owned import is_machine
from vxlab.state.types import Value

Words = tuple[str, ...]


def command_line(step: Step) -> str:
    """The command as one line, quoted for a POSIX shell."""
    line = shlex.join(command(step))
    # What runs on must not hold a terminal, or the pipe of who reads this.
    if step.is_start:
        return f"{line} </dev/null >/dev/null 2>&1"
    return line.replace(f"'{grammar.THIS_SHELL}'", grammar.THIS_SHELL) if is_attachment(step) else line


def is_attachment(step: Step) -> bool:
    """Whether a command gives the machine's own namespace a name: that of the shell that has it done."""
    is_namespace = step.resource.kind.family is Family.NAMESPACE
    return is_namespace and is_machine(step.namespace) and step.action is not Action.DELETE


def command(step: Step) -> Words:
    """The command as a list of arguments."""
    resource = step.resource
    family = resource.kind.family
    if is_attachment(step):
        return ("ip", grammar.NETNS, grammar.ATTACH, step.namespace, grammar.THIS_SHELL)
    if family is Family.NAMESPACE:
        return ("ip", grammar.NETNS, _verb(step), step.namespace)
    if family is Family.SYSCTL:
        setting = f"{resource.get('key')}={resource.get('value')}"
        return ("ip", "netns", "exec", step.namespace, "sysctl", "-qw", setting)
    if family is Family.LINK:
        return (*_ip(step, grammar.LINK), *_link(step))
    if family is Family.PROCESS:
        return process.command(step)
    if family is Family.BRIDGE_PORT:
        return _port(step)
    if family in grammar.TC_OBJECTS:
        return ("tc", "-n", step.namespace, grammar.TC_OBJECTS[family], _verb(step), *_at_root(step))
    if family in grammar.BRIDGE_OBJECTS:
        return (*_bridge(step, grammar.BRIDGE_OBJECTS[family]), _bridge_verb(step), *_words(_said(step), resource))
    return (*_ip(step, grammar.IP_OBJECTS[family]), _verb(step), *_entry(step))


def _at_root(step: Step) -> Words:
    """The link of a discipline, that it stands for the whole link, and what it does."""
    qdisc = step.resource
    where = ("dev", qdisc.name, grammar.ROOT)
    if step.action is Action.DELETE:
        return where
    return (*where, *_words((item for item in qdisc.told if item[0] != "link"), qdisc))


def _port(step: Step) -> Words:
    words = (grammar.SET, "dev", step.resource.name)
    if "group_fwd_mask" in dict(step.values):
        # The one option of a port that ip(8) has a word for and bridge(8) has not.
        return (*_ip(step, grammar.LINK), *words, "type", grammar.BRIDGE_SLAVE, *_words(step.values, step.resource))
    return (*_bridge(step, grammar.LINK), *words, *_words(step.values, step.resource))


def _verb(step: Step) -> str:
    return grammar.VERBS[step.action]


def _bridge_verb(step: Step) -> str:
    return grammar.bridge_verb(step.resource.kind.family, step.action, append=step.is_append)


def _said(step: Step) -> Iterable[tuple[str, Value]]:
    """The options of an entry that ``bridge`` is told of."""
    told, is_vlan = step.resource.told, step.resource.kind is BRIDGE_VLAN
    # A VLAN is found by its number, whatever its flags.
    return [item for item in told if item[0] not in VLAN_FLAGS] if is_vlan and step.action is Action.DELETE else told


def _entry(step: Step) -> Words:
    """The words of an address, nexthop, route, rule or neighbour."""
    resource = step.resource
    family = resource.kind.family
    values = dict(resource.told)
    if step.action is Action.DELETE and family in _NEEDED:
        # That is what it is found by; nobody types more.
        values = {name: value for name, value in values.items() if name in _NEEDED[family]}
    if family is Family.ROUTE:
        return _route(step, values)
    if family in (Family.NEXTHOP, Family.RULE):
        # That it is of IPv6 stands before the object.
        values.pop("family", None)
    if values.get("action") == "goto":
        # The option of that name says it.
        del values["action"]
    return _words(values.items(), resource)


_NEEDED = {Family.NEIGHBOUR: ("proxy", "address", "link"), Family.NEXTHOP: ("id",)}


_ELSEWHERE = ("local", "broadcast", "anycast", "nat")
"""The types of routes that ip(8) puts into table local where no table is said (iproute_modify() in ip/iproute.c)."""


def _route(step: Step, values: dict[str, Value]) -> Words:
    """A route. A next hop of another IP version than the destination is told with that version."""
    version = ipaddress.ip_network(str(values["to"])).version
    if step.action is Action.DELETE and version == 6:
        # Without a metric, the kernel deletes whichever route it finds first (ip6_route_del() in net/ipv6/route.c).
        values.setdefault("metric", IP6_METRIC)
    if values.get("type") in _ELSEWHERE:
        values.setdefault("table", "main")
    in_order = ((name, values[name]) for name in step.resource.kind.table if name in values)
    words = list(_words(in_order, step.resource))
    for at in reversed([at for at, word in enumerate(words) if word == "via"]):
        gateway = ipaddress.ip_address(words[at + 1])
        if gateway.version != version:
            words.insert(at + 1, "inet6" if gateway.version == 6 else "inet")
    return tuple(words)


def _ip(step: Step, thing: str) -> Words:
    is_v6 = step.resource.kind.family in (Family.NEXTHOP, Family.RULE) and step.resource.values.get("family") == "inet6"
    return ("ip", "-n", step.namespace, *(("-6",) if is_v6 else ()), thing)


def _bridge(step: Step, thing: str) -> Words:
    return ("bridge", "-n", step.namespace, thing)


def _words(values: Iterable[tuple[str, Value]], resource: Resource) -> Words:
    table = resource.kind.table
    return tuple(word for name, value in values for word in table[name].type.words(table[name].word, value))


def _link(step: Step) -> Words:
    name = step.resource.name
    if step.action is Action.DELETE:
        return (_verb(step), "dev", name)
    if step.action is Action.CREATE:
        return (_verb(step), *_new_link(step))
    return (grammar.SET, "dev", name, *_common(step.values, step.resource), *_type(step))


def _new_link(step: Step) -> Words:
    resource = step.resource
    # With `name` and `dev` before it, a link may be called what it likes, even `type` or `up`.
    words = ("name", resource.name, *_common(step.values, resource))
    if step.peer is None:
        return (*words, "type", resource.kind.name, *_own(step.values, resource))
    peer_values = tuple((name, value) for name, value in step.peer.values.items() if name in PEER_OPTIONS)
    peer = ("name", step.peer.name, "netns", step.peer.namespace, *_common(peer_values, step.peer))
    return (*words, "type", "veth", "peer", *peer)


def _type(step: Step) -> Words:
    """``type KIND`` and what changes of the kind's own options; nothing where none does."""
    words = _own(step.values, step.resource)
    return ("type", step.resource.kind.name, *words) if words else ()


def _common(values: Iterable[tuple[str, Value]], resource: Resource) -> Words:
    """What stands before ``type``: the options that every link has, without its name."""
    own = resource.kind.own
    return _words(((name, value) for name, value in values if name not in own and name != "name"), resource)


def _own(values: Iterable[tuple[str, Value]], resource: Resource) -> Words:
    """The options of the kind itself, which stand behind ``type KIND``."""
    own = resource.kind.own
    return _words(((name, value) for name, value in values if name in own), resource)
