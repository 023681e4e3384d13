"""What bridges do with the tags of frames, and which VLAN is which VNI: the first of a VTEP's two tables.

A tag is the number of a VLAN, or 0 for none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, VXLAN
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import Value
from vxlab.state.types.numbers import ends

UNTAGGED = 0


class Mapping(NamedTuple):
    """VLANs of a bridge that are VNIs at one of its ports, one each, from the first ones on."""

    namespace: str
    link: str
    vlan: int
    vni: int
    size: int

    def vni_of(self, vlan: int) -> int | None:
        """The VNI of a VLAN; None where it is none of these."""
        return self.vni + vlan - self.vlan if 0 <= vlan - self.vlan < self.size else None

    def vlan_of(self, vni: int) -> int | None:
        """The VLAN of a VNI; None where it is none of these."""
        return self.vlan + vni - self.vni if 0 <= vni - self.vni < self.size else None


def mappings(state: NetworkState) -> Iterator[Mapping]:
    """Every mapping that a state has: of single devices, and of those that are access ports."""
    for entry in state.family(Family.VLAN_TUNNEL):
        (first, last), (vni, _) = ends(entry.get("vid")), ends(entry.get("id"))
        yield Mapping(entry.namespace, entry.name, first, vni, last - first + 1)
    for link in state.family(Family.LINK):
        if link.kind is VXLAN and not link.get("external") and (bridge := bridge_of(state, link)) and looks(bridge):
            vlan = comes_in(state, link, UNTAGGED)
            if vlan and goes_out(state, link, vlan) == UNTAGGED:
                yield Mapping(link.namespace, link.name, vlan, int(link.get("vni")), 1)


def bridge_of(state: NetworkState, port: Resource) -> Resource | None:
    """The bridge that a link is a port of."""
    bridge = state.link(port.namespace, str(port.get("master")))
    return bridge if bridge is not None and bridge.kind is BRIDGE else None


def looks(bridge: Resource) -> bool:
    """Whether a bridge looks at tags."""
    return bool(bridge.get("vlan_filtering"))


def comes_in(state: NetworkState, port: Resource, tag: int) -> int | None:
    """The VLAN of a frame with this tag that comes in at a port, or from the bridge itself; None where it is dropped.

    As __allowed_ingress() in net/bridge/br_vlan.c has it.
    """
    here = _Vlans(state, port)
    vlan = here.pvid if tag == UNTAGGED else tag
    return vlan if vlan and here.has(vlan) else None


def goes_out(state: NetworkState, port: Resource, vlan: int) -> int | None:
    """The tag that a frame of a VLAN leaves with at a port, or up to the bridge itself; None where it does not."""
    here = _Vlans(state, port)
    if not here.has(vlan):
        return None
    return UNTAGGED if here.takes_off(vlan) else vlan


class _Vlans:
    """The VLANs of a port, or of a bridge itself, the one that each gets by itself among them."""

    def __init__(self, state: NetworkState, port: Resource) -> None:
        bridge = port if port.kind is BRIDGE else bridge_of(state, port)
        self._usual = int(bridge.get("vlan_default_pvid")) if bridge is not None else 0
        self._said = [e for e in state.inside(port.namespace, Family.BRIDGE_VLAN) if e.name == port.name]

    @property
    def pvid(self) -> int:
        said = next((ends(entry.get("vid"))[0] for entry in self._said if entry.get("pvid")), 0)
        return said or self._usual

    def has(self, vlan: int) -> bool:
        return vlan == self._usual or self._entry(vlan) is not None

    def takes_off(self, vlan: int) -> bool:
        entry = self._entry(vlan)
        return bool(entry.get("untagged")) if entry else vlan == self._usual

    def _entry(self, vlan: int) -> Resource | None:
        return next((entry for entry in self._said if is_in(vlan, entry.get("vid"))), None)


def is_in(number: int, value: Value) -> bool:
    """Whether a number is one of a run."""
    first, last = ends(value)
    return first <= number <= last


def in_runs(found: Iterable[Mapping]) -> list[Mapping]:
    """The same mappings, those that follow each other at one port as one."""
    runs: list[Mapping] = []
    for one in sorted(found):
        last = runs[-1] if runs else None
        if last and last[:2] == one[:2] and (last.vlan_of(one.vni - 1), last.vni_of(one.vlan - 1)) == (
            one.vlan - 1, one.vni - 1,
        ):  # fmt: skip
            runs[-1] = last._replace(size=last.size + one.size)
        else:
            runs.append(one)
    return runs
