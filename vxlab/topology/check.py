"""What the schema cannot see: references, contradictions, and numbers that do not fit together."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from vxlab.suggest import did_you_mean
from vxlab.topology import vlan_checks as vlans
from vxlab.topology.addressing import natural, numbered
from vxlab.topology.check_tenants import tenants
from vxlab.topology.errors import Mistake, Path
from vxlab.topology.expand.lab import OVERHEAD, Lab, behaviour, gateways, segments_of, segments_of_host
from vxlab.topology.expand.names import INTERNET, bridge, bridge_of, device, device_of, infrastructure
from vxlab.topology.expand.part import Raw
from vxlab.topology.expand.underlay import cables_needed, links_subnet
from vxlab.topology.machines import real_network
from vxlab.topology.schema import Document, HostBase, SegmentBase, VtepBase, impairments, tuned
from vxlab.topology.strict import EMPTY
from vxlab.topology.vlan_checks import segments_said

IPV6_MTU = 1280
"""The smallest MTU that IPv6 works with, in bytes (RFC 8200 section 5)."""

SMALLEST_MTU = 68
"""The smallest that IPv4 works with (RFC 791)."""


def check(document: Document, raw: Raw, broken: set[Path], unsure: bool) -> Iterator[Mistake]:
    """Every mistake in the high-level keys.

    Args:
        document: what is left of the file without its broken parts.
        raw: the file as plain data.
        broken: the parts that are broken; a reference to one of them is not a second mistake.
        unsure: whether names may be missing because a range is wrong; references are then not checked.
    """
    if () in broken:
        return
    if not (document.vteps or document.hosts or document.nodes or broken or unsure):
        text = "the file describes no node: a topology has vteps and hosts, or nodes"
        empty: list[Path] = [(section,) for section in ("vteps", "hosts", "nodes") if section in raw]
        yield (), text, *empty
    yield from _node_names(document)
    yield from _segments(document)
    yield from tenants(document, broken)
    if not unsure:
        yield from _references(document, broken)
    yield from _underlay(document)
    yield from real_network(document)
    yield from _vteps(document, broken)
    yield from vlans.check(document, raw)
    yield from _generated_links(document, raw, broken)
    yield from _hosts(document)


_MADE_BY: tuple[Path, ...] = (("underlay", "kind"), ("underlay", "spines"))
"""What makes the nodes that a file does not name."""


def _node_names(document: Document) -> Iterator[Mistake]:
    """A node's name is its own, whether it is a VTEP, a host or written out."""
    places: dict[str, tuple[Path, ...]] = dict.fromkeys(first := dict(infrastructure(document)), _MADE_BY)
    places[INTERNET] = tuple(("vteps", name, "internet") for name, vtep in document.vteps.items() if vtep.internet)
    for section in ("vteps", "hosts", "nodes"):
        for name in getattr(document, section):
            if name in first:
                text = f"two nodes have the name {name}: the other one is {first[name]}"
                yield (section, name), text, *places[name]
            first[name] = f"in {section}"
            places[name] = ((section, name),)


def _segments(document: Document) -> Iterator[Mistake]:
    vnis: dict[int, str] = {}
    for name, segment in document.segments.items():
        if segment.vni in vnis:
            other = vnis[segment.vni]
            text = f"VNI {segment.vni} is already that of segment {other}"
            yield ("segments", name, "vni"), text, ("segments", other, "vni")
        vnis[segment.vni] = name
        at: Path = ("segments", name)
        yield from _mode(at, segment, document)
        yield from _subnets(at, segment)
        yield from _segment_mtu(at, segment, document)


def _mode(at: Path, segment: SegmentBase, document: Document) -> Iterator[Mistake]:
    """What a mode and its single settings say must not contradict each other, nor what the underlay can do."""
    does = behaviour(segment)
    underlay = document.underlay
    said_flood = (*at, "flood" if segment.flood else "mode")
    if segment.mode == "static-l3" and does.learning:
        text = "learning contradicts static-l3: every MAC is known, and nothing is flooded to learn from"
        yield (*at, "learning"), text, (*at, "mode")
    if segment.group and does.flood != "group":
        what = f"flood {does.flood}" if segment.flood else f"mode {segment.mode}"
        yield (*at, "group"), f"{what} floods to no group: leave group out", said_flood
    if does.flood == "group" and underlay.kind in ("mesh", "routed"):
        how = f"an underlay of kind {underlay.kind} carries no multicast"
        text = f"{how}: use mode replicate, static-l2 or static-l3 (or kind switch)"
        yield said_flood, text, ("underlay", "kind")
    if segment.group and (":" in segment.group) != (":" in underlay.subnet):
        text = f"{segment.group} is {_ip(segment.group)}, and the underlay is {_ip(underlay.subnet)}"
        yield (*at, "group"), text, ("underlay", "subnet")


def _ip(text: str) -> str:
    return "IPv6" if ":" in text else "IPv4"


def _subnets(at: Path, segment: SegmentBase) -> Iterator[Mistake]:
    if not _can_number(segment):
        yield (*at, "subnet"), "a segment has an IPv4 subnet, an IPv6 one, or one of each", *_items(at, segment)
        return
    for index, address in enumerate(segment.gateway):
        where = (*at, "gateway", index)
        if isinstance(address, bool):
            if len(segment.gateway) > 1:
                word = str(address).lower()
                yield where, f"{word} says it for all subnets: give nothing beside it", (*at, "gateway")
        elif not any(_contains(subnet, address) for subnet in segment.subnet):
            yield where, f"{address} is not in {' or '.join(segment.subnet)}", *_items(at, segment)
        elif text := _not_for_hosts(address, segment.subnet):
            yield where, text, *_items(at, segment)
    inside = [gate for gate in segment.gateway if gate and any(_contains(subnet, gate) for subnet in segment.subnet)]
    if True not in segment.gateway and len(gateways(segment)) < len(inside):
        yield (*at, "gateway"), "a subnet has one gateway", *_items(at, segment)


def _can_number(segment: SegmentBase) -> bool:
    kinds = [_ip(subnet) for subnet in segment.subnet]
    return bool(kinds) and len(kinds) == len(set(kinds))


def _items(at: Path, segment: SegmentBase) -> Iterator[Path]:
    """The places of a segment's subnets and gateways, where they stand in lists."""
    yield from ((*at, "subnet", index) for index, _ in enumerate(segment.subnet))
    yield from ((*at, "gateway", index) for index, _ in enumerate(segment.gateway))


def _segment_mtu(at: Path, segment: SegmentBase, document: Document) -> Iterator[Mistake]:
    """IPv6 needs links that carry 1280 bytes (RFC 8200 section 5)."""
    mtu = segment.mtu or document.underlay.mtu - OVERHEAD[6 if ":" in document.underlay.subnet else 4]
    where = (*at, "mtu" if segment.mtu else "subnet")
    places: list[Path] = [] if segment.mtu else [("underlay", "mtu"), ("underlay", "subnet")]
    v6 = next((index for index, subnet in enumerate(segment.subnet) if ":" in subnet), None)
    if v6 is not None and mtu < IPV6_MTU:
        places.append((*at, "subnet", v6))
        yield where, f"an MTU of {mtu} cannot carry IPv6, which needs {IPV6_MTU}", *places
    elif mtu < SMALLEST_MTU and not segment.mtu:
        text = f"the underlay's MTU of {document.underlay.mtu} leaves {mtu} for the overlay: too little for IP"
        yield where, text, *places


def _references(document: Document, broken: set[Path]) -> Iterator[Mistake]:
    vteps, segments = (_known(document, section, broken) for section in ("vteps", "segments"))
    known = _known(document, "tenants", broken)
    for segment, settings in document.segments.items():
        if settings.tenant is not None:
            yield from _unknown(("segments", segment, "tenant"), "tenant", settings.tenant, known)
    for name, host in document.hosts.items():
        yield from _unknown(("hosts", name, "vtep"), "VTEP", host.vtep, vteps)
        for place, segment in segments_said(host):
            yield from _unknown(("hosts", name, *place), "segment", segment, segments)
            yield from _carried(document, name, place, segment)
        if host.segment is not None or host.trunk is not None:
            continue
        if segments is not None and len(segments) != 1:
            there = f"there are {len(segments)} to choose from" if segments else "the file has no segments to be in"
            yield ("hosts", name), f"segment is missing: {there}", ("segments",)
    for name, vtep in document.vteps.items():
        for vid, segment in vtep.vlans.items():
            yield from _unknown(("vteps", name, "vlans", str(vid)), "segment", segment, segments)
        for index, segment in enumerate(vtep.segments or ()):
            yield from _unknown(("vteps", name, "segments", index), "segment", segment, segments)
            if segment in (vtep.segments or ())[:index]:
                first: Path = ("vteps", name, "segments", (vtep.segments or ()).index(segment))
                yield ("vteps", name, "segments", index), f"segment {segment} stands here twice", first


def _known(document: Document, section: str, broken: set[Path]) -> set[str] | None:
    """The names in a section, those of its broken entries too; None where the section itself is broken."""
    if (section,) in broken:
        return None
    return {*getattr(document, section), *(str(path[1]) for path in broken if path[0] == section)}


def _unknown(path: Path, what: str, name: str, known: set[str] | None) -> Iterator[Mistake]:
    if known is not None and name not in known:
        yield path, f"there is no {what} {name}{did_you_mean(name, known)}"


def _carried(document: Document, name: str, place: Path, segment: str) -> Iterator[Mistake]:
    host = document.hosts[name]
    vtep = document.vteps.get(host.vtep)
    if vtep and segment in document.segments and segment not in segments_of(document, vtep):
        text = f"{host.vtep} does not carry segment {segment}"
        if vtep.vlans:
            text = f"{host.vtep} has no VLAN for segment {segment}: name it in its vlans"
        listed: list[Path] = [("vteps", host.vtep, "segments", index) for index in range(len(vtep.segments or ()))]
        listed += [("hosts", name, "vtep"), ("vteps", host.vtep, "vlans" if vtep.vlans else "segments")]
        yield ("hosts", name, *place), text, *listed


def _underlay(document: Document) -> Iterator[Mistake]:
    underlay = document.underlay
    for option, kinds in (("snooping", ("switch",)), ("spines", ("routed",)), ("links", ("mesh", "routed"))):
        if option in underlay.said and underlay.kind not in kinds:
            text = f"{option} belongs to kind {' or '.join(kinds)}, and this is {underlay.kind}"
            yield ("underlay", option), text, ("underlay", "kind")
    if ":" in underlay.subnet and underlay.mtu < IPV6_MTU:
        text = f"an MTU of {underlay.mtu} cannot carry IPv6, which needs {IPV6_MTU}"
        yield ("underlay", "mtu"), text, ("underlay", "subnet")
    yield from _cables(document)
    yield from _impairments(document)
    addresses = {name: vtep.address for name, vtep in document.vteps.items()}
    places: dict[str, Path] = {name: ("vteps", name, "address") for name in document.vteps}
    yield from _numbering(_Numbers("vteps", underlay.subnet, ("underlay", "subnet"), addresses, places))


def _cables(document: Document) -> Iterator[Mistake]:
    """The cables of a mesh or a routed underlay have a network of their own, and it is large enough."""
    underlay, lab = document.underlay, Lab(document, "")
    if not cables_needed(lab):
        return
    said = [key for key in ("links", "subnet", "kind", "spines") if key in (*underlay.said, "subnet")]
    places: list[Path] = [("underlay", key) for key in said]
    where, *more = places
    links, subnet = ipaddress.ip_network(links_subnet(lab)), ipaddress.ip_network(underlay.subnet)
    if links.version != subnet.version:
        yield where, f"{links} is {_ip(str(links))}, and the underlay is {_ip(underlay.subnet)}", *more
    elif links.overlaps(subnet):
        yield where, f"{subnet}, where VTEPs are, overlaps {links}, what cables are numbered from (links)", *more
    elif cables_needed(lab) * 2 > links.num_addresses:
        text = f"{links} is too small: {cables_needed(lab)} cables need two addresses each"
        more.append(("vteps",))
        yield where, text, *more


def _impairments(document: Document) -> Iterator[Mistake]:
    """The cable between two VTEPs of a mesh is of both: they cannot say different things of it."""
    first: dict[str, tuple[str, str]] = {}
    for name, vtep in document.vteps.items() if document.underlay.kind == "mesh" else ():
        for option, value in impairments(vtep).items():
            other, said = first.setdefault(option, (name, value))
            if said != value:
                text = f"the cable to {other} cannot have {option} {value} and {said}: in a mesh it is of both VTEPs"
                yield ("vteps", name, option), text, ("vteps", other, option), ("underlay", "kind")


def _is_whole(document: Document, vtep: VtepBase, broken: set[Path]) -> bool:
    """Whether nothing that a VTEP carries is left out, so that what it lacks can be told."""
    whole = not any(path[0] == "segments" for path in broken)
    return whole and all(segment in document.segments for segment in segments_of(document, vtep))


def _vteps(document: Document, broken: set[Path]) -> Iterator[Mistake]:
    for name, vtep in document.vteps.items():
        if vtep.mac and document.underlay.kind != "switch":
            what = "a network card has its own" if document.underlay.kind == "real" else "there is more than one link"
            text = f"with kind {document.underlay.kind} {what}: leave mac out"
            yield ("vteps", name, "mac"), text, ("underlay", "kind")
        segments = {s: document.segments[s] for s in segments_of(document, vtep) if s in document.segments}
        is_whole = _is_whole(document, vtep, broken)
        if vtep.internet and is_whole and not any(one.gateway and not one.tenant for one in segments.values()):
            text = f"{name} routes nothing: none of its segments has a gateway"
            places: list[Path] = [("segments", segment, "gateway") for segment in segments]
            if tenants_here := [segment for segment in segments if segments[segment].tenant]:
                text = f"{text} that is of no tenant"
                places += [("segments", segment, "tenant") for segment in tenants_here]
            places += [("vteps", name, "segments"), ("segments",)]
            yield ("vteps", name, "internet"), text, *places
        static = [segment for segment in segments if segments[segment].mode == "static-l3"]
        if tuned(vtep).get("learning") and static:
            text = f"learning contradicts static-l3, the mode of segment {static[0]}: every MAC is known"
            yield ("vteps", name, "learning"), text, ("segments", static[0], "mode")


_GENERATED = re.compile(r"(vxlan|br)([0-9]{1,8})")


def _generated_links(document: Document, raw: Raw, broken: set[Path]) -> Iterator[Mistake]:
    """What a VTEP says of a link that segments make is for nothing where none of its own makes it."""
    cables = {(node, link) for cable in document.links for node, link, _ in cable}
    for name, vtep in document.vteps.items():
        if not _is_whole(document, vtep, broken):
            continue
        here = [document.segments[s] for s in segments_of(document, vtep) if s in document.segments]
        routed = {segment.tenant for segment in here}
        made = {make(vtep, segment.vni) for segment in here for make in (bridge_of, device_of)}
        tenants = [one.vni for name, one in document.tenants.items() if name in routed]
        made |= {make(vni) for vni in tenants for make in (bridge, device)}
        for link, settings in ((raw["vteps"][name] or {}).get("links") or {}).items():
            found = _GENERATED.fullmatch(link)
            by_hand = (settings and "kind" in settings) or (name, link) in cables
            if found and not by_hand and link not in made:
                text = f"{name} has no {link}: none of its segments has that VNI; to make it here, say its kind"
                places: list[Path] = [("segments", segment, "vni") for segment in document.segments]
                places += [("vteps", name, "segments"), ("segments",)]
                yield ("vteps", name, "links", link), text, *places


def _hosts(document: Document) -> Iterator[Mistake]:
    for segment_name, segment in document.segments.items():
        members = {
            name: host for name, host in document.hosts.items() if segment_name in segments_of_host(document, host)
        }
        if not _can_number(segment):
            continue
        for name, host in members.items():
            if segment_name in (host.trunk or ()):
                continue
            yield from _host(name, host, segment_name, segment)
        taken = gateways(segment)
        for index, subnet in enumerate(segment.subnet):
            own = {name: host for name, host in members.items() if segment_name not in (host.trunk or ())}
            addresses = {name: _address_in(own[name], subnet) if name in own else None for name in members}
            others = {taken[subnet]: "the gateway"} if subnet in taken else {}
            places = {
                name: ("hosts", name, "address", members[name].address.index(address))
                for name, address in addresses.items()
                if address
            }
            where = ("segments", segment_name, "subnet", index)
            yield from _numbering(_Numbers("hosts", subnet, where, addresses, places, others))


def _address_in(host: HostBase, subnet: str) -> str | None:
    return next((address for address in host.address if _ip(address) == _ip(subnet)), None)


def _host(name: str, host: HostBase, segment_name: str, segment: SegmentBase) -> Iterator[Mistake]:
    kinds = {_ip(subnet) for subnet in segment.subnet}
    segment_places: list[Path] = [("segments", segment_name, "subnet", index) for index in range(len(segment.subnet))]
    segment_places.append(("hosts", name, "segment"))
    for index, address in enumerate(host.address):
        if _ip(address) not in kinds:
            only = " and ".join(sorted(kinds))
            text = f"{address} is {_ip(address)}, and segment {segment_name} is {only} only"
            yield ("hosts", name, "address", index), text, *segment_places
        elif [_ip(other) for other in host.address[:index]].count(_ip(address)):
            text = "a host has one address of each IP version: give others to its link"
            earlier: list[Path] = [("hosts", name, "address", other) for other in range(index)]
            yield ("hosts", name, "address", index), text, *earlier
    if host.mtu and host.mtu < IPV6_MTU and "IPv6" in kinds:
        text = f"an MTU of {host.mtu} cannot carry IPv6, which needs {IPV6_MTU}"
        yield ("hosts", name, "mtu"), text, *segment_places


class _Numbers(NamedTuple):
    """What is numbered from a subnet: where that is written, who has which address, and where that is written."""

    section: str
    subnet: str
    where: Path
    members: Mapping[str, str | None]
    places: Mapping[str, Path]
    others: Mapping[str, str] = EMPTY


def _numbering(numbers: _Numbers) -> Iterator[Mistake]:
    """Addresses lie in their subnet, are those of hosts, are there once, and are enough."""
    subnet, where = numbers.subnet, numbers.where
    first = dict(numbers.others)
    gateway: tuple[Path, ...] = ((*where[:2], "gateway"), where)
    places = dict.fromkeys(first, gateway)
    for name in sorted(numbers.members, key=natural):
        address = numbers.members[name]
        if address is None:
            continue
        path = numbers.places[name]
        because: tuple[Path, ...] = (where, (*path[:2], "segment"))
        if _ip(address) != _ip(subnet):
            yield path, f"{address} is {_ip(address)}, and {subnet} is {_ip(subnet)}", *because
        elif not _contains(subnet, address):
            yield path, f"{address} is not in {subnet}", *because
        elif wrong := _not_for_hosts(address, (subnet,)):
            yield path, wrong, *because
        elif address in first:
            yield path, f"{address} is a duplicate address: {first[address]} has it already", *places[address]
            continue
        first[address], places[address] = name, (path,)
    try:
        numbered(subnet, numbers.members, numbers.others)
    except ValueError as problem:
        yield where, f"{problem} {numbers.section}"


def _contains(subnet: str, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(subnet)


def _not_for_hosts(address: str, subnets: Iterable[str]) -> str:
    """What is wrong with an address that is the network's own (RFC 4291 section 2.6.1 for IPv6) or its broadcast."""
    for subnet in subnets:
        network, ip = ipaddress.ip_network(subnet), ipaddress.ip_address(address)
        if ip.version == network.version == 4 and network.prefixlen < 31:
            if ip in (network.network_address, network.broadcast_address):
                return f"{address} is the network's own or its broadcast address: no host can have it"
        elif ip == network.network_address and ip.version == 6 and network.prefixlen < 127:
            return f"{address} is the anycast address of the routers of {subnet}: no host can have it"
    return ""
