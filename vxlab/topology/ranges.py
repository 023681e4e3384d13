"""Ranges in names: ``vtep[1-3]`` means vtep1, vtep2 and vtep3.

In a mapping whose key has a range, a range of the same length in a value goes along with it:
``h[1-3]: {vtep: "vtep[1-3]"}`` puts each host behind its own VTEP. A value without a range is repeated. So are the
two ends of a cable paired: ``["sw:p[1-3]", "h[1-3]:eth0"]`` means three cables. An item of a list, in a mapping whose
key has no range, means several items.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from vxlab.topology.errors import Path, Problem, TopologyError
from vxlab.topology.source import Source

MAX_NAMES = 10_000
"""Names that one range may mean; more than a machine can hold as namespaces."""

RANGE = re.compile(r"\[([0-9]{1,9})-([0-9]{1,9})\]")

SECTIONS = ("vteps", "hosts", "nodes", "segments", "tenants")
"""The top-level mappings in whose keys ranges are understood."""


@lru_cache(maxsize=16)  # each member of a range asks again
def names(pattern: str) -> tuple[str, ...]:
    """The names that a pattern means; itself where it has no range.

    Raises:
        ValueError: more than one range, one that runs backwards, or one that is too long.
    """
    found = list(RANGE.finditer(pattern))
    if not found:
        return (pattern,)
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
    return tuple(f"{before}{number:0{width}d}{after}" for number in range(int(low), int(high) + 1))


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
        if isinstance(mapping, dict):
            unfolded: dict[str, Any] = {}
            for key, value in mapping.items():
                clear = _unfold_entry(source, (section, key), value, unfolded) and clear
                if len(unfolded) > MAX_NAMES:
                    message = f"the ranges mean more than {MAX_NAMES} {section} together"
                    raise TopologyError(source.file, [Problem(source.key_position((section, key)), message)])
            source.data[section] = unfolded
    clear = _unfold_vlans(source) and clear
    return _unfold_links(source) and clear


def _unfold_vlans(source: Source) -> bool:
    """Replace ranges among the VLANs of each VTEP: `"[10-19]": "blue[1-10]"` is ten VLANs, each with its segment."""
    vteps, clear = source.data.get("vteps"), True
    for name, vtep in vteps.items() if isinstance(vteps, dict) else ():
        vlans = vtep.get(VLANS) if isinstance(vtep, dict) else None
        if isinstance(vlans, dict) and any(RANGE.search(vid) for vid in vlans):
            unfolded: dict[str, Any] = {}
            for vid, segment in vlans.items():
                clear = _unfold_entry(source, ("vteps", name, VLANS, vid), segment, unfolded) and clear
            vtep[VLANS] = unfolded
    return clear


def _unfold_links(source: Source) -> bool:
    """Replace cables whose ends have ranges by as many cables."""
    links, clear = source.data.get("links"), True
    if not isinstance(links, list) or not any(map(_ends_with_ranges, links)):
        return clear
    unfolded: list[Any] = []
    for index, cable in enumerate(links):
        path: Path = ("links", index)
        try:
            members = list(_cables(source, path, cable))
        except _WrongError as problem:
            source.problems.append(problem.told(source))
            members, clear = [], False
        for member in members:
            source.moved[("links", len(unfolded))] = path
            unfolded.append(member)
    source.data["links"] = unfolded
    return clear


def _ends_with_ranges(cable: Any) -> list[str]:
    """The ends of a cable that have a range."""
    ends = cable if isinstance(cable, list | dict) else ()
    return [end for end in ends if isinstance(end, str) and RANGE.search(end)]


def _cables(source: Source, path: Path, cable: Any) -> Iterator[Any]:
    """The cables that one entry means.

    Raises:
        _WrongError: a range in it cannot be read.
    """
    ranged = _ends_with_ranges(cable)
    if not ranged:
        yield cable
        return
    for index, _ in enumerate(_names(ranged[0], path)):
        member = _Member(source, index, ranged[0])
        if isinstance(cable, dict):
            items = ((end, (*path, end), settings) for end, settings in cable.items())
            yield {member.of(end, at, at): member.of(settings, at, at) for end, at, settings in items}
        else:
            yield member.of(cable, path, path)


def _unfold_entry(source: Source, path: Path, value: Any, unfolded: dict[str, Any]) -> bool:
    """Add what one entry of a mapping means; False where its range cannot be read."""
    key = str(path[-1])
    try:
        members = {
            name: _Member(source, index, key).of(value, (*path[:-1], name), path)
            for index, name in enumerate(_names(key, path))
        }
    except _WrongError as problem:
        source.problems.append(problem.told(source))
        return False
    for name, item in members.items():
        if name in unfolded:
            message = f"{name} stands here twice: by itself and as one of a range, or in two ranges"
            source.problems.append(Problem(source.key_position(path), message))
            continue
        unfolded[name] = item
        if name != key:
            source.moved[(*path[:-1], name)] = source.written(path)
    return True


AS_WRITTEN = "processes"
"""The key of a node in which a range is none: a command has its own use for brackets."""

VLANS = "vlans"
"""The key of a VTEP with a mapping in it that has ranges of its own: a value goes along with its key."""


class _WrongError(Exception):
    """A range that makes no sense, with its place in the file."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path

    def told(self, source: Source) -> Problem:
        in_key = RANGE.search(str(self.path[-1]))
        return Problem((source.key_position if in_key else source.value_position)(self.path), str(self))


def _names(pattern: str, path: Path) -> tuple[str, ...]:
    try:
        return names(pattern)
    except ValueError as problem:
        raise _WrongError(path, str(problem)) from None


class _Member(NamedTuple):
    """One member of the range in ``key``: every range inside has a share for it."""

    source: Source
    number: int
    key: str

    def of(self, value: Any, path: Path, written: Path) -> Any:
        """The member's own value.

        Args:
            value: the value of all members.
            path: where the own one will be.
            written: where that of all stands in the file.
        """
        if isinstance(value, dict):
            return {
                name: item if self._stays(path, name) else self.of(item, (*path, name), (*written, name))
                for name, item in value.items()
            }
        if isinstance(value, list):
            return list(self._items(value, path, written))
        if RANGE.search(self.key) and isinstance(value, str) and RANGE.search(value):
            shares, members = _names(value, written), len(names(self.key))
            if len(shares) != members:
                message = f"{value} means {len(shares)} names, and {self.key} means {members}: they must be as many"
                raise _WrongError(written, message)
            # A value that is nothing but a range is a number: `vni: "[101-103]"`.
            return int(shares[self.number]) if RANGE.fullmatch(value) else shares[self.number]
        return value

    def _stays(self, path: Path, key: str) -> bool:
        """Whether what is behind a key has no share in the range of this mapping's own name."""
        is_vlan = path[0] == "vteps" and path[2:] == (VLANS,)
        return (len(path) == 2 and key == AS_WRITTEN) or (is_vlan and bool(RANGE.search(key)))

    def _items(self, items: list[Any], path: Path, written: Path) -> Iterator[Any]:
        """The items of a list: one that alone has a range is several."""
        count = 0
        for number, item in enumerate(items):
            alone = not RANGE.search(self.key) and isinstance(item, str) and RANGE.search(item)
            place = (*written, number)
            for member in _names(item, place) if alone else (self.of(item, (*path, count), place),):
                if count != number:
                    self.source.moved[(*path, count)] = place
                count += 1
                yield member
