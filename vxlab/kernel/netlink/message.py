"""Messages as they are read: by the attribute, each distinct payload decoded once.

What there is in a message, and how it is encoded, the message classes of pyroute2 say. To let them decode a whole one
takes a tenth of a millisecond and more, and a large lab has tens of thousands, of which most say the same as many
others. So the attributes are found by hand, and decoded when somebody asks for them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from socket import AF_INET, AF_INET6, inet_ntop
from types import FunctionType
from typing import Any

from pyroute2.netlink import nla, nlmsg, nlmsg_atoms

from vxlab.kernel.netlink.attributes import attributes, payloads

Class = Any
"""A class derived from ``nlmsg`` or ``nla``."""

Decode = Callable[[bytes], Any]


class Message:
    """A message, or an attribute that has others in it."""

    def __init__(self, kind: Class, data: bytes, begin: int, end: int) -> None:
        """Look at what stands in ``data`` between two places, without its netlink header."""
        self.schema = found = schema(kind)
        self._data, self._begin, self._end = data, begin, end
        self._fields = found.unpack(data, begin)
        self.attributes = attributes(data, begin + found.size, end)

    def __getitem__(self, field: str) -> Any:
        """A field of the fixed part. Raises KeyError where there is none of that name."""
        place = self.schema.fields.get(field)
        return self.whole[field] if place is None else self._fields[place]

    def get(self, name: str) -> Any:
        """The value of an attribute by its name; None where it is not there, or not known."""
        number, decode = self.schema.attribute(name)
        raw = self.attributes.get(number)
        if raw is None:
            return None
        return self.whole.get_attr(name) if decode is None else decode(raw)

    def inside(self, name: str, kind: Class) -> Message | None:
        """An attribute as the message of a class that it is; None where it is not there."""
        raw = self.attributes.get(self.schema.attribute(name)[0])
        return None if raw is None else Message(kind, raw, 0, len(raw))

    def each_inside(self, name: str, kind: Class) -> Iterator[Message]:
        """As ``inside``, for an attribute that may be there several times."""
        begin, number = self._begin + self.schema.size, self.schema.attribute(name)[0]
        return (Message(kind, raw, 0, len(raw)) for raw in payloads(self._data, begin, self._end, number))

    @cached_property
    def whole(self) -> Any:
        """The same as pyroute2 decodes it."""
        return _decoded(self.schema.kind, self._data[self._begin : self._end])


def _decoded(kind: Class, payload: bytes) -> Any:
    """What pyroute2 makes of a message or an attribute, of which it wants the header too."""
    if issubclass(kind, nlmsg):
        header = struct.pack("=IHHII", _NLMSG_HEADER + len(payload), 0, 0, 0, 0)
    else:
        header = struct.pack("=HH", _NLA_HEADER + len(payload), 0)
    message = kind(data=header + payload, offset=0)
    message.decode()
    return message


_NLMSG_HEADER, _NLA_HEADER = 16, 4


class Schema:
    """What a class says of the bytes of its messages."""

    def __init__(self, kind: Class) -> None:
        self.kind = kind
        fixed = [(name, layout) for name, layout in kind.fields if name != "value"]
        plain = kind.decode in (nla.decode, nlmsg.decode)
        names = [name for name, _ in fixed if not name.startswith("__")]
        self.fields = {name: place for place, name in enumerate(names)} if plain else {}
        """The place of each field in what ``unpack`` returns; of a class that decodes in its own way there is none."""
        layout = struct.Struct("=" + "".join(layout.lstrip(">") for _, layout in fixed))
        self.unpack = layout.unpack_from
        self.size = (layout.size + 3) & ~3
        rows = (row if isinstance(row[0], int) else (place, *row) for place, row in enumerate(kind.nla_map))
        self._rows = {row[1]: (row[0], row[2].partition("|")[0]) for row in rows}
        self._attributes: dict[str, tuple[int, Decode | None]] = {}

    def attribute(self, name: str) -> tuple[int, Decode | None]:
        """The number of an attribute, and how its payload is decoded; None where that takes the whole message."""
        found = self._attributes.get(name)
        if found is None:
            number, word = self._rows.get(name, (-1, ""))
            found = self._attributes[name] = number, _decoder(getattr(self.kind, word, None))
        return found


schema = cache(Schema)


@cache
def _decoder(kind: Class) -> Decode | None:
    """How a payload is decoded that tells by itself what it is."""
    if kind in _ATOMS:
        return _ATOMS[kind]
    if kind is None or isinstance(kind, FunctionType):
        return None
    if (
        kind.decode is nla.decode
        and not kind.nla_map
        and all(len(layout.lstrip(">")) == 1 for _, layout in kind.fields)
    ):
        return _structure(kind)
    return cache(lambda raw: _decoded(kind, raw).getvalue())


def _structure(kind: Class) -> Decode:
    members = [(name, struct.Struct(layout if layout[0] == ">" else f"={layout}")) for name, layout in kind.fields]
    starts = [sum(layout.size for _, layout in members[:place]) for place in range(len(members))]

    def decode(raw: bytes) -> dict[str, int]:
        return {name: layout.unpack_from(raw, start)[0] for (name, layout), start in zip(members, starts, strict=True)}

    return decode


def _number(kind: Class) -> Decode:
    ((_, layout),) = kind.fields
    unpack = struct.Struct(layout).unpack_from
    return lambda raw: unpack(raw)[0]


@cache
def _address(raw: bytes) -> str:
    """An IP or MAC address; nothing where it is neither."""
    families = {4: AF_INET, 16: AF_INET6}
    return inet_ntop(families[len(raw)], raw) if len(raw) in families else raw.hex(":")


@cache
def _text(raw: bytes) -> str:
    return raw.strip(b"\0").decode(errors="replace")


_NUMBERS = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "be16", "be32", "be64")
_ADDRESSES = ("ipaddr", "ip4addr", "ip6addr", "target", "lladdr")

_ATOMS: dict[Class, Decode] = {
    **{getattr(nlmsg_atoms, name): _number(getattr(nlmsg_atoms, name)) for name in _NUMBERS},
    **{getattr(nlmsg_atoms, name): _address for name in _ADDRESSES},
    nlmsg_atoms.l2addr: cache(lambda raw: raw.hex(":")),
    nlmsg_atoms.asciiz: _text,
    nlmsg_atoms.flag: lambda _: True,
}
