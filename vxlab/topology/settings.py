"""What a template is given: ``--set NAME=VALUE``, to values and back to words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from vxlab.topology.source import plain

_WORD = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)


class SettingError(Exception):
    """What stands behind ``--set`` is no setting; the message is for the user."""


def settings_from(words: Iterable[str] | None) -> dict[str, Any]:
    """Settings as they stand on the command line. A value is read as YAML reads it without quotes: 50 is a number.

    Raises:
        SettingError: a word is not NAME=VALUE, or sets a name that another one has set.
    """
    settings: dict[str, Any] = {}
    for word in words or ():
        found = _WORD.fullmatch(word)
        if not found:
            raise SettingError(f"--set {word}: this is not NAME=VALUE, where NAME has letters, digits and _")
        name, value = found.groups()
        if name in settings:
            raise SettingError(f"--set {word}: {name} is set twice")
        settings[name] = plain(value)
    return settings


def words_from(settings: Mapping[str, Any]) -> list[str]:
    """The words that give these settings."""
    return [word for name, value in settings.items() for word in ("--set", f"{name}={_text(value)}")]


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
