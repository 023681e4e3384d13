"""A stub of the internet: a node that VTEPs have their default route to, with one address to talk to.

vtep1 internet ---- vtep1 internet lo 198.51.100.1
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from vxlab.state.types import RESERVED
from vxlab.topology.addressing import interface_name
from vxlab.topology.expand.lab import Lab, gateways
from vxlab.topology.expand.names import INTERNET
from vxlab.topology.expand.part import Part, Raw
from vxlab.topology.expand.quiet import NO_IPV6, ROUTER, ROUTER_6, ipv6_everywhere, ipv6_on

ADDRESS = {4: "198.51.100.1/32", 6: "2001:db8:ffff::1/128"}
"""The address of the stub, from the blocks for documentation (RFC 5737, RFC 3849)."""

_LINKS = {4: ("203.0.113.0/24", 30), 6: ("2001:db8:fffe::/48", 64)}
"""What its cables are numbered from, and how long a prefix each has."""


def internet(lab: Lab) -> Part:
    part = Part()
    exits = [vtep for vtep in lab.vteps if lab.document.vteps[vtep].internet]
    versions: list[int] = sorted({ipaddress.ip_network(subnet).version for subnet in _subnets(lab)})
    if not exits:
        return part
    ways: dict[str, list[str]] = {}
    for number, vtep in enumerate(exits):
        near, far = _ends(number, versions)
        link = interface_name(vtep, {"lo", *RESERVED})
        part.links.append(
            {
                f"{vtep}:{INTERNET}": {"mac": lab.mac(vtep, INTERNET), "addresses": list(near.values())},
                f"{INTERNET}:{link}": {"mac": lab.mac(INTERNET, link), "addresses": list(far.values())},
            }
        )
        part.add(vtep, {"routes": [{"to": "default", "via": _bare(far[version])} for version in versions]})
        part.add(vtep, {"sysctls": ipv6_on([INTERNET]) if 6 in versions else {}})
        for subnet in _subnets_of(lab, vtep):
            ways.setdefault(subnet, []).append(_bare(near[ipaddress.ip_network(subnet).version]))
    sysctls = {**ROUTER, **({**ipv6_everywhere(), **ROUTER_6} if 6 in versions else NO_IPV6)}
    addresses = [ADDRESS[version] for version in versions]
    routes = [_back(subnet, hops) for subnet, hops in ways.items()]
    part.add(INTERNET, {"sysctls": sysctls, "links": {"lo": {"addresses": addresses}}, "routes": routes})
    return part


def _subnets(lab: Lab) -> Iterator[str]:
    for vtep in lab.vteps:
        if lab.document.vteps[vtep].internet:
            yield from _subnets_of(lab, vtep)


def _subnets_of(lab: Lab, vtep: str) -> Iterator[str]:
    """The subnets that a VTEP routes in its main table; those of tenants are in others."""
    for segment in lab.segments_of(vtep):
        if not lab.segments[segment].tenant:
            yield from gateways(lab.segments[segment])


def _ends(number: int, versions: list[int]) -> tuple[dict[int, str], dict[int, str]]:
    """The addresses of a cable: on the VTEP, and on the stub."""
    near, far = {}, {}
    for version in versions:
        block, length = _LINKS[version]
        network = ipaddress.ip_network(block)
        start = int(network.network_address) + number * 2 ** (network.max_prefixlen - length)
        one, other = (ipaddress.ip_address(start + 1), ipaddress.ip_address(start + 2))
        near[version], far[version] = f"{other}/{length}", f"{one}/{length}"
    return near, far


def _back(subnet: str, hops: list[str]) -> Raw:
    where: Raw = {"via": hops[0]} if len(hops) == 1 else {"nexthops": [{"via": hop} for hop in hops]}
    return {"to": subnet, **where}


def _bare(address: str) -> str:
    return address.partition("/")[0]
