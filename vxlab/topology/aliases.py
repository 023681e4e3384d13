"""Other words for a key, such as ``dstport`` for ``port``: those that ip and bridge have, and topologies may use.

They are replaced before anything else looks at the file, each keeping its place in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vxlab.state.kind import Option
from vxlab.state.kinds import ADDRESS, LINK_KINDS, LOOPBACK, VXLAN
from vxlab.state.phrase import Phrase, Phrases
from vxlab.topology.errors import Path
from vxlab.topology.lowlevel import SECTIONS
from vxlab.topology.source import Source

Table = Mapping[str, Option]


def replace(source: Source) -> None:
    """Give every key its own name."""
    if not isinstance(source.data, dict):
        return
    for path, mapping, table in list(_places(source.data)):
        names = {word: option.name for option in table.values() for word in option.also}
        if names.keys() & mapping.keys():
            _rename(source, path, mapping, names)


def _rename(source: Source, path: Path, mapping: dict[str, Any], names: Mapping[str, str]) -> None:
    renamed = {}
    for key, value in mapping.items():
        # Where both words stand there, the second one is a key too many, and is reported as such.
        name = names[key] if names.get(key, key) not in mapping else key
        renamed[name] = value
        for positions in (source.keys, source.values):
            if (*path, key) in positions:
                positions[(*path, name)] = positions[(*path, key)]
    mapping.clear()
    mapping.update(renamed)


def _places(data: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any], Table]]:
    """Every mapping whose keys are rows of a table, with its path."""
    for section in ("vteps", "hosts", "nodes"):
        for name, node in _items(data.get(section)):
            yield from _node((section, name), node)
            if section == "vteps":
                yield (section, name), node, VXLAN.table
    for name, segment in _items(data.get("segments")):
        yield ("segments", name), segment, VXLAN.table
    for name, tenant in _items(data.get("tenants")):
        yield ("tenants", name), tenant, VXLAN.table
    for index, cable in _items(data.get("links")):
        for end, settings in _items(cable):
            yield from _link(("links", index, end), settings)


def _node(path: Path, node: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any], Table]]:
    for section, kind in SECTIONS.items():
        for index, entry in _items(node.get(section)):
            yield from _inside((*path, section, index), entry, kind.table)
    for name, link in _items(node.get("links")):
        yield from _link((*path, "links", name), link)


def _link(path: Path, link: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any], Table]]:
    generated = VXLAN if str(path[-1]).startswith("vxlan") else LOOPBACK
    yield path, link, LINK_KINDS.get(str(link.get("kind")), generated).table
    for index, address in _items(link.get("addresses")):
        yield (*path, "addresses", index), address, ADDRESS.table


def _inside(path: Path, entry: dict[str, Any], table: Table) -> Iterator[tuple[Path, dict[str, Any], Table]]:
    """The entry, and what is written as a mapping in it: next hops and tunnel headers."""
    yield path, entry, table
    for name, option in table.items():
        value = entry.get(name)
        if isinstance(option.type, Phrase) and isinstance(value, dict):
            yield from _inside((*path, name), value, option.type.table)
        elif isinstance(option.type, Phrases) and isinstance(value, list):
            for index, item in _items(value):
                yield from _inside((*path, name, index), item, option.type.phrase.table)


def _items(value: Any) -> Iterator[tuple[str | int, dict[str, Any]]]:
    """The mappings in a mapping or list."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return ((key, item) for key, item in pairs if isinstance(item, dict))
