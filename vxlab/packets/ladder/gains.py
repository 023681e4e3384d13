"""Which frame taught a VTEP an FDB entry: the first that came in with that inner MAC from that VTEP.

A VXLAN device learns the inner source MAC behind the outer source address (RFC 7348 section 4.1; vxlan_snoop() in
drivers/net/vxlan/vxlan_core.c).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from vxlab.packets.ladder.chart import Chart
from vxlab.packets.ladder.legs import Leg
from vxlab.packets.ladder.model import Gain
from vxlab.packets.ladder.passages import Party, What


class Learned(Protocol):
    """An FDB entry of a VXLAN device, as `vxlab.kernel.read.Entry` is one. ``vni`` is None for the device's own."""

    @property
    def namespace(self) -> str: ...
    @property
    def link(self) -> str: ...
    @property
    def mac(self) -> str: ...
    @property
    def dst(self) -> str: ...
    @property
    def vni(self) -> int | None: ...


def teach(
    legs: Sequence[Leg],
    entries: Iterable[Learned],
    chart: Chart,
    node_of: Callable[[str], str],
    owner: Callable[[str], str],
) -> tuple[Gain, ...]:
    """Put each entry under the leg that taught it.

    Args:
        legs: in the order of time.
        entries: what VTEPs gained.
        chart: knows the VNI of the devices that they are on.
        node_of: the name of a node.
        owner: the name of who has a MAC; empty where it is not known.

    Returns:
        The entries that no leg taught.
    """
    left = []
    for entry in entries:
        # An entry that leads to its device's own VNI does not name it (vxlan_fdb_info() in vxlan_core.c).
        vni = entry.vni or chart.vni((entry.namespace, entry.link))
        gain = Gain(node_of(entry.namespace), entry.link, entry.mac, entry.dst, vni, owner(entry.mac))
        leg = next((leg for leg in legs if _teaches(leg, entry, vni)), None)
        if leg is None:
            left.append(gain)
        else:
            leg.gained.append(gain)
    return tuple(left)


def _teaches(leg: Leg, entry: Learned, vni: int | None) -> bool:
    if not leg.encapsulated or leg.end != Party(What.NODE, entry.namespace) or leg.start == leg.end:
        return False
    outermost, *deeper = leg.meaning.outer
    inside = deeper[0] if deeper else leg.meaning.inner
    same = vni is None or outermost.vni is None or vni == outermost.vni
    return same and inside.mac_src == entry.mac and outermost.src == entry.dst
