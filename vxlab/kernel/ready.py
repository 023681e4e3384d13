"""Waiting, when a change is done, until the network carries packets: the first ping is to be answered.

The kernel sees to the carriers of links and to new IPv6 addresses in workers of its own, one after the other as they
came (linkwatch_add_event() in net/core/link_watch.c, addrconf_mod_dad_work() in net/ipv6/addrconf.c). So where it has
seen to the latest, it has to the others.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from time import monotonic

from vxlab.kernel import carrier, tentative
from vxlab.plan import Action, Plan
from vxlab.state.kinds import ADDRESS

PATIENCE = tentative.PATIENCE
"""Seconds for all together: a link can stay dormant, and an address can be somebody else's."""

_LATEST = 64
"""Namespaces: far more than what is done at the same time."""


def wait(steps: Plan) -> None:
    """Wait until the links and addresses that a plan made can be used, or until it is clear that some cannot.

    Raises:
        OSError: the kernel refused.
    """
    end = monotonic() + PATIENCE
    addresses = _ipv6_addresses(steps)
    changed = dict.fromkeys(step.namespace for step in reversed(steps.steps))
    for namespace in dict.fromkeys((*islice(changed, _LATEST), *islice(reversed(addresses), _LATEST))):
        with suppress(FileNotFoundError):  # it has been deleted
            carrier.settle(namespace, end - monotonic())
            tentative.wait(namespace, addresses.get(namespace, ()), end - monotonic())


def _ipv6_addresses(steps: Plan) -> dict[str, list[str]]:
    """The addresses that a plan gives to links, by namespace."""
    found = dict[str, list[str]]()
    for step in steps:
        if step.resource.kind is ADDRESS and step.action is not Action.DELETE:
            address = str(step.resource.get("address")).partition("/")[0]
            if ":" in address:
                found.setdefault(step.namespace, []).append(address)
    return found
