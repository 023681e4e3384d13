"""The steps of a plan by what they are for, in an order that a reader can follow and that still works.

The plan goes through the kernel's stages: everything is made, then everything is raised. A reader wants one thing
after the other: the nodes, the underlay, each VTEP with its segments, the hosts. Within a chapter the steps keep the
plan's order; a link that a step needs is made before it, even where it belongs to a later chapter; and what needs
links that are up at both ends comes last, as in the plan.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from vxlab.commands.purpose.anatomy import Anatomy, Role, vni_of
from vxlab.commands.purpose.paths import next_hops
from vxlab.plan import Plan, Step
from vxlab.plan.order import Stage, makes, needs, stage_of
from vxlab.plan.raising import Raising
from vxlab.state.kind import Family
from vxlab.state.kinds.sysctl import interface_of
from vxlab.state.model import Key, Resource, link_key
from vxlab.state.types import NOTHING

NODES, UNDERLAY, VTEPS, HOSTS, OTHERS, LAST, PROCESSES = range(7)
_CHAPTER_OF = {Role.UNDERLAY: UNDERLAY, Role.VTEP: VTEPS, Role.HOST: HOSTS, Role.OTHER: OTHERS}
_FIRST_PART, _LAST_PART = 0, 2**31


@dataclass(frozen=True, order=True)
class Place:
    """Where a step stands: ``chapter``, which of its sort (``number``), and which ``part`` of that.

    ``node`` keeps the steps of one node together where a chapter is about many.
    """

    chapter: int
    number: int = 0
    part: int = 0
    node: int = 0


Placed = tuple[Place, list[Step]]


def placed(anatomy: Anatomy, steps: Plan) -> list[Placed]:
    """Every step once, in places, in an order that works."""
    places = _Places(anatomy, steps)
    in_order = sorted(((places.of(step), step) for step in steps), key=lambda item: item[0])
    return [(place, [step for _, step in run]) for place, run in groupby(_workable(in_order), key=lambda item: item[0])]


def _workable(placed_steps: list[tuple[Place, Step]]) -> Iterator[tuple[Place, Step]]:
    """The same steps, with each link made before the first step that needs it."""
    makers = {key: step for _, step in placed_steps for key in makes(step)}
    done: set[int] = set()

    def with_needs(place: Place, step: Step) -> Iterator[tuple[Place, Step]]:
        if id(step) in done:
            return
        done.add(id(step))
        for key in sorted(needs(step) & makers.keys()):
            yield from with_needs(place, makers[key])
        yield place, step

    for place, step in placed_steps:
        yield from with_needs(place, step)


class _Places:
    """The place of each step."""

    def __init__(self, anatomy: Anatomy, steps: Iterable[Step]) -> None:
        self._anatomy = anatomy
        self._raising = Raising(steps)
        self._numbers = {namespace: number for number, namespace in enumerate(anatomy.state.namespaces)}
        self._parts = _parts(anatomy)

    def of(self, step: Step) -> Place:
        stage = stage_of(step, self._raising)
        number = self._numbers[step.namespace]
        if stage <= Stage.SYSCTLS:
            return Place(NODES)
        if stage is Stage.FINISH:
            return Place(LAST)
        if stage is Stage.START:
            return Place(PROCESSES)
        chapter = _CHAPTER_OF[self._anatomy.roles[step.namespace]]
        if chapter == VTEPS:
            return Place(chapter, number, self._part(step))
        if chapter == HOSTS:
            return Place(chapter, self._segment(step.namespace), 0, number)
        return Place(chapter, 0, number)

    def _segment(self, namespace: str) -> int:
        """The first VNI that a host gets frames of, as a number that sorts."""
        return segment_number(self._anatomy, namespace)

    def _part(self, step: Step) -> int:
        """Whether a step of a VTEP is about its own side of the underlay, a segment, or routing between them."""
        resource = step.resource
        family = resource.kind.family
        if family is Family.ROUTE:
            return self._part_of_route(resource)
        if family is Family.RULE or (family is Family.NEXTHOP and not resource.get("fdb")):
            return _LAST_PART
        name = interface_of(str(resource.get("key"))) if family is Family.SYSCTL else resource.name
        return self._part_of_link(step.namespace, name)

    def _part_of_link(self, namespace: str, name: str) -> int:
        return self._parts.get(link_key(namespace, name), _FIRST_PART)

    def _part_of_route(self, route: Resource) -> int:
        if route.get("nhid") != NOTHING:
            return _LAST_PART
        parts = [self._part_of_hop(route.namespace, *hop) for hop in next_hops(route) if any(hop)]
        if route.get("src") != NOTHING:
            parts.append(self._part_of_source(route.namespace, str(route.get("src"))))
        return max(parts, default=_FIRST_PART)

    def _part_of_hop(self, namespace: str, link: str, via: str) -> int:
        if link:
            return self._part_of_link(namespace, link)
        router = ipaddress.ip_address(via)
        for address in self._anatomy.state.inside(namespace, Family.ADDRESS):
            if router in ipaddress.ip_interface(str(address.get("address"))).network:
                return self._part_of_link(namespace, address.name)
        return _LAST_PART

    def _part_of_source(self, namespace: str, source: str) -> int:
        for address in self._anatomy.state.inside(namespace, Family.ADDRESS):
            if str(address.get("address")).startswith(f"{source}/"):
                return self._part_of_link(namespace, address.name)
        return _LAST_PART


def _parts(anatomy: Anatomy) -> dict[Key, int]:
    """The part of each link that belongs to a segment: 1 for the first VXLAN device of its VTEP, and so on."""
    parts: dict[Key, int] = {}
    for namespace in anatomy.vteps:
        here = anatomy.state.inside(namespace, Family.LINK)
        for number, tunnel in enumerate(anatomy.tunnels_of(namespace), 1):
            for link in anatomy.paths.domain(tunnel):
                if link.namespace == namespace:
                    parts.setdefault(link.key, number)
        for link in here:
            # A VLAN on a link stands where that link does.
            below = link_key(namespace, str(link.get("link")))
            if below in parts:
                parts.setdefault(link.key, parts[below])
    return parts


def segment_number(anatomy: Anatomy, namespace: str) -> int:
    """The first VNI that a host gets frames of; -1 where its VXLAN device has none."""
    for key, tunnel in anatomy.tunnel_behind.items():
        if key[1] == namespace:
            return -1 if tunnel.get("external") else int(tunnel.get("vni"))
    return -1


def title(anatomy: Anatomy, place: Place) -> str:
    """The title of a place's section."""
    if place.chapter == VTEPS:
        namespace = anatomy.state.namespaces[place.number]
        addresses = ", ".join(anatomy.underlay_addresses(namespace))
        return f"VTEP {anatomy.node(namespace)}" + (f" ({addresses})" if addresses else "")
    if place.chapter == HOSTS:
        return f"Hosts of VNI {place.number}" if place.number >= 0 else "Hosts"
    if place.chapter == OTHERS:
        return "Other nodes" if anatomy.vteps else "What is in the nodes"
    return _TITLES[place.chapter]


_TITLES = {
    NODES: "The nodes",
    UNDERLAY: "The underlay",
    LAST: "Last: what needs links that are up",
    PROCESSES: "What runs in the nodes",
}


def part_title(anatomy: Anatomy, place: Place) -> str:
    """The title of a place within its section; empty where the section has but one."""
    if place.chapter in (UNDERLAY, OTHERS):
        return anatomy.node(anatomy.state.namespaces[place.part])
    if place.chapter != VTEPS:
        return ""
    if place.part == _FIRST_PART:
        return "Its side of the underlay"
    if place.part == _LAST_PART:
        return "Routing"
    tunnel = anatomy.tunnels_of(anatomy.state.namespaces[place.number])[place.part - 1]
    return f"{vni_of(tunnel)}: {tunnel.name}"
