"""Mappings in which every key must be known, and whose mistakes are whole sentences, each with its place.

A part of a topology is a class of ``Strict``, whose fields are its keys; a key takes a value of a type of the tables,
or a structure: another part, a list, a mapping by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, Self

from vxlab.state.types import Type, shown
from vxlab.suggest import did_you_mean
from vxlab.topology.errors import Path

Check = Callable[[Any], Any]
"""From what a file holds to what it means; raises ValueError with a sentence, or MistakesError."""

IN_KEY = "[key]"
"""The end of the path to a mistake that is in the key of a mapping and not in its value."""

Found = tuple[Path, str]
"""Where a mistake is, inside of what was checked, and what is wrong."""


class MistakesError(ValueError):
    """All that is wrong with a structure."""

    def __init__(self, found: Iterable[Found]) -> None:
        self.found = tuple(found)
        super().__init__("; ".join(text for _, text in self.found))


def _found(error: ValueError, *place: str | int) -> list[Found]:
    """The mistakes that an error tells of, seen from outside of the place where they are."""
    inside = error.found if isinstance(error, MistakesError) else [((), str(error))]
    return [((*place, *path), text) for path, text in inside]


def each(raw: object, check: Check) -> list[Any]:
    """The items of a list, checked.

    Raises:
        MistakesError: it is no list, or items are wrong.
    """
    if not isinstance(raw, list):
        raise MistakesError([((), f"{shown(raw)} is not a list")])
    values, wrong = [], []
    for index, item in enumerate(raw):
        try:
            values.append(check(item))
        except ValueError as error:
            wrong += _found(error, index)
    if wrong:
        raise MistakesError(wrong)
    return values


def each_by_name(raw: object, name: Check, check: Check) -> dict[str, Any]:
    """The items of a mapping, names and values checked.

    Raises:
        MistakesError: it is no mapping, or items are wrong.
    """
    if not isinstance(raw, dict):
        raise MistakesError([((), f"{shown(raw)} is not a mapping")])
    values, wrong = {}, []
    for key, item in raw.items():
        checked: list[Any] = []
        for one, part, place in ((name, key, (key, IN_KEY)), (check, item, (key,))):
            try:
                checked.append(one(part))
            except ValueError as error:
                wrong += _found(error, *place)
        if not wrong:
            values[checked[0]] = checked[1]
    if wrong:
        raise MistakesError(wrong)
    return values


class Field(NamedTuple):
    """One key of a part: how what it holds is checked, and what is known of it.

    ``type`` is that of its values where they are single ones, and ``form`` how many there may be. Without a default a
    key must be there.
    """

    check: Check
    help: str
    default: Any
    required: bool
    example: Any
    type: Type | None
    form: str


REQUIRED = object()

ONE, OR_NULL, SEVERAL_OR_NULL, ONE_OR_SEVERAL = "one", "or null", "several or null", "one or several"
"""What may stand behind a key: a value; a value or null; a list of them or null; a list, which one alone needs not."""

EMPTY: Mapping[str, Any] = MappingProxyType({})
"""The default of a mapping by name."""


def field(type_: Type, help_: str, default: Any = REQUIRED, form: str = ONE, *, example: Any = None) -> Any:
    """A key with values of a type of the tables."""
    return _field(_FORMS[form](type_.parse), help_, default, example, type_, form)


def structure(check: Check, help_: str, default: Any = REQUIRED, *, example: Any = None) -> Any:
    """A key with something in it that has keys or items of its own."""
    return _field(check, help_, default, example, None, ONE)


def _field(check: Check, help_: str, default: Any, example: Any, type_: Type | None, form: str) -> Field:
    required = default is REQUIRED
    return Field(check, help_, None if required else default, required, example, type_, form)


def or_null(check: Check) -> Check:
    return lambda raw: None if raw is None else check(raw)


def several(check: Check) -> Check:
    return lambda raw: tuple(each(raw, check))


def one_or_several(check: Check) -> Check:
    return lambda raw: tuple(each(raw if isinstance(raw, list) else [raw], check))


def by_name(name: Type, check: Check) -> Check:
    return lambda raw: each_by_name(raw, name.parse, check)


_FORMS: Mapping[str, Callable[[Check], Check]] = {
    ONE: lambda check: check,
    OR_NULL: or_null,
    SEVERAL_OR_NULL: lambda check: or_null(several(check)),
    ONE_OR_SEVERAL: one_or_several,
}


class Strict:
    """A mapping in which every key must be known. What is not said has its default as an attribute all the same."""

    fields: ClassVar[Mapping[str, Field]] = {}
    _places: ClassVar[Mapping[str, int]] = {}
    _required: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        cls.fields = {**cls.fields, **own}
        cls._places = {name: place for place, name in enumerate(cls.fields)}
        cls._required = tuple(name for name, known in cls.fields.items() if known.required)
        for name, known in own.items():
            setattr(cls, name, known.default)

    @property
    def said(self) -> Mapping[str, Any]:
        """The keys that the file has, with their values, in the order of the fields."""
        return vars(self)

    @classmethod
    def read(cls, raw: object) -> Self:
        """The part that a mapping describes.

        Raises:
            MistakesError: with all that is wrong.
        """
        if raw is None:  # `vtep1:` with nothing behind it means that nothing needs to be said
            raw = {}
        if not isinstance(raw, dict):
            raise MistakesError([((), f"{shown(raw)} is not a mapping")])
        values: dict[str, Any] = {}
        wrong: list[Found] = []
        for key, item in raw.items():
            known = cls.fields.get(key)
            if known is None:
                wrong.append(((key,), cls._unknown_key(str(key))))
                continue
            try:
                values[key] = known.check(item)
            except ValueError as error:
                wrong += _found(error, key)
        wrong += [((key,), f"{key} is missing: {cls.fields[key].help}") for key in cls._required if key not in raw]
        if wrong:
            raise MistakesError(wrong)
        part = cls()
        vars(part).update((key, values[key]) for key in sorted(values, key=cls._places.__getitem__))
        return part

    @classmethod
    def _unknown_key(cls, key: str) -> str:
        return f"{shown(key)} is not a key here{did_you_mean(key, cls.fields)}"


def made_of(fields: Mapping[str, Field], name: str, help_: str | None, base: type[Strict] = Strict) -> Any:
    """The class of parts that have the fields of ``base`` and these, which come from tables."""
    return type(name, (base,), {**fields, "__doc__": help_})
