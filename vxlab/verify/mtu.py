"""The largest packet that passes between two hosts, and what becomes of a larger one."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from vxlab.packets.probe import Echo
from vxlab.state.kinds import BRIDGE
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING
from vxlab.verify.check import Check, check, sent_instead
from vxlab.verify.domain import underlay_way
from vxlab.verify.exchange import Exchange, exchange
from vxlab.verify.overlay import Host, Vtep
from vxlab.verify.scene import Scene

OVERHEAD = {4: 50, 6: 70}
"""Bytes that VXLAN adds to a packet by version of the underlay: inner Ethernet 14, VXLAN 8, UDP 8, IP 20 or 40."""

_TAG = 4
"""Bytes above the MTU that a link takes from a bridge or its peer, for a VLAN tag (__is_skb_forwardable())."""


OF_SIZES = ("MTU fits", "MTU exceeded")
"""The names of the checks."""


@dataclass(frozen=True)
class Limit:
    """The largest packet, in bytes with its IP header, what limits it, and how much more is too much.

    ``passes``: whether more than that arrives after all, in fragments of the outer packet.
    """

    size: int
    why: str
    more: int = 1
    own: bool = False
    passes: bool = False


def limit(scene: Scene, sender: Host, target: Host) -> Limit:
    """What the file says of the largest packet from one host to the other."""
    limits = [_own(scene, sender)]
    limits += [_on_the_way(scene, link) for host in (sender, target) for link in _carriers(host)]
    if sender.vtep != target.vtep:
        limits.append(_tunnel(scene, sender.vtep, target.vtep))
    # Of equals the first: what the own link refuses never gets to the others.
    return min(limits, key=lambda one: one.size + one.more)


def _carriers(host: Host) -> tuple[Resource, ...]:
    """The links that a frame leaves by on its way; bridges and the tunnel have no say of their own."""
    return tuple(link for link in host.way[1:] if link.kind is not BRIDGE)


def _own(scene: Scene, host: Host) -> Limit:
    link = host.way[-1]
    return Limit(scene.mtu(link), f"the MTU of {scene.host(host)}'s {link.name}", own=True)


def _on_the_way(scene: Scene, link: Resource) -> Limit:
    where = f"{scene.node(link.namespace)}'s {link.name}"
    return Limit(scene.mtu(link), f"the MTU of {where} (which leaves {_TAG} bytes for a VLAN tag)", more=_TAG + 1)


def _tunnel(scene: Scene, near: Vtep, far: Vtep) -> Limit:
    starts = tuple(filter(None, (scene.state.link(*place) for place in near.underlay_places)))
    way = underlay_way(scene.state, starts, far.namespace)
    links = [link for link in way if link.kind is not BRIDGE] or list(starts)
    mtu = min(map(scene.mtu, links))
    overhead = OVERHEAD[6 if ":" in near.addresses[0] else 4]
    # A bridge's port tells the sender or drops; a device that hosts use themselves lets the underlay fragment.
    fragments = near.device.get("master") == NOTHING and near.device.get("df") == "unset"
    return Limit(mtu - overhead, f"the underlay's MTU of {mtu} less {overhead} bytes for VXLAN", passes=fragments)


def checks(scene: Scene, sender: Host, target: Host) -> list[Check]:
    """Send the largest packet and a larger one.

    Raises:
        OSError: the kernel refused for another reason than the size.
    """
    most = limit(scene, sender, target)
    if most.size < Echo.SMALLEST:
        return []
    return [_whole(scene, sender, target, most), _too_large(scene, sender, target, most)]


def _packet(sender: Host, target: Host, size: int) -> Echo:
    return Echo(sender.end, target.end, size=size)


def _whole(scene: Scene, sender: Host, target: Host, most: Limit) -> Check:
    claim = f"a packet of {most.size} bytes reaches {scene.host(target)} whole, and so does the answer: {most.why}"
    x = _sent(scene, sender, target, most.size)
    if x is None:
        return Check("MTU fits", claim, False, seen=f"{scene.host(sender)}'s own link refused it")
    sent, delivered = x.evidence.sent(x.sender.vtep, x.probe.is_request), x.delivered
    back = [sighting for sighting in x.answered(sender) if len(sighting.inner) == len(x.probe.frame)]
    seen = f"{sent_instead(sent)}, and {'no answer of that size came back' if delivered else 'it did not arrive'}"
    passed = bool(delivered and back)
    return check(x.evidence, "MTU fits", claim, passed, sent + delivered + back, seen=seen)


def _sent(scene: Scene, sender: Host, target: Host, size: int, *, answer: bool = True) -> Exchange | None:
    """What became of a packet; None where the sender's own link refused it."""
    try:
        return exchange(scene, sender, target, _packet(sender, target, size), answer=answer)
    except OSError as error:
        if error.errno != errno.EMSGSIZE:
            raise
        return None


def _too_large(scene: Scene, sender: Host, target: Host, most: Limit) -> Check:
    host = scene.host(target)
    what = "one byte more" if most.more == 1 else f"{most.more} bytes more"
    x = _sent(scene, sender, target, most.size + most.more, answer=most.passes)
    if x is None:
        claim = f"{what} is refused by {scene.host(sender)}'s own link"
        if not most.own:
            claim = f"{what} leaves {scene.host(sender)}"
        return Check("MTU exceeded", claim, most.own, seen="" if most.own else "its own link refused it")
    probe = x.probe
    assert isinstance(probe, Echo)  # noqa: S101  it is what was sent
    sent, delivered = x.evidence.sent(sender.vtep, probe.is_request), x.delivered
    told = x.evidence.plain(sender.place, probe.is_too_big)
    if most.own:
        claim, passed, seen = f"{what} is refused by {scene.host(sender)}'s own link", False, "its own link took it"
    elif most.passes:
        claim = f"{what} reaches {host} all the same: the underlay carries it in fragments"
        passed, seen = bool(delivered), "it did not arrive"
    else:
        claim = f"{what} does not reach {host}{_and_told(scene, sender, bool(told))}"
        passed, seen = not delivered, "it arrived"
    return check(x.evidence, "MTU exceeded", claim, passed, sent + delivered + told, seen=seen)


def _and_told(scene: Scene, sender: Host, told: bool) -> str:
    return f"; {scene.host(sender)} is told that it is too large" if told else ""
