"""Values that share one netlink attribute with others: bits of a number, members of a structure.

The encoder puts attributes of one name together: numbers by or, structures member by member.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from vxlab.state.types.base import Bool, Present, Type, Value


@dataclass(eq=False, repr=False)
class Bit(Present):
    """One bit of a number: ``nodad`` in IFA_FLAGS."""

    mask: int = 0

    def to_netlink(self, value: Value) -> object:
        return self.mask if value else 0

    def from_netlink(self, raw: Any) -> bool:
        return bool(int(raw) & self.mask)


@dataclass(eq=False, repr=False)
class MaskedBit(Bool):
    """One bit of a structure that has the bits and a mask of those that are meant: struct br_boolopt_multi."""

    mask: int
    spelling: Bool
    members: tuple[str, str]

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return self.spelling.words(word, value)

    def to_netlink(self, value: Value) -> object:
        bits, mask = self.members
        return {bits: self.mask if value else 0, mask: self.mask}

    def from_netlink(self, raw: Any) -> bool:
        return bool(raw[self.members[0]] & self.mask)


@dataclass(eq=False, repr=False)
class Member(Type):
    """One member of a structure: ``valid_lft`` in struct ifa_cacheinfo."""

    member: str
    type: Type = field(default_factory=Type)

    @property
    def example(self) -> Value:  # type: ignore[override]
        return self.type.example

    @property
    def expects(self) -> str:
        return self.type.expects

    def parse(self, raw: object) -> Value:
        return self.type.parse(raw)

    def schema(self) -> dict[str, object]:
        return self.type.schema()

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return self.type.words(word, value)

    def to_netlink(self, value: Value) -> object:
        return {self.member: self.type.to_netlink(value)}

    def from_netlink(self, raw: Any) -> Value | None:
        return self.type.from_netlink(raw[self.member])

    def same(self, one: Value, other: Value) -> bool:
        return self.type.same(one, other)


class PortRange(Type):
    """UDP or TCP ports from one to another, both included."""

    says = "a range of ports such as 49152-65535"
    example = "49152-65535"
    high = 65535

    def parse(self, raw: object) -> str:
        text = f"{raw}-{raw}" if isinstance(raw, int) and not isinstance(raw, bool) else raw
        found = re.fullmatch(r"([0-9]{1,10})[- ]+([0-9]{1,10})", text) if isinstance(text, str) else None
        if not found or not 0 <= int(found[1]) <= int(found[2]) <= self.high:
            raise self.wrong(raw)
        return f"{int(found[1])}-{int(found[2])}"

    def schema(self) -> dict[str, object]:
        pattern = "^[0-9]{1,10}[- ]+[0-9]{1,10}$"
        return {"type": ["string", "integer"], "minimum": 0, "maximum": self.high, "pattern": pattern}

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (word, *str(value).split("-"))

    def to_netlink(self, value: Value) -> object:
        low, high = str(value).split("-")
        return {"low": int(low), "high": int(high)}

    def from_netlink(self, raw: Any) -> str | None:
        return f"{raw['low']}-{raw['high']}"
