"""What differs between two states, as ordered steps. Pure: no kernel, no files.

``plan(actual, desired)`` is the whole interface; everything that changes the machine, prints a command or
reports drift starts from its result.
"""

from vxlab.plan.build import plan
from vxlab.plan.step import Action, Plan, Step
from vxlab.plan.unsaid import with_defaults

__all__ = ["Action", "Plan", "Step", "plan", "with_defaults"]
