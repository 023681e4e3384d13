"""Properties of all topologies: what validates works, what does not is told where, and the order of keys is nothing."""

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.drawn import topologies, written
from vxlab.commands import command, command_line, script
from vxlab.plan import Action, Plan, plan
from vxlab.state.kind import Family
from vxlab.state.kinds import KINDS
from vxlab.state.kinds.sysctl import interface_of
from vxlab.state.model import NetworkState, link_key
from vxlab.topology import Topology, TopologyError, loads, source
from vxlab.topology.ranges import names

Data = Any
Path = tuple[str | int, ...]


def examples(number: int) -> settings:
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=number, deadline=None, suppress_health_check=slow)


def from_nothing(state: NetworkState) -> Plan:
    return plan(NetworkState(), state)


@given(topologies, st.integers())
@examples(120)
def test_what_validates(document: Data, seed: int) -> None:
    """To draw a topology takes longer than all that is seen of it: one is drawn for all."""
    topology = loads(written(document))
    steps = from_nothing(topology.state)
    expands_plans_and_renders(topology, steps)
    takes_its_keys_in_any_order(document, topology, seed)
    makes_what_a_step_needs_before_it(topology.state, steps)


def expands_plans_and_renders(topology: Topology, steps: Plan) -> None:
    assert len(steps) >= len(topology.state.namespaces)
    for step in steps:
        assert step.describe()
        assert all(command(step)) and all(isinstance(word, str) for word in command(step))
    text = script(topology.name, topology.description, topology.state, steps)
    assert all(command_line(step) in text for step in steps)

    again = loads(written(topology.document))
    assert again.document == topology.document
    assert again.state == topology.state
    assert len(plan(topology.state, topology.state)) == 0
    assert len(plan(again.state, topology.state)) == 0
    assert NetworkState.from_json(json.loads(json.dumps(topology.state.to_json()))) == topology.state
    removal = plan(topology.state, NetworkState())
    assert [step.action for step in removal] == [Action.DELETE] * len(topology.state.namespaces)


# The order of keys.


def shuffled(data: Data, pick: random.Random) -> Data:
    """The same with the keys of every mapping in another order."""
    if isinstance(data, list):
        return [shuffled(item, pick) for item in data]
    if not isinstance(data, dict):
        return data
    items = [(key, shuffled(value, pick)) for key, value in data.items()]
    pick.shuffle(items)
    return dict(items)


def outcome(topology: Topology) -> Data:
    """All that a topology comes to."""
    commands = [command_line(step) for step in from_nothing(topology.state)]
    return [topology.document, topology.state.to_json(), commands]


def takes_its_keys_in_any_order(document: Data, one: Topology, seed: int) -> None:
    other = loads(written(shuffled(document, random.Random(seed))))  # noqa: S311
    assert other.document == one.document
    assert other.state == one.state
    assert outcome(other)[2] == outcome(one)[2]


IN_ANOTHER_PROCESS = """
import json, sys
from tests.unit.test_properties import outcome
from vxlab.topology import loads
json.dump([outcome(loads(text)) for text in json.load(sys.stdin)], sys.stdout)
"""


@given(st.lists(topologies, min_size=8, max_size=8))
@examples(1)
def test_every_process_comes_to_the_same(documents: list[Data]) -> None:
    texts = [written(document) for document in documents]
    told = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", IN_ANOTHER_PROCESS],
            input=json.dumps(texts),
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(done.stdout)
    assert told[0] == told[1]
    assert json.loads(told[0]) == json.loads(json.dumps([outcome(loads(text)) for text in texts]))


# The order of steps.


class Kernel:
    """What is there after each step, and what a step needs to be there."""

    def __init__(self, state: NetworkState) -> None:
        self.state = state
        self.there: set[Any] = set()
        self.up: set[Any] = set()

    def do(self, step: Any) -> None:
        resource, namespace = step.resource, step.namespace
        family, values = resource.kind.family, dict(step.values)
        if family is Family.NAMESPACE:
            self.there |= {resource.key, link_key(namespace, "lo")}
            return
        self._needs((Family.NAMESPACE, namespace, ()), step)
        if step.peer:
            self._needs((Family.NAMESPACE, step.peer.namespace, ()), step)
            self.there.add(step.peer.key)
        for option, name in resource.references():
            if step.action is Action.CREATE or option in values:
                self._needs(link_key(namespace, name), step)
        for needed in self._others(step):
            self._needs(needed, step)
        if step.action is Action.CHANGE and family is Family.LINK:
            self._needs(resource.key, step)
        self.there.add(resource.key)
        if family is Family.LINK and values.get("up"):
            self.up.add(resource.key)
        for name in self._links_in_use(resource, family):
            assert link_key(namespace, name) in self.up, f"{step.describe()}: {name} is not up yet"

    def _needs(self, key: Any, step: Any) -> None:
        assert key in self.there, f"{namespace_of(key)} {key} is not there yet: {step.describe()}"

    def _others(self, step: Any) -> Iterator[Any]:
        """What a step needs beside its links."""
        resource, namespace = step.resource, step.namespace
        family = resource.kind.family
        if family is Family.SYSCTL and (link := interface_of(str(resource.get("key")))):
            yield link_key(namespace, link)
        if family is Family.NEXTHOP and resource.get("group"):
            for member in str(resource.get("group")).split("/"):
                yield (Family.NEXTHOP, namespace, (int(member.partition(",")[0]),))
        if family in (Family.ROUTE, Family.FDB) and resource.get("nhid"):
            yield (Family.NEXTHOP, namespace, (resource.get("nhid"),))
        if family is Family.ROUTE and (resource.get("via") or resource.get("nexthops")) and not resource.get("onlink"):
            # A next hop is reached by the routes to the prefixes of addresses.
            yield from (address.key for address in self.state.inside(namespace, Family.ADDRESS))
        if family is Family.ROUTE and resource.get("src"):
            yield from (address.key for address in self.state.inside(namespace, Family.ADDRESS))

    def _links_in_use(self, resource: Any, family: Family) -> Iterator[str]:
        """The links that must be up, of those that are to be."""
        if family is Family.ROUTE or (family is Family.NEXTHOP and not resource.get("fdb")):
            names = [name for option, name in resource.references() if option in ("link", "nexthops")]
        elif family is Family.MDB:
            names = [str(resource.get("port"))]
        else:
            return
        for name in names:
            link = self.state.link(resource.namespace, name)
            if link is not None and link.get("up"):
                yield name


def namespace_of(key: Any) -> str:
    return str(key[1])


def makes_what_a_step_needs_before_it(state: NetworkState, steps: Plan) -> None:
    kernel = Kernel(state)
    for step in steps:
        kernel.do(step)
    wanted_up = {link.key for link in state.family(Family.LINK) if link.get("up")}
    assert kernel.up == wanted_up
    # A port comes with its link, and has no step of its own where it is as it comes.
    assert {key for key in state.resources if key[0] is not Family.BRIDGE_PORT} <= kernel.there
    namespaces = [step.resource.kind.family is Family.NAMESPACE for step in steps]
    assert namespaces == sorted(namespaces, reverse=True)


# Mutations.

KEYS = sorted({name for kind in KINDS.values() for name in kind.table} | {"mode", "gateway", "nodes", "vteps", "kind"})
VALUES = [
    None, [], {}, [1], {"a": 1}, True, False, -1, 0, 1, 7, 68, 1279, 4096, 2**16, 2**24, 2**32, 2**64, 10**30, 1.5, "",
    " ", "x", "ünï", "\u2028", "²", "default", "none", "inherit", "all", "lo", "eth0", "br0", "vx0", "192.0.2.1",
    "192.0.2.1/24", "192.0.2.0/33", "10.0.0.0/8", "239.1.1.1", "ff05::1", "fe80::1%eth0", "2001:db8::1",
    "2001:db8::/64", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "x" * 80, "h[1-3]", "n[3-1]", "1/2", "2-1", [[]],
    [None], ["x", "x"], {"": None}, "ip id", "nexthop", "ip encap ip", "multicast", "static-l3", "mesh", "switch",
    "vxlan", "bridge", "veth", "vlan", "vrf", "goto", "blackhole", "ip6", "resilient", "replicate", "proxy",
]  # fmt: skip


def paths(data: Data, path: Path = ()) -> Iterator[Path]:
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*path, key)
        yield from paths(value, (*path, key))


def at(data: Data, path: Path) -> Data:
    for key in path:
        data = data[key]
    return data


@dataclass(frozen=True)
class Mutation:
    """A document that was valid, the places at which it no longer is the same, and what is no longer there."""

    document: Data
    places: tuple[Path, ...]
    gone: list[Data]


@st.composite
def mutations(draw: st.DrawFn) -> list[Mutation]:
    """A valid document, and what three mutations make of it: to draw it takes longer than all else."""
    document = draw(topologies)
    return [_mutated(draw, document) for _ in range(3)]


def _mutated(draw: st.DrawFn, document: Data) -> Mutation:
    """A document with one mutation: a key less, or with another name, or one more, or another value."""
    path = draw(st.sampled_from(list(paths(document))))
    mutated = deepcopy(document)
    around, key = at(mutated, path[:-1]), path[-1]
    gone: list[Data] = [key, around[key]]
    how = draw(st.sampled_from(["drop", "rename", "value", "value", "other", "add"]))
    if isinstance(around, list) and how in ("rename", "add"):
        how = "value"
    if how == "drop":
        del around[key]
        return Mutation(mutated, (path,), gone)
    if how in ("rename", "add"):
        new = draw(st.sampled_from([*KEYS, "xx", "", " ", "ünï", "a[1-2]"]).filter(lambda word: word not in around))
        items = [(new if old == key and how == "rename" else old, value) for old, value in around.items()]
        items += [(new, draw(st.sampled_from(VALUES)))] if how == "add" else []
        around.clear()
        around.update(items)
        return Mutation(mutated, ((*path[:-1], new), *([path] if how == "rename" else [])), gone)
    others = [at(document, other) for other in paths(document)]
    around[key] = deepcopy(draw(st.sampled_from(others if how == "other" else VALUES)))
    return Mutation(mutated, (path,), gone[1:])


def lines_of(text: str, path: Path) -> set[int]:
    """The lines of a part of a file; where it is not there, that of what it was in, and of its neighbours."""
    parsed = source.parse(text, "drawn")
    if path in parsed.keys:
        inside = [p for places in (parsed.keys, parsed.values) for key, p in places.items() if key[: len(path)] == path]
        return set(range(parsed.keys[path].line, max(p.line for p in inside) + 1))
    around = path[:-1]
    neighbours = {place.line for key, place in parsed.keys.items() if key[:-1] == around}
    return {parsed.keys[around].line if around else 1} | neighbours


def lines_told(error: TopologyError) -> set[int]:
    """The lines at which mistakes are told, and those that their messages name."""
    told = {problem.position.line for problem in error.problems}
    for problem in error.problems:
        named = re.search(r"(?:; see lines?|is in line) ([\d, -]+)$", problem.message)
        for low, high in re.findall(r"(\d+)(?:-(\d+))?", named[1] if named else ""):
            told |= set(range(int(low), int(high or low) + 1))
    return told


def names_what_is_gone(error: TopologyError, gone: list[Data]) -> bool:
    """Whether a reference that leads nowhere now is told."""
    words = {str(key) for value in gone for path in [*paths(value)] for key in (path[-1], at(value, path))}
    words |= {str(value) for value in gone if isinstance(value, str | int)}
    words = {part for word in words for name in _names(word) for part in (name, *name.split(":"))}
    reference = re.compile(r"there is no |has no kind | is missing| is no port |of one IP version")
    return any(
        reference.search(problem.message) and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", problem.message)
        for problem in error.problems
        for word in words
        if word
    )


def _names(word: str) -> list[str]:
    try:
        return names(word)
    except ValueError:
        return [word]


PYDANTIC = re.compile(r"Input should|[Vv]alidation|Traceback|Error\b|NoneType|<class|pydantic|\bdict\b|\btuple\b")


@given(mutations())
@examples(100)
def test_mutations_validate_or_are_told_where_they_are(mutations: list[Mutation]) -> None:
    for mutation in mutations:
        validates_or_is_told_where_it_is(mutation)


def validates_or_is_told_where_it_is(mutation: Mutation) -> None:
    text = written(mutation.document)
    try:
        topology = loads(text)
    except TopologyError as error:
        assert error.problems
        assert not PYDANTIC.search(str(error)), error
        assert all(len(problem.message) > 8 for problem in error.problems)
        lines = {line for place in mutation.places for line in lines_of(text, place)}
        found = lines_told(error) & lines or names_what_is_gone(error, mutation.gone)
        assert found, f"{error}\n{mutation.places} is in {sorted(lines)}\n{text}"
    else:
        from_nothing(topology.state)
        assert loads(written(topology.document)).state == topology.state
