"""The cheat sheet builds the lab that `up` builds, with sh and iproute2 alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.kernel import oracle
from tests.kernel.conftest import bridge, ip, machine, netns, pings, run, steady, vxlab

LEFT_OUT = {
    "ifindex": "an index: vxlab chooses them, ip lets the kernel choose",
    "link_index": "an index",
    "link_netnsid": "the kernel numbers peer namespaces as they come",
}


def without_indexes(answer: Any) -> Any:
    if isinstance(answer, list):
        return sorted((without_indexes(item) for item in answer), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(answer, dict):
        return {key: without_indexes(value) for key, value in answer.items() if key not in LEFT_OUT}
    return answer


def kernel_state() -> dict[str, Any]:
    """Links with all their parameters, addresses, routes, neighbours and FDB entries of every namespace."""
    questions = {
        "addr": ("addr",),
        "route": ("route", "show", "table", "all"),
        "neigh": ("neigh", "show", "nud", "permanent"),
    }
    state: dict[str, Any] = {}
    for name in netns():
        oracle.settled(name)
        state[name] = {what: ip(name, *words) for what, words in questions.items()}
        state[name]["route6"] = ip(name, "-6", "route", "show", "table", "all")
        # What bridges learn from the kernel's own IGMP reports comes when these come.
        state[name]["fdb"] = [entry for entry in bridge(name, "fdb", "show") if entry.get("state") == "permanent"]
    return without_indexes(steady(state))


def test_script_and_up_make_the_same_lab(library_file: Path, tmp_path: Path) -> None:
    before = machine()
    script = tmp_path / "lab.sh"
    script.write_text(vxlab("cheatsheet", library_file).stdout)
    name = json.loads(vxlab("up", library_file, "--json").stdout)["lab"]
    by_vxlab = kernel_state()
    vxlab("down", name)
    assert machine() == before
    run("sh", script)
    try:
        by_script = kernel_state()
        assert by_script.keys() == by_vxlab.keys()
        for namespace in by_vxlab:
            assert by_script[namespace] == by_vxlab[namespace]
    finally:
        run("sh", script, "--teardown")
    assert netns() == []


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


def test_names_that_are_words_of_ip(tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    hosts = ", ".join(f"{word}: {{vtep: v}}" for word in ("dev", "up", "type", "name", "master", "default", "all"))
    file.write_text(f"name: words\nsegments: {{s: {{vni: 1}}}}\nvteps: {{v: {{}}}}\nhosts: {{{hosts}}}\n")
    test_script_and_up_make_the_same_lab(file, tmp_path)


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
