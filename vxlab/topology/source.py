"""YAML text as plain data, with the place of every key and value.

PyYAML's event stream is read directly, so that nothing is constructed that was not asked for: no tags, no
classes, no dates. Plain scalars follow the core schema of YAML 1.2, in which ``no`` is a word and
``12:34:56:12:34:56`` is a MAC address and not a number in base 60.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from vxlab.topology.errors import Path, Position, Problem, TopologyError

MAX_BYTES = 10_000_000
"""A file of 1,000 VTEPs has some 100 kB; beyond this it is not a topology but an attack or a mistake."""

MAX_DEPTH = 50
MAX_VALUES = 100_000
"""Values, and as many again after aliases are followed, so that neither fills the memory. A lab of 100 VTEPs with each
value written out has 10,000.
"""

MAX_KEYS = 5_000
"""Keys that are written in one mapping; ranges may mean more. Each may be a mistake, and nobody reads so many."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Data = Any
"""Plain YAML data: dict, list, str, int, bool or None."""

Locate = Callable[[int, int], Position]
"""From a line and a column of the text to where a person has to look: elsewhere, where a template wrote the text."""


@dataclass
class Source:
    """A parsed file: its data, and where each key and value stands.

    ``moved`` says for a part of the data that was not written where it now is (a member of a range) where the
    text is that it came from.
    """

    file: str
    locate: Locate = Position
    data: Data = None
    keys: dict[Path, Position] = field(default_factory=dict)
    values: dict[Path, Position] = field(default_factory=dict)
    moved: dict[Path, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def key_position(self, path: Path) -> Position:
        """Where the key (or list item) at ``path`` stands, else the nearest place around it."""
        return self._nearest(self.keys, path)

    def value_position(self, path: Path) -> Position:
        return self._nearest(self.values, path)

    def stands(self, path: Path) -> bool:
        """Whether the key at ``path`` is in the text."""
        return self.written(path) in self.keys

    def mentioned(self, path: Path, message: str) -> list[Path]:
        """The parts of a value that a message names, by their key or as they are."""
        made_from = self.moved.get(path[:2], path[:2])
        if made_from[0] != path[0]:  # a node that the file calls a VTEP or a host
            path = made_from + path[2:]
        value = self.data
        for key in path:
            try:
                value = value[key]
            except (LookupError, TypeError):
                return []
        words = {word.strip(":,;?") for word in message.split()}
        return [leaf for leaf, item in _leaves(path, value) if {str(item), str(leaf[-1])} & words]

    def written(self, path: Path) -> Path:
        """Where the text of a part of the data is: a node may come from a VTEP, and that from a range of VTEPs."""
        for end in range(len(path), 0, -1):
            origin = self.moved.get(path[:end], path[:end])
            if origin != path[:end]:
                moved = origin + path[end:]
                return moved if origin[0] == path[0] else self.written(moved)
        return path

    def _nearest(self, positions: dict[Path, Position], path: Path) -> Position:
        path = self.written(path)
        if path and path not in positions and isinstance(path[-1], int):
            # One of something may stand there without a list around it.
            path = path[:-1]
        if path in positions:
            return positions[path]
        for end in range(len(path) - 1, 0, -1):
            if path[:end] in self.keys:
                return self.keys[path[:end]]
        return Position()


def _leaves(path: Path, value: Data) -> Iterator[tuple[Path, Data]]:
    """The scalars inside a mapping or a list, with their paths; none where it is one itself."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(item, dict | list):
            yield from _leaves((*path, key), item)
        else:
            yield (*path, key), item


class _Node(NamedTuple):
    """A value with its place, before aliases are followed."""

    value: Any  # str/int/... for a scalar, list[_Node], or list[tuple[str, Position, _Node]] for a mapping
    position: Position
    shape: str
    text: str = ""  # a scalar as it was written: keys are names, and a node called 007 keeps its zeros


def parse(text: str, file: str, locate: Locate = Position) -> Source:
    """Read YAML.

    Raises:
        TopologyError: the text is not YAML, holds more than one document, or nothing.
    """
    source = Source(file, locate)
    try:
        root = _Builder(source).build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = locate(mark.line + 1, mark.column + 1) if mark else Position()
        what = " ".join(filter(None, (error.context, error.problem)))
        raise TopologyError(file, [Problem(where, f"this is not YAML: {what}")]) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        where = locate(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise TopologyError(file, [Problem(where, f"this is not YAML: {error.reason}")]) from None
    if root is None or (root.shape == "scalar" and root.value is None):
        raise TopologyError(file, [Problem(Position(), "the file is empty: a topology has vteps and hosts, or nodes")])
    source.data = _Unfolder(source).unfold(root, ())
    return source


class _Builder:
    """Events to nodes, without recursion, so that deep nesting is an error message and not a crash."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._anchors: dict[str, _Node] = {}
        self._count = 0

    def build(self, events: Iterator[Any]) -> _Node | None:
        open_nodes: list[_Node] = []
        pending: list[tuple[str, Position] | None] = []
        root: _Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                self._fail(event, "a second document starts here: one file holds one topology")
            if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                open_nodes.pop()
                pending.pop()
                continue
            node = self._node(event)
            if node is None:
                continue
            self._count += 1
            if self._count > MAX_VALUES:
                self._fail(event, f"more than {MAX_VALUES:,} values: this is not a topology")
            if not open_nodes:
                root = node
            elif self._place(open_nodes[-1], pending, node):
                continue
            if node.shape != "scalar" and not isinstance(event, yaml.AliasEvent):
                open_nodes.append(node)
                pending.append(None)
                if len(open_nodes) > MAX_DEPTH:
                    self._fail(event, f"nested more than {MAX_DEPTH} levels deep")
        return root

    def _place(self, parent: _Node, pending: list[tuple[str, Position] | None], node: _Node) -> bool:
        """Put a node into its parent; True where it was taken as the key of the next value."""
        if parent.shape == "list":
            parent.value.append(node)
            return False
        key = pending[-1]
        if key is None:
            if node.shape != "scalar":
                raise TopologyError(self._source.file, [Problem(node.position, "a key must be a word")])
            pending[-1] = (node.text, node.position)
            return True
        parent.value.append((*key, node))
        pending[-1] = None
        if len(parent.value) > MAX_KEYS:
            problem = Problem(key[1], f"more than {MAX_KEYS:,} keys in one mapping: this is not a topology")
            raise TopologyError(self._source.file, [problem])
        return False

    def _node(self, event: Any) -> _Node | None:
        position = self._source.locate(event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            anchored = self._anchors.get(str(event.anchor))
            if anchored is None:
                self._fail(event, f"*{event.anchor} names nothing that stands before it")
            return anchored
        if isinstance(event, yaml.ScalarEvent):
            node = _Node(_scalar(event), position, "scalar", event.value)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = _Node([], position, "list")
        elif isinstance(event, yaml.MappingStartEvent):
            node = _Node([], position, "mapping")
        else:
            return None
        if event.tag and event.tag not in ("!", "tag:yaml.org,2002:str"):
            self._fail(event, f"the tag {event.tag!a} is not used in topologies: write the plain value")
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _fail(self, event: Any, message: str) -> None:
        position = self._source.locate(event.start_mark.line + 1, event.start_mark.column + 1)
        raise TopologyError(self._source.file, [Problem(position, message)])


class _Unfolder:
    """Nodes to plain data, aliases followed, with the place of everything noted."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._count = 0

    def unfold(self, node: _Node, path: Path) -> Data:
        self._count += 1
        if self._count > MAX_VALUES or len(path) > MAX_DEPTH:
            raise TopologyError(self._source.file, [Problem(node.position, "the aliases grow without end")])
        self._source.values[path] = node.position
        if node.shape == "scalar":
            return node.value
        if node.shape == "list":
            items = []
            for index, item in enumerate(node.value):
                self._source.keys[(*path, index)] = item.position
                items.append(self.unfold(item, (*path, index)))
            return items
        return self._mapping(node, path)

    def _mapping(self, node: _Node, path: Path) -> dict[str, Data]:
        mapping: dict[str, Data] = {}
        for key, position, value in node.value:
            if key in mapping:
                first = self._source.keys[(*path, key)]
                self._source.problems.append(
                    Problem(position, f"{key} stands here twice: the first one is in line {first.line}")
                )
                continue
            self._source.keys[(*path, key)] = position
            mapping[key] = self.unfold(value, (*path, key))
        return mapping


_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,19})")  # 007 is a name, not a number
_HEX = re.compile(r"0x[0-9a-fA-F]{1,16}")
_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


def _scalar(event: Any) -> Any:
    """A scalar by the core schema (YAML 1.2.2, section 10.3.2) without its fractions, which no topology has."""
    return plain(event.value) if event.implicit[0] else event.value


def plain(text: str) -> str | int | bool | None:
    """What a text means that stands in no quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return int(text, 16) if _HEX.fullmatch(text) else text
