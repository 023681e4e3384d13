"""VTEPs with VLANs: one bridge that looks at tags, and which VNI each VLAN is.

style device-per-vni                            style single-device

    vxlan100   vxlan200      untagged               vxlan0          tagged, each VLAN with its VNI
        |10        |20       (access ports)           | 10 = 100, 20 = 200
        +--- br0 --+                                 br0
        |10        |10,20                             |
        h1         h2        untagged; tagged (a trunk): h2 has eth0.10 and eth0.20
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vxlab.state.types.numbers import run
from vxlab.topology.expand.lab import Lab
from vxlab.topology.expand.names import SINGLE_DEVICE, VLAN_BRIDGE
from vxlab.topology.expand.part import Raw

VLAN_AWARE: Raw = {"vlan_filtering": True, "vlan_default_pvid": 0}
"""No VLAN is anywhere where nobody has put it."""

_ACCESS: Raw = {"pvid": True, "untagged": True}


def vlans_of_tunnel(lab: Lab, vtep: str, segment: str) -> list[Raw]:
    """The VLAN of a VXLAN device of its own: an access port, where tags are taken off (RFC 7348 section 6.1)."""
    return [{"link": lab.device(vtep, segment), "vid": lab.vlan_of(vtep, segment), **_ACCESS}]


def vlans_of_host(lab: Lab, host: str, port: str) -> list[Raw]:
    """The VLANs of a host's port: without a tag, with tags, or both."""
    vtep = lab.document.hosts[host].vtep
    untagged = lab.untagged(host)
    own = [{"link": port, "vid": lab.vlan_of(vtep, untagged), **_ACCESS}] if untagged else []
    vids = sorted(lab.tagged(host).values())
    return own + [{"link": port, "vid": run(first, last)} for (first, _), (last, _) in _runs((vid, ()) for vid in vids)]


def single_device(lab: Lab, vtep: str, bridge: Raw, tunnel: Raw, flooding: Mapping[str, Raw]) -> Raw:
    """One VXLAN device, with the VLANs, the VNIs, and where each VNI is flooded to."""
    here = sorted(lab.document.vteps[vtep].vlans.items())
    vnis = {name: lab.segments[name].vni for _, name in here}
    links = {
        VLAN_BRIDGE: {"kind": "bridge", "mac": lab.mac(vtep, VLAN_BRIDGE), **bridge},
        SINGLE_DEVICE: {
            "kind": "vxlan",
            "external": True,
            "vnifilter": True,
            **tunnel,
            "mac": lab.mac(vtep, SINGLE_DEVICE),
            "master": VLAN_BRIDGE,
            "bridge_port": {"vlan_tunnel": True},
        },
    }
    at = {"link": SINGLE_DEVICE}
    vlans = _runs((vid, ()) for vid, _ in here)
    tunnels = _runs((vid, vnis[name] - vid) for vid, name in here)
    taken = _runs(sorted((vni, flooding[name].get("group", "")) for name, vni in vnis.items()))
    return {
        "links": links,
        "bridge_vlans": [{**at, "vid": run(first, last)} for (first, _), (last, _) in vlans],
        "vlan_tunnels": [
            {**at, "vid": run(first, last), "id": run(first + more, last + more)}
            for (first, more), (last, _) in tunnels
        ],
        "vnis": [
            {**at, "vni": run(first, last), **({"group": group} if group else {})}
            for (first, group), (last, _) in taken
        ],
    }


_Numbered = tuple[int, Any]
"""A number, and what those of one run have in common."""


def _runs(numbers: Iterable[_Numbered]) -> list[tuple[_Numbered, _Numbered]]:
    """The first and the last of each run of numbers that follow each other and have the same in common."""
    found: list[tuple[_Numbered, _Numbered]] = []
    for one in numbers:
        if found and found[-1][1] == (one[0] - 1, one[1]):
            found[-1] = (found[-1][0], one)
        else:
            found.append((one, one))
    return found
