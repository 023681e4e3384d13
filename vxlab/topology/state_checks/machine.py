"""What a lab may have in the machine's own namespace: links of its own, and what is on them; and addresses of cards."""

from __future__ import annotations

from vxlab.state.kind import Family
from vxlab.state.kinds import CARD, LOOPBACK
from vxlab.state.kinds.sysctl import interface_of
from vxlab.state.model import NetworkState, Resource
from vxlab.state.owned import is_machine
from vxlab.topology.state_checks.finding import Wrong

_OF_ALL = {
    Family.RULE: "a rule is for all that the machine sends",
    Family.NEXTHOP: "nexthop objects are not known by their link",
    Family.PROCESS: "its processes are not the lab's: have them started by the machine",
}
"""What has no link by which it could be told from what is not the lab's."""

_OF_CARDS = ("name", "mtu")
"""What may be said of a card: the second is what it must have."""


def machine(resource: Resource, state: NetworkState) -> Wrong:
    """What vxlab could not take away again without touching what is not the lab's."""
    family = resource.kind.family
    if not is_machine(resource.namespace) or family is Family.NAMESPACE:
        return
    if family in _OF_ALL:
        yield "", f"the node is the machine itself, and {_OF_ALL[family]}"
    elif family is Family.SYSCTL:
        if not interface_of(str(resource.get("key"))):
            yield "", f"the node is the machine itself, and {resource.get('key')} is a setting of all of it"
    elif resource.kind is LOOPBACK:
        yield "", "the node is the machine itself, and lo is not the lab's"
    elif resource.kind is CARD:
        for option in resource.values.keys() - {*_OF_CARDS}:
            yield (
                option,
                f"{resource.name} is a network card of the machine: it stays as it is, and only gets addresses",
            )
    elif family is not Family.LINK:
        yield from _on(resource, state)


def _on(resource: Resource, state: NetworkState) -> Wrong:
    links = [link for option, link in resource.references()]
    cards = [link for link in links if (found := state.link(resource.namespace, link)) and found.kind is CARD]
    what = resource.kind.name.replace("_", " ")
    if not links:
        yield "", f"the node is the machine itself: say the link of the {what}, by which vxlab knows it"
    elif cards and resource.kind.family is not Family.ADDRESS:
        yield "", f"{cards[0]} is a network card of the machine: it gets addresses, and no {what}"
