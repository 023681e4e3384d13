"""The names of labs: which are there, and whether it is one that a user typed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from vxlab.lab import disk, ownership


def all_names() -> list[str]:
    """The labs that ``vxlab down --all`` removes, and what is left of others."""
    labs = disk.names()
    return [*sorted([*labs, *lost(labs)]), *disk.remnants()]


def lost(labs: Collection[str]) -> dict[str, list[str]]:
    """The labs without a record, each with its namespaces."""
    recorded = {namespace for lab in labs for namespace in disk.namespaces(lab)}
    found = ownership.lost(recorded)
    # One that has begun since the records were listed has one now.
    return {lab: names for lab, names in found.items() if lab not in labs and not disk.exists(lab)}


def looks_like_file(text: str) -> bool:
    """Whether an argument that may be a lab or a file is a file."""
    if "/" in text or Path(text).suffix in (".yaml", ".yml", ".j2"):
        return True
    return text not in disk.names() and Path(text).is_file()
