"""The values of options in the attributes of a message: what the tables say, compiled for a class of messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from vxlab.kernel.netlink.message import Message, Schema
from vxlab.state.kind import Option
from vxlab.state.types import LinkRef, Type, Value

_Column = tuple[str, int | None, Callable[[Any], Any], bool]
"""An option, the number of the attribute that says it alone, or none where it takes the message; how that is read, and
whether it is the index of a link."""


class Rows:
    """Options of a table. ``renamed`` says of an attribute what the message calls it."""

    def __init__(self, options: Iterable[Option], renamed: Callable[[str], str] = str) -> None:
        self._options, self._renamed = tuple(options), renamed
        self._columns: dict[Schema, tuple[_Column, ...]] = {}

    def values(self, message: Message, names: Mapping[int, str]) -> dict[str, Value]:
        """What a message tells of the options, with the names of links by their indexes."""
        columns = self._columns.get(message.schema) or self._compiled(message.schema)
        values: dict[str, Value] = {}
        attributes = message.attributes
        for name, number, read, is_index in columns:
            if number is None:
                value = read(message)
            elif (raw := attributes.get(number)) is None:
                continue
            else:
                value = read(raw)
            if is_index:
                value = names.get(value)
            if value is not None:
                values[name] = value
        return values

    def _compiled(self, schema: Schema) -> tuple[_Column, ...]:
        columns = tuple(column for option in self._options for column in self._of(option, schema))
        self._columns[schema] = columns
        return columns

    def _of(self, option: Option, schema: Schema) -> Iterator[_Column]:
        is_index = isinstance(option.type, LinkRef)
        for nla in map(self._renamed, filter(None, (option.nla, option.nla6))):
            number, decode = schema.attribute(nla)
            if decode is None or type(option.type).gather is not Type.gather:
                yield option.name, None, _gathered(option, nla), is_index
            else:
                yield option.name, number, decode if is_index else _converted(option, decode), is_index


def _converted(option: Option, decode: Callable[[bytes], Any]) -> Callable[[bytes], Value | None]:
    """The value of an attribute; the same bytes are looked at once."""
    return cache(lambda raw: option.type.from_netlink(decode(raw)))


def _gathered(option: Option, nla: str) -> Callable[[Message], Value | None]:
    def value(message: Message) -> Value | None:
        raw = option.type.gather(nla, message.get)
        return None if raw is None else option.type.from_netlink(raw)

    return value
