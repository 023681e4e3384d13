"""What the kernel can answer: no, and why."""

from __future__ import annotations

from vxlab.plan import Step


class KernelError(Exception):
    """The kernel refused a step.

    ``step`` is the step, ``position`` and ``total`` where it stood in its plan, ``reason`` what the kernel said.
    """

    def __init__(self, step: Step, position: int, total: int, reason: str) -> None:
        self.step, self.position, self.total, self.reason = step, position, total, reason
        super().__init__(
            f"the kernel refused step {position} of {total}, {step.describe()} in {step.namespace}: {reason}"
        )


class MissingFeatureError(Exception):
    """The running kernel cannot make something that a state needs; nothing was changed."""
