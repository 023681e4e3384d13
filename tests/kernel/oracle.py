"""What iproute2 says of a whole namespace, in a form in which two of them compare."""

import json
import time
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from tests.kernel.conftest import run, seen

QUESTIONS = {
    "link": ("ip", "link", "show"),
    "addr -4": ("ip", "-4", "addr", "show"),
    "addr -6": ("ip", "-6", "addr", "show"),
    "route -4": ("ip", "-4", "route", "show", "table", "all"),
    "route -6": ("ip", "-6", "route", "show", "table", "all"),
    "rule -4": ("ip", "-4", "rule", "show"),
    "rule -6": ("ip", "-6", "rule", "show"),
    "neigh -4": ("ip", "-4", "neigh", "show", "nud", "all"),
    "neigh -6": ("ip", "-6", "neigh", "show", "nud", "all"),
    "proxy -4": ("ip", "-4", "neigh", "show", "proxy"),
    "proxy -6": ("ip", "-6", "neigh", "show", "proxy"),
    "nexthop": ("ip", "nexthop", "show"),
    "bridge link": ("bridge", "link", "show"),
    "fdb": ("bridge", "fdb", "show"),
    "mdb": ("bridge", "mdb", "show"),
    "vni": ("bridge", "vni", "show"),
    "vlan": ("bridge", "vlan", "show"),
    "qdisc": ("tc", "qdisc", "show"),
}

LEFT_OUT = {
    "ifindex": "an index: vxlab chooses them, ip lets the kernel choose",
    "index": "an index",
    "link_index": "an index",
    "link_netnsid": "the kernel numbers peer namespaces as they come",
    "link": "an index, put into words where another link of the node happens to have it (see PORTS)",
    "*_timer, *_life_time": "time that runs, but for lifetimes without an end",
    "learned FDB entries": "they come with the reports that links send when they come up, at random times",
    "neighbours": "those that were found out, and groups: they come and go",
    "state of a managed neighbour": "the kernel asks for it again and again",
    "mdb": "members that links reported: they come with reports too",
    "handle": "a number that the kernel gives to a queueing discipline",
    "refcnt": "what uses a discipline: a link that goes up or down lets go of it when it comes to that",
    "linkdown": "whether the link of a route has a carrier: it is told of the link, and of routes a moment later",
}
"""Everything that is not compared, and why."""

HISTORY = {
    "qdisc": "a link that was up keeps the one that it got then",
    "tso_max_size": "a bridge takes it from its ports, and keeps it when they have left",
    "id": "of a port: a bridge numbers its ports as they come",
    "no": "of a port",
    "designated_port": "of a port",
    "port_no": "of a port",
}
"""What is not compared beside that where one of two labs was another one before. An ``id`` that is a number is."""

_FOREVER = 2**32 - 1

PORTS = ("bridge link", "addr -4", "addr -6")
"""Answers in which ``link`` is left out; that of `ip link` is compared."""


World = dict[str, dict[str, Any]]
"""The answers to all questions, by namespace and question."""


def ask(namespace: str, *words: str) -> Any:
    """What ``ip`` or ``bridge`` answers, with all details."""
    program, *rest = words
    answer = run(program, "-n", namespace, "-j", "-d", *rest, status=None)
    if answer.returncode and "not supported" in answer.stderr:
        # No bridge of this kernel has VLANs, and so none has another one.
        _LACKING.add(words)
        return []
    return json.loads(seen(answer, 0).stdout or "[]")


_LACKING: set[tuple[str, ...]] = set()
"""Questions that this kernel has no answer to."""


def ask_all(namespace: str) -> dict[str, Any]:
    """The answers to all QUESTIONS, one process for those that one can answer."""
    told: dict[str, Any] = {what: [] for what, words in QUESTIONS.items() if words in _LACKING}
    questions = {what: words for what, words in QUESTIONS.items() if what not in told}
    for front in dict.fromkeys(map(_front, questions.values())):
        asked = {what: words[len(front) :] for what, words in questions.items() if _front(words) == front}
        program, *options = front
        lines = "".join(" ".join(words) + "\n" for words in asked.values())
        batch = run(program, "-n", namespace, *options, "-j", "-d", "-batch", "-", status=None, input=lines)
        answers = batch.stdout.splitlines()
        if batch.returncode == 0 and len(answers) == len(asked):
            told |= zip(asked, map(json.loads, answers), strict=True)
        else:
            told |= {what: ask(namespace, *QUESTIONS[what]) for what in asked}
    return told


def _front(words: tuple[str, ...]) -> tuple[str, ...]:
    """The program with its options."""
    return words[: 2 if words[1].startswith("-") else 1]


def settled(*namespaces: str) -> None:
    """Wait until the kernel has told of each link that is up whether it can carry frames (net/core/link_watch.c), and
    has looked whether somebody else has its addresses (RFC 4862): of the links of all namespaces at once.
    """
    while any(map(_is_unsettled, namespaces)):
        time.sleep(0.02)


def _is_unsettled(namespace: str) -> bool:
    return any(map(_is_in_between, ask(namespace, "ip", "addr", "show")))


def _is_in_between(link: dict[str, Any]) -> bool:
    flags = {*link["flags"]}
    if "UP" not in flags:
        return False
    asks = any(address.get("tentative") for address in link["addr_info"])
    kind = link.get("linkinfo", {}).get("info_kind")
    # These take the state of another link in the end; until then they say that they do not know.
    unknown = kind in ("macvlan", "veth") and link.get("operstate") == "UNKNOWN"
    return ("LOWER_UP" in flags) == ("NO-CARRIER" in flags) or ((asks or unknown) and "LOWER_UP" in flags)


def world(namespaces: Iterable[str]) -> World:
    """Everything that iproute2 tells of namespaces, but for what is LEFT_OUT."""
    namespaces = [*namespaces]
    while True:
        settled(*namespaces)
        raw = {name: ask_all(name) for name in namespaces}
        # Meanwhile a link may have got its carrier, and begun to look for its addresses.
        if not any(map(_is_unsettled, namespaces)):
            break
    macs = {link.get("address") for told in raw.values() for link in told["link"]}
    return {name: _steady(told, macs) for name, told in raw.items()}


_LEARNED = (None, "", "stale")
"""What `bridge fdb` says of the state of an entry that was learned: that it has become too old, or nothing."""


def _steady(told: dict[str, Any], macs: set[str]) -> dict[str, Any]:
    """Without what is learned, and what comes and goes with the reports that links send."""
    told["fdb"] = [entry for entry in told["fdb"] if entry.get("state") not in _LEARNED or entry["mac"] not in macs]
    told["mdb"] = [entry for device in told["mdb"] for entry in device["mdb"] if entry["state"] == "permanent"]
    for what in ("neigh -4", "neigh -6"):
        told[what] = [_without_finding(entry) for entry in told[what] if _is_made(entry)]
    for what in PORTS:
        told[what] = [{key: value for key, value in link.items() if key != "link"} for link in told[what]]
    return {what: plain(answer) for what, answer in told.items()}


def _is_made(entry: dict[str, Any]) -> bool:
    """Whether a neighbour entry is one that somebody made: groups and what was resolved come by themselves."""
    return "PERMANENT" in entry["state"] or any(flag in entry for flag in ("extern_learn", "managed"))


def _without_finding(entry: dict[str, Any]) -> dict[str, Any]:
    """A neighbour entry without what the kernel has found out of it by itself."""
    return {key: value for key, value in entry.items() if key != "state" or "managed" not in entry}


def plain(answer: Any) -> Any:
    """Without what is left out and what counts down; lists in one order."""
    if isinstance(answer, list):
        kept = (plain(item) for item in answer if item != "linkdown")
        return sorted(kept, key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(answer, dict):
        return {key: plain(value) for key, value in answer.items() if not _is_left_out(key, value)}
    return answer


def _is_left_out(key: str, value: Any) -> bool:
    counts_down = key.endswith("_timer") or (key.endswith("_life_time") and value != _FOREVER)
    return counts_down or (key in LEFT_OUT and key != "link")


def _is_number(key: str, value: Any) -> bool:
    """Of a VNI, a nexthop: the id of a port is text."""
    return key == "id" and isinstance(value, int)


def without_history(answer: Any) -> Any:
    """The same without HISTORY."""
    if isinstance(answer, list):
        return sorted((without_history(item) for item in answer), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(answer, dict):
        kept = {key: value for key, value in answer.items() if key not in HISTORY or _is_number(key, value)}
        return {key: without_history(value) for key, value in kept.items()}
    return answer


def apart(one: World, other: World, *left_out: str, history: bool = True) -> list[str]:
    """In what two worlds differ, in the namespaces that both have; without ``history``, but for HISTORY."""
    both = sorted(one.keys() & other.keys())
    assert both, "nothing to compare"
    if not history:
        one, other = without_history(one), without_history(other)
    return [f"{name}: {text}" for name in both for text in differences(one[name], other[name], *left_out)]


def differences(one: dict[str, Any], other: dict[str, Any], *left_out: str) -> list[str]:
    """The answers in which two namespaces differ, each with what only one of them has."""
    found = []
    for what in one.keys() - set(left_out):
        left, right = _only(one[what], other[what]), _only(other[what], one[what])
        if left or right or len(one[what]) != len(other[what]):
            pairs = [_apart(a, b) for a, b in zip_longest(left, right)]
            found.append(f"{what}: {json.dumps(pairs)}")
    return found


def _only(ones: list[Any], others: list[Any]) -> list[Any]:
    """Those that are not among the others: of thousands, by their texts."""
    known = {json.dumps(item, sort_keys=True) for item in others}
    return [item for item in ones if json.dumps(item, sort_keys=True) not in known]


def _apart(one: Any, other: Any) -> Any:
    """What two things have that is not the same, with what tells which they are."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return [one, other]
    keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
    named = {key: one[key] for key in ("ifname", "dst", "mac") if key in one and key not in keys}
    return {**named, **{key: _apart(one.get(key), other.get(key)) for key in keys}}
