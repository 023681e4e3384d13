"""Ranges in names: ``vtep[1-3]`` means vtep1, vtep2 and vtep3.

In a mapping whose key has a range, a range of the same length in a value goes along with it:
``h[1-3]: {vtep: "vtep[1-3]"}`` puts each host behind its own VTEP. A value without a range is repeated. So are the
two ends of a cable paired: ``["sw:p[1-3]", "h[1-3]:eth0"]`` means three cables. An item of a list, in a mapping whose
key has no range, means several items.
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


def unfold(source: Source) -> bool:
    """Replace the ranges in a source by what they mean; mistakes are added to its problems.

    Returns:
        Whether all ranges could be read. Where not, names are missing that the file may refer to.
    """
    clear = True
    if not isinstance(source.data, dict):
        return clear
    for section in SECTIONS:
        mapping = source.data.get(section)
        if isinstance(mapping, dict) and any("[" in key for key in mapping):
            unfolded: dict[str, Any] = {}
            for key, value in mapping.items():
                clear = _unfold_entry(source, (section, key), value, unfolded) and clear
            source.data[section] = unfolded
        elif isinstance(mapping, dict):
            source.data[section] = _member(mapping, 0, "")
    return _unfold_links(source) and clear


def _unfold_links(source: Source) -> bool:
    """Replace cables whose ends have ranges by as many cables."""
    links, clear = source.data.get("links"), True
    if not isinstance(links, list) or not any(map(_ends_with_ranges, links)):
        return clear
    unfolded: list[Any] = []
    for index, cable in enumerate(links):
        try:
            members = list(_cables(cable))
        except ValueError as problem:
            source.problems.append(Problem(source.key_position(("links", index)), str(problem)))
            members, clear = [], False
        for member in members:
            source.moved[("links", len(unfolded))] = ("links", index)
            unfolded.append(member)
    source.data["links"] = unfolded
    return clear


def _ends_with_ranges(cable: Any) -> list[str]:
    """The ends of a cable that have a range."""
    ends = cable if isinstance(cable, list | dict) else ()
    return [end for end in ends if isinstance(end, str) and RANGE.search(end)]


def _cables(cable: Any) -> Iterator[Any]:
    """The cables that one entry means."""
    ranged = _ends_with_ranges(cable)
    for index in range(len(names(ranged[0])) if ranged else 1):
        if isinstance(cable, dict) and ranged:
            yield {
                _member(end, index, ranged[0]): _member(settings, index, ranged[0]) for end, settings in cable.items()
            }
        else:
            yield _member(cable, index, ranged[0] if ranged else "")


def _unfold_entry(source: Source, path: Path, value: Any, unfolded: dict[str, Any]) -> bool:
    """Add what one entry of a mapping means; False where its range cannot be read."""
    key = str(path[-1])
    try:
        members = {name: _member(value, index, key) for index, name in enumerate(names(key))}
    except ValueError as problem:
        source.problems.append(Problem(source.key_position(path), str(problem)))
        return False
    for name, item in members.items():
        if name in unfolded:
            message = f"{name} stands here twice: by itself and as one of a range, or in two ranges"
            source.problems.append(Problem(source.key_position(path), message))
            continue
        unfolded[name] = item
        if name != key:
            source.moved[(*path[:-1], name)] = path
    return True


def _member(value: Any, index: int, key: str) -> Any:
    """The value of one member of the range in ``key``: its own share of every range inside."""
    if isinstance(value, dict):
        return {name: _member(item, index, key) for name, item in value.items()}
    if isinstance(value, list):
        return [member for item in value for member in _items(item, index, key)]
    if RANGE.search(key) and isinstance(value, str) and RANGE.search(value):
        shares, members = names(value), len(names(key))
        if len(shares) != members:
            raise ValueError(f"{value} means {len(shares)} names, and {key} means {members}: they must be as many")
        # A value that is nothing but a range is a number: `vni: "[101-103]"`.
        return int(shares[index]) if RANGE.fullmatch(value) else shares[index]
    return value


def _items(item: Any, index: int, key: str) -> list[Any]:
    """What an item of a list means: several, where it alone has a range."""
    if not RANGE.search(key) and isinstance(item, str) and RANGE.search(item):
        return list(names(item))
    return [_member(item, index, key)]
