"""``NetworkState``: the single model of a network, and ``Resource``, one thing in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from vxlab.state.kind import Family, Kind
from vxlab.state.kinds import KINDS
from vxlab.state.types import NOTHING, Value

Key = tuple[Family, str, tuple[Value, ...]]


@dataclass(frozen=True)
class Resource:
    """One thing in one namespace: a link, an address, a sysctl; the namespace itself too.

    ``values`` holds what was said (desired) or read (actual); an option that is absent has the kernel's
    default. ``automatic`` marks what the kernel makes by itself (connected routes, link-local addresses, what
    was learned): it satisfies a wish for it, and is never removed.
    """

    kind: Kind
    namespace: str
    values: Mapping[str, Value] = field(default_factory=dict)
    automatic: bool = field(default=False, compare=False)

    key: Key = field(init=False, compare=False, repr=False)
    """Which one it is: two resources with equal keys cannot exist side by side."""

    def __post_init__(self) -> None:
        values = dict(self.values)
        identity = tuple([values.get(name, unsaid) for name, unsaid in self.kind.unsaid_identity])
        object.__setattr__(self, "values", MappingProxyType(values))
        object.__setattr__(self, "key", (self.kind.family, self.namespace, identity))

    @property
    def name(self) -> str:
        """The name of a link, or of the link that the thing is on."""
        return str(self.values.get("name", self.values.get("link", "")))

    def get(self, option: str, otherwise: Value | None = None) -> Value:
        """The value of an option: what was said, else the kernel's default, else ``otherwise``."""
        value = self.values.get(option)
        if value is None:
            row = self.kind.table.get(option)
            value = otherwise if row is None or row.default is None else row.default
        return NOTHING if value is None else value

    @cached_property
    def told(self) -> tuple[tuple[str, Value], ...]:
        """The options that have to be named to make it: those that were said and would not come by themselves."""
        said = [(name, option) for name, option in self.kind.table.items() if name in self.values]
        return tuple(
            (name, self.values[name])
            for name, option in said
            if self.values[name] != option.default or option.assumed is not None or self.values.get(option.cleared_by)
        )

    def with_values(self, **values: Value) -> Resource:
        """A copy with some values replaced."""
        return Resource(self.kind, self.namespace, {**self.values, **values}, self.automatic)

    def references(self) -> Iterator[tuple[str, str]]:
        """The links in the same namespace that this one needs to exist, each with the option that names it."""
        for option in self.kind.references:
            if option.name in self.values:
                for link in option.type.links(self.values[option.name]):
                    yield option.name, link


def link_key(namespace: str, name: str) -> Key:
    """The key of a link, whatever its kind."""
    return (Family.LINK, namespace, (name,))


@dataclass(frozen=True)
class NetworkState:
    """Everything that exists in a set of namespaces. Compares by content; the order is kept for readers."""

    resources: Mapping[Key, Resource] = field(default_factory=dict)

    @classmethod
    def of(cls, resources: Iterable[Resource]) -> NetworkState:
        """Build a state.

        Raises:
            ValueError: two resources have the same key; the second one is in ``args[1]``.
        """
        by_key: dict[Key, Resource] = {}
        for resource in resources:
            if by_key.setdefault(resource.key, resource) is not resource:
                raise ValueError("twice in one state", resource)
        return cls(MappingProxyType(by_key))

    @classmethod
    def seen(cls, resources: Iterable[Resource]) -> NetworkState:
        """A state as it was read. The kernel can hold things that no file tells apart, such as a route to fe80::/64
        on each link: the first stands for all, one that was made on purpose before one that came by itself.
        """
        by_key: dict[Key, Resource] = {}
        for resource in resources:
            first = by_key.get(resource.key)
            if first is None or (first.automatic and not resource.automatic):
                by_key[resource.key] = resource
        return cls(MappingProxyType(by_key))

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources.values())

    def __len__(self) -> int:
        return len(self.resources)

    def __contains__(self, key: Key) -> bool:
        return key in self.resources

    def get(self, key: Key) -> Resource | None:
        return self.resources.get(key)

    def family(self, family: Family) -> Iterator[Resource]:
        return (resource for resource in self if resource.kind.family is family)

    def inside(self, namespace: str, family: Family) -> list[Resource]:
        """What one namespace has of a family."""
        return self._by_place.get((namespace, family), [])

    def at(self, namespace: str, link: str, family: Family) -> list[Resource]:
        """What one link of a namespace has of a family."""
        links = self._by_link.get((namespace, family))
        if links is None:
            links = self._by_link[namespace, family] = {}
            for resource in self.inside(namespace, family):
                links.setdefault(resource.name, []).append(resource)
        return links.get(link, [])

    @cached_property
    def _by_link(self) -> dict[tuple[str, Family], dict[str, list[Resource]]]:
        return {}

    @cached_property
    def _by_place(self) -> dict[tuple[str, Family], list[Resource]]:
        places: dict[tuple[str, Family], list[Resource]] = {}
        for resource in self:
            places.setdefault((resource.namespace, resource.kind.family), []).append(resource)
        return places

    def link(self, namespace: str, name: str) -> Resource | None:
        return self.get(link_key(namespace, name))

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        return tuple(resource.namespace for resource in self.family(Family.NAMESPACE))

    def to_json(self) -> list[dict[str, Value]]:
        """Plain data, one mapping per resource; ``from_json`` reads it back."""
        return [{"kind": resource.kind.name, "namespace": resource.namespace, **resource.values} for resource in self]

    @classmethod
    def from_json(cls, data: Iterable[Mapping[str, Value]]) -> NetworkState:
        """The inverse of ``to_json``.

        Raises:
            KeyError: a kind that this version does not know.
        """
        return cls.of(
            Resource(
                KINDS[str(item["kind"])],
                str(item["namespace"]),
                {name: value for name, value in item.items() if name not in ("kind", "namespace")},
            )
            for item in data
        )
