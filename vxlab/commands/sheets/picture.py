"""A lab drawn with characters: a box for each VTEP with its segments and hosts, below what the VTEPs meet in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from vxlab.commands.purpose.anatomy import Anatomy, Role, some, vni_of
from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, LOOPBACK, VETH
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING

WIDTH = 100
MOST_BOXES = 8
"""As many are drawn; of more, the first few."""
FEW_BOXES = 6
MOST_LINES = 8
"""As many hosts of a segment, and links of a node, are named in a box."""
_WIDEST = 44
_GAP = "   "


def picture(anatomy: Anatomy, only: Collection[str] = ()) -> str:
    """The lab, at most ``WIDTH`` columns wide. Boxes that have to do with the namespaces in ``only`` come first."""
    boxes = anatomy.vteps or anatomy.state.namespaces
    order = sorted(boxes, key=lambda namespace: not _concerns(anatomy, namespace, only))
    shown = order if len(order) <= MOST_BOXES else order[:FEW_BOXES]
    lines = [*_underlay(anatomy), *_rows(anatomy, shown, bool(anatomy.vteps))]
    if len(shown) < len(order):
        left = [anatomy.node(namespace) for namespace in order[len(shown) :]]
        lines += ["", f"… and {len(left)} more like them: {left[0]} … {left[-1]}"]
    lines += _beside(anatomy)
    return "\n".join(_clipped(line, WIDTH).rstrip() for line in lines)


def _concerns(anatomy: Anatomy, namespace: str, only: Collection[str]) -> bool:
    behind = {host.namespace for tunnel in anatomy.tunnels_of(namespace) for host in anatomy.hosts(tunnel)}
    return namespace in only or bool(behind & set(only))


def _underlay(anatomy: Anatomy) -> Iterator[str]:
    """What the VTEPs meet in."""
    if not anatomy.vteps:
        return
    between = [namespace for namespace, role in anatomy.roles.items() if role is Role.UNDERLAY]
    names = some(anatomy.node(namespace) for namespace in between)
    if not between:
        yield "underlay: cables from VTEP to VTEP" if len(anatomy.vteps) > 1 else "underlay"
    elif any(link.kind is BRIDGE for namespace in between for link in anatomy.state.inside(namespace, Family.LINK)):
        yield f"underlay: a switch (node {names})"
    else:
        yield f"underlay: routed by {names}"


def _rows(anatomy: Anatomy, namespaces: Sequence[str], hang: bool) -> Iterator[str]:
    """Boxes side by side, as many as fit; below a line that they hang on, or by themselves."""
    boxes = [list(_box_lines(anatomy, namespace)) for namespace in namespaces]
    width = min(_WIDEST, max((len(line) for box in boxes for line in box if line != _RULE), default=1))
    per_row = max(1, (WIDTH + len(_GAP)) // (width + 4 + len(_GAP)))
    for start in range(0, len(boxes), per_row):
        row = [_boxed(box, width, hang) for box in boxes[start : start + per_row]]
        if hang:
            drops = [_drop(anatomy, namespace, width) for namespace in namespaces[start : start + per_row]]
            yield from _hung(drops, width)
        elif start:
            yield ""
        height = max(map(len, row))
        filled = [[*box, *[" " * (width + 4)] * (height - len(box))] for box in row]
        yield from (_GAP.join(parts) for parts in zip(*filled, strict=True))


def _drop(anatomy: Anatomy, namespace: str, width: int) -> str:
    return _clipped(" ".join(anatomy.underlay_links(namespace)), width + 1 - width // 2)


def _hung(drops: list[str], width: int) -> Iterator[str]:
    """The line of the underlay, with a drop above the middle of each box."""
    middle, whole = width // 2 + 1, width + 4
    bus = ("═" * len(_GAP)).join("═" * middle + "╤" + "═" * (whole - middle - 1) for _ in drops)
    yield bus
    yield _GAP.join((" " * middle + "│ " + drop).ljust(whole) for drop in drops)


_RULE = "-"


def _boxed(lines: list[str], width: int, hang: bool) -> list[str]:
    middle = width // 2 + 1
    top = "─" * (width + 2)
    if hang:
        top = top[: middle - 1] + "┴" + top[middle:]
    body = [
        "├" + "─" * (width + 2) + "┤" if line == _RULE else f"│ {_clipped(line, width).ljust(width)} │"
        for line in lines
    ]
    return [f"┌{top}┐", *body, "└" + "─" * (width + 2) + "┘"]


def _box_lines(anatomy: Anatomy, namespace: str) -> Iterator[str]:
    """The node with its underlay addresses, then its segments with their hosts, then its other cables."""
    addresses = " ".join(anatomy.underlay_addresses(namespace)) if anatomy.tunnels_of(namespace) else ""
    yield f"{anatomy.node(namespace)}  {addresses}".rstrip()
    for tunnel in anatomy.tunnels_of(namespace):
        yield _RULE
        yield from _segment(anatomy, tunnel)
    others = list(_other_links(anatomy, namespace))
    if others:
        yield _RULE
        yield from _shortened(others)


def _segment(anatomy: Anatomy, tunnel: Resource) -> Iterator[str]:
    master = tunnel.get("master")
    yield f"{vni_of(tunnel)}  {tunnel.name}" + (f" in {master}" if master != NOTHING else "")
    hosts = anatomy.hosts(tunnel)
    own = [host for host in hosts if host.namespace == tunnel.namespace]
    yield from (f"{host.link.name} {host.interface}" for host in own[:MOST_LINES])
    others = [f"{anatomy.node(host.namespace)}  {host.interface}" for host in hosts if host not in own]
    others += [f"{name}  no address" for name in _silent(anatomy, tunnel)]
    shown = list(_shortened(others))
    yield from (f"{'└─' if line is shown[-1] else '├─'} {line}" for line in shown)


def _silent(anatomy: Anatomy, tunnel: Resource) -> list[str]:
    """The nodes in a segment that have no address in it."""
    reached = dict.fromkeys(link.namespace for link in anatomy.paths.domain(tunnel))
    known = {tunnel.namespace, *(host.namespace for host in anatomy.hosts(tunnel))}
    return [anatomy.node(namespace) for namespace in reached if namespace not in known]


def _other_links(anatomy: Anatomy, namespace: str) -> Iterator[str]:
    """The links of a node that are neither in a segment nor in the underlay."""
    underlay = anatomy.underlay_links(namespace) if anatomy.vteps else []
    told = set(anatomy.underlay_addresses(namespace)) if anatomy.tunnels_of(namespace) else set()
    for link in anatomy.state.inside(namespace, Family.LINK):
        if link.key in anatomy.tunnel_behind or link.name in underlay:
            continue
        addresses = [a for a in anatomy.paths.addresses(namespace, link.name) if a.partition("/")[0] not in told]
        if link.kind is LOOPBACK and not addresses:
            continue
        yield " ".join([link.name, *addresses, *_leads_to(anatomy, link)])


def _leads_to(anatomy: Anatomy, link: Resource) -> Iterator[str]:
    if link.get("master") != NOTHING:
        yield f"in {link.get('master')}"
    end = anatomy.paths.other_end(link) if link.kind is VETH else None
    if end is not None:
        address = anatomy.paths.addresses(end.namespace, end.name)
        yield " ".join(["─", anatomy.node(end.namespace), *address[:1]])


def _shortened(lines: list[str]) -> Iterator[str]:
    shown = lines if len(lines) <= MOST_LINES else lines[: MOST_LINES - 1]
    yield from shown
    if len(shown) < len(lines):
        yield f"… and {len(lines) - len(shown)} more"


def _beside(anatomy: Anatomy) -> Iterator[str]:
    """The nodes that no box has named, and what the segments flood to."""
    if not anatomy.vteps:
        return
    yield ""
    for (vni, port), tunnels in list(anatomy.segments().items())[:MOST_LINES]:
        groups = list(dict.fromkeys(str(t.get("group")) for t in tunnels if t.get("group") != NOTHING))
        floods = any(anatomy.flood_destinations(tunnel) for tunnel in tunnels)
        how = (
            f"floods to group {some(groups)}"
            if groups
            else "floods by a copy to each VTEP"
            if floods
            else "no flooding"
        )
        yield f"VNI {vni}  UDP port {port}, {how}"
    others = [anatomy.node(n) for n, role in anatomy.roles.items() if role is Role.OTHER and not _is_named(anatomy, n)]
    if others:
        yield f"other nodes: {some(others)}"


def _is_named(anatomy: Anatomy, namespace: str) -> bool:
    """Whether a cable leads to a node from the box of a VTEP."""
    ends = (anatomy.paths.other_end(link) for link in anatomy.state.inside(namespace, Family.LINK))
    return any(end is not None and end.namespace in anatomy.vteps for end in ends)


def _clipped(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"
