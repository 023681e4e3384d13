"""The VLANs of VTEPs, and the trunks of hosts."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.topology.addressing import natural
from vxlab.topology.document_checks.references import segments_said
from vxlab.topology.errors import Mistake, Path
from vxlab.topology.expand.lab import Lab, behaviour
from vxlab.topology.expand.names import VLAN_BRIDGE, is_single
from vxlab.topology.expand.overlay import settings
from vxlab.topology.expand.part import Raw
from vxlab.topology.names import NO_QINQ
from vxlab.topology.schema import Document, HostBase


def vlans(document: Document, raw: Raw) -> Iterator[Mistake]:
    """Every mistake in vlans, style and trunk that the schema cannot see."""
    lab = Lab(document, "")
    for name in sorted(document.vteps, key=natural):
        yield from _vtep(lab, name)
        yield from _no_qinq(document, raw, name)
        if is_single(document.vteps[name]):
            yield from _single(lab, name)
    for name, host in document.hosts.items():
        yield from _trunk(document, name, host)


def _vtep(lab: Lab, name: str) -> Iterator[Mistake]:
    vtep, at = lab.document.vteps[name], ("vteps", name)
    if not vtep.vlans:
        if "vlans" in vtep.said:
            yield (*at, "vlans"), "vlans maps nothing: write {10: blue}, or leave it out"
        elif "style" in vtep.said:
            yield (*at, "style"), "style says how VLANs are mapped to VNIs, and there are none: say vlans: {10: blue}"
        return
    if vtep.segments is not None:
        text = "vlans says already which segments it carries: leave segments out"
        yield (*at, "segments"), text, (*at, "vlans")
    first: dict[str, int] = {}
    for vid, segment in vtep.vlans.items():
        known = lab.segments.get(segment)
        if segment in first:
            vni = f" (VNI {known.vni})" if known else ""
            text = f"segment {segment}{vni} is VLAN {first[segment]} of {name} already: a VNI has one VLAN"
            yield (*at, "vlans", str(vid)), text, (*at, "vlans", str(first[segment]))
        elif known and known.gateway:
            text = (
                f"segment {segment} has a gateway, which needs a bridge of its own: a VTEP with vlans has one for all"
            )
            yield (*at, "vlans", str(vid)), text, ("segments", segment, "gateway")
        first.setdefault(segment, vid)


def _no_qinq(document: Document, raw: Raw, name: str) -> Iterator[Mistake]:
    if document.vteps[name].vlans:
        said = ((raw["vteps"][name] or {}).get("links") or {}).get(VLAN_BRIDGE) or {}
        if said.get("vlan_protocol", "802.1Q") != "802.1Q":
            where: Path = ("vteps", name, "links", VLAN_BRIDGE, "vlan_protocol")
            yield where, f"the VLANs of {name} are of 802.1Q: {NO_QINQ}", ("vteps", name, "vlans")


def _single(lab: Lab, name: str) -> Iterator[Mistake]:
    """What one VXLAN device cannot be for several segments."""
    at: Path = ("vteps", name, "style")
    segments = [segment for segment in lab.segments_of(name) if segment in lab.segments]
    told: set[str] = set()
    for segment in segments:
        if behaviour(lab.segments[segment]).arp == "proxy":
            # arp_reduce() in drivers/net/vxlan/vxlan_core.c answers without saying of which VNI
            text = (
                f"segment {segment} has its VTEPs answer ARP and ND, which a single device cannot do for several VNIs"
            )
            yield at, f"{text}: use style device-per-vni", ("segments", segment, "arp"), ("segments", segment, "mode")
        mine, usual = settings(lab, name, segment), settings(lab, name, segments[0])
        for option in sorted(key for key in mine.keys() | usual.keys() if mine.get(key) != usual.get(key)):
            if option not in told:
                told.add(option)
                text = f"segments {segments[0]} and {segment} differ in {option}, and a single device has one for all"
                others: list[Path] = [
                    ("segments", one, key) for one in (segments[0], segment) for key in (option, "mode")
                ]
                yield at, f"{text}: use style device-per-vni, or say it of the VTEP", *others


def _trunk(document: Document, name: str, host: HostBase) -> Iterator[Mistake]:
    at: Path = ("hosts", name, "trunk")
    vtep = document.vteps.get(host.vtep)
    if host.trunk is None:
        return
    if not host.trunk:
        yield at, "a trunk without tags is none: name its segments, such as [blue], or leave trunk out"
    elif vtep is not None and not vtep.vlans:
        text = f"{host.vtep} has no VLANs, and so a trunk has no tags: say vlans: {{10: {host.trunk[0]}}} of it"
        yield at, text, ("vteps", host.vtep)
    if host.address and host.segment is None:
        text = "address is for the segment without a tag, and there is none: say it of the links of the trunk"
        yield ("hosts", name, "address"), text, at
    first: dict[str, Path] = {}
    for place, segment in segments_said(host):
        if segment in first:
            yield ("hosts", name, *place), f"segment {segment} stands here twice", ("hosts", name, *first[segment])
        first.setdefault(segment, place)
