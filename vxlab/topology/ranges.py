"""Ranges in names: ``vtep[1-3]`` means vtep1, vtep2 and vtep3.

In a mapping whose key has a range, a range of the same length in a value goes along with it:
``h[1-3]: {vtep: "vtep[1-3]"}`` puts each host behind its own VTEP. A value without a range is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vxlab.topology.errors import Path, Problem
from vxlab.topology.source import Source

MAX_NAMES = 10_000
"""Names that one range may mean; more than a machine can hold as namespaces."""

RANGE = re.compile(r"\[([0-9]{1,9})-([0-9]{1,9})\]")

SECTIONS = ("vteps", "hosts", "nodes", "segments")
"""The top-level mappings in whose keys ranges are understood."""


def names(pattern: str) -> list[str]:
    """The names that a pattern means; itself where it has no range.

    Raises:
        ValueError: more than one range, one that runs backwards, or one that is too long.
    """
    found = list(RANGE.finditer(pattern))
    if not found:
        return [pattern]
    if len(found) > 1:
        raise ValueError(f"{pattern} has {len(found)} ranges: one is possible")
    low, high = found[0].groups()
    if int(high) < int(low):
        raise ValueError(f"the range {found[0].group()} runs backwards: write [{high}-{low}]")
    if int(high) - int(low) >= MAX_NAMES:
        raise ValueError(f"{pattern} means {int(high) - int(low) + 1} names: at most {MAX_NAMES} are possible")
    # A leading zero asks for fixed width: h[01-10].
    width = len(low) if low.startswith("0") else 0
    before, after = pattern[: found[0].start()], pattern[found[0].end() :]
    return [f"{before}{number:0{width}d}{after}" for number in range(int(low), int(high) + 1)]


def unfold(source: Source) -> None:
    """Replace the ranges in a source by what they mean; mistakes are added to its problems."""
    if not isinstance(source.data, dict):
        return
    for section in SECTIONS:
        mapping = source.data.get(section)
        if isinstance(mapping, dict) and any("[" in key for key in mapping):
            source.data[section] = _unfold_mapping(source, (section,), mapping)


def _unfold_mapping(source: Source, path: Path, mapping: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in mapping.items():
        for name, item in _members(source, (*path, key), key, value):
            if name in result:
                message = f"{key} means {name}, which stands here twice"
                source.problems.append(Problem(source.key_position((*path, key)), message))
                continue
            result[name] = item
            if name != key:
                source.moved[(*path, name)] = (*path, key)
    return result


def _members(source: Source, path: Path, key: str, value: Any) -> Iterator[tuple[str, Any]]:
    try:
        members = names(key)
        for index, name in enumerate(members):
            yield name, _member(value, index, len(members)) if name != key else value
    except ValueError as problem:
        source.problems.append(Problem(source.key_position(path), str(problem)))


def _member(value: Any, index: int, count: int) -> Any:
    """The value of one member: its own share of every range inside."""
    if isinstance(value, dict):
        return {key: _member(item, index, count) for key, item in value.items()}
    if isinstance(value, list):
        return [_member(item, index, count) for item in value]
    if isinstance(value, str) and RANGE.search(value):
        shares = names(value)
        if len(shares) != count:
            raise ValueError(f"{value} means {len(shares)} names for {count} members: they must be as many")
        return shares[index]
    return value
