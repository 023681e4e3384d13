"""Which links can be raised early, and which must wait for others; and the routes that wait with them."""

from __future__ import annotations

from collections.abc import Iterable

from vxlab.plan.step import Action, Step
from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, LOOPBACK, NEIGHBOUR
from vxlab.state.model import Key, Resource, link_key
from vxlab.state.types import NOTHING

_RANK = {
    Family.LINK: 0, Family.NEXTHOP: 1, Family.ROUTE: 2, Family.RULE: 3, Family.NEIGHBOUR: 4, Family.BRIDGE_PORT: 5,
    Family.MDB: 6,
}  # fmt: skip


class Raising:
    """What the steps of a plan tell about the links that they raise."""

    def __init__(self, steps: Iterable[Step]) -> None:
        steps = list(steps)
        self._links: dict[Key, Resource] = {
            resource.key: resource
            for step in steps
            for resource in (step.resource, step.peer)
            if resource is not None and resource.kind.family is Family.LINK
        }
        self._tentative = {(step.namespace, step.tentative_address) for step in steps}
        self._late_namespaces = {step.namespace for step in steps if self._waits(step.resource)}

    def _waits(self, resource: Resource) -> bool:
        links = [name for _, name in resource.references()]
        if resource.kind.family is Family.NEXTHOP:
            # Its link must have a carrier, and so the other end must be up (nh_valid_dev() in net/ipv4/nexthop.c).
            return bool(links)
        if resource.kind.family is not Family.ROUTE:
            return False
        source = str(resource.get("src"))
        # Its source must be known to be nobody else's, for which the link must have a carrier (``kernel.tentative``).
        is_asked_for = ":" in source and (resource.namespace, source) in self._tentative
        return is_asked_for or any(self._is_late_link(resource.namespace, name) for name in links)

    def is_late(self, link: Resource) -> bool:
        """Whether a link is the port of a bridge, or stands on another one: it takes the carrier that this one has."""
        if _below(link):
            return True
        master = link.get("master")
        if master != NOTHING:
            above = self._links.get(link_key(link.namespace, str(master)))
            # A VRF is no bridge: what belongs to it needs no waiting, and has routes that do not.
            return above is None or above.kind is BRIDGE
        return False

    def _is_late_link(self, namespace: str, name: str) -> bool:
        link = self._links.get(link_key(namespace, name))
        return link is not None and self.is_late(link)

    def routes_wait(self, namespace: str) -> bool:
        """Whether a route of the namespace leads over a link that is raised late, or needs a carrier in another way."""
        return namespace in self._late_namespaces

    def rank(self, step: Step) -> tuple[int, bool, int]:
        """The place of a step among those of its stage and namespace."""
        resource = step.resource
        family = resource.kind.family
        distance = self._height(resource) if family is Family.LINK else _distance(resource)
        return (_RANK[family], resource.kind is not LOOPBACK, distance)

    def _height(self, link: Resource) -> int:
        """How many links it stands on: a VLAN cannot be raised before its link (vlan_dev_open() in net/8021q)."""
        below = (self._links.get(link_key(link.namespace, name)) for name in _below(link))
        return max((1 + self._height(link) for link in below if link is not None), default=0)


def needs_lasting_carrier(step: Step) -> bool:
    """Whether a step makes a neighbour entry that the kernel forgets when it sees that the link has no carrier
    (neigh_carrier_down() in net/core/neighbour.c).
    """
    entry = step.resource
    if entry.kind is not NEIGHBOUR or step.action is Action.DELETE:
        return False
    return entry.get("state") != "permanent" or bool(entry.get("proxy") or entry.get("managed"))


def _below(link: Resource) -> list[str]:
    return [name for option, name in link.references() if option == "link"]


def _distance(resource: Resource) -> int:
    """Routes without a next hop come before those whose next hop they reach, members before groups."""
    if resource.get("group") != NOTHING:
        return 3
    if resource.get("onlink"):
        return 1
    return 2 * any(resource.get(option) != NOTHING for option in ("via", "nexthops"))
