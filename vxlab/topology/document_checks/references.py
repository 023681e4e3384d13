"""What refers to something by its name: it is there, and a host is where its segment is carried."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.suggest import did_you_mean
from vxlab.topology.errors import Mistake, Path
from vxlab.topology.expand.lab import segments_of
from vxlab.topology.schema import Document, HostBase


def references(document: Document, broken: set[Path]) -> Iterator[Mistake]:
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


def segments_said(host: HostBase) -> Iterator[tuple[Path, str]]:
    """The segments that a host names, each with its place in it."""
    if host.segment is not None:
        yield ("segment",), host.segment
    yield from ((("trunk", index), segment) for index, segment in enumerate(host.trunk or ()))


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
