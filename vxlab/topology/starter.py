"""Starter files: a small lab for each mode, with a comment for each line, to be changed into one's own.

They stand as templates in ``starters/``, which know the lab's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from vxlab.outfile import create
from vxlab.suggest import did_you_mean
from vxlab.topology import jsonschema
from vxlab.topology.names import NodeName
from vxlab.topology.source import plain

SCHEMA_FILE = "vxlab.schema.json"
"""The JSON Schema beside a topology, of which its first line tells editors."""

MODELINE = f"# yaml-language-server: $schema={SCHEMA_FILE}"

_STARTERS = files("vxlab.topology") / "starters"
_SUFFIX = ".yaml.j2"


class StarterError(Exception):
    """A starter file cannot be written; the message is for the user."""


@dataclass(frozen=True)
class Written:
    """The files that ``write`` has made: the topology, and its schema unless there was one."""

    file: Path
    schema: Path
    schema_is_new: bool


def modes() -> list[str]:
    """What there is a starter for."""
    return sorted(item.name.removesuffix(_SUFFIX) for item in _STARTERS.iterdir() if item.name.endswith(_SUFFIX))


def starter(name: str, mode: str) -> str:
    """The text of a starter file.

    Raises:
        StarterError: the name cannot be a lab's, or there is no starter for the mode.
    """
    from jinja2 import Environment, StrictUndefined  # needed for this alone

    try:
        NodeName().parse(name)
    except ValueError as problem:
        raise StarterError(str(problem)) from None
    if mode not in modes():
        raise StarterError(f"there is no starter for {mode:.60}{did_you_mean(mode, modes())}")
    template = (_STARTERS / f"{mode}{_SUFFIX}").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701  YAML
    return environment.from_string(template).render(name=name, scalar=_scalar(name))


def write(directory: Path, name: str, mode: str, force: bool = False) -> Written:
    """Write a starter file called NAME.yaml into a directory, and the schema beside it where there is none.

    Raises:
        StarterError: as ``starter``, or the file exists already and ``force`` does not say that it may be replaced.
        OSError: it cannot be written.
    """
    text, file, schema = starter(name, mode), directory / f"{name}.yaml", directory / SCHEMA_FILE
    if force:
        file.unlink(missing_ok=True)
    if not _place(text, file):
        raise StarterError(f"{file.name} exists already: --force replaces it")
    return Written(file, schema, _place(jsonschema.text(), schema))


def _scalar(name: str) -> str:
    """A name as a YAML value that is a name: ``true`` is one only in quotes."""
    return name if plain(name) == name else f'"{name}"'


def _place(text: str, file: Path) -> bool:
    """Make a file; False where there is one of that name, or a link to elsewhere, which is never followed."""
    try:
        with open(create(str(file), new=True), "w", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        return False
    return True
