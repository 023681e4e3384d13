"""The cheat sheet builds the lab that `up` builds, with sh and iproute2 alone."""

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.conftest import LARGE
from tests.kernel import oracle
from tests.kernel.conftest import machine, netns, pings, run, until, vxlab
from tests.kernel.drawn import labs
from tests.unit.drawn import written
from vxlab.lab.process_steps import PATH
from vxlab.state.kind import Family
from vxlab.topology import load

FORMS = {"sh": (), "batch": ("--batch",)}


def by_up(file: Path) -> oracle.World:
    before = machine()
    name = json.loads(vxlab("up", file, "--json").stdout)["lab"]
    world = told(file)
    vxlab("down", name)
    assert machine() == before
    return world


def by_script(file: Path, where: Path, *form: str) -> oracle.World:
    script = where / "lab.sh"
    script.write_text(vxlab("cheatsheet", file, *form).stdout)
    run("sh", script, env={**os.environ, "PATH": PATH})  # where an init looks for programs
    try:
        return told(file)
    finally:
        run("sh", script, "--teardown")
        assert netns() == []


def told(file: Path) -> oracle.World:
    """What iproute2 tells of every namespace, and the sysctls that the file names."""
    world = oracle.world(netns())
    for name, node in json.loads(vxlab("expand", file, "--json").stdout)["nodes"].items():
        if "joins" in node:
            continue
        (namespace,) = (each for each in world if each.endswith(f"-{name}"))
        keys = sorted((node or {}).get("sysctls", {}))
        values = run("ip", "netns", "exec", namespace, "sysctl", *keys).stdout if keys else ""
        world[namespace]["sysctl"] = sorted(values.splitlines())
        world[namespace]["processes"] = []
    for namespace, count in Counter(process.namespace for process in load(file).state.family(Family.PROCESS)).items():
        # What a script has started becomes its program a moment later.
        world[namespace]["processes"] = until(partial(all_running, namespace, count))
    return world


def all_running(namespace: str, count: int) -> list[tuple[str, ...]]:
    """The processes of a namespace, once it has so many."""
    found = sorted(running(namespace))
    return found if len(found) == count else []


def running(namespace: str) -> Iterator[tuple[str, ...]]:
    """The directory and the command of each process, but for what starts it, or starts it again."""
    for pid in run("ip", "netns", "pids", namespace).stdout.split():
        with suppress(FileNotFoundError):
            words = Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")
            if not STARTERS & {Path(word).name for word in words[:4]}:
                yield (str(Path(f"/proc/{pid}/cwd").readlink()), Path(words[0]).name, *words[1:])


STARTERS = {"__main__.py", "unshare", "setsid", "sh"}
"""What runs beside the processes of a lab: an init where `up` made it, programs of util-linux where a script did."""


def assert_scripts_and_up_make_the_same(file: Path, where: Path, *forms: str) -> None:
    wanted = by_up(file)
    for name in forms or FORMS:
        words = FORMS[name]
        made = by_script(file, where, *words)
        assert made.keys() == wanted.keys()
        found = oracle.apart(wanted, made)
        assert not found, "\n".join((name, *found))


def test_scripts_and_up_make_the_same_lab(library_file: Path, tmp_path: Path) -> None:
    # Line by line, two hundred nodes show what two do, and take minutes.
    forms = ["batch"] if library_file.stem in LARGE else FORMS
    assert_scripts_and_up_make_the_same(library_file, tmp_path, *forms)


@given(labs)
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_scripts_and_up_make_any_lab_the_same(lab: dict[str, Any]) -> None:
    with TemporaryDirectory() as where:
        file = Path(where) / "drawn.yaml"
        file.write_text(written(lab))
        assert_scripts_and_up_make_the_same(file, Path(where))
        run("shellcheck", Path(where) / "lab.sh")


WHAT_GOES_BY_ITSELF = """
name: goes
nodes:
  a:
    links:
      eth0: {addresses: [192.0.2.1/24]}
      vx0: {kind: vxlan, external: true, learning: true}
      vx1: {kind: vxlan, external: true, port: 4790}
    neighbours:
      - {link: eth0, address: 192.0.2.8, mac: "02:00:00:00:00:08", state: noarp}
      - {link: eth0, address: 192.0.2.9, proxy: true}
  b: {}
links: [[a:eth0, b:eth0]]
"""


def test_what_goes_by_itself_stays_in_both(tmp_path: Path) -> None:
    """`external` takes learning away unless that is named behind it; neighbours go while there is no carrier."""
    file = tmp_path / "goes.yaml"
    file.write_text(WHAT_GOES_BY_ITSELF)
    assert_scripts_and_up_make_the_same(file, tmp_path)
    vxlab("up", file)
    told = json.loads(run("ip", "-n", "goes-a", "-j", "-d", "link", "show", "type", "vxlan").stdout)
    assert {link["ifname"]: link["linkinfo"]["info_data"]["learning"] for link in told} == {"vx0": True, "vx1": False}
    assert "nothing to do" in vxlab("plan", file).stdout
    vxlab("down", "goes")


def test_words_of_processes_are_no_words_of_the_shell(tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    words = [
        "python3",
        "-c",
        "import time\ntime.sleep(1000)",
        "it's $(touch /run/hit) `touch /run/hit`; *",
        "--",
        "-x",
        "",
    ]
    odd = {"command": words, "environment": {"A": "$(touch /run/hit) 'x'"}, "working_dir": "/usr"}
    file.write_text(json.dumps({"name": "odd", "nodes": {"a": {"processes": {"p": odd}}}}))
    assert_scripts_and_up_make_the_same(file, tmp_path)
    assert not Path("/run/hit").exists()


def test_script_refuses_a_lab_that_is_there(library: Path, tmp_path: Path) -> None:
    script = tmp_path / "lab.sh"
    script.write_text(vxlab("cheatsheet", library / "multicast.yaml").stdout)
    run("sh", script)
    try:
        assert pings("multicast-h1", "10.20.0.2")
        again = run("sh", script, status=1)
        assert "exists already" in again.stderr
        assert pings("multicast-h1", "10.20.0.2")
    finally:
        run("sh", script, "--teardown")
    assert netns() == []
    run("sh", script, "--teardown")
    assert run("sh", script, "--tear", status=2).stderr.startswith("usage")


def test_teardown_ends_who_does_not_listen(library: Path, tmp_path: Path) -> None:
    script = tmp_path / "lab.sh"
    script.write_text(vxlab("cheatsheet", library / "multicast.yaml").stdout)
    run("sh", script)
    words = ("ip", "netns", "exec", "multicast-h1", "sh", "-c", "trap '' TERM; echo deaf; exec sleep 600")
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "deaf\n"
        run("sh", script, "--teardown")
        assert process.wait(10) == -signal.SIGKILL
    assert netns() == []


def test_names_that_are_words_of_ip(tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    hosts = ", ".join(f"{word}: {{vtep: v}}" for word in ("dev", "up", "type", "name", "master", "default", "all"))
    file.write_text(f"name: words\nsegments: {{s: {{vni: 1}}}}\nvteps: {{v: {{}}}}\nhosts: {{{hosts}}}\n")
    assert_scripts_and_up_make_the_same(file, tmp_path)


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_script_is_plain_shell_and_a_comment_stays_one(tmp_path: Path, shell: str) -> None:
    file = tmp_path / "hostile.yaml"
    file.write_text(
        "name: hostile\n"
        'description: "first\\n touch /run/hit\\r touch /run/hit; $(touch /run/hit) `touch /run/hit` \'x"\n'
        "nodes: {a: {}}\n"
    )
    script = tmp_path / "lab.sh"
    script.write_text(vxlab("cheatsheet", file).stdout)
    run(shell, script)
    run(shell, script, "--teardown")
    assert not Path("/run/hit").exists()


def test_plan_commands_put_a_changed_lab_right(library: Path, tmp_path: Path) -> None:
    vxlab("up", library / "multicast.yaml")
    try:
        run("ip", "-n", "multicast-vtep1", "link", "set", "vxlan42", "type", "vxlan", "nolearning")
        run("ip", "-n", "multicast-h1", "addr", "del", "10.20.0.1/24", "dev", "eth0")
        run("ip", "-n", "multicast-h2", "link", "add", "extra", "type", "bridge")
        script = tmp_path / "change.sh"
        script.write_text(vxlab("plan", library / "multicast.yaml", "--commands").stdout)
        run("sh", "-eu", script)
        assert "nothing to do" in vxlab("plan", library / "multicast.yaml").stdout
        assert pings("multicast-h1", "10.20.0.2")
    finally:
        vxlab("down", "multicast")
