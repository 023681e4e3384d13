"""What a VTEP has for each segment: a bridge, a VXLAN device in it, and what they know."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from vxlab.state.kinds.fdb import FLOOD_MAC
from vxlab.state.kinds.vxlan import PORT
from vxlab.topology.addressing import default_group
from vxlab.topology.expand.lab import Lab, behaviour, gateways
from vxlab.topology.expand.names import bridge, device, is_single
from vxlab.topology.expand.part import Part, Raw
from vxlab.topology.expand.quiet import ROUTER, ROUTER_6, ipv6_on, ipv6_without_link_local
from vxlab.topology.expand.vlans import VLAN_AWARE, single_device, vlans_of_tunnel
from vxlab.topology.schema import tuned

USUAL_MEMBERSHIPS = 20
"""Groups that a socket may join (IP_MAX_MEMBERSHIPS of linux/igmp.h)."""

QUIET_BRIDGE: Raw = {"mcast_snooping": False}
"""A bridge that snoops joins 224.0.0.106 itself (RFC 4286), and its report would teach the far VTEPs its MAC."""


def overlay(lab: Lab) -> Part:
    part = Part()
    for vtep in lab.vteps:
        if is_single(lab.document.vteps[vtep]):
            part.add(vtep, _one_for_all(lab, vtep))
        for segment in lab.segments_of(vtep):
            if not is_single(lab.document.vteps[vtep]):
                part.add(vtep, _links(lab, vtep, segment))
            part.add(vtep, {"fdb": [*_flood_list(lab, vtep, segment), *_known_macs(lab, vtep, segment)]})
            part.add(vtep, {"neighbours": list(_answers(lab, vtep, segment))})
            if lab.segments[segment].gateway:
                part.add(vtep, _gateway(lab, vtep, segment))
        part.add(vtep, {"sysctls": _sysctls(lab, vtep)})
    return part


def _links(lab: Lab, vtep: str, name: str) -> Raw:
    segment, vlans = lab.segments[name], lab.document.vteps[vtep].vlans
    bridge, device = lab.bridge(vtep, name), lab.device(vtep, name)
    port: Raw = {"learning": False} if segment.gateway else {}
    vxlan: Raw = {
        **tunnel(lab, vtep, segment.vni, _device_mtu(lab, name)),
        **_flooding(lab, name),
        "master": bridge,
        **settings(lab, vtep, name),
        **({"bridge_port": port} if port else {}),
    }
    mac = lab.gateway_mac(name) if segment.gateway else lab.mac(vtep, bridge)
    return {
        "links": {
            bridge: {"kind": "bridge", "mac": mac, **QUIET_BRIDGE, **(VLAN_AWARE if vlans else {}), **_vrf(lab, name)},
            device: vxlan,
        },
        "bridge_vlans": vlans_of_tunnel(lab, vtep, name) if vlans else [],
    }


def _one_for_all(lab: Lab, vtep: str) -> Raw:
    """The bridge and the VXLAN device of a VTEP that has one for all its segments."""
    segments = lab.segments_of(vtep)
    vxlan: Raw = {
        "local": lab.underlay_addresses[vtep],
        **({"dev": lab.underlay_link(vtep)} if lab.has_shared_link else {}),
        "mtu": max(_device_mtu(lab, name) for name in segments),
        "learning": True,
        # They agree in these (`vxlab.topology.document_checks.vlans`).
        **settings(lab, vtep, segments[0]),
    }
    groups = {name: _flooding(lab, name) for name in segments}
    return single_device(lab, vtep, {**QUIET_BRIDGE, **VLAN_AWARE}, vxlan, groups)


def tunnel(lab: Lab, vtep: str, vni: int, mtu: int) -> Raw:
    """The device of a VNI on a VTEP, before anything is said of what it knows."""
    return {
        "kind": "vxlan",
        "vni": vni,
        "local": lab.underlay_addresses[vtep],
        **({"dev": lab.underlay_link(vtep)} if lab.has_shared_link else {}),
        "mac": lab.mac(vtep, device(vni)),
        "mtu": mtu,
        "master": bridge(vni),
    }


def _vrf(lab: Lab, name: str) -> Raw:
    tenant = lab.segments[name].tenant
    return {"master": lab.vrf(tenant)} if tenant else {}


def _flooding(lab: Lab, name: str) -> Raw:
    segment = lab.segments[name]
    if behaviour(segment).flood != "group":
        return {}
    return {"group": segment.group or default_group(segment.vni, lab.underlay_version)}


def _device_mtu(lab: Lab, name: str) -> int:
    """A device that is bound to a link gets no more than that leaves (vxlan_config_apply()), whatever hosts have."""
    wanted = lab.mtu(lab.segments[name])
    return min(wanted, lab.room) if lab.has_shared_link else wanted


def settings(lab: Lab, vtep: str, name: str) -> Raw:
    """The options that the segment and the VTEP set, and those that follow from the mode; unusual ones alone."""
    does = behaviour(lab.segments[name])
    options: Raw = {"learning": does.learning, "proxy": does.arp == "proxy"}
    options |= tuned(lab.segments[name]) | tuned(lab.document.vteps[vtep])
    usual = {"learning": True, "proxy": False, "port": PORT}
    return {option: value for option, value in options.items() if usual.get(option) != value}


def _others(lab: Lab, vtep: str, segment: str) -> list[str]:
    return [other for other in lab.carriers(segment) if other != vtep]


def _towards(lab: Lab, vtep: str, segment: str, other: str) -> Raw:
    return towards(lab, other, lab.port(other, segment), lab.port(vtep, segment))


def towards(lab: Lab, other: str, port: int, own: int) -> Raw:
    """The destination of an FDB entry; with its port where that VTEP has another one."""
    return {"dst": lab.underlay_addresses[other], **({} if port == own else {"port": port})}


def _flood_list(lab: Lab, vtep: str, name: str) -> Iterator[Raw]:
    """Head-end replication: a copy of every BUM frame to each other VTEP of the segment."""
    segment = lab.segments[name]
    if behaviour(segment).flood != "replicate":
        return
    table = _table(lab, vtep, name)
    for other in _others(lab, vtep, name):
        yield {**table, "mac": FLOOD_MAC, **_towards(lab, vtep, name, other)}


def _table(lab: Lab, vtep: str, name: str) -> Raw:
    """Where the entries of a segment are: in a device of its own, or among others."""
    single = is_single(lab.document.vteps[vtep])
    return {"link": lab.device(vtep, name), **({"src_vni": lab.segments[name].vni} if single else {})}


def _remote_hosts(lab: Lab, vtep: str, segment: str) -> list[str]:
    return [host for host in lab.hosts_in(segment) if lab.document.hosts[host].vtep != vtep]


def _known_macs(lab: Lab, vtep: str, name: str) -> Iterator[Raw]:
    segment = lab.segments[name]
    knows_macs = behaviour(segment).knows_macs
    table = _table(lab, vtep, name)
    for host in _remote_hosts(lab, vtep, name) if knows_macs or segment.gateway else ():
        mac = lab.host_mac(host)
        if knows_macs:
            yield {**table, "mac": mac, **_towards(lab, vtep, name, lab.document.hosts[host].vtep)}
        if segment.gateway:
            yield {"link": table["link"], "mac": mac, "master": True, "state": "static"}


def _answers(lab: Lab, vtep: str, name: str) -> Iterator[Raw]:
    """What the VTEP answers for: the addresses of all hosts behind other VTEPs."""
    segment = lab.segments[name]
    if behaviour(segment).arp == "proxy":
        for host in _remote_hosts(lab, vtep, name):
            yield from _neighbours(lab, lab.device(vtep, name), host, name)


def _neighbours(lab: Lab, link: str, host: str, segment: str) -> Iterator[Raw]:
    for address in lab.overlay_addresses[host, segment].values():
        yield {"link": link, "address": address, "mac": lab.host_mac(host)}


def _gateway(lab: Lab, vtep: str, name: str) -> Raw:
    """The anycast gateway: the same IP and MAC address on the bridge of every VTEP.

    Who routes must know its hosts, as a control plane would tell it: an answer to the common MAC address would end at
    the nearest VTEP. For the same reason the bridge does not learn from the tunnel, where its own MAC address arrives.
    A tenant's gateway routes to the hosts behind its own VTEP alone; to the others ``tenants`` has a way.
    """
    segment, bridge = lab.segments[name], lab.bridge(vtep, name)
    addresses = [f"{address}/{ipaddress.ip_network(subnet).prefixlen}" for subnet, address in gateways(segment).items()]
    hosts = [host for host in lab.hosts_in(name) if not segment.tenant or lab.document.hosts[host].vtep == vtep]
    known = [entry for host in hosts for entry in _neighbours(lab, bridge, host, name)]
    # What is said of an IPv6 neighbour is kept only where the gateway has IPv6.
    versions = {":" in address for address in addresses}
    known = [entry for entry in known if (":" in entry["address"]) in versions]
    return {"links": {bridge: {"addresses": addresses}}, "neighbours": known}


def _sysctls(lab: Lab, vtep: str) -> Raw:
    """A router where there is a gateway; IPv6 on the links that need it, and on no others."""
    routes = {**ROUTER} if lab.routes(vtep) else {}
    links = []
    for name in lab.segments_of(vtep):
        segment = lab.segments[name]
        if not any(":" in subnet for subnet in segment.subnet):
            continue
        if behaviour(segment).arp == "proxy":
            links.append(lab.device(vtep, name))
        if any(":" in address for address in gateways(segment).values()):
            links.append(lab.bridge(vtep, name))
            routes |= ROUTER_6
    groups = _room_for_groups(lab, vtep)
    if lab.document.vteps[vtep].card:
        return {**ipv6_without_link_local(links), **groups}
    return {**routes, **(ipv6_on(links, links) if links else {}), **groups}


def _room_for_groups(lab: Lab, vtep: str) -> dict[str, int]:
    """One socket joins all IPv4 groups of a port, and may join 20 where nobody says more (ip_mc_join_group())."""
    groups = {str(_flooding(lab, name).get("group", ":")) for name in lab.segments_of(vtep)}
    count = sum(":" not in group for group in groups)
    return {"net.ipv4.igmp_max_memberships": count} if count > USUAL_MEMBERSHIPS else {}
