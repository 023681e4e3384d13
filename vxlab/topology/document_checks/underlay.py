"""The underlay: what belongs to its kind, and what its cables and VTEPs are numbered from."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from vxlab.topology.document_checks.addresses import IPV6_MTU, Numbers, ip, numbering
from vxlab.topology.errors import Mistake, Path
from vxlab.topology.expand.lab import Lab
from vxlab.topology.expand.underlay import cables_needed, links_subnet
from vxlab.topology.schema import Document, impairments


def underlay(document: Document) -> Iterator[Mistake]:
    underlay = document.underlay
    for option, kinds in (("snooping", ("switch",)), ("spines", ("routed",)), ("links", ("mesh", "routed"))):
        if option in underlay.said and underlay.kind not in kinds:
            text = f"{option} belongs to kind {' or '.join(kinds)}, and this is {underlay.kind}"
            yield ("underlay", option), text, ("underlay", "kind")
    if ":" in underlay.subnet and underlay.mtu < IPV6_MTU:
        text = f"an MTU of {underlay.mtu} cannot carry IPv6, which needs {IPV6_MTU}"
        yield ("underlay", "mtu"), text, ("underlay", "subnet")
    yield from _cables(document)
    yield from _impairments(document)
    addresses = {name: vtep.address for name, vtep in document.vteps.items()}
    places: dict[str, Path] = {name: ("vteps", name, "address") for name in document.vteps}
    yield from numbering(Numbers("vteps", underlay.subnet, ("underlay", "subnet"), addresses, places))


def _cables(document: Document) -> Iterator[Mistake]:
    """The cables of a mesh or a routed underlay have a network of their own, and it is large enough."""
    underlay, lab = document.underlay, Lab(document, "")
    if not cables_needed(lab):
        return
    said = [key for key in ("links", "subnet", "kind", "spines") if key in (*underlay.said, "subnet")]
    places: list[Path] = [("underlay", key) for key in said]
    where, *more = places
    links, subnet = ipaddress.ip_network(links_subnet(lab)), ipaddress.ip_network(underlay.subnet)
    if links.version != subnet.version:
        yield where, f"{links} is {ip(str(links))}, and the underlay is {ip(underlay.subnet)}", *more
    elif links.overlaps(subnet):
        yield where, f"{subnet}, where VTEPs are, overlaps {links}, what cables are numbered from (links)", *more
    elif cables_needed(lab) * 2 > links.num_addresses:
        text = f"{links} is too small: {cables_needed(lab)} cables need two addresses each"
        more.append(("vteps",))
        yield where, text, *more


def _impairments(document: Document) -> Iterator[Mistake]:
    """The cable between two VTEPs of a mesh is of both: they cannot say different things of it."""
    first: dict[str, tuple[str, str]] = {}
    for name, vtep in document.vteps.items() if document.underlay.kind == "mesh" else ():
        for option, value in impairments(vtep).items():
            other, said = first.setdefault(option, (name, value))
            if said != value:
                text = f"the cable to {other} cannot have {option} {value} and {said}: in a mesh it is of both VTEPs"
                yield ("vteps", name, option), text, ("vteps", other, option), ("underlay", "kind")
