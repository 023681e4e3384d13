"""Segments: VNIs, modes, subnets with their gateways, MTUs."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.topology.document_checks.addresses import IPV6_MTU, SMALLEST_MTU, contains, ip, not_for_hosts
from vxlab.topology.errors import Mistake, Path
from vxlab.topology.expand.lab import OVERHEAD, behaviour, gateways
from vxlab.topology.schema import Document, SegmentBase


def segments(document: Document) -> Iterator[Mistake]:
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
        text = f"{segment.group} is {ip(segment.group)}, and the underlay is {ip(underlay.subnet)}"
        yield (*at, "group"), text, ("underlay", "subnet")


def _subnets(at: Path, segment: SegmentBase) -> Iterator[Mistake]:
    if not can_number(segment):
        yield (*at, "subnet"), "a segment has an IPv4 subnet, an IPv6 one, or one of each", *_items(at, segment)
        return
    for index, address in enumerate(segment.gateway):
        where = (*at, "gateway", index)
        if isinstance(address, bool):
            if len(segment.gateway) > 1:
                word = str(address).lower()
                yield where, f"{word} says it for all subnets: give nothing beside it", (*at, "gateway")
        elif not any(contains(subnet, address) for subnet in segment.subnet):
            yield where, f"{address} is not in {' or '.join(segment.subnet)}", *_items(at, segment)
        elif text := not_for_hosts(address, segment.subnet):
            yield where, text, *_items(at, segment)
    inside = [gate for gate in segment.gateway if gate and any(contains(subnet, gate) for subnet in segment.subnet)]
    if True not in segment.gateway and len(gateways(segment)) < len(inside):
        yield (*at, "gateway"), "a subnet has one gateway", *_items(at, segment)


def can_number(segment: SegmentBase) -> bool:
    kinds = [ip(subnet) for subnet in segment.subnet]
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
