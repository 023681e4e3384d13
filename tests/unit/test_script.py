"""The script of a lab: its forms, what it says of itself, and text in it that is not for the shell."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from tests import forked
from vxlab.commands import command, command_line, script
from vxlab.commands.batch import runs
from vxlab.plan import Plan, plan
from vxlab.state.model import NetworkState
from vxlab.topology import Topology, load, loads

ALIASES = [
    "it's $(x) `y` “q”", 'a"b', "a'b\"c", "# no", "a#b", "~/x", "done", "END", "-x", "\\", "two words \\", "é \u2019 ü",
    "$1", "*", "[ -z ]", "; x", "&", "<<END", "a\\'b",
]  # fmt: skip


def shellcheck(text: str) -> None:
    found = subprocess.run(["shellcheck", "-"], input=text, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def steps_of(topology: Topology) -> Plan:
    return plan(NetworkState(), topology.state)


def script_of(topology: Topology, **more: object) -> str:
    return script(topology.name, topology.description, topology.state, steps_of(topology), **more)


def with_alias(alias: str) -> Topology:
    return loads(f"nodes: {{a: {{links: {{x: {{kind: bridge, alias: {json.dumps(alias)}}}}}}}}}", default_name="x")


def words_of_batch(line: str) -> list[str]:
    """What makeargs() and getcmdline() of iproute2's lib/utils.c make of a line."""
    line, words = line.partition("#")[0], []
    while line := line.lstrip(" \t\r\n"):
        if line[0] in "'\"":
            word, _, line = line[1:].partition(line[0])
        else:
            word = line.split(maxsplit=1)[0]
            line = line[len(word) :]
        words.append(word)
    return words


@pytest.mark.parametrize("in_batches", [False, True])
def test_shellcheck_finds_nothing(library_file: Path, in_batches: bool) -> None:
    topology = load(library_file)
    shellcheck(script_of(topology, in_batches=in_batches))
    shellcheck(script_of(topology, only=topology.state.namespaces[:1], in_batches=in_batches))


@pytest.mark.parametrize("alias", ALIASES)
def test_text_stays_text(alias: str) -> None:
    topology = with_alias(alias)
    (step,) = (step for step in steps_of(topology) if alias in command(step))
    for in_batches in (False, True):
        shellcheck(script_of(topology, in_batches=in_batches))
    typed = [
        [*shlex.split(run.command)[:-2], *words_of_batch(line)] if run.lines else shlex.split(run.command)
        for run in runs(steps_of(topology))
        for line in run.lines or [""]
    ]
    assert list(command(step)) in typed


@pytest.mark.parametrize("word", ALIASES)
def test_words_of_processes_stay_words(word: str) -> None:
    process = json.dumps({"command": ["echo", word], "environment": {"A": word}})
    topology = loads(f"nodes: {{a: {{processes: {{p: {process}}}}}}}", default_name="x")
    *_, step = steps_of(topology)
    line = command_line(step)
    assert shlex.split(line)[:-3] == list(command(step)) and command(step)[-1] == word
    assert f"A={word}" in command(step)
    for in_batches in (False, True):
        assert line in script_of(topology, in_batches=in_batches)
        shellcheck(script_of(topology, in_batches=in_batches))


def test_batches_say_the_same_in_the_same_order(library_file: Path) -> None:
    steps = steps_of(load(library_file))
    made = list(runs(steps))
    assert [step for run in made for step in run.steps] == list(steps)
    assert len(made) < len(steps)
    for run in made:
        assert len({step.namespace for step in run.steps}) == 1 or run.command == "ip -batch -"
        if not run.lines:
            settings = [word for step in run.steps for word in command(step)[6:]]
            words = command(run.steps[0])
            alone = shlex.split(command_line(run.steps[0]))
            assert shlex.split(run.command) == ([*words[:6], *settings] if "sysctl" in words else alone)
        for step, line in zip(run.steps, run.lines, strict=False):
            assert [*shlex.split(run.command)[:-2], *words_of_batch(line)] == list(command(step))


PORTS = """\
nodes:
  a:
    links:
      br0: {kind: bridge}
      p0: {master: br0, bridge_port: {state: disabled}}
      vx0: {kind: vxlan, vni: 5, master: br0, bridge_port: {state: disabled}}
      p1: {}
    rules: [{priority: 7, table: 9, family: inet6}, {priority: 8, table: 9}]
links: [[a:p0, a:p1]]
"""


def test_a_port_with_a_state_waits_for_its_carrier(library: Path) -> None:
    for in_batches in (False, True):
        text = script_of(loads(PORTS, default_name="x"), in_batches=in_batches)
        shellcheck(text)
        assert [line for line in text.splitlines() if line.startswith("carrier ")] == ["carrier x-a p0"]
        before, _, after = text.partition("carrier x-a p0\n")
        assert "link set dev p0 up" in before and "link set dev p0 state disabled" in after
        assert "carrier" not in script_of(load(library / "multicast.yaml"), in_batches=in_batches)


def test_what_stands_before_the_object_is_said_to_the_program() -> None:
    commands = [run.command for run in runs(steps_of(loads(PORTS, default_name="x"))) if "rule add" in str(run.lines)]
    assert commands == ["ip -n x-a -6 -batch -", "ip -n x-a -batch -"]


@pytest.mark.parametrize("kind", ["local", "broadcast", "anycast", "unicast"])
@pytest.mark.parametrize("table", ["", ", table: main", ", table: 77"])
def test_iproute2_has_other_tables_in_mind(kind: str, table: str) -> None:
    route = f"{{to: 10.1.0.1/32, type: {kind}, link: lo{table}}}"
    topology = loads(f"nodes: {{a: {{routes: [{route}]}}}}", default_name="x")
    (line,) = (line for line in script_of(topology).splitlines() if " route add " in line)
    said = "table 77" if "77" in table else "table main" if kind != "unicast" else ""
    assert (said in line) if said else "table" not in line


def test_from_a_pipe_it_says_how_to_call_it(library: Path) -> None:
    text = script_of(load(library / "multicast.yaml"))
    for words, wanted in ((["x"], "usage: sh -s -- [--teardown]"), (["--teardown", "x"], "usage: sh -s -- [")):
        told = subprocess.run(["sh", "-s", "--", *words], input=text, capture_output=True, text=True, check=False)
        assert told.returncode == 2 and told.stderr.startswith(wanted)


@pytest.mark.parametrize(
    ("option", "version", "too_old"),
    [
        ("localbypass: false", "6.5", ["6.1.0", "5.19.0", "6.4.99"]),
        ("reserved_bits: 0x1", "6.14", ["6.1.0", "5.19.0", "6.4.99"]),
        ("learning: false", "", []),
    ],
)
def test_it_says_which_iproute2_it_needs(option: str, version: str, too_old: list[str], tmp_path: Path) -> None:
    topology = loads(f"nodes: {{a: {{links: {{x: {{kind: vxlan, vni: 5, {option}}}}}}}}}", default_name="x")
    text = script_of(topology)
    shellcheck(text)
    name = option.partition(":")[0]
    assert (f"; {name} needs iproute2 {version}" in text) == bool(version)
    for have in ("6.1.0", "5.19.0", "6.4.99", "6.14.0", "v6.14.0", "ss190107", "7.0.0"):
        told = run_with(text, tmp_path, f"ip utility, iproute2-{have}, libbpf 1.1.0")
        assert (f"this needs iproute2 {version}" in told.stderr) == (have in too_old), (have, told.stderr)
        assert told.returncode == (1 if have in too_old else 0)
        assert ("netns add" in told.stdout) == (have not in too_old)


def run_with(text: str, where: Path, version: str, fails_at: str = "nowhere") -> subprocess.CompletedProcess[str]:
    """Run a script with programs in place of iproute2 that print what they are told."""
    for program in ("ip", "bridge", "sysctl"):
        fake = where / program
        fake.write_text(f'#!/bin/sh\n[ "$1" = -V ] && echo "{version}" && exit\necho "{program} $*"\n'
                        f'case "$*" in *"{fails_at}"*) echo "Error: no." >&2; exit 2 ;; esac\n')  # fmt: skip
        fake.chmod(0o755)
    (where / "lab.sh").write_text(text)
    words = ["sh", str(where / "lab.sh")]
    return subprocess.run(words, env={"PATH": f"{where}:/usr/bin:/bin"}, capture_output=True, text=True, check=False)


def test_what_fails_is_said_and_ends_it(library: Path, tmp_path: Path) -> None:
    text = script_of(load(library / "multicast.yaml"))
    told = run_with(text, tmp_path, "ip utility, iproute2-6.1.0", "addr add 192.168.8.1/24")
    assert told.returncode == 1
    assert "Error: no." in told.stderr
    assert "this failed: ip -n multicast-vtep1 addr add 192.168.8.1/24 dev eth0\n" in told.stderr
    assert "--teardown removes what was made" in told.stderr
    assert told.stdout.splitlines()[-1] == "ip -n multicast-vtep1 addr add 192.168.8.1/24 dev eth0"


def cheatsheet(*words: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    result = forked.run("cheatsheet", *map(str, words), timeout=60)
    assert result.returncode == status, result.stderr
    return result


def test_one_node_with_its_cables(library: Path) -> None:
    file = library / "multicast.yaml"
    text = cheatsheet(file, "--node", "h1").stdout
    lines = [line for line in text.splitlines() if line.startswith(("ip ", "bridge "))]
    assert "ip netns add multicast-h1" in lines and "ip netns add multicast-vtep1" not in text
    assert sum(" link add " in line for line in lines) == 1
    assert all("multicast-h1" in line for line in lines)
    assert "NAMESPACES=multicast-h1\n" in text and "OTHERS=multicast-vtep1\n" in text
    assert "there is no node h3; there is h1" in cheatsheet(file, "--node", "h3", status=2).stderr
    assert "only a script" in cheatsheet(file, "--batch", "--format", "md", status=2).stderr
    assert "give its FILE" in cheatsheet("--node", "h1", status=2).stderr


def test_json_has_each_command(library: Path) -> None:
    file = library / "multicast.yaml"
    told = json.loads(cheatsheet(file, "--json").stdout)
    assert [row["command"] for row in told] == [list(command(step)) for step in steps_of(load(file))]
    assert told[0].keys() == {"node", "command", "purpose", "needs"}
    assert {row["node"] for row in told} == {"h1", "h2", "underlay", "vtep1", "vtep2"}
