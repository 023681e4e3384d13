"""Waiting, when a change is done, until the network carries packets: the first ping is to be answered.

The kernel sees to the carriers of links and to new IPv6 addresses in workers of its own, one after the other as they
came (linkwatch_add_event() in net/core/link_watch.c, addrconf_mod_dad_work() in net/ipv6/addrconf.c). So where it has
seen to the latest, it has to the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from time import monotonic

from vxlab.kernel import carrier, tentative
from vxlab.plan import Action, Plan
from vxlab.plan.build import peer_key
from vxlab.state.kind import Family

PATIENCE = tentative.PATIENCE
"""Seconds for all together: a link can stay dormant, and an address can be somebody else's."""

_LATEST = 16
"""Links, and namespaces: far more than what is done at the same time."""


def wait(steps: Plan) -> None:
    """Wait until the links and addresses that a plan made can be used, or until it is clear that some cannot.

    Raises:
        OSError: the kernel refused.
    """
    end = monotonic() + PATIENCE
    addresses = dict[str, list[str]]()
    for step in reversed(steps.steps):
        if address := step.tentative_address:
            addresses.setdefault(step.namespace, []).append(address)
    links = dict.fromkeys(islice(_namespaces_of_links(steps), 2 * _LATEST))
    for namespace in (*links, *islice(addresses, _LATEST)):
        with suppress(FileNotFoundError):  # it has been deleted
            carrier.settle(namespace, end - monotonic())
            tentative.wait(namespace, addresses.get(namespace, ()), end - monotonic())


def _namespaces_of_links(steps: Plan) -> Iterator[str]:
    """Where the links are that a plan made or changed, and their other ends, which have a carrier by them; the latest
    first.
    """
    for step in reversed(steps.steps):
        if step.resource.kind.family is Family.LINK and step.action is not Action.DELETE:
            yield step.namespace
            if far := peer_key(step.resource):
                yield far[1]
