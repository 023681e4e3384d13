"""Options inside an option: the next hops of a route, the tunnel header that it adds.

The canonical value is the text that ``ip route`` has for it, so that a state stays plain data:
``encap ip id 100 dst 192.0.2.2``, ``nexthop via 192.0.2.1 dev eth1 weight 2 nexthop dev eth2``. A topology may
write that text, or a mapping (a list of them for next hops).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vxlab.state.kind import Option
from vxlab.state.types import Present, Type, Value, shown
from vxlab.suggest import did_you_mean

Values = dict[str, Value]


@dataclass(eq=False, repr=False)
class Phrase(Type):
    """One group of options, in the words of ``ip``."""

    options: tuple[Option, ...]
    what: str
    example: str = ""

    @property
    def expects(self) -> str:
        return self.what

    def schema(self) -> dict[str, object]:
        """In words, or as a mapping from the rows of the table; those have more to say than this."""
        return {"type": ["string", "object"]}

    @property
    def table(self) -> dict[str, Option]:
        return {option.name: option for option in self.options}

    def parse(self, raw: object) -> Value:
        if isinstance(raw, Mapping):
            return self.text(self._checked(raw))
        if not isinstance(raw, str):
            raise self.wrong(raw)
        values, rest = self.take(raw.split())
        if rest:
            raise ValueError(f"{shown(rest[0])} is not a word here{did_you_mean(rest[0], self._words())}")
        return self.text(values)

    def _checked(self, raw: Mapping[object, object]) -> Values:
        values: Values = {}
        for key, value in raw.items():
            option = self.table.get(str(key))
            if option is None:
                raise ValueError(f"{shown(key)} is not a key here{did_you_mean(str(key), self.table)}")
            values[option.name] = option.type.parse(value)
        return values

    def text(self, values: Mapping[str, Value]) -> str:
        """The canonical value: the words in the order of the table."""
        missing = [option.name for option in self.options if option.required and option.name not in values]
        if missing:
            raise ValueError(f"{missing[0]} is missing: {self.table[missing[0]].help}")
        said = ((o, values[o.name]) for o in self.options if o.name in values and values[o.name] != o.default)
        return " ".join(word for option, value in said for word in option.type.words(option.word, value))

    def read(self, value: Value) -> Values:
        """The options of a canonical value."""
        return self.take(str(value).split())[0]

    def take(self, words: list[str]) -> tuple[Values, list[str]]:
        """The options that ``words`` begins with, and the words that are left."""
        values: Values = {}
        rest = list(words)
        # An option without a word of its own stands first, as in `encap ip ...`.
        for option in self.options:
            if not option.word and rest:
                values[option.name] = option.type.parse(rest.pop(0))
        by_word = {
            word: option for option in self.options for word in (option.name, *option.also, option.word) if option.word
        }
        while rest and rest[0] in by_word:
            option = by_word[rest.pop(0)]
            values[option.name], rest = _value(option, rest)
        return values, rest

    def _words(self) -> list[str]:
        return [option.word for option in self.options if option.word]

    def words(self, word: str, value: Value) -> tuple[str, ...]:
        return (*((word,) if word else ()), *str(value).split())

    def links(self, value: Value) -> Iterator[str]:
        for name, inner in self.read(value).items():
            yield from self.table[name].type.links(inner)


def _value(option: Option, rest: list[str]) -> tuple[Value, list[str]]:
    if isinstance(option.type, Present):
        return True, rest
    if isinstance(option.type, Phrase):
        values, rest = option.type.take(rest)
        return option.type.text(values), rest
    if not rest:
        raise ValueError(f"{option.word} needs a value: {option.type.expects}")
    return option.type.from_word(rest[0]), rest[1:]


@dataclass(eq=False, repr=False)
class Phrases(Type):
    """Several groups of options, each behind the same word."""

    phrase: Phrase
    word: str
    example: str = ""

    @property
    def expects(self) -> str:
        return f"a list, each {self.phrase.what}"

    def schema(self) -> dict[str, object]:
        return {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": self.phrase.schema()}]}

    def parse(self, raw: object) -> str:
        if isinstance(raw, str):
            return self.text([self.phrase.read(self.phrase.parse(part)) for part in self._parts(raw)])
        if not isinstance(raw, list) or not raw:
            raise self.wrong(raw)
        return self.text([self.phrase.read(self.phrase.parse(item)) for item in raw])

    def _parts(self, text: str) -> list[str]:
        return [part for part in f" {text} ".split(f" {self.word} ") if part.strip()]

    def text(self, items: list[Values]) -> str:
        return " ".join(f"{self.word} {self.phrase.text(values)}" for values in items)

    def read(self, value: Value) -> list[Values]:
        """The options of each group."""
        return [self.phrase.read(part) for part in self._parts(str(value))]

    def same(self, one: Value, other: Value) -> bool:
        """Whether each group of the wish (``other``) is there; the kernel tells more of it, such as the link."""
        if one == other or not one or not other:
            return one == other
        have = self.read(one)
        for wanted in self.read(other):
            match = next((values for values in have if wanted.items() <= values.items()), None)
            if match is None:
                return False
            have.remove(match)
        return not have

    def words(self, word: str, value: Value) -> tuple[str, ...]:  # noqa: ARG002  each part has it already
        return tuple(str(value).split())

    def links(self, value: Value) -> Iterator[str]:
        for part in self._parts(str(value)):
            yield from self.phrase.links(part)
