"""The kinds of underlay that are made. With kind real there is one already: ``real``.

    switch:  VTEPs on one network     mesh:  a cable for each pair    routed:  leaves and spines

        +---- br0 ----+                  vtep1 ---- vtep2              spine1      spine2
        |      |      |                      \\      /                   |   \\    /   |
      vtep1  vtep2  vtep3                     vtep3                   vtep1  vtep2  vtep3

In a mesh and a routed underlay VTEPs have their addresses on lo, and reach the others by routes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import combinations

from vxlab.topology.addressing import interface_name
from vxlab.topology.expand.lab import Lab
from vxlab.topology.expand.names import SWITCH, spines
from vxlab.topology.expand.part import Part, Raw
from vxlab.topology.expand.quiet import NO_IPV6, ROUTER, ROUTER_6, ipv6_everywhere, ipv6_on
from vxlab.topology.expand.real import real

_LINKS = {4: "172.31.0.0/16", 6: "fd00:0:0:ffff::/64"}
"""What the cables of a mesh or a routed underlay are numbered from, where the file does not say it."""

_SNOOPING: Raw = {
    "mcast_snooping": True,
    "mcast_querier": True,
    # Members of older versions keep silent where they hear another one.
    "mcast_igmp_version": 3,
    "mcast_mld_version": 2,
    "mcast_query_response_interval": 100,
    "mcast_startup_query_interval": 100,
}
"""A bridge floods groups until it has asked for members, and for ten seconds longer (br_multicast_set_querier())."""

Ends = tuple[str, str]
"""The two addresses of a cable, with their prefix lengths."""


def underlay(lab: Lab) -> Part:
    return {"switch": _switch, "mesh": _mesh, "routed": _routed, "real": real}[lab.document.underlay.kind](lab)


def links_subnet(lab: Lab) -> str:
    """What cables are numbered from."""
    return lab.document.underlay.links or _LINKS[lab.underlay_version]


def cables_needed(lab: Lab) -> int:
    """How many numbered cables the underlay has."""
    vteps = len(lab.vteps)
    needed = {"mesh": vteps * (vteps - 1) // 2, "routed": vteps * lab.document.underlay.spines}
    return needed.get(lab.document.underlay.kind, 0)


def _switch(lab: Lab) -> Part:
    part = Part()
    snooping = lab.document.underlay.snooping
    bridge = {"kind": "bridge", "mac": lab.mac(SWITCH, "br0"), **(_SNOOPING if snooping else {"mcast_snooping": False})}
    # To ask for members of IPv6 groups, the bridge needs an address.
    asks = snooping and lab.underlay_version == 6
    part.add(SWITCH, {"sysctls": ipv6_on(["br0"]) if asks else dict(NO_IPV6), "links": {"br0": bridge}})
    taken = {*lab.names_in(SWITCH), "br0"}
    prefix = ipaddress.ip_network(lab.document.underlay.subnet).prefixlen
    for name in lab.vteps:
        port = interface_name(name, taken)
        taken.add(port)
        mac = lab.document.vteps[name].mac or lab.mac(name, "eth0")
        address = f"{lab.underlay_addresses[name]}/{prefix}"
        part.links.append(
            {
                f"{SWITCH}:{port}": {"mac": lab.mac(SWITCH, port), **_both_ends(lab, name), "master": "br0"},
                f"{name}:eth0": {"mac": mac, **_both_ends(lab, name), "addresses": [address]},
            }
        )
        part.add(name, {"sysctls": _underlay_sysctls(lab, ["eth0"])})
    return part


def _mesh(lab: Lab) -> Part:
    part, ends = Part(), _ends(lab)
    neighbours: dict[str, list[str]] = {name: [] for name in lab.vteps}
    for one, other in combinations(lab.vteps, 2):
        here, there = next(ends)
        link, far = _name_for(lab, other, one), _name_for(lab, one, other)
        part.links.append(_cable(lab, (one, link, here), (other, far, there)))
        neighbours[one].append(link)
        neighbours[other].append(far)
        part.add(one, {"routes": [_route_to(lab, one, lab.underlay_addresses[other], [_bare(there)])]})
        part.add(other, {"routes": [_route_to(lab, other, lab.underlay_addresses[one], [_bare(here)])]})
    for name in lab.vteps:
        part.add(name, _with_loopback(lab, name, neighbours[name]))
    return part


def _routed(lab: Lab) -> Part:
    part, ends = Part(), _ends(lab)
    above = spines(lab.document)
    is_v6 = lab.underlay_version == 6
    for spine in above:
        sysctls = {**ROUTER, **({**ipv6_everywhere(), **ROUTER_6} if is_v6 else NO_IPV6)}
        part.add(spine, {"sysctls": sysctls})
    for name in lab.vteps:
        hops = []
        for spine in above:
            leaf_end, spine_end = next(ends)
            part.links.append(_cable(lab, (name, spine, leaf_end), (spine, _name_for(lab, name, spine), spine_end)))
            hops.append(_bare(spine_end))
            part.add(spine, {"routes": [{"to": _single(lab.underlay_addresses[name]), "via": _bare(leaf_end)}]})
        leaf = _with_loopback(lab, name, above)
        # One route for all other leaves; the outer UDP source port, which differs by inner flow, chooses the spine.
        leaf["routes"] = [_route_to(lab, name, lab.document.underlay.subnet, hops)]
        leaf["sysctls"][f"net.ipv{lab.underlay_version}.fib_multipath_hash_policy"] = 1
        part.add(name, leaf)
    return part


def _with_loopback(lab: Lab, name: str, links: list[str]) -> Raw:
    sysctls = {**ROUTER, "net.ipv4.ip_forward": 0, **_underlay_sysctls(lab, links)}
    address: Raw = {"address": _single(lab.underlay_addresses[name])}
    if lab.underlay_version == 6:
        # The kernel asks nobody about an address of lo, but does not take it as a source before a worker of its own has
        # found that out (addrconf_dad_work() in net/ipv6/addrconf.c).
        address["nodad"] = True
    return {"sysctls": sysctls, "links": {"lo": {"addresses": [address]}}}


def _underlay_sysctls(lab: Lab, links: list[str]) -> dict[str, int]:
    return ipv6_on(links) if lab.underlay_version == 6 else dict(NO_IPV6)


def _route_to(lab: Lab, name: str, destination: str, hops: list[str]) -> Raw:
    to = destination if "/" in destination else _single(destination)
    where: Raw = {"via": hops[0]} if len(hops) == 1 else {"nexthops": [{"via": hop} for hop in hops]}
    # What the VTEP itself sends comes from the address that others have a route to.
    return {"to": to, **where, "src": lab.underlay_addresses[name]}


def _cable(lab: Lab, *ends: tuple[str, str, str]) -> Raw:
    both = _both_ends(lab, *(node for node, _, _ in ends if node in lab.document.vteps))
    return {
        f"{node}:{link}": {"mac": lab.mac(node, link), **both, "addresses": [address]} for node, link, address in ends
    }


def _both_ends(lab: Lab, *vteps: str) -> Raw:
    """What both ends of a cable of some VTEPs have: a discipline works on what its own end sends."""
    return {**lab.underlay_mtu, **lab.impairments(*vteps)}


def _name_for(lab: Lab, other: str, node: str) -> str:
    """What the link of a node that leads to a VTEP is called: like the VTEP, where that can be."""
    return interface_name(other, lab.names_in(node))


def _ends(lab: Lab) -> Iterator[Ends]:
    """Pairs of addresses, each pair a network of its own (RFC 3021, RFC 6164)."""
    network = ipaddress.ip_network(links_subnet(lab))
    length = network.max_prefixlen - 1
    for number in range(0, network.num_addresses, 2):
        yield f"{network[number]}/{length}", f"{network[number + 1]}/{length}"


def _single(address: str) -> str:
    return f"{address}/{128 if ':' in address else 32}"


def _bare(address: str) -> str:
    return address.partition("/")[0]
