"""Hosts, each with a cable to the bridge of its segment on its VTEP; with a trunk, to the one bridge of all."""

from __future__ import annotations

from vxlab.topology.addressing import interface_name
from vxlab.topology.expand.lab import Lab, gateways, segments_of_host
from vxlab.topology.expand.names import INTERNET, VLAN_BRIDGE, spines, vlan_link
from vxlab.topology.expand.part import Part, Raw
from vxlab.topology.expand.quiet import NO_IPV6, ipv6_everywhere
from vxlab.topology.expand.vlans import vlans_of_host
from vxlab.topology.schema import impairments


def hosts(lab: Lab) -> Part:
    part, ports = Part(), port_names(lab)
    for name in lab.hosts:
        host = lab.document.hosts[name]
        segments = [lab.segments[segment] for segment in segments_of_host(lab.document, host)]
        is_v6 = any(":" in subnet for segment in segments for subnet in segment.subnet)
        routes = [{"to": "default", "via": address} for address in gateways(segments[0]).values()]
        sysctls = ipv6_everywhere() if is_v6 else dict(NO_IPV6)
        part.add(name, {**lab.machine(host.vtep), "sysctls": sysctls, "routes": routes})
        part.add(name, {"links": {vlan_link(vid): _tagged(lab, name, to, vid) for to, vid in lab.tagged(name).items()}})
        if lab.document.vteps[host.vtep].vlans:
            part.add(host.vtep, {"bridge_vlans": vlans_of_host(lab, name, ports[name])})
        part.links.append(_cable(lab, name, ports[name]))
    return part


def _cable(lab: Lab, name: str, port: str) -> Raw:
    host, untagged = lab.document.hosts[name], lab.untagged(name)
    mtu = host.mtu or max(lab.mtu(lab.segments[segment]) for segment in segments_of_host(lab.document, host))
    master = lab.bridge(host.vtep, untagged) if untagged else VLAN_BRIDGE
    addresses = {"addresses": _addresses(lab, name, untagged)} if untagged else {}
    both = {"mtu": mtu, **impairments(host)}
    return {
        f"{host.vtep}:{port}": {"mac": lab.mac(host.vtep, port), **both, "master": master},
        f"{name}:eth0": {"mac": lab.host_mac(name), **both, **addresses},
    }


def _tagged(lab: Lab, name: str, segment: str, vid: int) -> Raw:
    """The link that has the frames of a segment that come with a tag."""
    mtu = lab.document.hosts[name].mtu or lab.mtu(lab.segments[segment])
    own = {"mac": lab.host_mac(name), "mtu": mtu, "addresses": _addresses(lab, name, segment)}
    return {"kind": "vlan", "link": "eth0", "id": vid, **own}


def _addresses(lab: Lab, name: str, segment: str) -> list[str]:
    found = lab.overlay_addresses[name, segment].items()
    return [f"{address}/{subnet.partition('/')[2]}" for subnet, address in found]


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
