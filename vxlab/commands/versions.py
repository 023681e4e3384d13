"""Which iproute2 a command needs: that of the newest of its options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vxlab.plan import Action, Step
from vxlab.state.kind import Family

USUAL = (6, 1)
"""The iproute2 of Debian 12: what needs a newer one is told."""

Version = tuple[int, int]


def needed(step: Step) -> dict[str, Version]:
    """The options that a step's command names and whose first version of iproute2 is known, with that version."""
    resource = step.resource
    if resource.kind.family in (Family.LINK, Family.BRIDGE_PORT):
        named = [name for name, _ in step.values]
    else:
        named = [name for name, _ in resource.told if step.action is not Action.DELETE]
    table = resource.kind.table
    return {name: _parsed(table[name].iproute2) for name in named if table[name].iproute2}


def newest(steps: Iterable[Step]) -> Version | None:
    """The version that all steps together need; None where every one that is in use has what they need."""
    return max((version for step in steps for version in needed(step).values()), default=None)


def notes(step: Step) -> Iterator[str]:
    """What a reader must know who has the usual iproute2."""
    for name, version in needed(step).items():
        if version > USUAL:
            yield f"{name} needs iproute2 {shown(version)}"


def shown(version: Version) -> str:
    return ".".join(map(str, version))


def _parsed(text: str) -> Version:
    major, minor = text.split(".")
    return int(major), int(minor)
