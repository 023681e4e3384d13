"""Where in the file that stands which an expanded lab was made from, so that mistakes are told there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vxlab.topology.errors import Path
from vxlab.topology.expand.lab import Lab, gateways
from vxlab.topology.expand.names import bridge, device
from vxlab.topology.expand.part import Raw
from vxlab.topology.schema import Document, impairments, tuned

Origin = tuple[Path, Path]
"""A place in the expanded document, and the place that it was made from."""


def origins(document: Document, raw: Raw, expanded: Raw) -> Iterator[Origin]:
    """The origins of the links that segments and the underlay make.

    Args:
        document: the checked document.
        raw: the same as plain data; what it says of a generated link itself stands where it says it.
        expanded: its low-level form.
    """
    lab = Lab(document, expanded["name"])
    for vtep in lab.vteps:
        said = (raw["vteps"][vtep] or {}).get("links") or {}
        for segment in lab.segments_of(vtep):
            tunnel, switch = lab.device(vtep, segment), lab.bridge(vtep, segment)
            for link, made_from in ((tunnel, _tunnel(lab, vtep, segment)), (switch, _bridge(lab, segment))):
                yield from _link(vtep, link, ("segments", segment), made_from, said.get(link) or {})
        for tenant in lab.tenants_of(vtep):
            vni, here = lab.document.tenants[tenant].vni, _of_tenant(tenant)
            for link in (lab.vrf(tenant), bridge(vni), device(vni)):
                yield from _link(vtep, link, ("tenants", tenant), here, said.get(link) or {})
    for index, cable in list(enumerate(expanded.get("links", ())))[len(raw.get("links") or ()) :]:
        for end in cable:
            yield from ((("links", index, end, *option), origin) for option, origin in _end(lab, cable, end))


def _link(vtep: str, link: str, made_by: Path, made_from: Iterable[Origin], said: Raw) -> Iterator[Origin]:
    """The origins of one link of a VTEP, of which the file may say something itself."""
    place: Path = ("nodes", vtep, "links", link)
    yield place, made_by
    yield from (((*place, *option), origin) for option, origin in made_from if option[0] not in said)
    yield from (((*place, option), ("vteps", vtep, "links", link, option)) for option in said)


def _of_tenant(tenant: str) -> list[Origin]:
    return [((option,), ("tenants", tenant, option)) for option in ("vni", "table")]


def _tunnel(lab: Lab, vtep: str, segment: str) -> Iterator[Origin]:
    of_segment: Path = ("segments", segment)
    yield from (((option,), (*of_segment, option)) for option in ("vni", "group", *tuned(lab.segments[segment])))
    yield from (((option,), ("vteps", vtep, option)) for option in tuned(lab.document.vteps[vtep]))
    yield ("local",), ("vteps", vtep, "address")
    yield ("mtu",), _mtu(lab, segment)


def _mtu(lab: Lab, segment: str) -> Path:
    return ("segments", segment, "mtu") if lab.segments[segment].mtu else ("underlay", "mtu")


def _bridge(lab: Lab, segment: str) -> Iterator[Origin]:
    for index, _ in enumerate(gateways(lab.segments[segment])):
        yield ("addresses", index), ("segments", segment, "gateway", index)


def _end(lab: Lab, cable: Raw, end: str) -> Iterator[Origin]:
    node, far = (name.partition(":")[0] for name in (end, next(other for other in cable if other != end)))
    host = next((name for name in (node, far) if name in lab.document.hosts), None)
    if host is None:
        vteps = [name for name in (node, far) if name in lab.document.vteps]
        yield (), ("vteps", node) if node in lab.document.vteps else ("underlay",)
        yield from (((option,), ("underlay", option)) for option in impairments(lab.document.underlay))
        for vtep in vteps:
            yield from (((option,), ("vteps", vtep, option)) for option in impairments(lab.document.vteps[vtep]))
        yield ("mtu",), ("underlay", "mtu")
        yield ("addresses",), ("vteps", node, "address")
        return
    settings = lab.document.hosts[host]
    yield (), ("hosts", host)
    yield from (((option,), ("hosts", host, option)) for option in impairments(settings))
    segment = lab.untagged(host) or (settings.trunk or ())[0]
    yield ("mtu",), ("hosts", host, "mtu") if settings.mtu else _mtu(lab, segment)
    for index, address in enumerate(lab.overlay_addresses[host, segment].values()):
        given = settings.address.index(address) if address in settings.address else 0
        yield ("addresses", index), ("hosts", host, "address", given)
