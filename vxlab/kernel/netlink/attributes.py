"""The attributes of a message by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Get = Callable[[str], Any]
"""Gets the value of a netlink attribute by its name; None where it is not there."""


def getter(message: Any) -> Get:
    """How to get the attributes of a message, of which a table asks for dozens.

    ``get_attr()`` of pyroute2 walks all attributes for each that is asked for. As there, a value is decoded when it is
    asked for, and of two attributes with one name it is the first that counts.
    """
    slots: dict[str, Any] = {}
    for slot in message["attrs"]:
        slots.setdefault(slot[0], slot)

    def get(name: str) -> Any:
        slot = slots.get(name)
        return None if slot is None else slot[1]

    return get
