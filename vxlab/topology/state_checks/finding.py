"""What the checks of a state give back: what is wrong, where, and what it contradicts."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.state.model import Resource

Place = str | Resource | tuple[Resource, str]
"""An option of the resource itself, another resource, or an option of that."""

Places = tuple[Place, ...]

Wrong = Iterator[tuple[str, str, *tuple[Place, ...]]]
"""Mistakes of one resource: the option that has it (empty: the whole), what is wrong, and what that contradicts."""

Found = Iterator[tuple[Resource, str, str, *tuple[Place, ...]]]
"""The same where all resources are looked at: which one has it stands first."""
