"""`up` on a running lab: the result is a fresh lab, and what the change does not touch is not touched.

By default a sample runs. `make test-converge` runs all: each library lab to each other one, and 200 edits by chance.
"""

from __future__ import annotations

import json
import os
import random
import socket
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import yaml
from hypothesis import HealthCheck, Phase

from tests.conftest import SMALL
from tests.kernel import oracle
from tests.kernel.conftest import bridge, ip, machine, netns, run, vxlab
from tests.kernel.drawn import labs, possible
from tests.kernel.edits import edited
from tests.unit.drawn import written
from vxlab.kernel.namespaces import open_socket
from vxlab.state.kind import Family
from vxlab.state.kinds.fdb import FLOOD_MAC
from vxlab.state.model import NetworkState, Resource
from vxlab.topology import load

LAB = "converge"
PAIRS = list(permutations(SMALL, 2))
EDITS = int(os.environ.get("VXLAB_EDITS", "200"))

converge = pytest.mark.converge


@pytest.fixture(autouse=True)
def leaves_nothing() -> Iterator[None]:
    before = machine()
    yield
    vxlab("down", LAB)
    assert machine() == before


def named(document: dict[str, Any], where: Path, name: str) -> Path:
    file = where / f"{name}.yaml"
    file.write_text(written({**document, "name": LAB}))
    return file


def of_the_library(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(file.read_text())
    return document


# What is there before and after.


def up_or_not(file: Path) -> bool:
    """Whether the kernel makes this lab at all."""
    return vxlab("up", file, status=None).returncode == 0


def world() -> oracle.World:
    """What iproute2 tells, but for what bridges have learned (of a host that has another MAC now they know the old one
    until it has aged), and for the groups that links listen to: IPv6 leaves one where it was there once.
    """
    found = oracle.world(netns())
    for told in found.values():
        told["fdb"] = [entry for entry in told["fdb"] if not is_by_itself(entry)]
    return found


def is_by_itself(entry: dict[str, Any]) -> bool:
    is_learned = not entry.get("state") and "extern_learn" not in entry["flags"]
    return is_learned or (entry["mac"].startswith(("33:33:", "01:00:5e:")) and "dst" not in entry)


def speak() -> None:
    """From each link that leads out of a node goes a frame to all, which others learn from."""
    for namespace in netns():
        for link in ip(namespace, "link", "show", "up"):
            if link["ifname"].startswith("eth") and "master" not in link:
                with open_socket(namespace, socket.AF_PACKET, socket.SOCK_RAW) as out:
                    out.bind((link["ifname"], 0))
                    source = bytes.fromhex(link["address"].replace(":", ""))
                    out.send(b"\xff" * 6 + source + b"\x88\xb5" + bytes(46))


def links() -> dict[tuple[str, str], dict[str, Any]]:
    """The links of all namespaces, with their counters."""
    return {(name, link["ifname"]): link for name in netns() for link in ip(name, "-s", "link", "show")}


def learned(namespace: str) -> set[tuple[str, str, str]]:
    """What the bridges and tunnels of a namespace have learned."""
    entries = (entry for entry in bridge(namespace, "fdb", "show") if not entry.get("state"))
    return {(entry["ifname"], entry["mac"], entry.get("dst", "")) for entry in entries}


def kept(one: NetworkState, other: NetworkState) -> set[tuple[str, str]]:
    """The links that two states have in common, with all that they stand on: by namespace and name."""
    same = {
        (link.namespace, link.name)
        for link in one.family(Family.LINK)
        if (then := other.link(link.namespace, link.name)) and (then.kind, then.values) == (link.kind, link.values)
    }
    while gone := {place for place in same if not needs(one.link(*place), one) <= same}:
        same -= gone
    return same


def needs(link: Resource | None, state: NetworkState) -> set[tuple[str, str]]:
    """The other end of a cable, the links that one names, and the ports of a bridge."""
    assert link is not None
    named = {(link.namespace, name) for _, name in link.references()}
    beside = state.inside(link.namespace, Family.LINK)
    ports = {(link.namespace, one.name) for one in beside if one.get("master") == link.name}
    peer = str(link.get("peer"))
    return named | ports | ({(peer.partition(":")[0], peer.partition(":")[2])} if peer else set())


def untouched(one: NetworkState, other: NetworkState) -> set[str]:
    """The namespaces of which two states say the same, and whose cables lead to links that stay."""
    places = kept(one, other)
    return {
        name
        for name in one.namespaces
        if all((name, link.name) in places for link in one.inside(name, Family.LINK))
        and {key: one.resources[key] for key in one.resources if key[1] == name}
        == {key: other.resources[key] for key in other.resources if key[1] == name}
    }


def assert_converges(first: Path, second: Path) -> None:
    """See that `up` of the second file makes of the first lab what it makes of nothing, and no more than that."""
    if not up_or_not(second):
        pytest.skip("the kernel does not make this lab")
    wanted = world()
    vxlab("down", LAB)
    if not up_or_not(first):
        pytest.skip("the kernel does not make this lab")
    speak()
    before, states = links(), (load(first).state, load(second).state)
    knew = {name: learned(name) for name in untouched(*states)}
    vxlab("up", second)
    after = links()
    assert "nothing to do" in vxlab("plan", second).stdout
    found = oracle.apart(world(), wanted, history=False)
    assert sorted(netns()) == sorted(wanted) and not found, "\n".join(found)
    for place in kept(*states):
        assert_is_the_same(place, before[place], after[place])
    for name, entries in knew.items():
        assert entries <= learned(name), (name, entries - learned(name))


def assert_is_the_same(place: tuple[str, str], before: dict[str, Any], after: dict[str, Any]) -> None:
    """A link that nobody has touched: no other one of its name, and what it has counted is still counted."""
    for key in ("ifindex", "address", "ifalias"):
        assert before.get(key) == after.get(key), (place, key, before.get(key), after.get(key))
    for way in ("rx", "tx"):
        for what in ("bytes", "packets"):
            assert before["stats64"][way][what] <= after["stats64"][way][what], (place, way, what)


SAMPLE = PAIRS[:: len(PAIRS) // 5]


@pytest.mark.parametrize(
    ("one", "other"),
    [pytest.param(*pair, marks=() if pair in SAMPLE else converge) for pair in PAIRS],
    ids=lambda file: file.stem,
)
def test_from_each_lab_of_the_library_to_each_other(one: Path, other: Path, tmp_path: Path) -> None:
    first, second = (named(of_the_library(file), tmp_path, name) for file, name in ((one, "first"), (other, "second")))
    assert_converges(first, second)


IN_SAMPLE = 8


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=() if seed < IN_SAMPLE else converge) for seed in range(EDITS // 2)]
)
def test_an_edit_of_a_library_lab(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311  the same edits each time
    found = None
    while found is None:
        found = edited(of_the_library(chance.choice(SMALL)), chance)
    before, after, what = found
    print(what)
    assert_converges(named(before, tmp_path, "first"), named(after, tmp_path, "second"))


@converge
@pytest.mark.parametrize("seed", range(EDITS // 2))
def test_an_edit_of_a_drawn_lab(seed: int, tmp_path: Path) -> None:
    chance, found = random.Random(seed), []  # noqa: S311  as above

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=6, derandomize=False, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    @hypothesis.given(labs)
    def draw(document: dict[str, Any]) -> None:
        found.append(document)

    draw()
    pair = next(filter(None, (edited(possible(document), chance) for document in reversed(found))))
    print(pair[2])
    assert_converges(named(pair[0], tmp_path, "first"), named(pair[1], tmp_path, "second"))


# What somebody changes by hand.


def by_hand(namespace: str, state: NetworkState, chance: random.Random) -> list[list[str]]:
    """Commands that change something in a namespace. Where a file says no MTU, nobody knows which one was meant."""
    said = {link.name for link in state.inside(namespace, Family.LINK) if "mtu" in link.values}
    here = ["ip", "-n", namespace]
    name = chance.choice([link["ifname"] for link in ip(namespace, "link") if link["ifname"] != "lo"])
    addresses = [
        f"{address['local']}/{address['prefixlen']}"
        for link in ip(namespace, "-4", "addr", "show", "dev", name)
        for address in link.get("addr_info", [])
    ]
    entries = [entry for entry in bridge(namespace, "fdb", "show") if entry.get("dst") and entry.get("state")]
    words = [
        *([[*here, "link", "set", name, "mtu", "1300"]] if name in said else []),
        [*here, "link", "set", name, "down"],
        [*here, "link", "set", name, "alias", "by hand"],
        [*here, "link", "set", name, "address", "02:00:00:00:99:01"],
        [*here, "addr", "add", "198.18.9.9/24", "dev", name],
        [*here, "route", "add", "203.0.113.0/24", "dev", name],
        [*here, "neigh", "replace", "198.18.9.10", "lladdr", "02:00:00:00:99:02", "dev", name],
        [*here, "link", "add", "mine", "type", "bridge"],
        [*here, "link", "del", name],
        [*here, "rule", "add", "pref", "99", "table", "99"],
        *([*here, "addr", "del", address, "dev", name] for address in addresses),
        *(
            ["bridge", "-n", namespace, "fdb", "del", entry["mac"], "dev", entry["ifname"], "dst", entry["dst"]]
            for entry in entries[:3]
        ),
        *(
            ["bridge", "-n", namespace, "fdb", "append", FLOOD_MAC, "dev", entry["ifname"], "dst", "203.0.113.9"]
            for entry in entries[:1]
        ),
        *(
            ["ip", "netns", "exec", namespace, "sysctl", "-qw", f"net.ipv4.conf.{name}.forwarding={value}"]
            for value in (0, 1)
        ),
    ]  # fmt: skip
    return chance.sample(words, 1)


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=() if seed < 4 else converge) for seed in range(60)])
def test_what_is_changed_by_hand_is_shown_as_plan_says_it_and_put_right(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311  the same changes each time
    file = named(of_the_library(SMALL[seed % len(SMALL)]), tmp_path, "lab")
    vxlab("up", file)
    wanted, state = world(), load(file).state
    done = [words for _ in range(3) for words in by_hand(chance.choice(netns()), state, chance)]
    for words in done:
        run(*words, status=None)
    drift = json.loads(vxlab("status", LAB, "--json").stdout)["drift"]
    steps = json.loads(vxlab("plan", file, "--json").stdout)["steps"]
    assert [one["step"] for one in drift] == [one["step"] for one in steps]
    assert drift or not oracle.apart(world(), wanted, history=False), done
    vxlab("up", file)
    found = oracle.apart(world(), wanted, history=False)
    assert not found, "\n".join([*map(str, done), *found])
    assert "nothing to do" in vxlab("plan", file).stdout
    assert json.loads(vxlab("status", LAB, "--json").stdout)["drift"] == []
