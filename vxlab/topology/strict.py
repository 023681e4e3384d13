"""Mappings in which every key must be known, and whose errors are whole sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, ErrorDetails, InitErrorDetails, PydanticCustomError, core_schema

from vxlab.state.types import Type, shown
from vxlab.suggest import did_you_mean


class Strict(BaseModel):
    """A mapping in which every key must be known; its errors are whole sentences."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="wrap")
    @classmethod
    def _in_sentences(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            # `vtep1:` with nothing behind it means that nothing needs to be said.
            return handler({} if data is None else data)
        except ValidationError as error:
            details = [cls._sentence(item) for item in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(cls.__name__, details) from None

    @classmethod
    def _sentence(cls, error: ErrorDetails) -> InitErrorDetails:
        unknown = error["type"] == "extra_forbidden"
        message = cls._unknown_key(str(error["loc"][-1])) if unknown else _sentence_of(error, cls.model_fields)
        kind = PydanticCustomError("sentence", message)
        return InitErrorDetails(type=kind, loc=error["loc"], input=error["input"])

    @classmethod
    def _unknown_key(cls, key: str) -> str:
        return f"{shown(key)} is not a key here{did_you_mean(key, cls.model_fields)}"


_SHAPES = {
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "mapping_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
}


def _sentence_of(error: ErrorDetails, fields: Mapping[str, FieldInfo]) -> str:
    """What is wrong, and what would be right."""
    kind, raw = error["type"], error["input"]
    last = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "missing":
        return f"{last} is missing: {fields[last].description}"
    if kind in _SHAPES:
        return f"{shown(raw)} is not {_SHAPES[kind]}"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    return error["msg"]


@dataclass(frozen=True)
class Checked:
    """Tells pydantic to check a value by one of the types of the tables: ``Annotated[int, Checked(Int(1, 9))]``."""

    type: Type

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.type.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return self.type.schema()
