"""What the sheet of a lab says is so: the commands build the lab in its order, and looking shows what it tells."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from tests.kernel import oracle
from tests.kernel.conftest import Up, netns, pings, run, vxlab
from tests.kernel.drawn import labs
from tests.unit.drawn import written
from vxlab.commands import command_line
from vxlab.commands.sheets.lab_sheet import lab_sheet
from vxlab.commands.sheets.sheet import Example, Sheet
from vxlab.plan import plan
from vxlab.state.model import NetworkState
from vxlab.topology import Topology, load
from vxlab.topology.starter import modes, write

BringUp = Callable[[Path], Up]


def sheet_of(topology: Topology, *only: str) -> Sheet:
    steps = plan(NetworkState(), topology.state)
    return lab_sheet(topology.name, topology.description, topology.state, steps, only)


def examples(sheet: Sheet) -> Iterator[Example]:
    for section in sheet.sections:
        yield from section.examples
        yield from (example for part in section.parts for example in part.examples)


def shows(answer: str, expected: str) -> bool:
    """Whether a line of the answer is the expected one, with anything, or nothing, for each `…`."""
    words = re.escape(" ".join(expected.split()))
    pattern = words.replace(r"\ …", r"(\ .*)?").replace("…", ".*")
    return any(re.fullmatch(pattern, " ".join(line.split())) for line in answer.splitlines())


def check_looks(sheet: Sheet) -> int:
    """Run what is there to look at; the number of lines that were as expected."""
    lines = 0
    for look in (example for example in examples(sheet) if example.output):
        answer = run(*shlex.split(look.command)).stdout
        for expected in look.output.splitlines():
            assert shows(answer, expected), f"{look.command}\nexpected: {expected}\n{answer}"
            lines += 1
    return lines


@pytest.mark.parametrize(
    ("answer", "expected", "is_shown"),
    [
        ("a b\nc d ", "c d", True),
        ("a  b", "a b", True),
        ("1: eth0@if2: <UP>", "…: eth0…: <…>", True),
        ("ab", "a", False),
        ("a.c", "abc", False),
        ("", "…", False),
        ("a b", "a … b", True),
        ("a x y b", "a … b", True),
        ("axb", "a … b", False),
        ("a", "a …", True),
    ],
)
def test_matching(answer: str, expected: str, is_shown: bool) -> None:
    assert shows(answer, expected) == is_shown


PINGED = {"flannel", "unicast-routing"}
"""Whose hosts are in no segment: a router is between them and the tunnel."""


def test_a_ping_is_there_to_look_at(small_file: Path) -> None:
    """Nothing that can be looked at is passed over: every lab with hosts in a segment has a ping."""
    commands = [example.command for example in examples(sheet_of(load(small_file)))]
    assert any("ping -c 1" in command for command in commands) == (small_file.stem not in PINGED)


PAIR = """
name: pair
nodes:
  a:
    links:
      eth0: {addresses: 203.0.113.1/24}
      vx0: {kind: vxlan, vni: 7, local: 203.0.113.1, addresses: 198.51.100.1/24, mac: "02:00:00:00:00:0a"}
    fdb: [{link: vx0, mac: "00:00:00:00:00:00", dst: 203.0.113.2}]
  b:
    links:
      eth0: {addresses: 203.0.113.2/24}
      vx0: {kind: vxlan, vni: 7, local: 203.0.113.2, addresses: 198.51.100.2/24, mac: "02:00:00:00:00:0b"}
    fdb: [{link: vx0, mac: "00:00:00:00:00:00", dst: 203.0.113.1}]
links: [[a:eth0, b:eth0]]
"""
CHANGES = [
    ("", "", True),
    ("vni: 7, local: 203.0.113.1", "vni: 7, learning: false, local: 203.0.113.1", True),
    ("vni: 7, local: 203.0.113.2", "vni: 8, local: 203.0.113.2", False),
    ("dst: 203.0.113.2}", "dst: 203.0.113.9}", False),
    ("vni: 7, local: 203.0.113.1", "vni: 7, proxy: true, local: 203.0.113.1", False),
    ("eth0: {addresses: 203.0.113.2/24}", "eth0: {addresses: 203.0.113.2/32}", False),
    ("eth0: {addresses: 203.0.113.1/24}", "eth0: {up: false, addresses: 203.0.113.1/24}", False),
    ("198.51.100.2/24, ", "198.51.100.2/24, up: false, ", False),
    ("dst: 203.0.113.2}]", 'dst: 203.0.113.2}, {link: vx0, mac: "02:00:00:00:00:0b", dst: 203.0.113.9}]', False),
]


@pytest.mark.parametrize(("old", "new", "answers"), CHANGES, ids=[new for _, new, _ in CHANGES])
def test_a_ping_is_promised_where_it_gets_an_answer(
    up: BringUp, tmp_path: Path, old: str, new: str, answers: bool
) -> None:
    assert old in PAIR
    file = tmp_path / "pair.yaml"
    file.write_text(PAIR.replace(old, new) if old else PAIR)
    lab = up(file)
    sheet = sheet_of(load(file))
    assert any("ping" in example.command for example in examples(sheet)) == answers
    check_looks(sheet)
    assert pings(lab("a"), "198.51.100.2", seconds=1) == answers


def test_one_node(up: BringUp, library: Path) -> None:
    lab = up(library / "static-l3.yaml")
    assert check_looks(sheet_of(load(library / "static-l3.yaml"), lab("vtep2"))) > 3


def world() -> oracle.World:
    """What iproute2 tells of all namespaces, when each IPv6 address is known to be nobody else's (RFC 4862)."""
    for namespace in netns():
        oracle.settled(namespace)
        for _ in range(50):
            if not run("ip", "-n", namespace, "-6", "addr", "show", "tentative").stdout:
                break
            sleep(0.1)
    return oracle.world(netns())


def built_by_hand(topology: Topology, script: Path) -> oracle.World:
    """What is there when somebody has typed the commands of the sheet, one after the other."""
    steps = {command_line(step) for step in plan(NetworkState(), topology.state)}
    lines = [example.command for example in examples(sheet_of(topology)) if example.command in steps]
    script.write_text("\n".join(["set -e", *lines, ""]))
    try:
        run("sh", script)
        return world()
    finally:
        for namespace in netns():
            run("ip", "netns", "del", namespace)


def assert_the_sheet_is_right(file: Path, where: Path) -> int:
    """Whether looking at the lab shows what the sheet says, and its commands build the same; how much was seen."""
    topology = load(file)
    name = json.loads(vxlab("up", file, "--json").stdout)["lab"]
    try:
        by_up = world()
        seen = check_looks(sheet_of(topology))
    finally:
        vxlab("down", name)
    by_hand = built_by_hand(topology, where / "sheet.sh")
    assert by_hand.keys() == by_up.keys()
    # Ports are numbered as they come, and come in another order here.
    found = oracle.apart(by_up, by_hand, history=False)
    assert not found, "\n".join(found)
    return seen


def test_the_sheet_of_a_small_file_is_right(small_file: Path, tmp_path: Path) -> None:
    assert assert_the_sheet_is_right(small_file, tmp_path) > 3


@pytest.mark.parametrize("mode", modes())
def test_the_sheet_of_a_starter_is_right(mode: str, tmp_path: Path) -> None:
    assert assert_the_sheet_is_right(write(tmp_path, "mine", mode).file, tmp_path) > 1


@given(labs)
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_sheet_of_any_lab_is_right(lab: dict[str, Any]) -> None:
    with TemporaryDirectory() as where:
        file = Path(where) / "drawn.yaml"
        file.write_text(written(lab))
        made = vxlab("up", file, status=None)
        vxlab("down", "drawn")
        assume(made.returncode == 0)  # what the kernel refuses is the matter of other tests
        assert_the_sheet_is_right(file, Path(where))
