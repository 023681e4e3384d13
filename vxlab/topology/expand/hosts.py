"""Hosts, each with a cable to the bridge of its segment on its VTEP."""

from __future__ import annotations

from vxlab.topology.addressing import interface_name
from vxlab.topology.expand.lab import Lab, gateways
from vxlab.topology.expand.names import INTERNET, bridge, spines
from vxlab.topology.expand.part import Part, Raw
from vxlab.topology.expand.quiet import NO_IPV6, ipv6_everywhere
from vxlab.topology.schema import impairments


def hosts(lab: Lab) -> Part:
    part, ports = Part(), port_names(lab)
    for name in lab.hosts:
        segment = lab.segments[lab.segment_of(name)]
        is_v6 = any(":" in subnet for subnet in segment.subnet)
        routes = [{"to": "default", "via": address} for address in gateways(segment).values()]
        sysctls = ipv6_everywhere() if is_v6 else dict(NO_IPV6)
        part.add(name, {**lab.machine(lab.document.hosts[name].vtep), "sysctls": sysctls, "routes": routes})
        part.links.append(_cable(lab, name, ports[name]))
    return part


def _cable(lab: Lab, name: str, port: str) -> Raw:
    host = lab.document.hosts[name]
    segment = lab.segments[lab.segment_of(name)]
    mtu = host.mtu or lab.mtu(segment)
    addresses = [f"{address}/{subnet.partition('/')[2]}" for subnet, address in lab.overlay_addresses[name].items()]
    both = {"mtu": mtu, **impairments(host)}
    return {
        f"{host.vtep}:{port}": {"mac": lab.mac(host.vtep, port), **both, "master": bridge(segment.vni)},
        f"{name}:eth0": {"mac": lab.host_mac(name), **both, "addresses": addresses},
    }


def port_names(lab: Lab) -> dict[str, str]:
    """The port of each host on its VTEP's bridge, named after the host where that is possible."""
    own = {"eth0", INTERNET, *spines(lab.document), *lab.vteps}
    taken = {vtep: lab.names_in(vtep) for vtep in lab.vteps}
    ports = {}
    for name in lab.hosts:
        there = taken[lab.document.hosts[name].vtep]
        ports[name] = interface_name(name, own, there)
        there.add(ports[name])
    return ports
