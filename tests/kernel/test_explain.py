"""What explain knows, iproute2 takes, and what it does not know, iproute2 refuses: each line is given to both."""

import re
import shlex
from collections.abc import Iterator

import pytest

from tests.kernel.conftest import run
from tests.unit.test_explain import MISTAKES, TYPED
from vxlab.commands.explain import explain
from vxlab.commands.explain.objects import BRIDGE_NAMES, BRIDGE_OBJECTS, IP_NAMES, IP_OBJECTS

REFUSED = re.compile(
    r'is unknown|is a garbage|unknown command|is wrong:|not complete|invalid lladdr|must be "o|expected rather|^Usage:|'
    r"Invalid prefix"
)
"""How ip and bridge say that a word is not right, or not there; what the kernel refuses sounds otherwise."""

DEVICES = """\
link add eth0 type veth peer name eth9
link add e type veth peer name e9
link add x type veth peer name x9
link add br0 type bridge
link set eth0 master br0
link add vx0 type vxlan id 9 dstport 4789
"""


@pytest.fixture
def scratch() -> Iterator[str]:
    """A namespace with the interfaces that the lines name."""
    for name in ("scratch", "y"):
        run("ip", "netns", "add", name)
    run("ip", "-n", "scratch", "-batch", "-", input=DEVICES)
    yield "scratch"
    for name in ("scratch", "y"):
        run("ip", "netns", "del", name)


def refusal(namespace: str, line: str) -> str:
    """What ip or bridge has against the words of a line."""
    words = shlex.split(line)
    # The line that asks for the syntax gets it.
    said = run(words[0], "-n", namespace, *words[1:], status=None, stdin=-3).stderr
    found = REFUSED.search(said)
    return found[0] if found and "help" not in words else ""


def can_be_tried(line: str) -> bool:
    """Whether a line is for ip or bridge alone, ends by itself, and leaves other namespaces alone."""
    return bool(re.match(r"(ip|bridge) ", line)) and not re.search(
        r"\$|monitor|mon |batch|netns|net |vrf|ip -n\b", line
    )


@pytest.mark.parametrize("line", [line for line in TYPED if can_be_tried(line)])
def test_what_is_known_is_taken(scratch: str, line: str) -> None:
    assert refusal(scratch, line) == ""


OTHER_OBJECTS = re.compile("ip tunnel")
"""What iproute2 has and vxlab says it has no tables for."""


@pytest.mark.parametrize(
    "line", [line for line, _, _ in MISTAKES if can_be_tried(line) and not OTHER_OBJECTS.match(line)]
)
def test_what_is_not_known_is_refused(scratch: str, line: str) -> None:
    if "bridge" not in line and "vxlna" not in line:
        assert refusal(scratch, line)
    else:
        # bridge(8) reads over some words that it does not know, and a kind is the kernel's to know.
        words = line.split()
        assert run(words[0], "-n", scratch, *words[1:], status=None).returncode != 0


USAGE = {
    "link": "ip link", "address": "ip address", "route": "ip route", "rule": "ip rule", "neighbour": "ip neigh",
    "nexthop": "ip nexthop", "netns": "ip netns", "maddress": "ip maddr", "monitor": "ip monitor", "vrf": "ip vrf",
}  # fmt: skip
TEXTS = {explain(["ip", name]).meanings[1].text: usage for name, usage in USAGE.items()}


@pytest.mark.parametrize("word", sorted({name[:end] for name in IP_NAMES.split() for end in range(1, len(name) + 1)}))
def test_abbreviations_of_objects(word: str) -> None:
    """Each is what ip takes it for; of the objects without tables vxlab says nothing."""
    said = run("ip", word, "help", status=None)
    usage = re.search(r"^Usage:\s+(ip \S+)", said.stderr + said.stdout, re.MULTILINE)
    explained = explain(["ip", word]).meanings[1]
    if explained.known and explained.text in TEXTS:
        assert usage and usage[1] == TEXTS[explained.text]
    elif not "mrule".startswith(word):  # whose help is that of rule
        assert usage is None or usage[1] not in USAGE.values()


@pytest.mark.parametrize(
    "word", sorted({name[:end] for name in BRIDGE_NAMES.split() for end in range(1, len(name) + 1)})
)
def test_abbreviations_of_objects_of_bridge(word: str) -> None:
    said = run("bridge", word, "help", status=None).stderr
    explained = explain(["bridge", word]).meanings[1]
    name = re.search(r"^Usage: bridge (\S+)", said, re.MULTILINE)
    if explained.known and name and name[1] in BRIDGE_NAMES.split():
        assert explain(["bridge", name[1]]).meanings[1].text == explained.text


VERBS = [
    pytest.param(program, name, word, id=f"{program}-{name}-{word}")
    for program, objects in (("ip", IP_OBJECTS), ("bridge", BRIDGE_OBJECTS))
    for name, found in objects.items()
    for word in sorted({verb[:end] for verb in found.verbs.split() for end in range(1, len(verb) + 1)} - {"="})
    if "=" not in word and not "save".startswith(word)  # which writes no text
]


@pytest.mark.parametrize(("program", "name", "word"), VERBS)
def test_abbreviations_of_verbs(program: str, name: str, word: str) -> None:
    """What is known as a verb is one, and `help` behind it asks for nothing else than the syntax."""
    explained = explain([program, name, word, "help"]).meanings[2]
    said = run(program, name, word, "help", status=None).stderr
    assert explained.known == ("is unknown" not in said)
