"""Runs of numbers in two states, cut at the same places: VLANs 10-20 that are wanted, of which 15 is missing.

What is named by a run has the run in its key. So before two states are compared, each run is cut where one of the
other state begins or ends; then what both have is the same piece in both, and what one has alone is a piece by itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from vxlab.state.kinds import KINDS
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import Value
from vxlab.state.types.numbers import ends, inside, run

_FAMILIES = tuple(dict.fromkeys(kind.family for kind in KINDS.values() if kind.runs))

_Table = tuple[Value, ...]
"""What the numbers of an entry are counted in: its kind, and all of its identity but the run."""


def aligned(one: NetworkState, other: NetworkState) -> tuple[NetworkState, NetworkState]:
    """Both states with their runs cut at the same places."""
    cuts: dict[_Table, set[int]] = {}
    for state in (one, other):
        for entry in _of_runs(state):
            first, last = ends(entry.get(entry.kind.runs[0]))
            cuts.setdefault(_table(entry), set()).update((first, last + 1))
    in_order = {table: sorted(places) for table, places in cuts.items()}
    return (_cut(one, in_order), _cut(other, in_order)) if cuts else (one, other)


def _of_runs(state: NetworkState) -> Iterator[Resource]:
    return (entry for name in state.namespaces for family in _FAMILIES for entry in state.inside(name, family))


def _table(entry: Resource) -> _Table:
    rest = (entry.get(name) for name in entry.kind.identity if name != entry.kind.runs[0])
    return (entry.kind.name, entry.namespace, *rest)


def _cut(state: NetworkState, cuts: dict[_Table, list[int]]) -> NetworkState:
    found: list[Resource] = []
    changed = False
    for entry in state:
        pieces = [*_pieces(entry, cuts)] if entry.kind.runs else [entry]
        changed = changed or len(pieces) > 1
        found += pieces
    return NetworkState.of(found) if changed else state


def _pieces(entry: Resource, cuts: dict[_Table, list[int]]) -> Iterator[Resource]:
    names = entry.kind.runs
    whole = entry.get(names[0])
    first, last = ends(whole)
    here = cuts[_table(entry)]
    places = [first, *here[bisect_right(here, first) : bisect_right(here, last)], last + 1]
    if len(places) == 2:
        yield entry
        return
    for start, end in pairwise(places):
        own = {name: inside(entry.get(name), start, end - 1, whole) for name in names[1:] if name in entry.values}
        yield entry.with_values(**{names[0]: run(start, end - 1)}, **own)
