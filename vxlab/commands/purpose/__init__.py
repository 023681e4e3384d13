"""Why each command of a lab is there, in one line: from the tables of options, and from what the rest of the lab is."""

from vxlab.commands.purpose.anatomy import Anatomy
from vxlab.commands.purpose.why import node_purpose, purpose
from vxlab.commands.versions import notes
from vxlab.plan import Step

__all__ = ["Anatomy", "explained", "node_purpose", "purpose"]


def explained(anatomy: Anatomy, step: Step) -> str:
    """What a step does and why, and which iproute2 it needs where that is not the usual one."""
    return "; ".join((purpose(anatomy, step), *notes(step)))
