"""Numbers of which a run can be named at once: VLANs 10-4009, VNIs 100-199."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vxlab.state.types.base import Type, Value


@dataclass(eq=False, repr=False)
class Numbers(Type):
    """A whole number, or all of them from one to another as A-B. A run of one is that number."""

    low: int
    high: int
    what: str = ""

    @property
    def example(self) -> int:  # type: ignore[override]
        return min(self.high, max(self.low, 10))

    @property
    def expects(self) -> str:
        what = f"{self.what}: " if self.what else ""
        return f"{what}a whole number from {self.low} to {self.high}, or a range of them such as 10-20"

    def parse(self, raw: object) -> Value:
        found = re.fullmatch(r"([0-9]{1,8})-([0-9]{1,8})", raw) if isinstance(raw, str) else None
        if found is None:
            return self._one(raw, raw)
        first, last = (self._one(int(end), raw) for end in found.groups())
        if first > last:
            raise ValueError(f"{raw} runs backwards: write {last}-{first}")
        return run(first, last)

    def _one(self, number: object, raw: object) -> int:
        if isinstance(number, bool) or not isinstance(number, int) or not self.low <= number <= self.high:
            raise self.wrong(raw)
        return number

    def schema(self) -> dict[str, object]:
        pattern = "^[0-9]{1,8}-[0-9]{1,8}$"
        return {"type": ["integer", "string"], "minimum": self.low, "maximum": self.high, "pattern": pattern}

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (*word.split(), str(value))


def run(first: int, last: int) -> Value:
    """The value for all numbers from one to another."""
    return first if first == last else f"{first}-{last}"


def ends(value: Value) -> tuple[int, int]:
    """The first and the last number of a value."""
    first, _, last = str(value).partition("-")
    return int(first), int(last or first)


def numbers(value: Value) -> range:
    """All numbers of a value."""
    first, last = ends(value)
    return range(first, last + 1)


def inside(value: Value, first: int, last: int, of: Value) -> Value:
    """What of a run goes along with the numbers from ``first`` to ``last`` of another run as long, ``of``."""
    start, offset = ends(value)[0], first - ends(of)[0]
    return run(start + offset, start + offset + last - first)
