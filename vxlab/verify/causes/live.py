"""Causes that no file speaks of: links without a carrier, ports that do not forward."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from vxlab.state.kind import Family
from vxlab.state.kinds import VETH
from vxlab.state.model import Resource
from vxlab.verify.causes.look import command, look
from vxlab.verify.causes.sides import Sides
from vxlab.verify.check import Cause
from vxlab.verify.impaired import TRIES
from vxlab.verify.scene import ETHERNET_MTU, Scene

_OPEN = ("forwarding",)
_HINDERS = {"learning": False, "flood": False, "bcast_flood": False, "mcast_flood": False, "isolated": True}


def causes(scene: Scene, sides: Sides) -> Iterator[Cause]:
    """What stands in the way, on the near side first."""
    ports = (port for port in scene.actual.state.family(Family.BRIDGE_PORT) if _is_free(scene, port))
    for port in sorted(ports, key=lambda port: sides.rank(port.namespace, far_first=False)):
        where = f"port {port.name} of a bridge in {scene.node(port.namespace)}"
        if port.get("state") and port.get("state") not in _OPEN:
            yield Cause(f"{where} is {port.get('state')}, not forwarding", look(port, scene.actual.state))
        for option, bad in _HINDERS.items():
            if port.values.get(option) is bad:
                yield Cause(f"{where} has {option} {'on' if bad else 'off'}", look(port, scene.actual.state))


def sizes(scene: Scene, sides: Sides) -> Iterator[Cause]:
    """Cables whose MTU is not that of Ethernet, although the file gives them none: `vxlab up` leaves them alone."""
    links = (link for link in scene.state.family(Family.LINK) if link.kind is VETH and "mtu" not in link.values)
    for link in sorted(links, key=lambda link: sides.rank(link.namespace, far_first=False)):
        now = scene.mtu_now(link)
        if now not in (None, ETHERNET_MTU):
            where = f"{scene.node(link.namespace)}'s {link.name}"
            text = f"{where} has an MTU of {now}; the file gives it none, and so it should be {ETHERNET_MTU}"
            yield Cause(text, look(link, scene.actual.state))


def crowding(scene: Scene) -> Iterator[Cause]:
    """Neighbour tables that are full: then no node can find another one, whatever its file says."""
    for name, room in scene.crowded().items():
        text = f"the kernel's {name} has no room: it takes {room.most} entries of all namespaces together (gc_thresh3)"
        yield Cause(text, shlex.join(("ip", "-s", "ntable", "show", "name", name)))


def overflow(scene: Scene) -> Iterator[Cause]:
    """Copies that were lost on their way, because a bridge made more of them at once than the kernel lets wait."""
    if lost := scene.lost:
        text = f"the kernel dropped {lost} packets on their way between links: net.core.netdev_max_backlog is too small"
        yield Cause(f"{text} for what this machine floods at once", "cat /proc/net/softnet_stat")


def losing(scene: Scene) -> Iterator[Cause]:
    """Impairments that the file asks for, and traffic, that left nothing to see."""
    if not scene.impaired.gave_up:
        return
    qdisc = next(scene.state.family(Family.QDISC), None)
    if qdisc is not None:
        text = f"the lab loses what its file says (loss, rate): a frame in each of {TRIES} tries, so nothing is proved"
        yield Cause(text, look(qdisc, scene.actual.state))
    for (namespace, link), dropped in scene.capture.dropped().most_common(1):
        text = f"frames pass faster than they can be looked at: {dropped} of {scene.node(namespace)}:{link} were not"
        again = f"some in each of {TRIES} tries, so nothing is proved"
        yield Cause(f"{text}, {again}", command("ip", namespace, "-s", "link", "show", link))


def _is_free(scene: Scene, port: Resource) -> bool:
    """Whether the file leaves a port's options to the kernel."""
    told = scene.state.get(port.key)
    return told is None or not {"state", *_HINDERS} & {*told.values}
