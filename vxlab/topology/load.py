"""From a file to a checked topology: read, unfold ranges, validate, check references, expand, build the state."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from vxlab.infile import read_start
from vxlab.state.model import NetworkState
from vxlab.state.owned import machine_namespace_of, namespace_of
from vxlab.suggest import did_you_mean
from vxlab.topology import aliases, ranges, source
from vxlab.topology.addressing import natural
from vxlab.topology.build import build
from vxlab.topology.document_checks import check
from vxlab.topology.errors import Path, Position, Problem, TopologyError
from vxlab.topology.expand import expand, origins
from vxlab.topology.names import NodeName
from vxlab.topology.schema import Document
from vxlab.topology.source import Source
from vxlab.topology.strict import IN_KEY, MistakesError


class MachineError(Exception):
    """It is not known which machine of a topology is meant; the message is for the user."""


@dataclass(frozen=True)
class Topology:
    """A lab as it was written, checked: its name, its low-level form, and the state that it means."""

    name: str
    description: str
    document: dict[str, Any]
    state: NetworkState
    settings: dict[str, Any] = field(default_factory=dict)  # what its template was given
    written: os.stat_result | None = field(default=None, compare=False)  # the file as it was when it was read

    machine: str = ""  # of whose part ``state`` is
    far: NetworkState = field(default_factory=NetworkState)  # what is on other machines

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Those of the machine, where the topology is the part of one."""
        nodes = self.document.get("nodes", {})
        return tuple(node for node in nodes if not self.machine or self.machine_of(node) == self.machine)

    @cached_property
    def machines(self) -> tuple[str, ...]:
        """The machines that the file names; none where it is for any one."""
        found = dict.fromkeys(map(self.machine_of, self.document.get("nodes", {})))
        return tuple(sorted(filter(None, found), key=natural))

    def machine_of(self, node: str) -> str:
        """The machine that a node lives on; empty where the file names none."""
        return str(self._settings(self._home(node)).get("machine", ""))

    def namespace_of(self, node: str) -> str:
        """The network namespace of a node, its own or the one that it joins."""
        home = self._home(node)
        if self._settings(home).get("namespace") == "root":
            return machine_namespace_of(self.name, home, self.machine_of(home))
        return namespace_of(self.name, home)

    def _home(self, node: str) -> str:
        return str(self._settings(node).get("joins", node))

    def _settings(self, node: str) -> dict[str, Any]:
        return self.document["nodes"][node] or {}

    def part(self, machine: str | None) -> Topology:
        """The part that lives on a machine; of a file that names none, the whole.

        Raises:
            MachineError: the file names no machines, or others, or no machine is said.
        """
        known = self.machines
        if not known:
            if machine:
                raise MachineError(f"{self.name} names no machines, and is for any one: leave --on {machine} out")
            return self
        if not machine:
            there = ", ".join(known)
            raise MachineError(f"{self.name} is for the machines {there}: say which one this is, with --on {known[0]}")
        if machine not in known:
            raise MachineError(f"there is no machine {machine} in {self.name}{did_you_mean(machine, known)}")
        here = {self.namespace_of(node) for node in self.document["nodes"] if self.machine_of(node) == machine}
        own, far = ([r for r in self.state if (r.namespace in here) == is_here] for is_here in (True, False))
        return replace(self, machine=machine, state=NetworkState.of(own), far=NetworkState.of(far))


Foretold = Callable[[str, Mapping[str, Any]], None]
"""Is told a lab's name, and its nodes in their low-level form, as soon as they are known: before all is checked."""


def load(file: FilePath, settings: Mapping[str, Any] | None = None, foretold: Foretold | None = None) -> Topology:
    """Read and check a topology file; one whose name ends in ``.j2`` is a template, which is given ``settings``.

    Raises:
        TopologyError: with every mistake in the file.
    """
    (text, written), name = _read(file), file.name.partition(".")[0]
    if file.suffix != ".j2":
        if settings:
            raise _refused(file, "--set is for templates, and the name of this file does not end in .j2")
        return replace(loads(text, str(file), name, foretold=foretold), written=written)
    from vxlab.topology import template  # needs jinja2, which others need not wait for

    rendered = template.render(text, str(file), settings or {})
    try:
        topology = loads(rendered.text, str(file), name, rendered.locate, foretold)
    except TopologyError as error:
        raise template.gathered(error) from None
    return replace(topology, settings=dict(settings or {}), written=written)


def loads(
    text: str,
    file: str = "topology",
    default_name: str = "",
    locate: source.Locate = Position,
    foretold: Foretold | None = None,
) -> Topology:
    """Check a topology that is given as text; ``file`` is what errors call it, and ``locate`` says where in it.

    Raises:
        TopologyError: with every mistake in the text.
    """
    parsed = source.parse(text, file, locate)
    aliases.replace(parsed)
    clear = ranges.unfold(parsed)
    document = _validate(parsed, clear)
    name = document.name or _name_from(default_name, parsed)
    if parsed.problems:
        raise TopologyError(file, parsed.problems)
    expanded = expand(document, parsed.data, name, parsed.moved)
    if foretold:
        foretold(name, expanded["nodes"])
    state = _state(parsed, document, name, expanded)
    if parsed.problems:
        raise TopologyError(file, parsed.problems)
    return Topology(name, document.description, expanded, state)


def _state(parsed: Source, document: Document, name: str, expanded: dict[str, Any]) -> NetworkState:
    """The state that the low-level form means; what shows only now is noted."""
    try:
        low_level = Document.read(expanded)
    except MistakesError as error:
        # What is said of a part of the lab need not fit to what that part has become.
        for mistake in error.found:
            _note(parsed, *mistake)
        return NetworkState()
    state, mistakes = build(name, low_level)
    if mistakes:
        parsed.moved.update(origins(document, parsed.data, expanded))
        parsed.moved.update([*_plain_ends(parsed)])
    parsed.problems += [_problem(parsed, *mistake) for mistake in mistakes]
    return state


def _plain_ends(parsed: Source) -> Iterator[tuple[Path, Path]]:
    """The ends of cables that are lists, where they stand: [a:eth0, b:eth0]."""
    for index, cable in enumerate(parsed.data.get("links") or ()):
        if isinstance(cable, list):
            written = parsed.written(("links", index))
            yield from ((("links", index, end), (*written, number)) for number, end in enumerate(cable))


def _read(file: FilePath) -> tuple[str, os.stat_result]:
    try:
        content, status = read_start(str(file), source.MAX_BYTES + 1)
        if len(content) > source.MAX_BYTES:
            raise _refused(file, f"larger than {source.MAX_BYTES:,} bytes: this is not a topology")
        return content.decode("utf-8"), status
    except IsADirectoryError:
        raise _refused(file, "a directory, not a topology file") from None
    except OSError as error:
        raise _refused(file, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        before = content[: error.start]
        where = Position(before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
        message = f"not text in UTF-8 (byte 0x{content[error.start]:02x}): a topology is a YAML file"
        raise TopologyError(str(file), [Problem(where, message)]) from None


def _refused(file: FilePath, message: str) -> TopologyError:
    return TopologyError(str(file), [Problem(Position(), message)])


def _name_from(default: str, parsed: Source) -> str:
    """The lab's name where the file does not give one: the file's own, as far as that can be a name."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", default).strip("-_")[:63]
    if not re.fullmatch(NodeName.pattern, name):
        parsed.problems.append(Problem(Position(), "name is missing, and the file's own name cannot be one"))
    return name


def _validate(parsed: Source, clear: bool) -> Document:
    """The checked document. What is broken is noted and left out, so that the rest is checked all the same."""
    try:
        document, broken = Document.read(parsed.data), set()
    except MistakesError as error:
        broken = {_note(parsed, *mistake) for mistake in error.found}
        document = Document.read(_without(parsed.data, broken))
    parsed.problems += [_problem(parsed, *mistake) for mistake in check(document, parsed.data, broken, not clear)]
    return document


_PARTS = frozenset(("encap", "nexthops", "group", "source_list"))
"""Options that a file may write as a mapping or a list, and a state holds as one text."""


def _problem(parsed: Source, path: Path, message: str, *others: Path) -> Problem:
    """A mistake with its place in the file, and the lines that it contradicts."""
    if path and path[-1] in _PARTS:
        path, *parts = (*parsed.mentioned(path, message), path)
        others = (*others, *parts)
    where = parsed.key_position(path)
    lines = sorted({parsed.key_position(other).line for other in others} - {where.line})
    return Problem(where, message + _see(lines))


def _see(lines: Sequence[int]) -> str:
    """The end of a message that points at other lines: those that follow each other as 3-5."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    words = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
    return f"; see line{'s' if len(lines) > 1 else ''} {words}" if lines else ""


def _note(parsed: Source, place: Path, message: str) -> Path:
    """Add one mistake of the schema; returns the smallest part of the document that has to be left out for it."""
    in_key = bool(place) and place[-1] == IN_KEY
    path = place[:-1] if in_key else place
    # An unknown key is pointed at, a wrong value is pointed at; what is missing is missing from its parent.
    about_key = in_key or " is not a key here" in message or " no kind is said" in message
    where = parsed.key_position(path) if about_key else parsed.value_position(path)
    parsed.problems.append(Problem(where, message + _see(_lines_of_kind(parsed, path, message, where))))
    sections = (*ranges.SECTIONS, "links")
    return path[:2] if path[:1] and path[0] in sections else path[:1]


def _lines_of_kind(parsed: Source, path: Path, message: str, where: Position) -> list[int]:
    """The line that says which keys there are beside an unknown or a missing one: its kind, or that there is none."""
    around, kind = path[:-1], (*path[:-1], "kind")
    if " no kind is said" in message:
        line = parsed.key_position(around).line
    elif parsed.stands(kind) and (" is not a key here" in message or " is missing: " in message):
        line = parsed.key_position(kind).line
    else:
        return []
    return [line] if line != where.line else []


def _without(data: Any, broken: set[Path]) -> Any:
    """The data without its broken parts; a list keeps its length so that paths stay right."""
    if () in broken or not isinstance(data, dict):
        return {}
    kept = {key: value for key, value in data.items() if (key,) not in broken}
    for section, value in kept.items():
        if isinstance(value, dict):
            kept[section] = {name: item for name, item in value.items() if (section, name) not in broken}
        elif isinstance(value, list):
            kept[section] = [item for index, item in enumerate(value) if (section, index) not in broken]
    return kept
