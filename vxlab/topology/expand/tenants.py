"""Symmetric IRB: what a VTEP has for a tenant, a VRF and a tunnel between the VRFs of all its VTEPs.

    r1 --- br100 --+                                     +-- br200 --- b2
                   acme - br1000 - vxlan1000 ... (vtep2) acme
                   |      the router MAC                 |

A VTEP routes what its own hosts send into the tunnel of the tenant's L3 VNI, to the router MAC of the VTEP that has the
other host, and that one routes it again (RFC 9135 section 4.4; RFC 9136 section 4.4.2 for the addresses of next hops).
Nothing is flooded there: each VTEP is told where each host and each router is.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from vxlab.topology.expand.lab import Lab, gateways
from vxlab.topology.expand.names import bridge, device
from vxlab.topology.expand.overlay import QUIET_BRIDGE, towards, tunnel
from vxlab.topology.expand.part import Part, Raw
from vxlab.topology.expand.quiet import ipv6_on
from vxlab.topology.schema import tuned

LAST_METRIC = 4278198272
"""That of a route which only counts where no other does (Documentation/networking/vrf.rst in the kernel)."""


def tenants(lab: Lab) -> Part:
    part = Part()
    for vtep in lab.vteps:
        for tenant in lab.tenants_of(vtep):
            part.add(vtep, {"links": _links(lab, vtep, tenant)})
            part.add(vtep, {"routes": [*_ends_here(lab, tenant), *_to_hosts(lab, vtep, tenant)]})
            part.add(vtep, _routers(lab, vtep, tenant))
            vni = lab.document.tenants[tenant].vni
            part.add(vtep, {"sysctls": ipv6_on([bridge(vni)], [bridge(vni)]) if 6 in _versions(lab, tenant) else {}})
    return part


def _links(lab: Lab, vtep: str, name: str) -> Raw:
    tenant = lab.document.tenants[name]
    options = {option: value for option, value in tuned(lab.document.vteps[vtep]).items() if option != "learning"}
    vrf = lab.vrf(name)
    return {
        vrf: {"kind": "vrf", "table": lab.table(name)},
        bridge(tenant.vni): {
            "kind": "bridge",
            "mac": lab.mac(vtep, bridge(tenant.vni)),
            **QUIET_BRIDGE,
            "master": vrf,
        },
        device(tenant.vni): {
            **tunnel(lab, vtep, tenant.vni, lab.room),
            "learning": False,
            **options,
            "bridge_port": {"learning": False},
        },
    }


def _versions(lab: Lab, tenant: str) -> list[int]:
    """The versions of IP that a tenant routes."""
    subnets = (subnet for segment in lab.routed_by(tenant) for subnet in gateways(lab.segments[segment]))
    return sorted({ipaddress.ip_network(subnet).version for subnet in subnets})


def _ends_here(lab: Lab, name: str) -> Iterator[Raw]:
    """Where a tenant has no way, nobody else's is taken: what a VRF does not know is looked up in the main table."""
    table = lab.table(name)
    for version in _versions(lab, name):
        to = "0.0.0.0/0" if version == 4 else "::/0"
        yield {"to": to, "type": "unreachable", "metric": LAST_METRIC, "table": table}


def _to_hosts(lab: Lab, vtep: str, name: str) -> Iterator[Raw]:
    """A way to each host behind another VTEP."""
    link, table = bridge(lab.document.tenants[name].vni), lab.table(name)
    for segment in lab.routed_by(name):
        routed = gateways(lab.segments[segment])
        for host in lab.hosts_in(segment):
            far = lab.document.hosts[host].vtep
            for subnet, address in lab.overlay_addresses[host, segment].items() if far != vtep else ():
                if subnet in routed:
                    via = _next_hop(lab, far, 6 if ":" in address else 4)
                    yield {"to": _single(address), "via": via, "link": link, "onlink": True, "table": table}


def _next_hop(lab: Lab, vtep: str, version: int) -> str:
    """The address of another VTEP's router: that of its tunnel end, in a form that a route of this version takes."""
    address = lab.underlay_addresses[vtep]
    if version == 6 and lab.underlay_version == 4:
        # A next hop that is mapped (RFC 4291 section 2.5.5.2) stands for one of IPv4.
        return f"::ffff:{address}"
    return address


def _routers(lab: Lab, vtep: str, name: str) -> Raw:
    """The routers of the tenant on all other VTEPs: their MAC addresses, and where these are."""
    vni = lab.document.tenants[name].vni
    versions, own = _versions(lab, name), lab.port_of(vtep)
    neighbours, entries = [], []
    for other in lab.vteps_of(name):
        if other == vtep:
            continue
        mac = lab.mac(other, bridge(vni))
        hops = dict.fromkeys(_next_hop(lab, other, version) for version in versions)
        neighbours += [{"link": bridge(vni), "address": hop, "mac": mac} for hop in hops]
        entries.append({"link": device(vni), "mac": mac, **towards(lab, other, lab.port_of(other), own)})
        entries.append({"link": device(vni), "mac": mac, "master": True, "state": "static"})
    return {"neighbours": neighbours, "fdb": entries}


def _single(address: str) -> str:
    return f"{address}/{128 if ':' in address else 32}"
