"""Tunnel headers inside routes and nexthops (LWTUNNEL_IP_*, LWTUNNEL_IP6_* of linux/lwtunnel.h)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vxlab.state.kinds.encap import ENCAP, ENCAP_TYPES
from vxlab.state.types import NOTHING, Value

if TYPE_CHECKING:
    from vxlab.kernel.encode import Attributes, Encoder


def encap_attributes(prefix: str, value: Value, namespace: str, encoder: Encoder) -> Attributes:
    """PREFIX_ENCAP and PREFIX_ENCAP_TYPE, with PREFIX ``RTA`` or ``NHA``."""
    values = ENCAP.read(value)
    said = ((name, inner) for name, inner in values.items() if name != "type")
    inner: list[list[Any]] = encoder.attributes(ENCAP.table, namespace, said, is_v6=values["type"] == "ip6")
    number = ENCAP_TYPES[str(values["type"])]
    return [[f"{prefix}_ENCAP_TYPE", number], [f"{prefix}_ENCAP", {"attrs": inner}]]


def encap_of(prefix: str, get: Callable[[str], Any]) -> Value:
    """The text of a tunnel header; nothing where it is of another kind."""
    word = next((word for word, number in ENCAP_TYPES.items() if number == get(f"{prefix}_ENCAP_TYPE")), None)
    header = get(f"{prefix}_ENCAP")
    if word is None or not hasattr(header, "get_attr"):
        return NOTHING
    values: dict[str, Value] = {"type": word}
    for option in ENCAP.options:
        nla = option.nla6 if option.nla6 and word == "ip6" else option.nla
        raw = header.get_attr(nla) if nla else None
        value = option.type.from_netlink(raw) if raw is not None else None
        if value is not None:
            values[option.name] = value
    return ENCAP.text(values)
