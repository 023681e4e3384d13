"""A step as the netlink request that does it. The attributes come from the tables, the frames from ``families``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vxlab.kernel.families.registry import FAMILIES
from vxlab.kernel.indexes import Indexes
from vxlab.plan import Step
from vxlab.state.kind import Option
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING, LinkRef, Value

Attributes = list[list[Any]]


class Encoder:
    """Encodes the steps of a plan, in its order, before or while the kernel does them: it asks the kernel nothing."""

    def __init__(self, indexes: Indexes) -> None:
        self.indexes = indexes

    def encode(self, step: Step) -> bytes:
        """The request for one step. What says in which namespace a peer is to be made is still open (``plug``).

        Raises:
            KeyError: a namespace or a sysctl, which netlink does not make.
        """
        request: bytes = FAMILIES[step.resource.kind.family].encode(step, self)
        return request

    def index(self, resource: Resource) -> int:
        """The interface index of a link, or of the link that a thing is on."""
        return self.indexes.of(resource.namespace, resource.name)

    def attributes(
        self,
        table: Mapping[str, Option],
        namespace: str,
        items: Iterable[tuple[str, Value]],
        is_v6: bool | None = None,
    ) -> Attributes:
        """Options as netlink attributes, without those that the header carries.

        ``is_v6`` says which name an attribute has that IPv6 has another one for; else its value does.
        """
        merged: dict[str, Any] = {}
        for name, value in items:
            option = table[name]
            six = ":" in str(value) if is_v6 is None else is_v6
            nla = option.nla6 if option.nla6 and six else option.nla
            if not nla:
                continue
            for attribute, raw in self._raw(option, nla, namespace, value):
                merged[attribute] = _together(merged.get(attribute), raw)
        return [[name, raw] for name, raw in merged.items()]

    def _raw(self, option: Option, nla: str, namespace: str, value: Value) -> list[tuple[str, Any]]:
        if isinstance(option.type, LinkRef):
            return [(nla, 0 if value == NOTHING else self.indexes.of(namespace, str(value)))]
        return option.type.attributes(nla, value)


def _together(one: Any, other: Any) -> Any:
    """Two options that share an attribute: bits of a number, members of a structure, a list of attributes."""
    if one is None:
        return other
    if isinstance(one, dict):
        return {key: _together(one.get(key), other.get(key, one.get(key))) for key in {**one, **other}}
    return one + other if isinstance(one, list) else one | other
