"""Layers of scapy before any field is read.

scapy takes longer to make an object than to read its fields. Here each is made from a model that was made once.
"""

from __future__ import annotations

from functools import cache
from typing import Any


def empty(kind: Any) -> Any:
    """An object of a layer that has no fields; it shares with all others of its kind what no reading of fields changes.

    Args:
        kind: a class of scapy.
    """
    exact, values = _model(kind)
    packet = exact.__new__(exact)
    for name, value in values:
        object.__setattr__(packet, name, value)
    packet.fields = {}
    packet.overloaded_fields = {}
    return packet


@cache
def _model(kind: Any) -> tuple[Any, list[tuple[str, Any]]]:
    """The class of what scapy makes, and what that has in its slots."""
    packet = kind()
    return type(packet), [(name, getattr(packet, name)) for name in packet.__all_slots__ if hasattr(packet, name)]
