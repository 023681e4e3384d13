"""The schema of the low-level keys: links, addresses, routes, FDB entries and all else that a node can have.

It is made from the tables of ``vxlab.state.kinds``, so that an option that has a row can be written in a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vxlab.state.kind import Kind, Option
from vxlab.state.kinds import (
    ADDRESS,
    BRIDGE_PORT,
    BRIDGE_VLAN,
    FDB,
    LINK_KINDS,
    LOOPBACK,
    MDB,
    NEIGHBOUR,
    NEXTHOP,
    PROCESS,
    ROUTE,
    RULE,
    VETH,
    VLAN_TUNNEL,
    VNI,
)
from vxlab.state.kinds.process import NOT_IN_FILES
from vxlab.state.kinds.qdisc import IMPAIRMENTS
from vxlab.state.phrase import Phrase, Phrases
from vxlab.state.types import LinkName, SysctlKey, SysctlValue, Type, shown
from vxlab.topology.names import NAMESPACE, Endpoint, NodeName
from vxlab.topology.strict import (
    EMPTY,
    REQUIRED,
    Check,
    Field,
    Strict,
    by_name,
    each,
    each_by_name,
    field,
    made_of,
    or_null,
    several,
    structure,
)


def option_field(option: Option) -> Any:
    """The field of a part for a row of a table."""
    default = REQUIRED if option.required else None
    if isinstance(option.type, Phrase | Phrases) or option.type.in_parts:
        return structure(_inside(option.type), option.help, default)
    return field(option.type, option.help, default)


def _inside(type_: Type) -> Check:
    """How a value is checked that has others in it, whose mistakes have a place each."""
    if isinstance(type_, Phrase):
        return _phrase(type_)
    return _phrases(type_) if isinstance(type_, Phrases) else _in_parts(type_)


def _in_parts(whole: Type) -> Check:
    """A list, or the whole as one."""

    def check(raw: object) -> object:
        return whole.parse(each(raw, whole.parse) if isinstance(raw, list) else raw)

    return check


def _phrase(phrase: Phrase) -> Check:
    """Options inside an option, as a mapping, or in the words of ip."""
    fields = {name: option_field(option) for name, option in phrase.table.items()}
    options = made_of(fields, "phrase", phrase.what)

    def check(raw: object) -> object:
        return phrase.text(options.read(raw).said) if isinstance(raw, dict) else phrase.parse(raw)

    return check


def _phrases(phrases: Phrases) -> Check:
    one = _phrase(phrases.phrase)

    def check(raw: object) -> object:
        if not isinstance(raw, list) or not raw:
            return phrases.parse(raw)
        return phrases.text([phrases.phrase.read(text) for text in each(raw, one)])

    return check


def part_of(kind: Kind, /, *left_out: str, **more: Field) -> Any:
    """The part that describes a kind, from its table."""
    fields = {name: option_field(option) for name, option in kind.table.items() if name not in left_out}
    return made_of({**fields, **more}, f"{kind.name}_", kind.help)


AddressSettings = part_of(ADDRESS, "link")
"""An address with more said about it than the address itself."""


def _address(raw: object) -> Any:
    return AddressSettings.read(raw if isinstance(raw, dict | None) else {"address": raw})


def _addresses(raw: object) -> object:
    """One address may be written without a list around it."""
    return several(_address)([raw] if isinstance(raw, str) else raw)


_MORE = {
    "addresses": structure(_addresses, "its IP addresses", (), example=["192.0.2.1/24"]),
    "bridge_port": structure(
        or_null(part_of(BRIDGE_PORT, "link").read), BRIDGE_PORT.help, None, example={"learning": False}
    ),
    **{option.name: option_field(option) for option in IMPAIRMENTS},
}
"""What may be said of any link beside the rows of its table."""

LinkSettings = part_of(LOOPBACK, "name", **_MORE)
"""A link that something else makes: lo, or an end of an entry of the top-level ``links``."""

LINK_PARTS: dict[str, type[Strict]] = {
    name: part_of(kind, "name", kind=structure(str, "the kind of link", example=name), **_MORE)
    for name, kind in LINK_KINDS.items()
    if kind is not VETH
}
"""A link that is made in its node, by kind."""


class _LinkWithoutKind(LinkSettings):  # type: ignore[valid-type,misc]
    __doc__ = LinkSettings.__doc__

    @classmethod
    def _unknown_key(cls, key: str) -> str:
        kinds = [name for name, known in LINK_PARTS.items() if key in known.fields]
        usual: str = super()._unknown_key(key)
        return f"{shown(key)} is a key of kind {' or '.join(kinds)}, and no kind is said" if kinds else usual


def _link(raw: object) -> Strict:
    """A link of a node: its kind says which keys it has."""
    kind = raw.get("kind") if isinstance(raw, dict) else None
    if kind is None:
        without: Strict = _LinkWithoutKind.read(raw)
        return without
    if kind == VETH.name:
        raise ValueError("a veth has two ends: write it as an entry of the top-level links, [a:eth0, b:eth0]")
    if not isinstance(kind, str) or kind not in LINK_PARTS:
        raise ValueError(f"{shown(kind)} is not a kind of link: there is {', '.join(LINK_PARTS)}")
    return LINK_PARTS[kind].read(raw)


End = tuple[str, str, Strict]
"""One end of a cable: node, link, settings."""

_ENDPOINT = Endpoint().parse


def cable(raw: object) -> tuple[End, End]:
    """An entry of the top-level ``links``: [a:eth0, b:eth0], or a mapping from both ends to their settings."""
    if isinstance(raw, list):
        ends = dict.fromkeys(each(raw, _ENDPOINT), LinkSettings())
    elif isinstance(raw, dict):
        ends = each_by_name(raw, _ENDPOINT, LinkSettings.read)
    else:
        raise ValueError(f"{shown(raw)} is not a cable: write [a:eth0, b:eth0]")
    if len(ends) != 2 or len(raw) != 2:
        raise ValueError("a cable has two different ends: write [a:eth0, b:eth0]")
    first, second = ends
    return _end(first, ends[first]), _end(second, ends[second])


def _end(text: str, settings: Strict) -> End:
    node, _, link = text.partition(":")
    return node, link, settings


SECTIONS: dict[str, Kind] = {
    "bridge_vlans": BRIDGE_VLAN,
    "vlan_tunnels": VLAN_TUNNEL,
    "vnis": VNI,
    "nexthops": NEXTHOP,
    "routes": ROUTE,
    "rules": RULE,
    "neighbours": NEIGHBOUR,
    "fdb": FDB,
    "mdb": MDB,
}
"""The lists that a node can have, with the kind of their entries."""

ENTRY_PARTS = {section: part_of(kind) for section, kind in SECTIONS.items()}


def _entries(section: str, help_: str, example: Any) -> Any:
    return structure(several(ENTRY_PARTS[section].read), help_, (), example=[example])


ProcessSettings = part_of(PROCESS, *NOT_IN_FILES)
"""A process with more said about it than its command."""


def _process(raw: object) -> Any:
    if isinstance(raw, dict | None):
        return ProcessSettings.read(raw)
    PROCESS.table["command"].type.parse(raw)  # a mistake stands where the command does, and at no key
    return ProcessSettings.read({"command": raw})


class Node(Strict):
    """A network namespace and what is in it."""

    sysctls: Mapping[str, str] = structure(
        by_name(SysctlKey(), SysctlValue().parse),
        "kernel settings by name",
        EMPTY,
        example={"net.ipv4.ip_forward": 1},
    )
    links: Mapping[str, Strict] = structure(
        by_name(LinkName(), _link), "links by name", EMPTY, example={"br0": {"kind": "bridge"}}
    )
    bridge_vlans: tuple[Strict, ...] = _entries(
        "bridge_vlans",
        "VLANs of the ports of bridges with vlan_filtering, and of the bridges themselves",
        {"link": "eth1", "vid": 10, "pvid": True, "untagged": True},
    )
    vlan_tunnels: tuple[Strict, ...] = _entries(
        "vlan_tunnels", "VNIs of VLANs at ports with vlan_tunnel", {"link": "vx0", "vid": 10, "id": 100}
    )
    vnis: tuple[Strict, ...] = _entries("vnis", "VNIs of VXLAN devices with vnifilter", {"link": "vx0", "vni": 42})
    nexthops: tuple[Strict, ...] = _entries(
        "nexthops", "nexthop objects and groups", {"id": 1, "via": "192.0.2.2", "link": "eth0"}
    )
    routes: tuple[Strict, ...] = _entries("routes", "routes", {"to": "default", "via": "192.0.2.2"})
    rules: tuple[Strict, ...] = _entries(
        "rules", "which routing table is looked up", {"priority": 100, "from": "192.0.2.0/24", "table": 100}
    )
    neighbours: tuple[Strict, ...] = _entries(
        "neighbours", "ARP and ND entries", {"link": "eth0", "address": "192.0.2.2", "mac": "02:00:00:00:00:02"}
    )
    fdb: tuple[Strict, ...] = _entries(
        "fdb",
        "FDB entries of VXLAN devices and bridges",
        {"link": "vx0", "mac": "00:00:00:00:00:00", "dst": "192.0.2.2"},
    )
    mdb: tuple[Strict, ...] = _entries(
        "mdb",
        "multicast entries of bridges and VXLAN devices",
        {"link": "br0", "port": "eth0", "group": "239.1.1.1"},
    )
    processes: Mapping[str, Strict] = structure(
        by_name(NodeName(), _process),
        "programs that run as long as the lab does, by name",
        EMPTY,
        example={"web": ["python3", "-m", "http.server", "80"]},
    )


class WrittenNode(Node):
    """A node that is written out. It may be another one's in all but its processes."""

    joins: str | None = field(
        NodeName(),
        "the node whose network namespace it shares, as the containers of a pod do; of its own it has processes alone",
        None,
        example="web",
    )
    machine: str | None = field(
        NodeName(), "the machine that it lives on: `vxlab up --on` makes that part of the lab", None, example="a"
    )
    namespace: str = field(
        NAMESPACE,
        "own: a network namespace of its own; root: that of the machine itself, with its network cards",
        "own",
        example="root",
    )


NODE_KEYS = ("joins", "machine", "namespace", *Node.fields)
"""The low-level keys of a node, in the order in which `vxlab expand` prints them."""
