"""What the schema cannot see of the high-level keys: references, contradictions, numbers that do not fit together."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.topology.document_checks.hosts import hosts
from vxlab.topology.document_checks.real import real_network
from vxlab.topology.document_checks.references import references
from vxlab.topology.document_checks.segments import segments
from vxlab.topology.document_checks.tenants import tenants
from vxlab.topology.document_checks.underlay import underlay
from vxlab.topology.document_checks.vlans import vlans
from vxlab.topology.document_checks.vteps import generated_links, vteps
from vxlab.topology.errors import Mistake, Path
from vxlab.topology.expand.names import INTERNET, infrastructure
from vxlab.topology.expand.part import Raw
from vxlab.topology.schema import Document


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
    yield from segments(document)
    yield from tenants(document, broken)
    if not unsure:
        yield from references(document, broken)
    yield from underlay(document)
    yield from real_network(document)
    yield from vteps(document, broken)
    yield from vlans(document, raw)
    yield from generated_links(document, raw, broken)
    yield from hosts(document)


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
