"""Quantities with a unit, in the words of tc(8): times, rates, and shares in percent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from vxlab.state.types.base import Type, Value

_U32 = 2**32 - 1


class Quantity(Type):
    """A number with a unit. The canonical value is a whole number with the largest unit that allows one."""

    units: ClassVar[Mapping[str, Decimal]]
    """How many of what the kernel counts each unit is, the smallest first."""

    also: ClassVar[Mapping[str, str]] = {}
    """What else tc calls a unit."""

    zero: ClassVar[str]
    most: ClassVar[int]
    """The largest number, of what the kernel counts."""

    def parse(self, raw: object) -> str:
        found = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,9})?) ?([A-Za-z]+)", raw) if isinstance(raw, str) else None
        unit = found[2].lower() if found else ""
        size = self.units.get(self.also.get(unit, unit))
        if not found or size is None:
            raise self.wrong(raw)
        count = Decimal(found[1]) * size
        if count != int(count) or count > self.most:
            raise self.wrong(raw)
        return self._text(int(count))

    def _text(self, count: int) -> str:
        if not count:
            return self.zero
        name, size = [(name, size) for name, size in self.units.items() if count % size == 0][-1]
        return f"{int(count / size)}{name}"

    def count(self, value: Value) -> int:
        """How many of what the kernel counts a canonical value is."""
        number, unit = re.split(r"(?<=[0-9])(?=[a-z])", str(value))
        return int(int(number) * self.units[unit])

    def schema(self) -> dict[str, object]:
        # JSON Schema has no flag for it: capitals and small letters are the same.
        words = (re.sub("[a-z]", lambda c: f"[{c[0]}{c[0].upper()}]", word) for word in (*self.units, *self.also))
        return {"type": "string", "pattern": f"^[0-9]{{1,12}}(\\.[0-9]{{1,9}})? ?({'|'.join(words)})$"}

    def from_word(self, word: str) -> Value:
        return self.parse(word)

    def to_netlink(self, value: Value) -> object:
        return self.count(value)

    def from_netlink(self, raw: Any) -> str:
        return self._text(int(raw))


class Duration(Quantity):
    """A time; nanoseconds in netlink."""

    says = "a time with its unit such as 10ms or 1.5s, of a minute at most"
    example = "10ms"
    units: ClassVar[Mapping[str, Decimal]] = {
        "ns": Decimal(1),
        "us": Decimal(10**3),
        "ms": Decimal(10**6),
        "s": Decimal(10**9),
    }
    also: ClassVar[Mapping[str, str]] = {
        "nsec": "ns", "nsecs": "ns", "usec": "us", "usecs": "us", "msec": "ms", "msecs": "ms", "sec": "s", "secs": "s",
    }  # fmt: skip
    zero = "0s"
    most = 60 * 10**9

    def seconds(self, value: Value) -> float:
        return self.count(value) / 10**9


class Rate(Quantity):
    """Bits in a second; whole bytes in netlink, in a structure (struct tc_netem_rate)."""

    says = "a rate with its unit such as 10mbit or 512kbit, in whole bytes, of 1000gbit at most; or 0bit for no limit"
    example = "10mbit"
    units: ClassVar[Mapping[str, Decimal]] = {
        "bit": Decimal("0.125"), "kbit": Decimal(125), "mbit": Decimal(125 * 10**3), "gbit": Decimal(125 * 10**6),
    }  # fmt: skip
    zero = "0bit"
    most = 125 * 10**9

    def in_place(self, have: Value, wanted: Value) -> bool:  # noqa: ARG002  it is the wish that counts
        # What is not said stays (netem_change() in net/sched/sch_netem.c).
        return wanted != self.zero

    def attributes(self, nla: str, value: Value) -> list[tuple[str, object]]:
        # What is too large for the structure has an attribute of its own besides (netem_change()).
        count = self.count(value)
        return [(nla, {"rate": min(count, _U32)}), *([(f"{nla}64", count)] if count > _U32 else [])]

    def gather(self, nla: str, get: Callable[[str], Any]) -> Any:
        structure = get(nla)
        return get(f"{nla}64") or (structure["rate"] if structure else None)


class Percent(Type):
    """A share of all, in percent; of 2**32 - 1 in netlink."""

    says = "a share such as 5% or 0.1%, from 0 to 100"
    example = "5%"

    def parse(self, raw: object) -> str:
        text = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
        found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%?", text) if isinstance(text, str) else None
        if not found or Decimal(found[1]) > 100:
            raise self.wrong(raw)
        return self._text(Decimal(found[1]))

    @staticmethod
    def _text(share: Decimal) -> str:
        return f"{share.normalize():f}%"

    def share(self, value: Value) -> float:
        """A canonical value as a number from 0 to 1."""
        return float(Decimal(str(value).removesuffix("%")) / 100)

    def schema(self) -> dict[str, object]:
        pattern = r"^[0-9]{1,3}(\.[0-9]{1,6})? ?%?$"
        return {"type": ["string", "number"], "minimum": 0, "maximum": 100, "pattern": pattern}

    def from_word(self, word: str) -> Value:
        return self.parse(word)

    def to_netlink(self, value: Value) -> object:
        return round(self.share(value) * _U32)

    def from_netlink(self, raw: Any) -> str:
        return self._text(round(Decimal(int(raw)) * 100 / _U32, 6))
