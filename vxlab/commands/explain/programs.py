"""The programs whose commands are explained: ip(8), bridge(8), tc(8), sysctl(8), and sudo before them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from vxlab.commands import grammar
from vxlab.commands.explain import extra, running
from vxlab.commands.explain.lexicon import Lexicon, abbreviated, read
from vxlab.commands.explain.objects import (
    BRIDGE_NAMES,
    BRIDGE_OBJECTS,
    IP_NAMES,
    IP_OBJECTS,
    TC_NAMES,
    TC_OBJECTS,
    Object,
)
from vxlab.commands.explain.reader import Reader
from vxlab.commands.explain.values import from_shell, problem
from vxlab.state.kinds import NAMESPACE, SYSCTL
from vxlab.state.kinds.sysctl import path_of


class Switch(NamedTuple):
    """An option that stands before the object."""

    text: str
    kernel: str = ""
    values: int = 0


_NETNS = Switch("in this network namespace", "setns(2) CLONE_NEWNET", 1)
_BATCH = Switch("read commands from this file, one a line; - is standard input", "", 1)
_FAMILY = Switch("for this address family: inet, inet6, bridge, mpls or link", "AF_*", 1)
_COMMON = {
    "-4": Switch("IPv4 alone", "AF_INET"),
    "-6": Switch("IPv6 alone", "AF_INET6"),
    "-family": _FAMILY,
    "-netns": _NETNS,
    "-batch": _BATCH,
    "-color": Switch("with colours"),
    "-details": Switch("with all details"),
    "-force": Switch("go on with a batch after an error"),
    "-help": Switch("print the syntax"),
    "-json": Switch("print JSON"),
    "-oneline": Switch("one line for each thing"),
    "-pretty": Switch("print JSON in lines that can be read"),
    "-statistics": Switch("with counters; twice for more of them"),
    "-stats": Switch("with counters; twice for more of them"),
    "-timestamp": Switch("the time of each change"),
    "-Version": Switch("print the version of iproute2"),
    "--": Switch("the end of the options"),
}
_IP_SWITCHES = {
    **_COMMON,
    "-0": Switch("link-layer addresses alone", "AF_PACKET"),
    "-B": Switch("what belongs to bridges alone", "AF_BRIDGE"),
    "-M": Switch("MPLS alone", "AF_MPLS"),
    "-all": Switch("in every network namespace that ip netns lists"),
    "-brief": Switch("in columns, one line for each thing"),
    "-echo": Switch("print what the kernel made of it", "NLM_F_ECHO"),
    "-human": Switch("with units"),
    "-human-readable": Switch("with units"),
    "-iec": Switch("with units of 1024"),
    "-loops": Switch("how often flush tries again", "", 1),
    "-Numeric": Switch("numbers, not names"),
    "-rcvbuf": Switch("the size of the netlink socket's buffer", "SO_RCVBUF", 1),
    "-resolve": Switch("names of hosts, not addresses"),
    "-tshort": Switch("the time of each change, in short"),
}
# In the order in which each looks for what an abbreviation means (main() in ip/ip.c and bridge/bridge.c).
_IP_ORDER = (
    "-loops -family -human -human-readable -iec -stats -statistics -details -resolve -oneline -timestamp -tshort "
    "-Version -force -batch -brief -json -pretty -rcvbuf -color -help -netns -Numeric -all"
)
_BRIDGE_SWITCHES = {**_COMMON, "-compressvlans": Switch("ranges of VLANs in one line")}
_BRIDGE_ORDER = (
    "-help -Version -stats -statistics -details -oneline -timestamp -family -netns -color -compressvlans -force -json "
    "-pretty -batch"
)

_TC_SWITCHES = {
    **{name: _COMMON[name] for name in _COMMON if name not in ("-4", "-6", "-family", "--")},
    "-raw": Switch("with handles in hexadecimal"),
    "-graph": Switch("classes as a tree"),
    "-iec": Switch("with units of 1024"),
    "-names": Switch("names of classes, from a file"),
    "-conf": Switch("the file that those names are in", "", 1),
    "-Numeric": Switch("numbers, not names"),
    "-tshort": Switch("the time of each change, in short"),
    "-brief": Switch("in brief"),
}
_TC_ORDER = (
    "-stats -statistics -details -raw -pretty -graph -Version -iec -help -force -batch -netns -Numeric -names -conf "
    "-color -timestamp -tshort -json -oneline -brief"
)

_OTHER_OBJECTS = "another object of ip, which vxlab has no tables for"


def _switches(reader: Reader, known: Mapping[str, Switch], order: str) -> None:
    while reader:
        if reader.left > 1 and reader.skip_shell():
            continue
        if not reader.peek().startswith("-"):
            return
        name = _switch_name(reader.peek(), known, order)
        _read_switch(reader, known.get(name), known)
        reader.switches.add(name)
        if name == "--":
            return


def _read_switch(reader: Reader, switch: Switch | None, known: Mapping[str, Switch]) -> None:
    if switch is None:
        reader.take_unknown(known)
    elif reader.left <= switch.values:
        reader.take(1, f"{switch.text}; what it is for is missing", switch.kernel, known=False)
    else:
        reader.take(1 + switch.values, switch.text, switch.kernel)


def _switch_name(word: str, known: Mapping[str, Switch], order: str) -> str:
    if word in known:
        return word
    # `--json` is `-json`, and `-c=always` is `-color` (matches_color() in lib/color.c).
    name = re.sub(r"=(always|auto|never)$", "", word.removeprefix("-") if word.startswith("--") else word)
    name = name if len(name) > 1 else ""
    found = abbreviated(name, order)
    return found if found == "-color" or "=" not in word else ""


def ip(reader: Reader) -> None:
    """Read the words behind ``ip``."""
    reader.switches.clear()
    _switches(reader, _IP_SWITCHES, _IP_ORDER)
    if not reader:
        return
    name = abbreviated(reader.peek(), IP_NAMES)
    if name in _IP_MORE:
        text, handler = _IP_MORE[name]
        reader.take(1, text)
        handler(reader)
    elif name and name not in IP_OBJECTS:
        reader.take_unknown(why=f": {name} is {_OTHER_OBJECTS}", count=reader.left)
    else:
        _object(reader, IP_OBJECTS.get(name), IP_NAMES)


def bridge(reader: Reader) -> None:
    """Read the words behind ``bridge``."""
    _switches(reader, _BRIDGE_SWITCHES, _BRIDGE_ORDER)
    if not reader:
        return
    name = abbreviated(reader.peek(), BRIDGE_NAMES)
    if name in ("monitor", "help"):
        text, handler = _IP_MORE[name]
        reader.take(1, text)
        handler(reader)
    else:
        _object(reader, BRIDGE_OBJECTS.get(name), BRIDGE_NAMES)


def tc(reader: Reader) -> None:
    """Read the words behind ``tc``."""
    _switches(reader, _TC_SWITCHES, _TC_ORDER)
    if reader:
        _object(reader, TC_OBJECTS.get(abbreviated(reader.peek(), TC_NAMES)), TC_NAMES)


def _object(reader: Reader, found: Object | None, names: str) -> None:
    if found is None:
        if not reader.skip_shell():
            reader.take_unknown(names.split())
        read(reader, Lexicon())
        return
    reader.take(1, found.text)
    found.read(reader)


def _netns(reader: Reader) -> None:
    """Read the words behind ``ip netns`` (do_netns() in ip/ipnetns.c)."""
    if not reader:
        return
    verb = abbreviated(reader.peek(), "list show lst list-id help add set delete identify pids exec monitor attach")
    if verb not in _NETNS_VERBS:
        reader.take_unknown(_NETNS_VERBS, why=" as something to do with namespaces")
        read(reader, Lexicon())
        return
    text, kernel, names = _NETNS_VERBS[verb]
    reader.take(1, text, kernel)
    # With -all there is no name (do_netns() in ip/ipnetns.c).
    for name in () if "-all" in reader.switches else names[: reader.left]:
        reader.take(1, name)
    if verb == "exec" and reader:
        command(reader)
        return
    read(reader, Lexicon())


_NAME = "the name of the network namespace"
_NETNS_VERBS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "add": (f"make {NAMESPACE.help}, and a file below /run/netns for its name", "unshare(2) CLONE_NEWNET", (_NAME,)),
    "delete": ("remove the name; the namespace goes when nothing uses it any more", "umount(2)", (_NAME,)),
    "exec": ("run a command in a network namespace", "setns(2) CLONE_NEWNET", (_NAME,)),
    "list": ("print the names of network namespaces", "", ()),
    "show": ("print the names of network namespaces", "", ()),
    "lst": ("print the names of network namespaces", "", ()),
    "list-id": ("print the ids that this namespace has for others", "RTM_GETNSID", ()),
    "pids": ("print the processes in a network namespace", "", (_NAME,)),
    "identify": ("print the name of a process's network namespace", "", ("the id of the process",)),
    "attach": ("give the network namespace of a process a name", "mount(2)", (_NAME, "the id of the process")),
    "set": ("give a namespace an id here", "RTM_NEWNSID", (_NAME, "the id (NETNSA_NSID), or auto")),
    "monitor": ("print each name as it comes and goes", "inotify(7)", ()),
    "help": ("print the syntax of netns", "", ()),
}


def _vrf(reader: Reader) -> None:
    """Read the words behind ``ip vrf`` (do_ipvrf() in ip/ipvrf.c)."""
    if not reader:
        return
    verb = abbreviated(reader.peek(), "identify pids exec show lst list help")
    if verb in ("show", "lst", "list"):
        reader.take(1, "print the VRFs and their tables", "RTM_GETLINK")
        if reader:
            reader.take(1, "the VRF")
    elif verb == "exec" and reader.left > 2:
        reader.take(1, "run a command whose sockets belong to a VRF", "BPF_CGROUP_INET_SOCK_CREATE")
        reader.take(1, "the VRF")
        command(reader)
        return
    elif verb == "help":
        reader.take(1, "print the syntax of vrf")
    read(reader, Lexicon())


def _monitor(reader: Reader) -> None:
    lexicon = Lexicon(
        (*extra.MONITORED, extra.ALL_NSID, extra.MONITOR_FILE, extra.DEV),
        prefixes="file label link address maddress route mroute prefix neigh netconf rule nsid nexthop all-nsid help",
    )
    read(reader, lexicon)


def _help(reader: Reader) -> None:
    read(reader, Lexicon())


_IP_MORE: dict[str, tuple[str, Callable[[Reader], None]]] = {
    grammar.NETNS: ("network namespaces", _netns),
    "vrf": ("VRFs: routing tables that links belong to", _vrf),
    "monitor": ("print changes as they happen", _monitor),
    "help": ("print the syntax", _help),
}

_SYSCTL_SWITCHES = {
    "w": "set, not only print", "q": "print nothing when it is set", "e": "say nothing of keys that are not there",
    "n": "print values without keys", "N": "print keys without values", "a": "print all keys", "A": "print all keys",
    "p": "set what a file says", "r": "only keys that match a pattern", "b": "print the value alone, without a newline",
}  # fmt: skip


def sysctl(reader: Reader) -> None:
    """Read the words behind ``sysctl``."""
    takes = ""
    while reader:
        word = reader.peek()
        letters = word[1:]
        if word.startswith("-") and letters and set(letters) <= set(_SYSCTL_SWITCHES):
            reader.take(1, "; ".join(_SYSCTL_SWITCHES[letter] for letter in dict.fromkeys(letters)))
            takes = letters[-1] if letters[-1] in "pr" else takes
        elif takes:
            reader.take(1, "the file" if takes == "p" else "the pattern")
            takes = ""
        else:
            _setting(reader)


def _setting(reader: Reader) -> None:
    """Read a key, or ``key=value``."""
    key, sets, value = reader.peek().partition("=")
    row, told = SYSCTL.table["key"], SYSCTL.table["value"]
    wrong = problem(row, [key]) or (problem(told, [value]) if sets and value else "")
    if wrong:
        reader.take_unknown(why=f": {wrong}")
        return
    text = f"{SYSCTL.help}: {row.help}" + (f", and {told.help}" if sets else "")
    reader.take(1, text, "" if from_shell(key) else f"/proc/sys/{path_of(key)}")


_SUDO_SWITCHES = {"-E": 0, "-H": 0, "-n": 0, "-S": 0, "-b": 0, "--": 0, "-u": 1, "-g": 1}


def _sudo(reader: Reader) -> None:
    while reader.peek() in _SUDO_SWITCHES:
        reader.take(1 + _SUDO_SWITCHES[reader.peek()], "an option of sudo itself")
    if reader:
        command(reader)


PROGRAMS: dict[str, tuple[str, Callable[[Reader], None]]] = {
    "ip": ("the program for links, addresses, routes, neighbours and namespaces (iproute2)", ip),
    "bridge": ("the program for bridges, forwarding databases and VLANs (iproute2)", bridge),
    "tc": ("the program for traffic control: what becomes of frames that links are to send (iproute2)", tc),
    "sysctl": ("the program for settings of the kernel (procps)", sysctl),
    "setsid": (
        "run what stands behind it in a session of its own",
        running.setsid,
    ),
    "unshare": (
        "run what stands behind it in namespaces of its own",
        running.unshare,
    ),
    "env": ("run what stands behind it in another environment", running.env),
    "sudo": ("run what stands behind it as root", _sudo),
}
ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")


def program_name(word: str) -> str:
    """The program that a word runs, without the place where it is; empty where vxlab does not explain it."""
    name = word.rpartition("/")[2]
    return name if name in PROGRAMS else ""


def command(reader: Reader) -> None:
    """Read a whole command."""
    while ASSIGNMENT.match(reader.peek()):
        reader.take(1, "an environment variable of the command")
    if not reader:
        return
    name = program_name(reader.peek())
    if not name:
        _not_explained(reader)
        return
    text, handler = PROGRAMS[name]
    reader.take(1, text)
    handler(reader)


def _not_explained(reader: Reader) -> None:
    """Say of a command that it is none of those; it may be one whose first word was forgotten."""
    word = reader.peek()
    forgotten = [
        program
        for program, names in (("ip", IP_OBJECTS), ("bridge", BRIDGE_OBJECTS), ("tc", TC_OBJECTS))
        if word in names
    ]
    why = f", which explains {', '.join(PROGRAMS)}"
    if forgotten:
        why += f"; did you mean {forgotten[0]} {word}?"
    reader.take_unknown(PROGRAMS if not forgotten else (), why=why)
    if reader:
        reader.take_unknown(count=reader.left)
