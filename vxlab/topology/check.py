"""What the schema cannot see: references, contradictions, and numbers that do not fit together."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from vxlab.suggest import did_you_mean
from vxlab.topology.addressing import natural, numbered
from vxlab.topology.errors import Path
from vxlab.topology.expand import SWITCH, segments_of
from vxlab.topology.schema import Document, Host

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
    yield from _hosts(document)


def _node_names(document: Document) -> Iterator[Mistake]:
    """A node's name is its own, whether it is a VTEP, a host or written out."""
    first: dict[str, str] = {SWITCH: "underlay"} if document.vteps else {}
    for section in ("vteps", "hosts", "nodes"):
        for name in getattr(document, section):
            if name in first:
                other = f"in {first[name]}" if name != SWITCH else "the switch of the underlay"
                yield (section, name), f"two nodes have the name {name}: the other one is {other}"
            first[name] = section


def _segments(document: Document) -> Iterator[Mistake]:
    vnis: dict[int, str] = {}
    for name, segment in document.segments.items():
        if segment.vni in vnis:
            yield ("segments", name, "vni"), f"VNI {segment.vni} is already that of segment {vnis[segment.vni]}"
        vnis[segment.vni] = name
        if segment.group and segment.mode != "multicast":
            yield ("segments", name, "group"), f"mode {segment.mode} floods to no group: leave group out"
        if segment.group and ":" in segment.group:
            yield ("segments", name, "group"), f"{segment.group} is IPv6, and the underlay is IPv4"


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
    addresses = {name: vtep.address for name, vtep in document.vteps.items()}
    yield from _numbering("vteps", document.underlay.subnet, addresses, ("underlay", "subnet"))


def _hosts(document: Document) -> Iterator[Mistake]:
    for segment_name, segment in document.segments.items():
        members = {
            name: host.address
            for name, host in document.hosts.items()
            if (host.segment or next(iter(document.segments))) == segment_name
        }
        yield from _numbering("hosts", segment.subnet, members, ("segments", segment_name, "subnet"))


def _numbering(section: str, subnet: str, members: Mapping[str, str | None], where: Path) -> Iterator[Mistake]:
    """Addresses lie in their subnet, are those of hosts, are there once, and are enough."""
    network = ipaddress.IPv4Network(subnet)
    first: dict[str, str] = {}
    for name in sorted(members, key=natural):
        text = members[name]
        if text is None:
            continue
        address = ipaddress.IPv4Address(text)
        path = (section, name, "address")
        if address not in network:
            yield path, f"{text} is not in {subnet}"
        elif network.prefixlen < 31 and address in (network.network_address, network.broadcast_address):
            yield path, f"{text} is the network's own or its broadcast address: no host can have it"
        elif text in first:
            yield path, f"{text} is a duplicate address: {first[text]} has it already"
        first[text] = name
    try:
        numbered(subnet, members)
    except ValueError as problem:
        yield where, f"{problem} {section}"
