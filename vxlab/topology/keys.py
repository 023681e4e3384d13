"""The keys of the language, each with all that is known of it: from rows of tables and from fields of models.

The JSON Schema and the reference page are made from these, so that they say the same.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from vxlab.state.kind import Kind, Option
from vxlab.state.kinds import VXLAN
from vxlab.state.phrase import Phrase, Phrases
from vxlab.state.types import NOTHING, Bool, Int, OneOf
from vxlab.topology.schema import TUNABLE
from vxlab.topology.strict import ONE_OR_SEVERAL, OR_NULL, SEVERAL_OR_NULL, Field, Strict

Json = dict[str, Any]


@dataclass(frozen=True)
class Key:
    """One key of a mapping in a topology.

    ``accepts`` says in words what it takes, ``schema`` as JSON Schema; both are empty where that is a structure of
    its own. ``default`` is what is meant where it is left out, None where that depends on something else.
    """

    name: str
    help: str
    accepts: str = ""
    schema: Json | None = None
    default: Any = None
    example: Any = None
    required: bool = False
    also: tuple[str, ...] = ()
    kernel: str = ""
    iproute2: str = ""

    @property
    def since(self) -> str:
        """The first versions that have it; empty where all do."""
        versions = (("Linux", self.kernel), ("iproute2", self.iproute2))
        return ", ".join(f"{program} {version}" for program, version in versions if version)


def of_option(option: Option) -> Key:
    """The key of a row."""
    default = option.default if option.assumed is None else option.assumed
    return Key(
        option.name,
        option.help,
        option.type.expects,
        option.type.schema(),
        None if default == NOTHING else default,
        example_of(option),
        option.required,
        tuple(word for word in option.also if word != option.name),
        option.kernel,
        option.iproute2,
    )


def example_of(option: Option) -> Any:
    """A value that says something: where a row names none, another one than the default."""
    kind, default = option.type, option.default if option.assumed is None else option.assumed
    if option.example is not None:
        return option.example
    if isinstance(kind, Bool) and default is not None:
        return not default
    if isinstance(kind, OneOf):
        return next((word for word in kind.numbers if word != default), kind.example)
    if isinstance(kind, Int) and isinstance(default, int) and default:
        return min(2 * default, kind.high)
    if isinstance(kind, Phrase | Phrases):
        return kind.read(kind.parse(kind.example))  # as a mapping, or a list of them
    return kind.example


def of_field(name: str, field: Field) -> Key:
    """The key of a field of a part."""
    accepts, schema = _accepted(field)
    default = field.default[0] if isinstance(field.default, tuple) and field.default else field.default
    given = isinstance(default, str | int | bool) and default != NOTHING
    return Key(name, field.help, accepts, schema, default if given else None, field.example, field.required)


def of_kind(kind: Kind, left_out: Collection[str] = ()) -> list[Key]:
    """The keys of a table."""
    return [of_option(option) for name, option in kind.table.items() if name not in left_out]


def of_phrase(phrase: Phrase) -> list[Key]:
    """The keys of options inside an option."""
    return [of_option(option) for option in phrase.options]


def of_model(model: type[Strict], left_out: Collection[str] = ()) -> list[Key]:
    """The keys of a model of the high level; those of a VXLAN device last, as its table has them."""
    keys = [of_field(name, field) for name, field in model.fields.items() if name not in TUNABLE]
    tuned = [_tuned(VXLAN.table[name]) for name in model.fields if name in TUNABLE]
    return [_with_words_of_vxlan(key) for key in keys if key.name not in left_out] + tuned


def _tuned(option: Option) -> Key:
    """A segment says it for its VTEPs, and a VTEP for itself: what is meant without it depends on the other."""
    key = of_option(option)
    from_mode = option.name in ("learning", "proxy")
    return replace(key, default=None, help=f"{key.help}; else the mode says it") if from_mode else key


def _with_words_of_vxlan(key: Key) -> Key:
    """The VNI of a segment is that of its devices, and has their other words."""
    return replace(key, also=VXLAN.table["vni"].also) if key.name == "vni" else key


def _accepted(field: Field) -> tuple[str, Json | None]:
    """What a field accepts, in words and as JSON Schema; nothing where it is no value but a structure."""
    if field.type is None:
        return "", None
    accepts, schema = field.type.expects, field.type.schema()
    if field.form == OR_NULL:
        return accepts, or_null(schema)
    if field.form == SEVERAL_OR_NULL:
        return f"a list, each {accepts}", or_null(_list_of(schema))
    return (f"{accepts}; or a list", listed(schema)) if field.form == ONE_OR_SEVERAL else (accepts, schema)


def or_null(schema: Json) -> Json:
    return {**schema, "type": [*_type_names(schema), "null"]}


def listed(schema: Json) -> Json:
    """One of something, or a list of them."""
    return {**schema, "type": [*_type_names(schema), "array"], "items": schema}


def _list_of(schema: Json) -> Json:
    return {"type": "array", "items": schema}


def _type_names(schema: Json) -> list[str]:
    names = schema["type"]
    return [names] if isinstance(names, str) else names
