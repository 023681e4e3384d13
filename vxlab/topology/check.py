"""What the schema cannot see: references, contradictions, and numbers that do not fit together."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping

from vxlab.suggest import did_you_mean
from vxlab.topology.addressing import natural, numbered
from vxlab.topology.errors import Path
from vxlab.topology.expand.lab import OVERHEAD, Lab, behaviour, gateways, segments_of
from vxlab.topology.expand.names import infrastructure
from vxlab.topology.expand.underlay import cables_needed, links_subnet
from vxlab.topology.schema import Document, Host, SegmentBase, tuned

IPV6_MTU = 1280
"""The smallest MTU that IPv6 works with, in bytes (RFC 8200 section 5)."""

SMALLEST_MTU = 68
"""The smallest that IPv4 works with (RFC 791)."""

Mistake = tuple[Path, str]


def check(document: Document, broken: set[Path], unsure: bool) -> Iterator[Mistake]:
    """Every mistake in the high-level keys.

    Args:
        document: what is left of the file without its broken parts.
        broken: the parts that are broken; a reference to one of them is not a second mistake.
        unsure: whether names may be missing because a range is wrong; references are then not checked.
    """
    if () in broken:
        return
    if not (document.vteps or document.hosts or document.nodes or broken or unsure):
        yield (), "the file describes no node: a topology has vteps and hosts, or nodes"
    yield from _node_names(document)
    yield from _segments(document)
    if not unsure:
        yield from _references(document, broken)
    yield from _underlay(document)
    yield from _vteps(document)
    yield from _hosts(document)


def _node_names(document: Document) -> Iterator[Mistake]:
    """A node's name is its own, whether it is a VTEP, a host or written out."""
    first = dict(infrastructure(document))
    for section in ("vteps", "hosts", "nodes"):
        for name in getattr(document, section):
            if name in first:
                yield (section, name), f"two nodes have the name {name}: the other one is {first[name]}"
            first[name] = f"in {section}"


def _segments(document: Document) -> Iterator[Mistake]:
    vnis: dict[int, str] = {}
    for name, segment in document.segments.items():
        if segment.vni in vnis:
            yield ("segments", name, "vni"), f"VNI {segment.vni} is already that of segment {vnis[segment.vni]}"
        vnis[segment.vni] = name
        for option, text in (*_mode(segment, document), *_subnets(segment), *_segment_mtu(segment, document)):
            yield ("segments", name, option), text


def _mode(segment: SegmentBase, document: Document) -> Iterator[tuple[str, str]]:
    """What a mode and its single settings say must not contradict each other, nor what the underlay can do."""
    does = behaviour(segment)
    underlay = document.underlay
    said_flood = "flood" if segment.flood else "mode"
    if segment.mode == "static-l3" and does.learning:
        yield "learning", "learning contradicts static-l3: every MAC is known, and nothing is flooded to learn from"
    if segment.group and does.flood != "group":
        what = f"flood {does.flood}" if segment.flood else f"mode {segment.mode}"
        yield "group", f"{what} floods to no group: leave group out"
    if does.flood == "group" and underlay.kind != "switch":
        how = f"an underlay of kind {underlay.kind} carries no multicast"
        yield said_flood, f"{how}: use mode replicate, static-l2 or static-l3 (or kind switch)"
    if segment.group and (":" in segment.group) != (":" in underlay.subnet):
        yield "group", f"{segment.group} is {_ip(segment.group)}, and the underlay is {_ip(underlay.subnet)}"


def _ip(text: str) -> str:
    return "IPv6" if ":" in text else "IPv4"


def _subnets(segment: SegmentBase) -> Iterator[tuple[str, str]]:
    kinds = [_ip(subnet) for subnet in segment.subnet]
    if not kinds or len(kinds) != len(set(kinds)):
        yield "subnet", "a segment has an IPv4 subnet, an IPv6 one, or one of each"
        return
    for address in segment.gateway:
        if isinstance(address, bool):
            if len(segment.gateway) > 1:
                yield "gateway", "true says it for all subnets: give nothing beside it"
        elif not any(_contains(subnet, address) for subnet in segment.subnet):
            yield "gateway", f"{address} is not in {' or '.join(segment.subnet)}"
        elif text := _not_for_hosts(address, segment.subnet):
            yield "gateway", text
    if len(gateways(segment)) < len([address for address in segment.gateway if not isinstance(address, bool)]):
        yield "gateway", "a subnet has one gateway"


def _segment_mtu(segment: SegmentBase, document: Document) -> Iterator[tuple[str, str]]:
    """IPv6 needs links that carry 1280 bytes (RFC 8200 section 5)."""
    mtu = segment.mtu or document.underlay.mtu - OVERHEAD[6 if ":" in document.underlay.subnet else 4]
    where = "mtu" if segment.mtu else "subnet"
    if any(":" in subnet for subnet in segment.subnet) and mtu < IPV6_MTU:
        yield where, f"an MTU of {mtu} cannot carry IPv6, which needs {IPV6_MTU}"
    elif mtu < SMALLEST_MTU and not segment.mtu:
        yield where, f"the underlay's MTU of {document.underlay.mtu} leaves {mtu} for the overlay: too little for IP"


def _references(document: Document, broken: set[Path]) -> Iterator[Mistake]:
    vteps, segments = (_known(document, section, broken) for section in ("vteps", "segments"))
    for name, host in document.hosts.items():
        yield from _unknown(("hosts", name, "vtep"), "VTEP", host.vtep, vteps)
        if host.segment is not None:
            yield from _unknown(("hosts", name, "segment"), "segment", host.segment, segments)
            yield from _carried(document, name, host)
        elif segments is not None and len(segments) != 1:
            yield ("hosts", name), f"segment is missing: there are {len(segments)} to choose from"
    for name, vtep in document.vteps.items():
        for index, segment in enumerate(vtep.segments or ()):
            yield from _unknown(("vteps", name, "segments", index), "segment", segment, segments)


def _known(document: Document, section: str, broken: set[Path]) -> set[str] | None:
    """The names in a section, those of its broken entries too; None where the section itself is broken."""
    if (section,) in broken:
        return None
    return {*getattr(document, section), *(str(path[1]) for path in broken if path[0] == section)}


def _unknown(path: Path, what: str, name: str, known: set[str] | None) -> Iterator[Mistake]:
    if known is not None and name not in known:
        yield path, f"there is no {what} {name}{did_you_mean(name, known)}"


def _carried(document: Document, name: str, host: Host) -> Iterator[Mistake]:
    vtep = document.vteps.get(host.vtep)
    if vtep and host.segment in document.segments and host.segment not in segments_of(document, vtep):
        yield ("hosts", name, "segment"), f"{host.vtep} does not carry segment {host.segment}"


def _underlay(document: Document) -> Iterator[Mistake]:
    underlay = document.underlay
    for option, kinds in (("snooping", ("switch",)), ("spines", ("routed",)), ("links", ("mesh", "routed"))):
        if option in underlay.model_fields_set and underlay.kind not in kinds:
            yield ("underlay", option), f"{option} belongs to kind {' or '.join(kinds)}, and this is {underlay.kind}"
    if ":" in underlay.subnet and underlay.mtu < IPV6_MTU:
        where = "mtu" if "mtu" in underlay.model_fields_set else "subnet"
        yield ("underlay", where), f"an MTU of {underlay.mtu} cannot carry IPv6, which needs {IPV6_MTU}"
    yield from _cables(document)
    addresses = {name: vtep.address for name, vtep in document.vteps.items()}
    yield from _numbering("vteps", underlay.subnet, addresses, ("underlay", "subnet"))


def _cables(document: Document) -> Iterator[Mistake]:
    """The cables of a mesh or a routed underlay have a network of their own, and it is large enough."""
    underlay, lab = document.underlay, Lab(document, "")
    if underlay.kind == "switch":
        return
    where = ("underlay", "links" if underlay.links else "subnet")
    links, subnet = ipaddress.ip_network(links_subnet(lab)), ipaddress.ip_network(underlay.subnet)
    if links.version != subnet.version:
        yield where, f"{links} is {_ip(str(links))}, and the underlay is {_ip(underlay.subnet)}"
    elif links.overlaps(subnet):
        yield where, f"{subnet}, where VTEPs are, overlaps {links}, what cables are numbered from (links)"
    elif cables_needed(lab) * 2 > links.num_addresses:
        yield where, f"{links} is too small: {cables_needed(lab)} cables need two addresses each"


def _vteps(document: Document) -> Iterator[Mistake]:
    for name, vtep in document.vteps.items():
        if vtep.mac and document.underlay.kind != "switch":
            yield ("vteps", name, "mac"), f"with kind {document.underlay.kind} there is more than one underlay link"
        segments = [document.segments[s] for s in segments_of(document, vtep) if s in document.segments]
        if vtep.internet and not any(segment.gateway for segment in segments):
            yield ("vteps", name, "internet"), f"{name} routes nothing: none of its segments has a gateway"
        if tuned(vtep).get("learning"):
            static = [s.mode for s in segments if s.mode == "static-l3"]
            if static:
                yield ("vteps", name, "learning"), "learning contradicts static-l3: every MAC is known"


def _hosts(document: Document) -> Iterator[Mistake]:
    for segment_name, segment in document.segments.items():
        members = {
            name: host
            for name, host in document.hosts.items()
            if (host.segment or next(iter(document.segments))) == segment_name
        }
        for name, host in members.items():
            yield from _host(name, host, segment_name, segment)
        taken = gateways(segment)
        for subnet in segment.subnet:
            addresses = {name: _address_in(host, subnet) for name, host in members.items()}
            others = {taken[subnet]: "the gateway"} if subnet in taken else {}
            yield from _numbering("hosts", subnet, addresses, ("segments", segment_name, "subnet"), others)


def _address_in(host: Host, subnet: str) -> str | None:
    return next((address for address in host.address if _ip(address) == _ip(subnet)), None)


def _host(name: str, host: Host, segment_name: str, segment: SegmentBase) -> Iterator[Mistake]:
    kinds = {_ip(subnet) for subnet in segment.subnet}
    for address in host.address:
        if _ip(address) not in kinds:
            only = " and ".join(sorted(kinds))
            yield ("hosts", name, "address"), f"{address} is {_ip(address)}, and segment {segment_name} is {only} only"
    if len({_ip(address) for address in host.address}) < len(host.address):
        yield ("hosts", name, "address"), "a host has one address of each IP version: give others to its link"
    if host.mtu and host.mtu < IPV6_MTU and "IPv6" in kinds:
        yield ("hosts", name, "mtu"), f"an MTU of {host.mtu} cannot carry IPv6, which needs {IPV6_MTU}"


def _numbering(
    section: str,
    subnet: str,
    members: Mapping[str, str | None],
    where: Path,
    others: Mapping[str, str] | None = None,
) -> Iterator[Mistake]:
    """Addresses lie in their subnet, are those of hosts, are there once, and are enough."""
    first: dict[str, str] = dict(others or {})
    for name in sorted(members, key=natural):
        text = members[name]
        if text is None:
            continue
        path = (section, name, "address")
        if _ip(text) != _ip(subnet):
            yield path, f"{text} is {_ip(text)}, and {subnet} is {_ip(subnet)}"
        elif not _contains(subnet, text):
            yield path, f"{text} is not in {subnet}"
        elif wrong := _not_for_hosts(text, (subnet,)):
            yield path, wrong
        elif text in first:
            yield path, f"{text} is a duplicate address: {first[text]} has it already"
        first[text] = name
    try:
        numbered(subnet, members, others or ())
    except ValueError as problem:
        yield where, f"{problem} {section}"


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
