"""Which part of a lab is that of this machine."""

from __future__ import annotations

from vxlab.lab import record
from vxlab.lab.errors import CollisionError
from vxlab.topology import Topology


def part(topology: Topology, machine: str | None) -> Topology:
    """What of a topology belongs to this machine.

    Args:
        topology: the whole.
        machine: which one this is, by its name in the file; where a part of the lab is up here, that is known.

    Raises:
        MachineError: the file names no machines, or others, or it is not known which one this is.
        CollisionError: the part of another machine is up here.
    """
    old = record.read(topology.name) if topology.machines else None
    found = topology.part(machine or (old.machine if old else None))
    if old and old.machine not in ("", found.machine):
        raise CollisionError(
            f"lab {topology.name} is up here as machine {old.machine}: vxlab down {topology.name} removes that first"
        )
    return found
