"""The types that an option's value can have: how it is checked, written in a command, and sent by netlink.

Each type is one small class. ``parse`` takes what a topology file holds and returns the canonical value
(always a ``str``, ``int`` or ``bool``, so that states compare and serialise simply) or raises ``ValueError``
with a sentence that says what would be right.

The classes with fields are without repr and equality: to make those for each takes time at every start, and a type is
never compared, for it is a single object in its table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Value = str | int | bool

NOTHING = ""
"""The value of an option that names something, when it names nothing: no master, no group."""


class Type:
    """What every type of value can do. Most override only ``parse``, ``schema`` and ``example``."""

    says = "a value"
    example: Value = ""
    """A value that ``parse`` accepts, for the reference."""

    in_parts = False
    """Whether a list of values is a value too, which ``parse`` puts together."""

    @property
    def has_links(self) -> bool:
        """Whether a value can name links."""
        return type(self).links is not Type.links

    @property
    def expects(self) -> str:
        """What would be right, as the end of the sentence "this is not ..."."""
        return self.says

    def parse(self, raw: object) -> Value:
        raise self.wrong(raw)

    def schema(self) -> dict[str, object]:
        """The JSON Schema of what ``parse`` accepts, as closely as that says it simply, and never less."""
        return {"type": "string"}

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        """How ``ip`` and ``bridge`` spell the option with this value."""
        return (word, str(value)) if word else (str(value),)

    def from_word(self, word: str) -> Value:
        """The canonical value of what stands behind the option's word in a command.

        Raises:
            ValueError: it is no value of this type.
        """
        return self.parse(int(word) if word.isdigit() else word)

    def to_netlink(self, value: Value) -> object:
        return value

    def from_netlink(self, raw: Any) -> Value | None:
        """The canonical value of a netlink attribute, or None where it is not a value of this type."""
        try:
            return self.parse(raw)
        except ValueError:
            return None

    def same(self, one: Value, other: Value) -> bool:
        """Whether two values are one to the kernel."""
        return one == other

    def in_place(self, have: Value, wanted: Value) -> bool:  # noqa: ARG002  most kernel options do not care
        """Whether the kernel changes one value into the other on a thing that exists."""
        return True

    def attributes(self, nla: str, value: Value) -> list[tuple[str, object]]:
        """The netlink attributes of a value: one, or none where it is not there at all."""
        raw = self.to_netlink(value)
        return [] if raw is None else [(nla, raw)]

    def gather(self, nla: str, get: Callable[[str], Any]) -> Any:
        """What ``from_netlink`` takes, from the attributes of a message."""
        return get(nla)

    def links(self, value: Value) -> Iterator[str]:  # noqa: ARG002  only references have some
        """The links of the same namespace that a value names."""
        return iter(())

    def wrong(self, raw: object) -> ValueError:
        return ValueError(f"{shown(raw)} is not {self.expects}")


def shown(raw: object) -> str:
    """A value from a file, short enough and safe to print in a message."""
    if isinstance(raw, dict | list):
        what = "mapping" if isinstance(raw, dict) else "list"
        return f"a {what}" if raw else f"an empty {what}"
    text = {True: "true", False: "false", None: "null"}[raw] if isinstance(raw, bool | None) else ascii(raw)
    return text if len(text) <= 60 else text[:57] + "..."


@dataclass(eq=False, repr=False)
class Int(Type):
    """A whole number within bounds that are included."""

    low: int
    high: int
    unit: str = ""

    @property
    def example(self) -> int:  # type: ignore[override]
        return min(self.high, max(self.low, 10))

    @property
    def expects(self) -> str:
        what = f"a whole number of {self.unit}" if self.unit else "a whole number"
        return f"{what} from {self.low} to {self.high}"

    def parse(self, raw: object) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int) or not self.low <= raw <= self.high:
            raise self.wrong(raw)
        return raw

    def schema(self) -> dict[str, object]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(eq=False, repr=False)
class Centiseconds(Int):
    """A time that iproute2 and the kernel give in hundredths of a second (USER_HZ)."""

    unit: str = "hundredths of a second"

    def same(self, one: Value, other: Value) -> bool:
        # The kernel counts in ticks and rounds down (clock_t_to_jiffies() in kernel/time/time.c).
        return isinstance(one, int) and isinstance(other, int) and abs(one - other) <= 1


class Bool(Type):
    """Yes or no; the subclasses differ in how a command spells it."""

    says = "true or false"
    example = True

    def parse(self, raw: object) -> bool:
        if not isinstance(raw, bool):
            raise self.wrong(raw)
        return raw

    def schema(self) -> dict[str, object]:
        return {"type": "boolean"}

    def to_netlink(self, value: Value) -> object:
        return int(value)

    def from_netlink(self, raw: Any) -> bool:
        return bool(raw)


class Flag(Bool):
    """``learning`` or ``nolearning``."""

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (word if value else f"no{word}",)


class Present(Bool):
    """``gbp`` or nothing; in netlink an attribute without a payload that is there or not."""

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (word,) if value else ()

    def to_netlink(self, value: Value) -> object:
        return True if value else None

    def from_netlink(self, raw: Any) -> bool:
        return raw is not None and raw is not False


class OnOff(Bool):
    """``learning on`` or ``learning off``."""

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (word, "on" if value else "off")


class ZeroOne(Bool):
    """``stp_state 1`` or ``stp_state 0``."""

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (word, str(int(value)))


class UpDown(Bool):
    """``up`` or ``down``."""

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (word if value else "down",)


@dataclass(eq=False, repr=False)
class OneOf(Type):
    """A word out of a list; netlink has a number for each."""

    numbers: Mapping[str, int]

    @property
    def example(self) -> str:  # type: ignore[override]
        return next(iter(self.numbers))

    @property
    def expects(self) -> str:
        return "one of " + ", ".join(self.numbers)

    def parse(self, raw: object) -> str:
        if not isinstance(raw, str) or raw not in self.numbers:
            raise self.wrong(raw)
        return raw

    def schema(self) -> dict[str, object]:
        return {"enum": list(self.numbers)}

    def to_netlink(self, value: Value) -> object:
        return self.numbers[str(value)]

    def from_netlink(self, raw: Any) -> str | None:
        return next((word for word, number in self.numbers.items() if number == raw), None)


@dataclass(eq=False, repr=False)
class Named(Int):
    """A whole number, some of which have names: ``table main``, ``ttl inherit``. The name is the canonical form."""

    names: Mapping[str, int] = field(default_factory=dict)

    @property
    def expects(self) -> str:
        return f"{super().expects}, or one of {', '.join(self.names)}"

    def parse(self, raw: object) -> Value:  # type: ignore[override]
        if isinstance(raw, str) and raw in self.names:
            return raw
        number = super().parse(raw)
        return next((name for name, known in self.names.items() if known == number), number)

    def schema(self) -> dict[str, object]:
        return {"anyOf": [super().schema(), {"enum": list(self.names)}]}

    def to_netlink(self, value: Value) -> int:
        return self.names[value] if isinstance(value, str) else int(value)

    def from_netlink(self, raw: Any) -> Value | None:
        named = next((name for name, known in self.names.items() if known == raw), None)
        return named if named is not None else super().from_netlink(raw)


class Tos(Named):
    """The TOS byte or the traffic class. ``ip`` reads it as hexadecimal, with 0x or without (rtnl_dsfield_a2n())."""

    def __init__(self, **names: int) -> None:
        super().__init__(0, 255, names=names)

    @property
    def expects(self) -> str:
        return super().expects if self.names else Int(self.low, self.high).expects

    def schema(self) -> dict[str, object]:
        return super().schema() if self.names else Int(self.low, self.high).schema()

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (word, value if isinstance(value, str) else f"{value:#x}")

    def from_word(self, word: str) -> Value:
        try:
            return self.parse(word if word in self.names else int(word, 16))
        except ValueError:
            raise self.wrong(word) from None


class Text(Type):
    """A single line of printable text."""

    says = "a line of text"
    example = "words"
    longest = 255

    def parse(self, raw: object) -> str:
        if isinstance(raw, bool) or not isinstance(raw, str | int) or not str(raw).isprintable():
            raise self.wrong(raw)
        if len(str(raw).encode()) > self.longest:
            raise ValueError(f"{shown(raw)} is too long: at most {self.longest} bytes are possible")
        return str(raw)

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "integer"], "maxLength": self.longest}
