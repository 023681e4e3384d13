"""Causes that no file speaks of: links without a carrier, ports that do not forward."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.state.kind import Family
from vxlab.state.model import Resource
from vxlab.verify.causes.look import look
from vxlab.verify.causes.sides import Sides
from vxlab.verify.check import Cause
from vxlab.verify.scene import Scene

_OPEN = ("forwarding",)
_HINDERS = {"learning": False, "flood": False, "bcast_flood": False, "mcast_flood": False, "isolated": True}


def causes(scene: Scene, sides: Sides) -> Iterator[Cause]:
    """What stands in the way, on the near side first."""
    ports = (port for port in scene.actual.state.family(Family.BRIDGE_PORT) if _is_free(scene, port))
    for port in sorted(ports, key=lambda port: sides.rank(port.namespace, far_first=False)):
        where = f"port {port.name} of a bridge in {scene.node(port.namespace)}"
        if port.get("state") and port.get("state") not in _OPEN:
            yield Cause(f"{where} is {port.get('state')}, not forwarding", look(port))
        for option, bad in _HINDERS.items():
            if port.values.get(option) is bad:
                yield Cause(f"{where} has {option} {'on' if bad else 'off'}", look(port))


def _is_free(scene: Scene, port: Resource) -> bool:
    """Whether the file leaves a port's options to the kernel."""
    told = scene.state.get(port.key)
    return told is None or not {"state", *_HINDERS} & {*told.values}
