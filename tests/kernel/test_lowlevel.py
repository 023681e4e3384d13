"""Every row of every table, on the kernel: set, read back, changed, taken away again; rows.py says with what.

For each table there is a lab with a node for each of its rows. iproute2 is the oracle; where it does not know an option
yet, what vxlab reads back is all there is, which `vxlab plan` looks at after each step.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kernel import oracle
from tests.kernel.conftest import machine, netns, run, vxlab
from tests.kernel.rows import ROWS, WHOLE, Row, Said
from vxlab.state.kinds import KINDS, LINK_KINDS

LAB = "low"
Node = dict[str, Any]

BASE: dict[str, tuple[Said, Said]] = {
    "bridge": ({}, {}),
    "vxlan": ({"vni": 42}, {}),
    "macvlan": ({"link": "eth0"}, {}),
    "dummy": ({}, {}),
    "vlan": ({"link": "eth0", "id": 10}, {}),
    "vrf": ({"table": 100}, {}),
    "veth": ({}, {}),
    "loopback": ({}, {}),
    "bridge_port": ({}, {"links": {"br0": {"kind": "bridge"}, "p0": {"master": "br0"}}}),
    "vni": (
        {"link": "vx0", "vni": 10},
        {"links": {"vx0": {"kind": "vxlan", "external": True, "vnifilter": True, "local": "192.0.2.1", "dev": "eth0"}}},
    ),
    "address": ({"address": "192.0.2.17/28"}, {}),
    "nexthop": ({"id": 10, "via": "192.0.2.9", "link": "eth0"}, {}),
    "fdb": (
        {"link": "vx0", "mac": "02:00:00:00:00:99", "dst": "192.0.2.9"},
        {"links": {"vx0": {"kind": "vxlan", "vni": 42}}},
    ),
    "route": ({"to": "10.0.0.0/8", "via": "192.0.2.2"}, {}),
    "rule": ({"priority": 100, "table": 100}, {}),
    "neighbour": ({"link": "eth0", "address": "192.0.2.9", "mac": "02:00:00:00:00:09"}, {}),
    "mdb": (
        {"link": "br0", "port": "eth0", "group": "239.1.1.1", "state": "permanent"},
        {"links": {"br0": {"kind": "bridge"}, "eth0": {"master": "br0"}, "p0": {"master": "br0"}}},
    ),
}
"""For each kind what its things have that they cannot be without, and what their nodes have."""

SECTIONS = {
    "vni": "vnis", "nexthop": "nexthops", "fdb": "fdb", "route": "routes", "rule": "rules", "neighbour": "neighbours",
    "mdb": "mdb",
}  # fmt: skip

QUIET = {
    "net.ipv6.conf.all.accept_dad": 0,
    "net.ipv6.conf.default.accept_dad": 0,
    # Links without IPv6 do not remember, in a link-local address, that they were up or had another MAC.
    "net.ipv6.conf.default.disable_ipv6": 1,
    "net.ipv6.conf.eth0.disable_ipv6": 0,
}


def merged(one: Any, other: Any) -> Any:
    """Two mappings as one, at every depth; lists are put together, and what is None is not there."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        both = {
            key: merged(one.get(key), other[key]) if key in other else deepcopy(one[key]) for key in {**one, **other}
        }
        return {key: value for key, value in both.items() if value is not None}
    if isinstance(one, list) and isinstance(other, list):
        return [*one, *other]
    return deepcopy(dict(other) if isinstance(other, Mapping) else other)


def node_of(kind: str, row: Row, said: Said | None) -> Node:
    """A node with a thing of a kind; without one where nothing is said."""
    values, around = BASE[kind]
    node = {
        "sysctls": QUIET,
        "links": {"eth0": {"addresses": ["192.0.2.1/24", "2001:db8::1/64"]}, "eth1": {}, "p0": {}, "p1": {}},
    }
    node = merged(merged(node, around), row.node)
    thing = {} if said is None else merged(merged(values, row.base), said)
    if kind in SECTIONS:
        return merged(node, {SECTIONS[kind]: [thing] if thing else []})
    if said is None:
        return node
    if kind == "address":
        return merged(node, {"links": {"eth0": {"addresses": [thing]}}})
    if kind == "bridge_port":
        return merged(node, {"links": {"p0": {"bridge_port": thing}}})
    if kind == "loopback":
        return merged(node, {"links": {"lo": thing}})
    if kind == "veth":
        return merged(node, {"links": {"p0": thing}})
    return merged(node, {"links": {"x": {"kind": kind, **thing}}})


def name_of(option: str) -> str:
    return option.replace("_", "-") or "whole"


def write(file: Path, nodes: Mapping[str, Node]) -> Path:
    """A file with these nodes; each has two cables that lead from it to itself."""
    cables = [[f"{node}:{one}0", f"{node}:{one}1"] for node in nodes for one in ("eth", "p")]
    file.write_text(yaml.safe_dump({"name": LAB, "nodes": dict(nodes), "links": cables}))
    return file


class Trial:
    """The files of a table."""

    def __init__(self, kind: str, where: Path) -> None:
        self.kind, self._where = kind, where
        self.rows = {option: row for option, row in ROWS[kind].items() if not row.without}

    def file(self, name: str, said: Any) -> Path:
        nodes = {name_of(option): node_of(self.kind, row, said(option, row)) for option, row in self.rows.items()}
        return write(self._where / f"{name}.yaml", {option: node for option, node in nodes.items() if node is not None})

    def namespaces(self, like: Callable[[Row], bool]) -> list[str]:
        return [f"{LAB}-{name_of(option)}" for option, row in self.rows.items() if like(row)]

    @property
    def plain(self) -> Path:
        """The options are not there; nor is, for the row that is the thing itself, the thing."""
        return self.file("plain", lambda option, row: None if option == WHOLE else row.otherwise)

    @property
    def said(self) -> Path:
        return self.file("said", lambda _, row: row.said)

    @property
    def then(self) -> Path:
        return self.file("then", lambda _, row: row.otherwise if row.then is None else row.then)

    @property
    def by_script(self) -> Path:
        rows = {option: row for option, row in self.rows.items() if row.by_script}
        return write(self._where / "script.yaml", {name_of(o): node_of(self.kind, r, r.said) for o, r in rows.items()})


def settled(file: Path) -> None:
    """Make it so; then it is so."""
    vxlab("up", file)
    plan = vxlab("plan", file).stdout
    assert "nothing to do" in plan


@contextmanager
def lab() -> Iterator[None]:
    before = machine()
    try:
        yield
    finally:
        vxlab("down", LAB)
        assert machine() == before


def flat(answer: Any) -> dict[str, Any]:
    """The keys of an answer at every depth of its mappings."""
    found: dict[str, Any] = {}
    for key, value in answer.items():
        if isinstance(value, dict):
            found.update(flat(value))
        found.setdefault(key, value)
    return found


def holds(answer: dict[str, Any], shown: Said) -> bool:
    return all(
        key in answer and (value <= set(answer[key]) if isinstance(value, set) else answer[key] == value)
        for key, value in shown.items()
    )


ASKED: dict[str, tuple[str, ...]] = {
    "bridge_port": ("link", "bridge link"),
    "vni": ("vni",),
    "address": ("addr -4", "addr -6"),
    "nexthop": ("nexthop",),
    "fdb": ("fdb",),
    "route": ("route -4", "route -6"),
    "rule": ("rule -4", "rule -6"),
    "neighbour": ("neigh -4", "neigh -6", "proxy -4", "proxy -6"),
    "mdb": ("mdb",),
}
"""Which questions iproute2 answers with things of a kind; else `ip link`."""

INSIDE = ("addr_info", "vnis", "mdb")


def things(kind: str, namespace: str) -> list[dict[str, Any]]:
    """All that iproute2 tells of one namespace and kind."""
    found = []
    for what in ASKED.get(kind, ("link",)):
        for answer in oracle.ask(namespace, *oracle.QUESTIONS[what]):
            inner = [item for key in INSIDE for item in answer.get(key, ())]
            found += [flat({**answer, **item}) for item in inner] or [flat(answer)]
    return found


def same(one: oracle.World, other: oracle.World, *, history: bool = False) -> None:
    """See that the namespaces that two worlds share are the same in both."""
    found = oracle.apart(one, other, history=history)
    assert not found, "\n".join(found)


TRIED = [kind for kind, rows in ROWS.items() if any(not row.without for row in rows.values())]


def test_every_row_of_every_table_is_tried() -> None:
    elsewhere = {"namespace", "sysctl", "card", "foreign", "process"}
    elsewhere |= {"qdisc", "bridge_vlan", "vlan_tunnel"}  # on the virtual bench: tests/vm
    assert ROWS.keys() == KINDS.keys() - elsewhere
    for kind, rows in ROWS.items():
        identity = {"name"} if kind in {*LINK_KINDS, "loopback"} else {"link"} if kind == "bridge_port" else set()
        assert rows.keys() - {WHOLE} == KINDS[kind].table.keys() - identity, kind


@pytest.mark.parametrize("kind", TRIED)
def test_rows(kind: str, tmp_path: Path) -> None:
    """Each row of a table: it shows, its commands make the same, and it comes and goes on what is there."""
    trial = Trial(kind, tmp_path)
    with lab():
        settled(trial.said)
        said = oracle.world(netns())  # which waits until all is settled
        missing = [text for option, row in trial.rows.items() if (text := not_shown(kind, option, row))]
        assert not missing, "\n".join(missing)
    same(said, by_commands(trial.by_script, tmp_path), history=True)
    with lab():
        settled(trial.plain)
        plain = oracle.world(netns())
        settled(trial.said)
        same(oracle.world(trial.namespaces(lambda row: not row.marks)), said)
        settled(trial.then)
        settled(trial.plain)
        same(oracle.world(trial.namespaces(lambda row: not row.marks and not row.stays)), plain)


def by_commands(file: Path, where: Path) -> oracle.World:
    script = where / "lab.sh"
    script.write_text(vxlab("cheatsheet", file).stdout)
    try:
        run("sh", script)
        return oracle.world(netns())
    finally:
        run("sh", script, "--teardown")


def not_shown(kind: str, option: str, row: Row) -> str:
    """What iproute2 tells instead of what it should; nothing where it does."""
    found = things(kind, f"{LAB}-{name_of(option)}")
    if row.shown is None or any(holds(thing, row.shown) for thing in found):
        return ""
    near = [{key: value for key, value in thing.items() if key in {"ifname", *row.shown}} for thing in found]
    return f"{option}: {dict(row.shown)} is not in {json.dumps(near)}"


WITHOUT = [(kind, option) for kind, rows in ROWS.items() for option, row in rows.items() if row.command]


@pytest.mark.parametrize(("kind", "option"), WITHOUT)
def test_commands_of_what_this_kernel_cannot_make(kind: str, option: str, tmp_path: Path) -> None:
    row = ROWS[kind][option]
    file = write(tmp_path / "one.yaml", {name_of(option): node_of(kind, row, row.said)})
    words = [line.split() for line in vxlab("cheatsheet", file).stdout.splitlines()]
    wanted = row.command.split()
    assert any(line[at : at + len(wanted)] == wanted for line in words for at in range(len(line)))
