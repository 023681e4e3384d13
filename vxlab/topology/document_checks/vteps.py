"""VTEPs: what they say of what their segments make."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vxlab.topology.errors import Mistake, Path
from vxlab.topology.expand.lab import segments_of
from vxlab.topology.expand.names import bridge, bridge_of, device, device_of
from vxlab.topology.expand.part import Raw
from vxlab.topology.schema import Document, VtepBase, tuned


def vteps(document: Document, broken: set[Path]) -> Iterator[Mistake]:
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


def generated_links(document: Document, raw: Raw, broken: set[Path]) -> Iterator[Mistake]:
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


def _is_whole(document: Document, vtep: VtepBase, broken: set[Path]) -> bool:
    """Whether nothing that a VTEP carries is left out, so that what it lacks can be told."""
    whole = not any(path[0] == "segments" for path in broken)
    return whole and all(segment in document.segments for segment in segments_of(document, vtep))
