"""One step as one command, in the form that an experienced user would type (ip(8), bridge(8), sysctl(8)).

The words of every option come from the tables of ``vxlab.state.kinds``; only the frame around them, which
differs from one ``ip`` object to the next, stands here.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from vxlab.plan import Action, Step
from vxlab.plan.build import PEER_OPTIONS
from vxlab.state.kind import Family
from vxlab.state.kinds.fdb import may_have_several
from vxlab.state.model import Resource
from vxlab.state.types import Value

Words = tuple[str, ...]


def command_line(step: Step) -> str:
    """The command as one line, quoted for a POSIX shell."""
    return shlex.join(command(step))


def command(step: Step) -> Words:
    """The command as a list of arguments."""
    resource = step.resource
    family = resource.kind.family
    if family is Family.NAMESPACE:
        return ("ip", "netns", _verb(step), step.namespace)
    if family is Family.SYSCTL:
        setting = f"{resource.get('key')}={resource.get('value')}"
        return ("ip", "netns", "exec", step.namespace, "sysctl", "-qw", setting)
    if family is Family.LINK:
        return (*_ip(step, "link"), *_link(step))
    if family is Family.BRIDGE_PORT:
        return (*_bridge(step, "link"), "set", "dev", resource.name, *_words(step.values, resource))
    values = tuple(resource.told())
    if family is Family.FDB:
        return (*_bridge(step, "fdb"), _fdb_verb(step), *_words(values, resource))
    return (*_ip(step, _OBJECTS[family]), _verb(step), *_words(_needed(step, values), resource))


_OBJECTS = {Family.ADDRESS: "addr", Family.ROUTE: "route", Family.NEIGHBOUR: "neigh"}
_VERBS = {Action.CREATE: "add", Action.CHANGE: "replace", Action.DELETE: "del"}


def _verb(step: Step) -> str:
    return _VERBS[step.action]


def _fdb_verb(step: Step) -> str:
    if step.action is Action.CREATE and may_have_several(str(step.resource.get("mac"))):
        return "append"
    return _verb(step)


def _needed(step: Step, values: Iterable[tuple[str, Value]]) -> Iterable[tuple[str, Value]]:
    """A neighbour is deleted by its address alone; ``ip`` refuses no more words, but nobody types them."""
    if step.action is Action.DELETE and step.resource.kind.family is Family.NEIGHBOUR:
        return (item for item in values if item[0] != "mac")
    return values


def _ip(step: Step, thing: str) -> Words:
    return ("ip", "-n", step.namespace, thing)


def _bridge(step: Step, thing: str) -> Words:
    return ("bridge", "-n", step.namespace, thing)


def _words(values: Iterable[tuple[str, Value]], resource: Resource) -> Words:
    table = resource.kind.table
    return tuple(word for name, value in values for word in table[name].type.words(table[name].word, value))


def _link(step: Step) -> Words:
    name = step.resource.name
    if step.action is Action.DELETE:
        return ("del", "dev", name)
    if step.action is Action.CREATE:
        return ("add", *_new_link(step))
    return ("set", "dev", name, *_common(step.values, step.resource), *_type(step))


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
    common = {option.name for option in resource.kind.common} - {"name"}
    return _words(((name, value) for name, value in values if name in common), resource)


def _own(values: Iterable[tuple[str, Value]], resource: Resource) -> Words:
    """The options of the kind itself, which stand behind ``type KIND``."""
    own = {option.name for option in resource.kind.options}
    return _words(((name, value) for name, value in values if name in own), resource)
