"""Telling which step of a plan failed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from vxlab.kernel.errors import KernelError
from vxlab.plan import Plan, Step


class At:
    """Knows where in its plan a step stands."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def error(self, step: Step, reason: str) -> KernelError:
        position = next(number for number, one in enumerate(self._plan, 1) if one is step)
        return KernelError(step, position, len(self._plan), reason)

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        """Tell of an error in the body as one of this step."""
        try:
            yield
        except OSError as error:
            raise self.error(step, os.strerror(error.errno or 0)) from error
