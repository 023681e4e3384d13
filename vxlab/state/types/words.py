"""Words of commands and variables of environments: lists and mappings in a file, one quoted text in a state."""

from __future__ import annotations

import re
import shlex

from vxlab.state.types.base import Type, shown

LONGEST = 131_071
"""Bytes of a word that a program can be given, without the last NUL (MAX_ARG_STRLEN of linux/binfmts.h)."""

MOST = 1000
"""Words of a command, which is more than anybody types."""


def word(raw: object) -> str:
    """A word of a command, or the value of a variable.

    Raises:
        ValueError: it is none, with what would be right.
    """
    if isinstance(raw, bool) or raw is None:
        raise ValueError(f"{shown(raw)} is not a word: write it with quotation marks")
    if not isinstance(raw, str | int):
        raise ValueError(f"{shown(raw)} is not a word")
    text = str(raw)
    # What moves a terminal's cursor, or hides text, would lie to who reads the command before it is run.
    if not all(character.isprintable() or character in "\n\t" for character in text):
        raise ValueError(f"{shown(raw)} has a character that cannot be seen: let the program make it, as printf does")
    if len(text.encode()) > LONGEST:
        raise ValueError(f"{shown(raw)} is too long: at most {LONGEST} bytes are possible")
    return text


class CommandWords(Type):
    """A program with its arguments, which no shell sees."""

    says = 'the words of a command in a list, such as [python3, -m, http.server, "80"]'

    @property
    def example(self) -> list[str]:  # type: ignore[override]
        return ["sleep", "infinity"]

    def parse(self, raw: object) -> str:
        if isinstance(raw, str):
            raise ValueError(f"{shown(raw)} is a text, and no shell reads it: write {self._listed(raw)}")
        if not isinstance(raw, list) or not raw:
            raise self.wrong(raw)
        if len(raw) > MOST:
            raise ValueError(f"a command of {len(raw)} words is too long: at most {MOST} are possible")
        words = [word(item) for item in raw]
        if not words[0] or "=" in words[0]:
            raise ValueError(f"{shown(words[0])} is not a program")
        return shlex.join(words)

    @staticmethod
    def _listed(text: str) -> str:
        """The text as the list that was probably meant."""
        try:
            words = shlex.split(text)
        except ValueError:
            words = text.split()
        return shown_list(words) if words else "its words in a list"

    def schema(self) -> dict[str, object]:
        return {"type": "array", "minItems": 1, "maxItems": MOST, "items": {"type": ["string", "integer"]}}


def shown_list(words: list[str]) -> str:
    """Words as a list that can be put into a file, short enough for a message."""
    text = f"[{', '.join(_in_yaml(each) for each in words)}]"
    return text if len(text) <= 80 else "its words in a list"


def _in_yaml(text: str) -> str:
    plain = re.fullmatch(r"[A-Za-z./_-][A-Za-z0-9./_-]*", text) and text not in ("true", "false", "null")
    return text if plain else '"' + ascii(text)[1:-1].replace('"', '\\"') + '"'


class Variables(Type):
    """Environment variables by name."""

    says = "a mapping of variables to values, such as {LANG: C}"
    pattern = r"[A-Za-z_][A-Za-z0-9_]*"

    @property
    def example(self) -> dict[str, str]:  # type: ignore[override]
        return {"LANG": "C"}

    def parse(self, raw: object) -> str:
        if not isinstance(raw, dict):
            raise self.wrong(raw)
        for name in raw:
            if not isinstance(name, str) or not re.fullmatch(self.pattern, name):
                raise ValueError(f"{shown(name)} is not the name of a variable: letters, digits and '_'")
        return shlex.join(f"{name}={word(raw[name])}" for name in sorted(raw))

    def schema(self) -> dict[str, object]:
        values = {"type": ["string", "integer"]}
        return {"type": "object", "propertyNames": {"pattern": f"^{self.pattern}$"}, "additionalProperties": values}


class Directory(Type):
    """A directory by its whole path."""

    says = "the path of a directory from the root, such as /var/www"
    example = "/tmp"  # noqa: S108  an example

    def parse(self, raw: object) -> str:
        if not isinstance(raw, str) or not raw.startswith("/") or not raw.isprintable() or len(raw.encode()) > 4095:
            raise self.wrong(raw)
        return raw

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": "^/"}


class NodeRef(Type):
    """The name of a node."""

    says = "the name of a node"
    example = "web"

    def parse(self, raw: object) -> str:
        if not isinstance(raw, str):
            raise self.wrong(raw)
        return raw
