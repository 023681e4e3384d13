"""Routes, nexthops and rules."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.state.kind import Family
from vxlab.state.kinds import ROUTE
from vxlab.state.kinds.encap import ENCAP
from vxlab.state.kinds.route import WITHOUT_NEXT_HOP
from vxlab.state.model import NetworkState, Resource
from vxlab.state.phrase import Phrases
from vxlab.state.types import NOTHING, Value
from vxlab.topology.state_checks.entries import no_nexthop
from vxlab.topology.state_checks.finding import Wrong

_OF_VERSION = {"ip": ("tos", "ttl"), "ip6": ("tc", "hoplimit")}
_WAYS = ("via", "link", "nexthops", "nhid")


def route(resource: Resource, state: NetworkState) -> Wrong:
    to, ways = str(resource.get("to")), [way for way in _WAYS if resource.get(way) != NOTHING]
    kind = str(resource.get("type"))
    if not ways and kind not in WITHOUT_NEXT_HOP:
        yield "to", "a route needs via, link, nexthops or nhid", "type"
    if kind in ("blackhole", "unreachable", "prohibit", "throw") and ways and ways != ["link"]:
        yield ways[0], f"a route of type {kind} leads nowhere: leave {ways[0]} out", "type"
    if resource.get("onlink") and not ("via" in ways and "link" in ways):
        yield "onlink", "onlink needs via and link: the next hop is on that link", "via", "link"
    for way in ("nexthops", "nhid"):
        others = [other for other in ways if other != way]
        if way in ways and others:
            yield way, f"{way} and {others[0]} contradict each other: a route leads by one of them", *others
    for option, via in _vias(resource):
        if ":" in to and ":" not in via:
            yield option, f"{via} and {to} are not of one IP version", "to"
    if "nhid" in ways and (text := no_nexthop(resource.get("nhid"), resource.namespace, state)):
        yield "nhid", text
    yield from _encap(resource.get("encap"))
    for hop in _hops(resource):
        yield from (("nexthops", text) for _, text, *_ in _encap(hop.get("encap", NOTHING)))


def _hops(resource: Resource) -> list[dict[str, Value]]:
    phrases = ROUTE.table["nexthops"].type
    value = resource.get("nexthops")
    return phrases.read(value) if value != NOTHING and isinstance(phrases, Phrases) else []


def _vias(resource: Resource) -> Iterator[tuple[str, str]]:
    if resource.get("via") != NOTHING:
        yield "via", str(resource.get("via"))
    yield from (("nexthops", str(hop["via"])) for hop in _hops(resource) if "via" in hop)


def _encap(value: Value) -> Wrong:
    """What a tunnel header has depends on its IP version."""
    if value == NOTHING:
        return
    header = ENCAP.read(value)
    kind = str(header["type"])
    for other, options in _OF_VERSION.items():
        for option in options:
            if other != kind and option in header:
                right = _OF_VERSION[kind][options.index(option)]
                yield "encap", f"{option} is of {other}: a header of type {kind} has {right}"
    for option in ("src", "dst"):
        address = str(header.get(option, NOTHING))
        if address and (":" in address) != (kind == "ip6"):
            yield "encap", f"{address} does not belong into a header of type {kind}"


def nexthop(resource: Resource, state: NetworkState) -> Wrong:
    ways = [way for way in ("via", "link", "blackhole", "group") if resource.get(way)]
    if not ways:
        yield "id", "a nexthop needs via, link, blackhole or group"
    for alone in ("blackhole", "group"):
        others = [way for way in ways if way != alone]
        if alone in ways and others:
            yield alone, f"{alone} and {others[0]} contradict each other", *others
    if resource.get("fdb") and resource.get("link") != NOTHING:
        yield "link", "a nexthop for FDB entries is a VTEP: it has via and no link", "fdb"
    if "via" in ways and "link" not in ways and not resource.get("fdb"):
        yield "via", "a nexthop with via needs link (only one with fdb has none)", "fdb"
    if "group" in ways:
        yield from _members(resource, state)
    if resource.get("type") == "resilient" and resource.get("buckets") == NOTHING:
        yield "type", "a group of type resilient needs buckets: its size", "buckets"
    for option in ("buckets", "idle_timer", "unbalanced_timer"):
        if resource.get(option) != NOTHING and resource.get("type") != "resilient":
            yield option, f"{option} is for groups of type resilient", "type"
    yield from _encap(resource.get("encap"))


def _members(group: Resource, state: NetworkState) -> Wrong:
    known = {nexthop.get("id"): nexthop for nexthop in state.inside(group.namespace, Family.NEXTHOP)}
    for member in str(group.get("group")).split("/"):
        number = int(member.partition(",")[0])
        if text := no_nexthop(number, group.namespace, state):
            yield "group", text
        elif known[number].get("group") != NOTHING:
            yield "group", f"nexthop {number} is a group itself", "id", (known[number], "group"), (known[number], "id")
        elif known[number].get("fdb") != group.get("fdb"):
            text = f"nexthop {number} and the group differ in fdb"
            yield "group", text, "fdb", (known[number], "fdb"), (known[number], "id")


def rule(resource: Resource, _: NetworkState) -> Wrong:
    action, table = resource.get("action"), resource.get("table")
    if action == "lookup" and table == NOTHING and not resource.get("l3mdev"):
        yield "", "table is missing: the routing table to look packets up in (or l3mdev, or another action)", "action"
    if resource.get("l3mdev") and table != NOTHING:
        yield "table", "l3mdev and table contradict each other: the VRF of the link says the table", "l3mdev"
    if action != "lookup" and table != NOTHING:
        yield "table", f"action {action} looks nothing up: leave table out", "action"
    goto, priority = resource.get("goto"), resource.get("priority")
    if (action == "goto") != (goto != NOTHING):
        where = "action" if action == "goto" else "goto"
        yield where, "goto and action goto belong together: goto says the priority of the rule to go on with", "action"
    elif isinstance(goto, int) and isinstance(priority, int) and goto <= priority:
        yield "goto", f"goto leads to a rule with a higher priority number than {priority}", "priority"
    prefixes = [str(resource.get(option)) for option in ("from", "to") if resource.get(option) != NOTHING]
    if len({":" in prefix for prefix in prefixes}) > 1:
        yield "to", "from and to are not of one IP version", "from"
