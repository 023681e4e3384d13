"""Tests of what only a full kernel has; they live in the same kind of world as those in tests/kernel."""

from tests.kernel.conftest import leaves_nothing, own_world, up

__all__ = ["leaves_nothing", "own_world", "up"]
