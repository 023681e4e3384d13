"""The VLANs of bridges and their ports, and the VNIs that they are mapped to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types.numbers import ends
from vxlab.state.vlans import bridge_at, looks
from vxlab.topology.names import NO_QINQ
from vxlab.topology.state_checks.finding import Found, Wrong


def bridge_vlan(entry: Resource, state: NetworkState) -> Wrong:
    link = state.link(entry.namespace, entry.name)
    if link is None:
        return
    bridge = bridge_at(state, link)
    if bridge is None:
        yield "link", f"{link.name} is no port of a bridge, and no bridge", (link, "master"), (link, "kind")
    elif not looks(bridge):
        text = f"{bridge.name} does not look at VLAN tags: say vlan_filtering: true of it"
        yield "link", text, (bridge, "vlan_filtering"), (bridge, "kind")
    if entry.get("self") and link.kind is not BRIDGE:
        yield "self", f"self is for VLANs of bridges themselves, and {link.name} is a port", "link"
    first, last = ends(entry.get("vid"))
    if entry.get("pvid") and first != last:
        # br_process_vlan_info() in net/bridge/br_netlink.c
        yield "pvid", f"untagged frames belong to one VLAN, and {entry.get('vid')} is a range", "vid"


def vlan_tunnel(entry: Resource, state: NetworkState) -> Wrong:
    link = state.link(entry.namespace, entry.name)
    if link is None:
        return
    port = state.get((Family.BRIDGE_PORT, entry.namespace, (entry.name,)))
    if port is None or not port.get("vlan_tunnel"):
        # br_process_vlan_tunnel_info() in net/bridge/br_netlink_tunnel.c
        text = f"{link.name} maps no VLANs: say bridge_port: {{vlan_tunnel: true}} of it"
        yield "link", text, (link, "master"), (port or link, "vlan_tunnel")
    vids, ids = (ends(entry.get(option)) for option in ("vid", "id"))
    if vids[1] - vids[0] != ids[1] - ids[0]:
        text = f"{entry.get('vid')} and {entry.get('id')} are not as many: each VLAN has one VNI"
        yield "id", text, "vid"
    there = state.at(entry.namespace, entry.name, Family.BRIDGE_VLAN)
    missing = _without(vids, there)
    if missing:
        text = f"{link.name} does not take VLAN {missing}: name it in bridge_vlans too"
        yield "vid", text, *there
    bridge = bridge_at(state, link)
    if bridge is not None and bridge.get("vlan_protocol") != "802.1Q":
        text = f"{bridge.name} takes tags of 802.1ad: {NO_QINQ}"
        yield "vid", text, (bridge, "vlan_protocol")


def _without(run: tuple[int, int], entries: Iterable[Resource]) -> int | None:
    """The first number of a run that no entry has; None where all are there."""
    first, last = run
    for start, end in sorted(ends(entry.get("vid")) for entry in entries):
        if start <= first <= end:
            first = end + 1
    return first if first <= last else None


def twice(state: NetworkState) -> Found:
    """A number stands once in a table, by itself or in a run."""
    for table in _tables(state, Family.BRIDGE_VLAN, Family.VLAN_TUNNEL, Family.VNI):
        option = table[0].kind.runs[0]
        what = {"vid": "VLAN", "vni": "VNI"}[option]
        for before, entry, number in _shared(table, option):
            yield entry, option, f"{what} {number} stands here twice for {entry.name}", (before, option)


def one_vni(state: NetworkState) -> Found:
    """A VNI is one VLAN at a port (__vlan_tunnel_info_add() in net/bridge/br_vlan_tunnel.c)."""
    for table in _tables(state, Family.VLAN_TUNNEL):
        for before, entry, number in _shared(table, "id"):
            text = f"VNI {number} is mapped twice at {entry.name}: each VNI has one VLAN"
            yield entry, "id", text, (before, "id")


def _shared(table: list[Resource], option: str) -> Iterator[tuple[Resource, Resource, int]]:
    """Entries that follow each other in the order of an option and have a number in common, with that number."""
    for before, entry in pairwise(sorted(table, key=lambda entry: ends(entry.get(option)))):
        number = ends(entry.get(option))[0]
        if number <= ends(before.get(option))[1]:
            yield before, entry, number


def _tables(state: NetworkState, *families: Family) -> Iterator[list[Resource]]:
    found: dict[tuple[Family, str, str], list[Resource]] = {}
    for family in families:
        for entry in state.family(family):
            found.setdefault((family, entry.namespace, entry.name), []).append(entry)
    return iter(found.values())


def one_pvid(state: NetworkState) -> Found:
    """Untagged frames that come in belong to one VLAN."""
    first: dict[tuple[str, str], Resource] = {}
    for entry in state.family(Family.BRIDGE_VLAN):
        if entry.get("pvid"):
            other = first.setdefault((entry.namespace, entry.name), entry)
            if other is not entry:
                text = f"untagged frames at {entry.name} belong to VLAN {other.get('vid')} already"
                yield entry, "pvid", text, (other, "pvid")
