"""A network that is there already, between machines (underlay kind real); and those that are made, on one machine."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.topology.errors import Mistake, Path
from vxlab.topology.schema import Document, impairments
from vxlab.topology.strict import Strict

_KIND: Path = ("underlay", "kind")


def real_network(document: Document) -> Iterator[Mistake]:
    """What is wrong with the high-level keys about machines and their network."""
    if document.underlay.kind != "real":
        yield from _made_network(document)
        return
    if document.vteps and "subnet" not in document.underlay.said:
        text = "subnet is missing: with kind real it is that of the network between the machines"
        yield ("underlay",), text, _KIND
    for name, vtep in document.vteps.items():
        for key, what in (("machine", "which machine the VTEP is"), ("card", "the network card that leads there")):
            if getattr(vtep, key) is None:
                yield ("vteps", name), f"{key} is missing: with kind real it says {what}", _KIND
        yield from _impaired(("vteps", name), vtep)
        if vtep.internet:
            yield ("vteps", name, "internet"), "with kind real there is no stub of the internet", _KIND
    yield from _impaired(("underlay",), document.underlay)
    for name in document.tenants:
        yield ("tenants", name), "with kind real there are no tenants: they would make a router of the machine", _KIND
    for name, segment in document.segments.items():
        if segment.gateway:
            text = "with kind real there is no gateway: it would make a router of the machine"
            yield ("segments", name, "gateway"), text, _KIND


def _impaired(at: Path, part: Strict) -> Iterator[Mistake]:
    for option in impairments(part):
        yield (*at, option), "with kind real there is no cable: say it of a link of the VTEP", _KIND


def _made_network(document: Document) -> Iterator[Mistake]:
    """An underlay that is made is on one machine."""
    said = {name: vtep.machine for name, vtep in document.vteps.items() if vtep.machine}
    first = next(iter(said), "")
    for name, vtep in document.vteps.items():
        if vtep.card:
            text = f"with kind {document.underlay.kind} the underlay is made, and needs no network card: say kind: real"
            yield ("vteps", name, "card"), text, _KIND
        if vtep.machine not in (None, said.get(first)):
            text = (
                f"{name} is on machine {vtep.machine} and {first} on {said[first]}: "
                f"between machines is a real network (kind: real), and a {document.underlay.kind} is on one of them"
            )
            yield ("vteps", name, "machine"), text, ("vteps", first, "machine"), _KIND
