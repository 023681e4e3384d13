"""What the schema cannot see of tenants: numbers that are somebody else's, and tenants that route nothing."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.state.kinds.route import TABLES
from vxlab.topology.errors import Mistake, Path
from vxlab.topology.schema import Document


def tenants(document: Document, broken: set[Path]) -> Iterator[Mistake]:
    """Every mistake in tenants.

    Args:
        document: what is left of the file without its broken parts.
        broken: the parts that are broken; what they would have said is not missed.
    """
    yield from _vnis(document)
    yield from _tables(document)
    for name, segment in document.segments.items():
        if segment.tenant is not None and not segment.gateway:
            text = f"a tenant routes between gateways, and segment {name} has none: say gateway: true"
            yield ("segments", name, "tenant"), text, ("segments", name, "gateway")
    whole = not any(path[0] == "segments" for path in broken)
    for name in document.tenants if whole else ():
        if not any(segment.tenant == name for segment in document.segments.values()):
            text = f"tenant {name} has no segment with a gateway, and so nothing to route"
            yield ("tenants", name), text, *(("segments", segment, "tenant") for segment in document.segments)


def _vnis(document: Document) -> Iterator[Mistake]:
    taken: dict[int, tuple[str, str, str]] = {
        segment.vni: ("segment", "segments", name) for name, segment in document.segments.items()
    }
    for name, tenant in document.tenants.items():
        if tenant.vni in taken:
            what, section, other = taken[tenant.vni]
            text = f"VNI {tenant.vni} is already that of {what} {other}: what is routed has one of its own"
            yield ("tenants", name, "vni"), text, (section, other, "vni")
        taken.setdefault(tenant.vni, ("tenant", "tenants", name))


def _tables(document: Document) -> Iterator[Mistake]:
    reserved = {number: word for word, number in TABLES.items()}
    first: dict[int, tuple[str, Path]] = {}
    for name, tenant in document.tenants.items():
        table = tenant.table or tenant.vni
        where: Path = ("tenants", name, "table" if tenant.table else "vni")
        if table in reserved:
            yield where, f"routing table {table} is {reserved[table]}, which every node has: a VRF needs its own"
        elif table in first:
            other, place = first[table]
            yield where, f"routing table {table} is already that of tenant {other}: a VRF needs its own", place
        first.setdefault(table, (name, where))
