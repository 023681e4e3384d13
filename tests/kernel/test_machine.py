"""Nodes that are the machine itself, for which the network namespace of the worker stands.

What a lab makes in it is known by its marks and taken away exactly, also after a kill at any step; what is not the
lab's stays as it is, whatever it is called.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kernel import injected, oracle
from tests.kernel.conftest import VXLAB, alive, machine, netns, run, steady, until, vxlab
from vxlab.state.owned import mark, protocol

TWO = """
name: two
underlay: {kind: real, subnet: 192.168.56.0/24}
segments: {blue: {vni: 42, mode: replicate, subnet: 10.20.0.0/24}}
vteps:
  vtep1: {machine: a, card: card0, address: 192.168.56.11, links: {card0: {addresses: [192.168.56.11/24]}}}
  vtep2: {machine: b, card: card0, address: 192.168.56.12, links: {card0: {addresses: [192.168.56.12/24]}}}
hosts: {h1: {vtep: vtep1}, h2: {vtep: vtep2}}
"""
HERE = "two-vtep1@a"


def links(*words: str) -> dict[str, Any]:
    """The links of the machine, by name."""
    told = json.loads(run("ip", "-j", "-d", "link", "show", *words).stdout or "[]")
    return {link["ifname"]: link for link in told if link}  # of those in another group it has nothing to say


def addresses(link: str) -> list[str]:
    told = json.loads(run("ip", "-j", "-4", "addr", "show", "dev", link).stdout)
    return [f"{one['local']}/{one['prefixlen']}" for one in told[0]["addr_info"]]


def of_machine() -> dict[str, Any]:
    """All that iproute2 tells of the machine's own namespace, and what a lab could leave behind elsewhere."""
    told = {name: run(*words).stdout for name, words in oracle.QUESTIONS.items() if not name.startswith("neigh")}
    return {**machine(), **told}


@pytest.fixture(autouse=True)
def card() -> Iterator[str]:
    """A network card, as far as this kernel has one: an end of a cable; and what others have on the machine."""
    run("ip", "link", "add", "card0", "type", "veth", "peer", "name", "far0")
    run("ip", "link", "add", "theirs0", "group", "7", "type", "bridge")
    for link in ("card0", "far0", "theirs0"):
        run("sysctl", "-qw", f"net.ipv6.conf.{link}.disable_ipv6=1")
        run("ip", "link", "set", link, "up")
    run("ip", "addr", "add", "10.99.0.1/24", "dev", "card0")
    until(lambda: links()["far0"]["operstate"] == links()["card0"]["operstate"] == "UP")  # in the kernel's own time
    yield "card0"
    vxlab("down", "--all")
    run("ip", "link", "del", "card0", status=None)  # which may have gone with its other end
    run("ip", "link", "del", "theirs0")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "two.yaml"
    path.write_text(TWO)
    return path


def up(file: Path) -> None:
    vxlab("up", file, "--on", "a")


def test_a_vtep_is_the_machine_and_down_leaves_it_as_it_was(file: Path) -> None:
    before = of_machine()
    up(file)
    own = links("group", str(mark("two")))
    assert {*own} == {"br42", "vxlan42", "h1"} and {*links()} - {*own} == {"lo", "card0", "far0", "theirs0"}
    assert own["vxlan42"]["linkinfo"]["info_data"]["local"] == "192.168.56.11"
    assert own["vxlan42"]["linkinfo"]["info_data"]["link"] == "card0"
    assert sorted(netns()) == ["two-h1", HERE]
    assert addresses("card0") == ["10.99.0.1/24", "192.168.56.11/24"]
    assert "up already: nothing to do" in vxlab("up", file).stdout
    status = json.loads(vxlab("status", "two", "--json").stdout)
    assert (status["machine"], status["drift"]) == ("a", [])
    here = next(node for node in status["nodes"] if node["node"] == "vtep1")
    assert {link["name"]: link["kind"] for link in here["links"]} == {
        "card0": "card", "br42": "bridge", "vxlan42": "vxlan", "h1": "veth",
    }  # fmt: skip
    assert here["processes"] == []
    vxlab("down", "two")
    assert of_machine() == before


def test_the_other_machine_makes_the_other_part(file: Path) -> None:
    vxlab("up", file, "--on", "b")
    assert sorted(netns()) == ["two-h2", "two-vtep2@b"] and "h2" in links()
    names = vxlab("exec", "h2", "--", "getent", "hosts", "h1").stdout.split()
    assert names[0] == "10.20.0.1"  # a name of the other machine
    told = vxlab("exec", "h1", "--", "true", status=2).stderr
    assert told == "vxlab: node h1 is on another machine, where the other part of its lab is\n"
    told = vxlab("up", file, "--on", "a", status=1).stderr
    assert told == "vxlab: lab two is up here as machine b: vxlab down two removes that first\n"


@pytest.mark.parametrize("command", ["up", "plan", "cheatsheet"])
def test_which_machine_it_is_must_be_known(command: str, file: Path, library: Path) -> None:
    before = of_machine()
    assert "for the machines a, b: say which one this is, with --on a" in vxlab(command, file, status=2).stderr
    assert "there is no machine c in two" in vxlab(command, file, "--on", "c", status=2).stderr
    told = vxlab(command, library / "multicast.yaml", "--on", "a", status=2).stderr
    assert "multicast names no machines, and is for any one: leave --on a out" in told
    assert of_machine() == before


def _rename(old: str, new: str) -> Callable[[Path], None]:
    return lambda file: file.write_text(file.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (
            lambda _: run("ip", "link", "add", "br42", "type", "bridge"),
            "has a link br42 already, which is not lab two's",
        ),
        (lambda _: run("ip", "link", "set", "card0", "down"), "network card card0 is down: raise it first"),
        (_rename("card0", "card7"), "this machine has no network card card7: is it the machine that --on says?"),
        (_rename("underlay: {", "underlay: {mtu: 9000, "), "card0 has an MTU of 1500, and the file says 9000"),
        (_rename(", links: {card0: {addresses: [192.168.56.11/24]}}", ""), "this machine has no address 192.168.56.11"),
        (lambda _: run("ip", "netns", "add", HERE), f"namespace {HERE} exists and is not vxlab's"),
    ],
)
def test_what_the_machine_lacks_or_has_is_told_before_anything_is_changed(
    spoil: Callable[[Path], None], told: str, file: Path
) -> None:
    try:
        spoil(file)
        before = of_machine()
        for command in ("up", "plan"):
            assert told in vxlab(command, file, "--on", "a", status=1).stderr
        assert of_machine() == before
    finally:
        run("ip", "link", "del", "br42", status=None)
        run("ip", "netns", "del", HERE, status=None)


def test_what_others_have_on_the_machine_is_not_touched(file: Path) -> None:
    """An address that was there already stays, and links in other groups."""
    run("ip", "addr", "add", "192.168.56.11/24", "dev", "card0")
    up(file)
    run("ip", "link", "add", "vxlan43", "group", "8", "type", "bridge")
    run("ip", "link", "set", "theirs0", "alias", "br42")
    before = of_machine()["addr -4"]
    assert "no drift" in vxlab("status", "two").stdout
    vxlab("down", "two")
    assert "192.168.56.11/24" in addresses("card0") and "br42" not in links()
    assert {"vxlan43", "theirs0"} <= {*links()} and before.splitlines()[0] in of_machine()["addr -4"]
    run("ip", "link", "del", "vxlan43")


def test_the_processes_of_the_machine_are_not_the_labs(file: Path) -> None:
    with subprocess.Popen(["sleep", "1000"]) as sleeper:
        up(file)
        _rename("h1: {vtep: vtep1}, ", "")(file)
        up(file)
        vxlab("down", "two")
        assert alive(sleeper.pid)
        sleeper.kill()


def test_a_change_takes_away_what_the_file_has_no_more(file: Path) -> None:
    up(file)
    _rename("vni: 42", "vni: 43")(file)
    _rename(", links: {card0: {addresses: [192.168.56.11/24]}}", "")(file)
    run("ip", "addr", "add", "192.168.56.11/32", "dev", "card0")
    up(file)
    assert {*links("group", str(mark("two")))} == {"br43", "vxlan43", "h1"}
    assert addresses("card0") == ["10.99.0.1/24", "192.168.56.11/32"]
    _rename("vtep1", "gate")(file)  # another name for the node that the machine is
    up(file)
    assert sorted(netns()) == ["two-gate@a", "two-h1"]
    assert {*links("group", str(mark("two")))} == {"br43", "vxlan43", "h1"}
    assert "no drift" in vxlab("status", "two").stdout


def test_the_name_of_the_machines_namespace_may_go(file: Path) -> None:
    before = of_machine()
    up(file)
    run("ip", "netns", "del", HERE)
    assert "vtep1: give the machine's own namespace the name" in vxlab("status", "two").stdout
    vxlab("up", file)
    assert HERE in netns() and "no drift" in vxlab("status", "two").stdout
    run("ip", "netns", "del", HERE)
    vxlab("down", "two")
    assert of_machine() == before


def test_another_namespace_of_that_name_is_not_the_machines(file: Path) -> None:
    up(file)
    run("ip", "netns", "del", HERE)
    run("ip", "netns", "add", HERE)
    told = vxlab("down", "two", status=1).stderr
    assert f"namespace {HERE} is not lab two's any more: somebody put another in its place" in told
    assert {"br42", "vxlan42"} <= {*links()}
    run("ip", "netns", "del", HERE)
    vxlab("down", "two")
    assert not {"br42", "vxlan42"} & {*links()}


def test_a_lost_record_does_not_hide_what_is_on_the_machine(file: Path) -> None:
    up(file)
    for path in Path("/run/vxlab/two").iterdir():
        path.unlink()
    assert [(lab["name"], lab["state"]) for lab in json.loads(vxlab("ls", "--json").stdout)] == [("two", "lost")]
    vxlab("down", "--all")
    assert netns() == [] and {*links()} == {"lo", "card0", "far0", "theirs0"}
    assert addresses("card0") == ["10.99.0.1/24"]


def test_the_script_makes_the_same_and_takes_it_away(file: Path, tmp_path: Path) -> None:
    _rename(", links: {card0: {addresses: [192.168.56.11/24]}}", "")(file)  # Debian 12's ip has no proto
    run("ip", "addr", "add", "192.168.56.11/24", "dev", "card0")
    run("ip", "netns", "add", "makes-the-directory")
    run("ip", "netns", "del", "makes-the-directory")
    before = of_machine()
    up(file)
    made = oracle.world(netns())
    vxlab("down", "two")
    script = tmp_path / "two.sh"
    for form in ((), ("--batch",)):
        script.write_text(vxlab("cheatsheet", file, "--on", "a", *form).stdout)
        run("shellcheck", script)
        run("sh", script)
        assert sorted(netns()) == sorted(made)
        assert oracle.apart(oracle.world(netns()), made, history=False) == []
        run("sh", script, "--teardown")
        assert of_machine() == before


SMALL = """
name: small
nodes:
  me:
    machine: a
    namespace: root
    links:
      card0: {addresses: [192.168.56.11/24]}
      vx0: {kind: vxlan, vni: 7, local: 192.168.56.11, dev: card0, mac: "02:00:00:00:00:07"}
  n: {machine: a}
links: [{"me:p0": {mac: "02:00:00:00:00:08"}, "n:eth0": {mac: "02:00:00:00:00:09"}}]
"""


KILLS = [(what, end) for what in ("up", "down", "change") for end in ("down", "up")]


@pytest.mark.parametrize(
    ("what", "end"), [pytest.param(*kill, marks=pytest.mark.kill if kill != KILLS[0] else ()) for kill in KILLS]
)
def test_killed_before_any_step(what: str, end: str, tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(SMALL)
    other.write_text(SMALL.replace("vni: 7", "vni: 8").replace("192.168.56.11/24", "192.168.56.11/25"))
    wanted = other if what == "change" else one
    clean = of_machine()
    words = {"up": ("up", one, "--on", "a"), "down": ("down", "small"), "change": ("up", other)}[what]

    def before() -> None:
        vxlab("down", "small")
        if what != "up":
            up(one)

    step = 0
    for step in injected.kills(words, before):  # noqa: B007  how far it came
        if end == "up":
            vxlab("up", wanted, "--on", "a")
            assert {*links("group", str(mark("small")))} == {"vx0", "p0"}
            assert "no drift" in vxlab("status", "small").stdout
            assert json.loads(vxlab("plan", wanted, "--json").stdout)["steps"] == []
        vxlab("down", "small")
        assert of_machine() == clean
    assert step > 5


def test_refused_at_any_step_up_is_taken_back(tmp_path: Path, exhaustive: bool) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    clean = of_machine()
    for refused in injected.refusals(("up", file, "--on", "a"), lambda: vxlab("down", "small"), exhaustive):
        if refused.ended.returncode:
            assert refused.ended.stderr.startswith("vxlab: ")
            vxlab("down", "small")
            assert of_machine() == clean


@pytest.fixture
def other_machine() -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Another machine at the other end of the cable: namespaces and a /run of its own, in which vxlab can be run."""
    with subprocess.Popen(
        ["unshare", "-n", "-m", "sh", "-c", "mount -t tmpfs t /run && echo && exec sleep 1000"], stdout=subprocess.PIPE
    ) as there:
        assert there.stdout and there.stdout.readline()
        run("ip", "link", "set", "far0", "netns", str(there.pid))
        enter = ("nsenter", "-t", str(there.pid), "-m", "-n")
        run(*enter, "ip", "link", "set", "far0", "name", "card0")
        run(*enter, "ip", "link", "set", "card0", "up")
        yield lambda *words, status=0: run(*enter, *VXLAB, *words, status=status)
        run(*enter, *VXLAB, "down", "--all")
        there.kill()


def test_each_machine_proves_its_end(file: Path, other_machine: Callable[..., Any]) -> None:
    up(file)
    until(lambda: links()["card0"]["operstate"] == "UP")
    alone = json.loads(vxlab("verify", "two", "--json", status=1).stdout)
    (proof,) = alone["proofs"]
    failed = [check for check in proof["checks"] if not check["passed"]]
    assert {check["name"] for check in failed} >= {"reply delivered", "near VTEP learns"}
    assert "h2 is on another machine: lab two is not up there" in failed[0]["cause"]["text"]
    other_machine("up", file, "--on", "b")
    vxlab("exec", "h1", "--", "ping", "-c", "1", "-W", "2", "h2")
    for prove, ends in ((vxlab, ("h1", "h2")), (other_machine, ("h2", "h1"))):
        verdict = json.loads(prove("verify", "two", "--json").stdout)
        assert verdict["passed"] and [(proof["sender"], proof["target"]) for proof in verdict["proofs"]] == [ends]
    drawn = vxlab("verify", "two", "--ladder", "-").stdout
    assert "192.168.56.11 → 192.168.56.12 VNI 42" in drawn and "vtep1 learns" in drawn and "taught" not in drawn
    told = vxlab("verify", "two", "--pair", "h2,h1", status=2).stderr
    assert told == "vxlab: h2 is on another machine, from which it sends: verify h2,h1 there\n"
    rows = json.loads(vxlab("fdb", "two", "--json").stdout)
    assert ("vtep2", "192.168.56.12", "flood") in [(row["behind"], row["dst"], row["how"]) for row in rows]
    fdb = steady(json.loads(run("bridge", "-j", "fdb", "show", "dev", "vxlan42").stdout))
    assert {entry["dst"] for entry in fdb if "dst" in entry} == {"192.168.56.12"}


def test_addresses_of_two_labs_can_be_told_apart(file: Path, tmp_path: Path) -> None:
    alike = next(f"lab{number}" for number in range(10_000) if protocol(f"lab{number}") == protocol("two"))
    other = tmp_path / "other.yaml"
    other.write_text(SMALL.replace("small", alike))
    up(file)
    told = vxlab("up", other, "--on", "a", status=1).stderr
    assert f"addresses of lab {alike} on network cards would look like lab two's" in told
    assert protocol("small") != protocol("two")
    other.write_text(SMALL.replace("56.11", "56.13"))
    up(other)
    # It is a secondary address of the same prefix, which the kernel would take along.
    promote = "net.ipv4.conf.card0.promote_secondaries"
    run("sysctl", "-qw", f"{promote}=0", "net.ipv4.conf.all.promote_secondaries=0")
    told = vxlab("down", "two", status=1).stderr
    assert "192.168.56.13/24 would go from card0 with the lab's 192.168.56.11/24" in told and "br42" in links()
    assert json.loads(vxlab("status", "two", "--json").stdout)["drift"] == []
    run("sysctl", "-qw", f"{promote}=1")
    vxlab("down", "two")
    assert addresses("card0") == ["10.99.0.1/24", "192.168.56.13/24"] and {"vx0", "p0"} <= {*links()}
