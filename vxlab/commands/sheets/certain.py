"""What surely works in a lab, as far as its state tells: which hosts of a segment reach each other.

A sheet that promises the answer to a ping must not be wrong. So whatever could be in the way counts as if it were.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import permutations

from vxlab.commands.purpose.anatomy import Anatomy, Host
from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING

_HARMLESS = {"link", "learning", "neigh_suppress", "cost", "priority"}
"""The options of a bridge port that keep no frame from getting where it should."""


def pair_of(anatomy: Anatomy, tunnels: list[Resource], only: Collection[str]) -> tuple[Host, Host] | None:
    """Two hosts of a segment that surely reach each other through the tunnel."""
    few = tunnels if not only else [t for t in tunnels if t.namespace in only] + tunnels
    hosts = [host for tunnel in few[:10] for host in anatomy.hosts(tunnel)[:3] if _is_alone(anatomy, host)]
    for one, other in permutations(hosts, 2):
        if only and one.namespace not in only and one.tunnel.namespace not in only:
            continue
        apart = one.tunnel.key != other.tunnel.key and one.interface.network == other.interface.network
        if apart and _talk(anatomy, one, other) and _talk(anatomy, other, one):
            return one, other
    return None


def _is_alone(anatomy: Anatomy, host: Host) -> bool:
    """Whether nobody else in the segment can be meant, and nothing odd is on the way."""
    same = [h for tunnel in anatomy.tunnels for h in _of_segment(anatomy, host, tunnel) if h.address == host.address]
    return len(same) == 1 and anatomy.paths.is_plain(host.namespace) and is_ordinary(anatomy, host.tunnel)


def _of_segment(anatomy: Anatomy, host: Host, tunnel: Resource) -> list[Host]:
    alike = all(tunnel.get(option) == host.tunnel.get(option) for option in ("vni", "port", "external"))
    return anatomy.hosts(tunnel) if alike else []


def is_ordinary(anatomy: Anatomy, link: Resource) -> bool:
    """Whether all links of a broadcast domain are up, and its bridges pass on whatever comes."""
    return all(_passes(anatomy, member) for member in anatomy.paths.domain(link))


def _passes(anatomy: Anatomy, link: Resource) -> bool:
    settings = anatomy.state.inside(link.namespace, Family.BRIDGE_PORT)
    told = {name for port in settings if port.name == link.name for name in port.values}
    if not link.get("up") or not told <= _HARMLESS:
        return False
    return not (link.kind is BRIDGE and (link.get("vlan_filtering") or link.get("stp_state")))


def _talk(anatomy: Anatomy, one: Host, other: Host) -> bool:
    """Whether what ``one`` asks by ARP gets an answer, and what it sends gets there."""
    near, far = one.tunnel, other.tunnel
    to = vtep_address(anatomy, far)
    if not to or any(near.get(option) != far.get(option) for option in _MUST_AGREE):
        return False
    misled = any(entry.get("dst") != to for entry in anatomy.entries(near, str(other.link.get("mac"))))
    if misled or not anatomy.paths.reaches(near.namespace, to):
        return False
    if near.get("proxy"):
        return _is_known(anatomy, near, other, to)
    group = near.get("group")
    if group != NOTHING:
        return bool(group == far.get("group"))
    return to in anatomy.flood_destinations(near)


_MUST_AGREE = ("vni", "port", "gpe", "gbp", "external")


def _is_known(anatomy: Anatomy, tunnel: Resource, host: Host, vtep: str) -> bool:
    """Whether a VTEP that answers ARP itself was told of a host and of the VTEP that it is behind."""
    mac = str(host.link.get("mac"))
    told = anatomy.state.inside(tunnel.namespace, Family.NEIGHBOUR)
    known = any(e.name == tunnel.name and e.get("address") == host.address and e.get("mac") == mac for e in told)
    return known and any(entry.get("dst") == vtep for entry in anatomy.entries(tunnel, mac))


def vtep_address(anatomy: Anatomy, tunnel: Resource) -> str:
    """The one address that a device sends from; empty where that is not sure."""
    if tunnel.get("local") != NOTHING:
        return str(tunnel.get("local"))
    addresses = anatomy.underlay_addresses(tunnel.namespace)
    return addresses[0] if len(addresses) == 1 else ""
