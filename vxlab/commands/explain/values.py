"""Whether what stands behind an option's word can be its value: by the type that the table has for it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from vxlab.state.kind import Option
from vxlab.state.kinds import ADDRESS, BRIDGE_PORT, FDB, NEIGHBOUR, VXLAN
from vxlab.state.types import Bool, Int, InterfaceAddress, OneOf, Prefix, Type

_OTHERS: dict[Option, frozenset[str]] = {
    ADDRESS.table["broadcast"]: frozenset(("+", "-")),
    BRIDGE_PORT.table["state"]: frozenset(("blocking", "4")),
    FDB.table["state"]: frozenset(("local", "temp")),
    NEIGHBOUR.table["state"]: frozenset(("none", "incomplete", "failed")),
    VXLAN.table["ageing"]: frozenset(("none",)),
    VXLAN.table["maxaddress"]: frozenset(("unlimited",)),
}
"""Words that iproute2 takes and that no state of vxlab holds."""

_ANY = frozenset(("all", "any", "0/0"))
"""How iproute2 spells a prefix of length 0, beside ``default`` (get_prefix_1() in lib/utils.c)."""


def count(option: Option) -> int:
    """How many words stand behind the option's own word."""
    return len(option.type.words("word", option.type.example)) - 1


def from_shell(word: str) -> bool:
    """Whether the shell would put something else in its place, so that nobody can tell what."""
    return "$" in word or "`" in word


def problem(option: Option, words: Sequence[str]) -> str:
    """Why the words cannot be the option's value; empty where they can."""
    if any(map(from_shell, words)) or words[0] in _OTHERS.get(option, ()):
        return ""
    try:
        _parse(option.type, " ".join(words))
    except (ValueError, TypeError) as error:
        return "" if len(words) == 1 and _otherwise(option.type, words[0]) else str(error)
    return ""


def _parse(kind: Type, word: str) -> None:
    if not isinstance(kind, Bool):
        kind.from_word(word)
        return
    spelled = [kind.words("word", value)[-1] for value in (True, False)]
    if word not in spelled:
        raise ValueError(f"{word!r:.60} is neither {spelled[0]} nor {spelled[1]}")


def _otherwise(kind: Type, word: str) -> bool:
    """Whether iproute2 takes a spelling that is not the one of vxlab."""
    if isinstance(kind, Int):
        return _is_number(kind, word)
    if isinstance(kind, OneOf):
        return word.isdecimal() and len(word) < 10 and int(word) in kind.numbers.values()
    if isinstance(kind, Prefix):
        return word in _ANY
    return isinstance(kind, InterfaceAddress) and _is_address(word)


def _is_number(kind: Int, word: str) -> bool:
    try:
        kind.parse(int(word, 0))
    except ValueError:
        return False
    return True


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return True
