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

INSIDE = 1 << 16
"""What is added to a VLAN inside of a bridge that looks at tags, to tell it from a tag."""


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
            here = PortVlans(state, link)
            vlan = here.comes_in(UNTAGGED)
            if vlan and here.goes_out(vlan) == UNTAGGED:
                yield Mapping(link.namespace, link.name, vlan, int(link.get("vni")), 1)


Mapped = dict[tuple[str, str], list[Mapping]]
"""Mappings by the namespace and the link that they are at."""


def by_port(state: NetworkState) -> Mapped:
    found: Mapped = {}
    for one in mappings(state):
        found.setdefault(one[:2], []).append(one)
    return found


def bridge_of(state: NetworkState, port: Resource) -> Resource | None:
    """The bridge that a link is a port of."""
    bridge = state.link(port.namespace, str(port.get("master")))
    return bridge if bridge is not None and bridge.kind is BRIDGE else None


def looks(bridge: Resource) -> bool:
    """Whether a bridge looks at tags."""
    return bool(bridge.get("vlan_filtering"))


def bridge_at(state: NetworkState, link: Resource) -> Resource | None:
    """The bridge that a link is, or is a port of."""
    return link if link.kind is BRIDGE else bridge_of(state, link)


def comes_in(state: NetworkState, port: Resource, tag: int) -> int | None:
    """As ``PortVlans.comes_in``, asked once."""
    return PortVlans(state, port).comes_in(tag)


def goes_out(state: NetworkState, port: Resource, vlan: int) -> int | None:
    """As ``PortVlans.goes_out``, asked once."""
    return PortVlans(state, port).goes_out(vlan)


class PortVlans:
    """The VLANs of a port, or of a bridge itself, the one that each gets by itself among them."""

    def __init__(self, state: NetworkState, port: Resource) -> None:
        bridge = bridge_at(state, port)
        self._usual = int(bridge.get("vlan_default_pvid")) if bridge is not None else 0
        self._said = state.at(port.namespace, port.name, Family.BRIDGE_VLAN)

    def comes_in(self, tag: int) -> int | None:
        """The VLAN of a frame with this tag that comes in there, or from the bridge itself; None where it is dropped.

        As __allowed_ingress() in net/bridge/br_vlan.c has it.
        """
        vlan = self._pvid if tag == UNTAGGED else tag
        return vlan if vlan and self._has(vlan) else None

    def goes_out(self, vlan: int) -> int | None:
        """The tag that a frame of a VLAN leaves with there, or up to the bridge itself; None where it does not."""
        if not self._has(vlan):
            return None
        return UNTAGGED if self._takes_off(vlan) else vlan

    @property
    def _pvid(self) -> int:
        said = next((ends(entry.get("vid"))[0] for entry in self._said if entry.get("pvid")), 0)
        return said or self._usual

    def _has(self, vlan: int) -> bool:
        return vlan == self._usual or self._entry(vlan) is not None

    def _takes_off(self, vlan: int) -> bool:
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
