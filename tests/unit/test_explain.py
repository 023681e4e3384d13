"""Commands explained word by word: everything that the sheet prints, what people type, and what nobody should."""

import json
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import forked
from tests.conftest import ROOT
from tests.unit.test_tables import ROWS, values
from vxlab.commands import command, script
from vxlab.commands.explain import UNKNOWN, Explanation, Meaning, ScriptError, explain, explain_script, read_script
from vxlab.commands.explain.text import lines
from vxlab.plan import Action, Step, plan
from vxlab.state.kind import Family, Kind, Option
from vxlab.state.kinds import (
    BRIDGE_PORT,
    CARD,
    FOREIGN,
    LOOPBACK,
    NAMESPACE,
    PROCESS,
    QDISC,
    ROUTE,
    SYSCTL,
    VETH,
    VLAN_TUNNEL,
)
from vxlab.state.kinds.encap import ENCAP
from vxlab.state.model import NetworkState, Resource
from vxlab.state.phrase import Phrase
from vxlab.state.types import Value
from vxlab.topology import load

LIBRARY = sorted((ROOT / "topologies").glob("*.yaml"))


def of(line: str) -> Explanation:
    explanation = explain(line.split())
    assert tuple(word for meaning in explanation.meanings for word in meaning.words) == explanation.command
    return explanation


def meaning(line: str, words: str) -> Meaning:
    found = [meaning for meaning in of(line).meanings if " ".join(meaning.words) == words]
    assert found, [meaning.words for meaning in of(line).meanings]
    return found[-1]


# ---- what the sheet prints ----


def needed(kind: Kind) -> dict[str, Value]:
    """What a thing of a kind must have, by the tables."""
    return {
        o.name: o.type.parse(o.type.example if o.example is None else o.example) for o in kind.options if o.required
    }


BESIDE: dict[tuple[Kind | Phrase, str], dict[str, Value]] = {(QDISC, "jitter"): {"delay": "10ms"}}
"""What a row means nothing without, where its table does not say so."""


def steps(kind: Kind | Phrase, option: Option) -> Iterator[Step]:
    """Steps whose commands have a word for the row, one for each value that the table names."""
    if isinstance(kind, Phrase):
        for value in values(option):
            said = {"type": "ip6" if "6" in option.nla else "ip", option.name: value} if kind is ENCAP else {
                "via": "192.0.2.1", option.name: value
            }  # fmt: skip
            text = kind.text(said)
            more = {"encap": text, "link": "vx0"} if kind is ENCAP else {"nexthops": f"nexthop {text}"}
            yield create(Resource(ROUTE, "a", {"to": "192.0.2.0/24", **more}))
        return
    for value in values(option):
        said = {**needed(kind), **BESIDE.get((kind, option.name), {}), option.name: value}
        if kind.family is Family.LINK:
            said = {"name": "x0", **said}
        if kind in (CARD, LOOPBACK, FOREIGN):
            yield Step(Action.CHANGE, Resource(kind, "a", said), ((option.name, value),))
        elif kind is VETH:
            peer = Resource(VETH, "b", {"name": "x1"})
            yield Step(Action.CREATE, Resource(kind, "a", said), tuple(said.items()), peer)
        elif kind.family is Family.BRIDGE_PORT:
            yield Step(Action.CHANGE, Resource(kind, "a", said), tuple((n, v) for n, v in said.items() if n != "link"))
        else:
            yield create(Resource(kind, "a", said))


def create(resource: Resource) -> Step:
    return Step(Action.CREATE, resource, tuple(resource.values.items()))


def told(kind: Kind | Phrase, option: Option, step: Step) -> bool:
    """Whether the command has words for the value at all: defaults need none."""
    if isinstance(kind, Kind) and kind.family in (Family.LINK, Family.BRIDGE_PORT):
        return bool(option.type.words(option.word, step.resource.values[option.name]))
    if isinstance(kind, Phrase):
        return True
    return option.name in dict(step.resource.told)


NAMED_BY_DEV = {(BRIDGE_PORT, "link"), (VLAN_TUNNEL, "link"), (VLAN_TUNNEL, "vid")}
"""Rows whose word is the frame's."""


@pytest.mark.parametrize(("kind", "option"), ROWS)
def test_every_row_of_every_table(kind: Kind | Phrase, option: Option) -> None:
    seen = False
    for step in steps(kind, option):
        explanation = explain(command(step))
        assert explanation.known, [m for m in explanation.meanings if not m.known]
        assert tuple(word for meaning in explanation.meanings for word in meaning.words) == command(step)
        if not told(kind, option, step):
            continue
        if option.name == "family":
            seen = seen or "-6" in command(step)
            continue
        found = [m for m in explanation.meanings if option.help.partition(", as NAMESPACE")[0] in m.text]
        seen = seen or any(m.kernel and option.nla in m.kernel for m in found)
    # lo and foreign links are never made; the link of a port is the one that `dev` means.
    # A process is one program that runs another: its options are those of several programs.
    without = (kind in (CARD, LOOPBACK, FOREIGN) and option.name == "name") or (kind, option.name) in NAMED_BY_DEV
    without = without or kind is PROCESS
    assert seen is not without


def test_every_value_that_a_header_carries_has_a_name() -> None:
    for line, words, name in (
        ("ip link set eth0 up", "up", "IFF_UP"),
        ("ip link set eth0 arp off", "arp off", "IFF_NOARP"),
        ("ip neigh add 192.0.2.1 dev e nud permanent", "nud permanent", "ndm_state NUD_PERMANENT"),
        ("bridge fdb add 02:00:00:00:00:01 dev e self static", "self", "NTF_SELF"),
        ("bridge fdb add 02:00:00:00:00:01 dev e self static", "static", "ndm_state NUD_NOARP|NUD_REACHABLE"),
        ("ip route add blackhole 192.0.2.0/24", "blackhole", "rtm_type RTN_BLACKHOLE"),
        ("ip addr add 192.0.2.1/24 dev e scope global", "scope global", "ifa_scope RT_SCOPE_UNIVERSE"),
        ("ip addr add 192.0.2.1/24 dev e scope 7", "scope 7", "ifa_scope"),
        ("ip addr add 192.0.2.1/24 dev e valid_lft 9", "valid_lft 9", "IFA_CACHEINFO.ifa_valid"),
        ("ip route add 192.0.2.0/24 dev e mtu 1400", "mtu 1400", "RTA_METRICS/RTAX_MTU"),
        ("ip link add v type vxlan id 1 remote 2001:db8::1", "remote 2001:db8::1", "IFLA_VXLAN_GROUP6"),
        ("ip link add v type vxlan id 1 ttl inherit", "ttl inherit", "IFLA_VXLAN_TTL_INHERIT"),
        ("ip link add v type vxlan id 1", "add", "RTM_NEWLINK NLM_F_CREATE|NLM_F_EXCL"),
        ("sysctl -w net.ipv4.ip_forward=1", "net.ipv4.ip_forward=1", "/proc/sys/net/ipv4/ip_forward"),
    ):
        assert meaning(line, words).kernel == name


@pytest.mark.parametrize("kind", [NAMESPACE, SYSCTL, LOOPBACK])
def test_things_without_a_message_of_their_own(kind: Kind) -> None:
    resource = Resource(kind, "a", {"name": "lo", "key": "net.ipv4.ip_forward", "value": "1", "up": True})
    for action in Action:
        # Of these, namespaces alone are not changed and lo is nothing else.
        if (action is Action.CHANGE) is (kind is LOOPBACK) or kind is SYSCTL:
            assert explain(command(Step(action, resource, (("up", True),)))).known


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_every_command_of_the_library(file: Path) -> None:
    topology = load(file)
    forth = plan(NetworkState(), topology.state)
    back = plan(topology.state, NetworkState())
    for step in (*forth, *back):
        assert explain(command(step)).known, command(step)
    for in_batches in (False, True):
        found = read_script(script(topology.name, topology.description, topology.state, forth, in_batches=in_batches))
        read = {entry.words for entry in found.commands}
        for step in forth:
            words = command(step)
            # A line of a batch has no program, and no `-n` with the namespace; of sysctls, one command sets many.
            short = {words[1:], words[3:]} & read or ("sysctl" in words and any(words[-1] in other for other in read))
            assert words in read or (in_batches and short)
        for explanation in explain_script(found):
            assert explanation.known, explanation


# ---- what people type ----


TYPED = [
    "ip l",
    "ip link",
    "ip a a 192.0.2.1/24 dev eth0",
    "ip ad add 192.0.2.1 dev eth0 brd +",
    "ip addr add local 192.0.2.1/24 dev eth0 noprefixroute",
    "ip addr change 192.0.2.1/24 dev eth0 valid_lft 300 preferred_lft forever",
    "ip addr show eth0",
    "ip addr sh dev eth0 up scope global",
    "ip a s permanent",
    "ip -4 -br -c a",
    "ip -c=always -s -s -d link show type vxlan",
    "ip --json --details link show master br0",
    "ip -family inet6 route",
    "ip -f inet route list table all",
    "ip r s t all",
    "ip r a default via 192.0.2.1",
    "ip r add 0/0 via inet6 fe80::1 dev eth0 metric 5 onlink",
    "ip route add 192.0.2.0/24 nexthop via 192.0.2.1 dev eth0 weight 2 nexthop via 192.0.2.5",
    "ip route add 192.0.2.0/24 encap ip id 42 dst 192.0.2.9 ttl 4 key dev vx0 mtu lock 1400",
    "ip route change unreachable 192.0.2.0/24",
    "ip route get 192.0.2.1 from 192.0.2.9 iif eth0",
    "ip route get fibmatch 192.0.2.1",
    "ip route flush table 100",
    "ip ru add from all iif eth0 table 7 pref 9",
    "ip rule add not fwmark 0x1/0xff blackhole",
    "ip n",
    "ip ne add 192.0.2.1 lladdr 02:00:00:00:00:01 dev eth0",
    "ip neigh add proxy 192.0.2.1 dev eth0",
    "ip neigh show dev eth0 nud reachable",
    "ip neigh del 192.0.2.1 dev eth0",
    "ip nexthop add id 10 group 1,2/2,3 type resilient buckets 8 fdb",
    "ip link set eth0 up",
    "ip link set dev eth0 up",
    "ip link set name eth7 eth0",
    "ip link set up dev eth0",
    "ip link set eth0 down name eth1",
    "ip link set eth0 netns a",
    "ip link set eth0 address 02:00:00:00:00:01 qlen 9",
    "ip link set eth0 nomaster",
    "ip link set eth0 type bridge_slave learning off state 3",
    "ip link del eth0",
    "ip link delete dev eth0 type veth",
    "ip link add vxlan42 type vxlan vni 42 hoplimit 9 port 1000 2000 noudp6zerocsumtx",
    "ip link add vxlan42 typ vxlan id 0x2a nolearning external",
    "ip link add link eth0 name eth0.5 type vlan protocol 802.1ad id 5 gvrp on",
    "ip link add link eth0 mv0 type macvlan mode bridge",
    "ip link add type veth peer name b netns y mtu 1400",
    "ip link add veth0 type veth peer veth1",
    "ip link add br0 type bridge stp_state 1 vlan_filtering 0",
    "ip link add name type type bridge",
    "ip link help",
    "ip link add type vxlan help",
    "ip maddr",
    "ip m show dev eth0",
    "ip maddr add 33:33:00:00:00:09 dev eth0",
    "ip -6 addr flush dev eth0 scope global",
    "ip a add 2001:db8::1/64 dev eth0 nodad",
    "ip route show 192.0.2.0/24",
    "ip r show default",
    "ip r show match 192.0.2.1",
    "ip r g 192.0.2.1 mark 5 oif eth0",
    "ip route flush cache",
    "ip neigh flush all",
    "ip n show 192.0.2.1",
    "ip n sh nud all",
    "ip -h -s l sh up",
    "ip link show group default",
    "ip -o -4 a sh label eth*",
    "ip rule",
    "ip rule del pref 9",
    "ip -ts monitor neigh",
    "ip netns",
    "ip netns add a",
    "ip netns del a",
    "ip netns list",
    "ip net pids a",
    "ip netns exec a ip netns exec b sudo bridge link",
    "ip -all netns exec ip link",
    "ip -n a -batch - -force",
    "ip -batch file",
    "ip monitor link label all-nsid",
    "ip vrf exec red ip route",
    "sudo ip l",
    "sudo -n -u root ip l",
    "setsid --fork ip netns exec a unshare --pid --fork --kill-child --mount-proc --wd=/ -- python3 -m http.server 80",
    "unshare -n -m ip link",
    "env A=b C=d ip link",
    "setsid -w sleep 1",
    "LC_ALL=C /usr/sbin/ip -o link",
    "bridge fdb",
    "bridge fdb show br br0",
    "bridge f append 00:00:00:00:00:00 dev vx0 dst 192.0.2.1",
    "bridge fdb add 02:00:00:00:00:01 dev eth0 master temp",
    "bridge fdb add 02:00:00:00:00:01 dev eth0 ma stat",
    "bridge fdb flush dev vx0 dynamic",
    "bridge fdb get to 02:00:00:00:00:01 dev vx0 self",
    "bridge link set dev eth0 learning off flood on isolated on",
    "bridge -d -j link show master br0",
    "bridge vlan add vid 10-20 dev eth0 pvid untagged",
    "bridge vlan add dev vx0 vid 10 tunnel_info id 100",
    "bridge -c vlan",
    "bridge mdb add dev br0 port eth0 grp 239.1.1.1 permanent vid 7",
    "bridge vni add vni 100-200 dev vx0",
    "bridge vni delete vni 100 dev vx0",
    "bridge monitor fdb",
    "sysctl net.ipv4.ip_forward",
    "sysctl -w net.ipv4.conf.eth0/5.rp_filter=0",
    "sysctl -a -r rp_filter",
    "ip link set $dev up",
    "ip $@",
]


@pytest.mark.parametrize("line", TYPED)
def test_what_people_type_is_known(line: str) -> None:
    explanation = of(line)
    assert explanation.known, [m for m in explanation.meanings if not m.known]


@pytest.mark.parametrize(
    ("line", "words", "text"),
    [
        ("ip l", "l", "links"),
        ("ip a", "a", "addresses"),
        ("ip n", "n", "neighbours"),
        ("ip r", "r", "routing tables"),
        ("ip ru", "ru", "rules"),
        ("ip net", "net", "namespaces"),
        ("ip link s x up", "s", "change it"),
        ("ip link sh", "sh", "print them"),
        ("ip addr s", "s", "print them"),
        ("ip -b f", "-b f", "read commands"),
        ("ip -br l", "-br", "columns"),
        ("ip -n a l", "-n a", "namespace"),
        ("bridge -c l", "-c", "colours"),
        ("ip link set x arp off", "arp off", ": no"),
        ("ip link set x down", "down", ": no"),
        ("ip link set x type vxlan nolearning", "nolearning", ": no"),
        ("ip link set x type vxlan learning", "learning", ": yes"),
        ("ip link add v type vxlan id 1 port 1 2", "port 1 2", "source ports"),
        ("ip link add v type vxlan id 1 dstport 2", "dstport 2", "destination port"),
        ("bridge fdb show dev x", "dev x", "only:"),
    ],
)
def test_what_a_word_means(line: str, words: str, text: str) -> None:
    assert text in meaning(line, words).text


MISTAKES = [
    ("ip link set eth0 upp", "upp", "did you mean up?"),
    ("ip link set dev eth0 upp", "upp", "did you mean up?"),
    ("ip link add name v0 v1 type bridge", "v1", UNKNOWN),
    ("ip addr show dev eth0 x", "x", UNKNOWN),
    ("ip neigh add 192.0.2.1 192.0.2.2 dev x", "192.0.2.2", UNKNOWN),
    ("ip lnik", "lnik", "did you mean link?"),
    ("setsid --frok ip link", "--frok", "did you mean --fork?"),
    ("unshare --pid --form ip link", "--form", "did you mean --fork?"),
    ("unshare -p env A=b ip lnik", "lnik", "did you mean link?"),
    ("ip link addd x", "addd", "did you mean add?"),
    ("ip link add x type vxlna", "vxlna", "did you mean vxlan?"),
    ("ip link add x type vxlan learnin off", "off", UNKNOWN),
    ("ip link add x type vxlan id 1 mtu 9", "mtu", UNKNOWN),
    ("ip link add x type vxlan id 16777216", "id 16777216", "from 0 to 16777215"),
    ("ip link add x type vxlan id", "id", "from 0 to 16777215"),
    # As ip itself reads it: `a` is short for `address` (iplink_parse() in ip/iplink.c).
    ("ip link add a type veth", "a type", "a unicast MAC address"),
    ("ip link set x mtu many", "mtu many", "'many' is not a whole number"),
    ("ip link set x arp maybe", "arp maybe", "neither on nor off"),
    ("ip addr add 192.0.2.1/24 eth0", "eth0", UNKNOWN),
    ("ip addr add 192.0.2.300/24 dev eth0", "192.0.2.300/24", "an address with its prefix length"),
    ("ip route add 192.0.2.1/24 dev e", "192.0.2.1/24", UNKNOWN),
    ("ip -nope link", "-nope", UNKNOWN),
    ("ip -n", "-n", "missing"),
    ("ip tunnel add x", "tunnel add x", "no tables for"),
    ("ip netns exec a ping 192.0.2.1", "ping", UNKNOWN),
    ("link add x", "link", "did you mean ip link?"),
    ("ifconfig eth0", "ifconfig", UNKNOWN),
    ("brdige fdb", "brdige", "did you mean bridge?"),
    ("bridge vni del vni 5 dev x", "del", UNKNOWN),
    ("bridge link set dev x up", "up", UNKNOWN),
    ("sysctl kernel.hostname=x", "kernel.hostname=x", "sysctl below net."),
    ("ip link add x $what type", "type", "the kind of link"),
]


@pytest.mark.parametrize(("line", "words", "text"), MISTAKES)
def test_what_is_not_known_is_said_to_be(line: str, words: str, text: str) -> None:
    found = meaning(line, words)
    assert not found.known and text in found.text
    assert not of(line).known


# ---- scripts ----

SCRIPT = r"""#!/bin/sh
# ip link add commented out
set -eu
name='a b'
ip() { command ip "$@"; }
if ip link show eth0 >/dev/null 2>&1; then
    ip link \
        set eth0 up # and a comment
fi
for x in 1 2; do bridge fdb show | sort; done
ip link set "$dev" alias 'to the; $spine' && ip a
case $x in a) echo "ip link"; ;; esac
cat <<EOF
ip link add not-a-command
EOF
ip -n lab -batch - <<-'END'
|   link set lo up
|   # a comment
|   addr add 192.0.2.1/24 dev "lo" \
|     scope host
|   END
kill $(ip netns pids a)
trap 'ip netns del a' EXIT
""".replace("|   ", "\t")


def test_a_script() -> None:
    found = read_script(SCRIPT)
    assert [" ".join(command.words) for command in found.commands] == [
        "ip $@",
        "ip link show eth0",
        "ip link set eth0 up",
        "bridge fdb show",
        "ip link set $dev alias to the; $spine",
        "ip a",
        "ip -n lab -batch -",
        "link set lo up",
        "addr add 192.0.2.1/24 dev lo scope host",
    ]
    assert [command.program for command in found.commands][-2:] == ["ip", "ip"]
    assert found.others == 10
    assert all(explanation.known for explanation in explain_script(found))


@pytest.mark.parametrize("text", ["ip link 'set", 'ip "', "ip link \\", "ip ${a", "ip -batch - <<E\nlink 'x\nE\n"])
def test_unbalanced_quotation_marks(text: str) -> None:
    with pytest.raises(ScriptError):
        read_script(text)


def test_noise_is_never_a_traceback() -> None:
    drawn = random.Random(1)  # noqa: S311  nothing is secret
    pieces = [
        "ip ",
        "link ",
        "add ",
        "'",
        '"',
        "$(",
        ")",
        "`",
        "\\",
        "\n",
        "<<E",
        ">",
        "&",
        "é",
        "\0",
        "\x1b[2J",
        "type ",
    ]
    for _ in range(2000):
        text = "".join(drawn.choices(pieces, k=12))
        try:
            for explanation in explain_script(read_script(text)):
                assert all(line.isprintable() for line in lines(explanation))
        except ScriptError as error:
            assert str(error)


@pytest.mark.parametrize(
    "line",
    [
        "ip",
        "ip " + "x" * 1_000_000,
        "ip link " + "x " * 200_000,
        "ip link set " + "up " * 100_000,
        "ip " + "$(" * 300_000,
        "ip " + "${a}" * 300_000,
        "ip " + "a'b'" * 30_000,
        "ip l;" * 20_000,
    ],
)
def test_a_long_line_is_read_in_a_moment(line: str) -> None:
    for explanation in explain_script(read_script(line)):
        assert max(map(len, lines(explanation))) < 500


# ---- the command ----


def vxlab(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    wide = {**os.environ, "COLUMNS": "200"}
    return forked.run("explain", *words, timeout=60, input=given, text=False, cwd=ROOT, env=wide)


@pytest.mark.parametrize(
    ("words", "given", "status"),
    [
        (("ip", "-n", "a", "link", "set", "x", "up"), b"", 0),
        (("--", "ip", "-6", "r"), b"", 0),
        (("ip link set x up; ip a",), b"", 0),
        (("ip", "-h"), b"", 0),
        (("ip", "link", "set", "x", "upp"), b"", 1),
        ((), b"ip link\nip a\n", 0),
        (("-",), b"echo hello\nip link\n", 0),
        ((), b"ip link nonsense\n", 1),
        ((), b"", 2),
        (("",), b"", 2),
        (("  ",), b"", 2),
        (("-",), b"echo hello\n", 2),
        ((), b"ip link 'set", 2),
        ((), bytes(range(256)) * 4, 2),
        (("ip", "\udcff"), b"", 1),
    ],
)
def test_exit_status(words: tuple[str, ...], given: bytes, status: int) -> None:
    ended = vxlab(*words, given=given)
    assert ended.returncode == status, ended
    assert b"Traceback" not in ended.stderr and b"should not happen" not in ended.stderr
    assert (status == 2) == (ended.stdout == b"")
    assert status != 2 or ended.stderr.count(b"\n") == 1


def test_what_is_printed() -> None:
    ended = vxlab("ip", "link", "set", "x", "up")
    assert ended.stdout.decode().splitlines() == [
        "ip link set x up",
        "  ip    the program for links, addresses, routes, neighbours and namespaces (iproute2)",
        "  link  links: network interfaces",
        "  set   change it (RTM_NEWLINK)",
        "  x     the link that is meant (ifi_index)",
        "  up    whether the interface is enabled: yes (IFF_UP)",
    ]


def test_json() -> None:
    ended = vxlab("--json", "ip", "link", "set", "x", "upp")
    assert ended.returncode == 1
    data = json.loads(ended.stdout)
    assert data["known"] is False and data["others"] == 0
    (found,) = data["commands"]
    assert found["command"] == ["ip", "link", "set", "x", "upp"] and found["known"] is False
    assert [word["words"] for word in found["words"]] == [["ip"], ["link"], ["set"], ["x"], ["upp"]]
    assert found["words"][3]["kernel"] == "ifi_index" and found["words"][1]["kernel"] is None
    assert found["words"][4]["known"] is False


def test_the_sheet_is_explained() -> None:
    sheet = forked.run("cheatsheet", "topologies/multicast.yaml", timeout=60, text=False, cwd=ROOT)
    ended = vxlab(given=sheet.stdout)
    assert ended.returncode == 0 and b"IFLA_VXLAN_GROUP" in ended.stdout
    assert b"not explained" in ended.stderr
