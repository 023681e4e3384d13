"""Requests as bytes, from pyroute2's message classes: what they say of numbers, types and formats, packed in one go.

pyroute2 encodes by making an object of each attribute, at some 20 microseconds each; a lab of a thousand nodes has
fifty thousand of them. Whatever has an encoding of its own in its class pyroute2 encodes itself.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any

from pyroute2.netlink import NLA_F_NESTED, nla, nlmsg_base
from pyroute2.netlink.rtnl.ifinfmsg import ifinfbase
from pyroute2.netlink.rtnl.rtmsg import nlflags

from vxlab.kernel.rtnetlink import NLM_F_REQUEST

_HEADER, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=HH")
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")

Pack = Callable[[Any], bytes]


class _OwnWayError(Exception):
    """A class encodes in a way of its own."""


def encode_message(
    message_class: Any, kind: int, flags: int, fields: Mapping[str, Any], attributes: Sequence[Any]
) -> bytes:
    """One request as bytes, its sequence number still open."""
    flags |= NLM_F_REQUEST
    try:
        body = _structure(message_class)({**fields, "attrs": attributes})
    except _OwnWayError:
        return _by_pyroute2(message_class, kind, flags, fields, attributes)
    return _HEADER.pack(_HEADER.size + len(body), kind, flags, 0, 0) + body


def _by_pyroute2(
    message_class: Any, kind: int, flags: int, fields: Mapping[str, Any], attributes: Sequence[Any]
) -> bytes:
    message = message_class()
    for name, value in fields.items():
        message[name] = value
    message["header"] = {"type": kind, "flags": flags, "sequence_number": 0, "pid": 0}
    message["attrs"] = list(attributes)
    message.encode()
    return bytes(message.data)


def _ip(text: str) -> bytes:
    return inet_pton(AF_INET6 if ":" in text else AF_INET, text)


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _target(value: Any) -> bytes:
    if not isinstance(value, str):
        raise _OwnWayError  # labels of MPLS
    return _ip(value)


_OF_ITS_OWN: dict[type, Pack] = {
    nla.asciiz: lambda text: text.encode() + b"\0",
    nla.l2addr: _mac,
    nla.lladdr: lambda text: _mac(text) if len(text) == 17 and "::" not in text else _ip(text),
    nla.ip4addr: lambda text: inet_pton(AF_INET, text),
    nla.ip6addr: lambda text: inet_pton(AF_INET6, text),
    nla.ipaddr: _ip,
    nla.target: _target,
    ifinfbase.netns_fd: struct.Struct("=I").pack,
}
"""Attributes whose classes encode by a method, of which this is the same."""

_BY_FORMAT = (nlmsg_base.encode, ifinfbase.encode, nlflags.encode)
"""The latter two are different for the names of flags and scopes, which we do not use."""

_FIELDS = nla.ft_encode
_BY_KIND_OF_LINK = ("info_data", "info_peer")
"""Functions in place of classes, which look at no more than the attributes before."""


@cache
def _pack(attribute: Any) -> Pack:
    """How the payload of an attribute is packed."""
    if attribute in _OF_ITS_OWN:
        return _OF_ITS_OWN[attribute]
    if [name for name, _ in attribute.fields] != ["value"]:
        return _structure(attribute)
    _see_that_it_goes_by_format(attribute)
    return _field(attribute.fields[0][1]).pack


@cache
def _structure(message: Any) -> Pack:
    """How a structure with attributes behind it is packed, from a mapping; each of both may be missing."""
    _see_that_it_goes_by_format(message)
    fields = _fields(message.fields)
    if not message.nla_map:
        return fields
    if len(fields({})) % 4:
        raise _OwnWayError
    members = _members(message)
    return lambda values: fields(values) + _attributes(members, values["attrs"])


def _see_that_it_goes_by_format(message: Any) -> None:
    if message.encode not in _BY_FORMAT or message.ft_encode is not _FIELDS or message.defaults:
        raise _OwnWayError


def _field(form: str) -> struct.Struct:
    if form[-1] == "s":
        raise _OwnWayError
    return struct.Struct(form if form[0] in "<>=" else f"={form}")


def _fields(fields: Sequence[tuple[str, str]]) -> Pack:
    """How the members of a structure are packed, each in its own byte order."""
    forms = [_field(form) for _, form in fields]
    names = [name for name, form in fields if form[-1] != "x"]
    if all(form.format[0] == "=" for form in forms):
        whole = struct.Struct("=" + "".join(form.format[1:] for form in forms))
        return lambda values: whole.pack(*[values.get(name) or 0 for name in names])
    if len(names) != len(forms):
        raise _OwnWayError
    pairs = list(zip(names, forms, strict=True))
    return lambda values: b"".join(form.pack(values.get(name) or 0) for name, form in pairs)


Member = tuple[int, type | Callable[..., type]]
"""The number of an attribute with its flags, and its class, or what tells it from the attributes before."""


@cache
def _members(message: Any) -> dict[str, Member | None]:
    members: dict[str, Member | None] = {}
    for number, row in enumerate(message.nla_map):
        number, name, kind = row if len(row) == 3 else (number, *row)
        kind, _, flag = kind.replace(" ", "").partition("|")
        found = getattr(message, kind, None)  # there is none of an array, or of one with arguments
        is_plain = isinstance(found, type) or (kind in _BY_KIND_OF_LINK and not hasattr(message, "data_map"))
        flags = (NLA_F_NESTED if flag else 0) | getattr(found, "nla_flags", 0)
        members[name] = (number | flags, found) if found and is_plain and flag in ("", "nested") else None
    return members


class _Before:
    """The attributes that stand before another one, as those functions want them."""

    hex = nla.hex

    def __init__(self, attributes: Sequence[Any]) -> None:
        self.get_attr = dict(map(tuple, attributes)).get


def _attributes(members: dict[str, Member | None], attributes: Sequence[Any]) -> bytes:
    parts: list[bytes] = []
    for name, value in attributes:
        member = members[name]
        if member is None:
            raise _OwnWayError
        number, found = member
        if not isinstance(found, type):
            found = found(_Before(attributes), value=value)
        payload = _pack(found)(value)
        parts += (_ATTRIBUTE.pack(_ATTRIBUTE.size + len(payload), number), payload, _PADDING[len(payload) & 3])
    return b"".join(parts)
