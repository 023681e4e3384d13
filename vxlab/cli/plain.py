"""Words of a command line that are what they are.

typer (0.29) has pydantic convert each, also where there is nothing to convert: to load that takes longer than most
commands run.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

import typer


def keep_plain(command: Any) -> None:
    """Have a command, and those below it, take plain words as they are; what is not plain is typer's affair."""
    for below in getattr(command, "commands", {}).values():
        keep_plain(below)
    usual = command.get_params

    def get_params(ctx: typer.Context) -> list[Any]:
        parameters: list[Any] = usual(ctx)
        for parameter in parameters:
            _keep_plain(parameter)
        return parameters

    command.get_params = get_params


def _keep_plain(parameter: Any) -> None:
    usual = getattr(parameter, "get_runtime_param", None)
    if usual is not None and not hasattr(usual, "is_plain"):
        parameter.get_runtime_param = _Plain(usual)


class _Plain:
    """What converts the words of one parameter, in the place of typer's own, which it asks in the end."""

    is_plain = True

    def __init__(self, usual: Any) -> None:
        self._usual = usual

    def __call__(self) -> _Plain:
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if param.type_descriptor.parameter_info.parser is None:
            found = _value(value, param.type_descriptor.annotation)
            if found is not None:
                return found
        return self._usual().coerce(value, param=param, ctx=ctx)


def _value(word: Any, wanted: Any) -> Any:
    """A word, or several, as what they are wanted as; None where that is not plain."""
    if get_origin(wanted) is list and isinstance(word, list | tuple):
        values = [_value(one, *get_args(wanted)) for one in word]
        return None if None in values else values
    if not isinstance(wanted, type):
        return None
    if issubclass(wanted, Enum):
        return next((one for one in wanted if one.value == word), None)
    if issubclass(wanted, Path) and isinstance(word, str):
        return wanted(word) if os.access(word, os.R_OK) else None  # typer refuses what is there and cannot be read
    # A number comes from the command line as text, and has bounds; one that is a number is the default.
    return word if type(word) is wanted and wanted in (str, bool, int, float) else None
