"""The schema of the low-level keys: links, addresses, routes, FDB entries and all else that a node can have.

It is made from the tables of ``vxlab.state.kinds``, so that an option that has a row can be written in a file.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, TypeAdapter, create_model

from vxlab.state.kind import Kind, Option
from vxlab.state.kinds import (
    ADDRESS,
    BRIDGE_PORT,
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
    VNI,
)
from vxlab.state.kinds.process import NOT_IN_FILES
from vxlab.state.phrase import Phrase, Phrases
from vxlab.state.types import LinkName, SysctlKey, SysctlValue, Type, shown
from vxlab.topology.names import Endpoint, NodeName
from vxlab.topology.strict import Checked, Strict


def option_field(option: Option) -> Any:
    """The field of a model for a row of a table."""
    if option.required:
        return (_accepted(option), Field(description=option.help))
    return (_accepted(option), Field(None, description=option.help))


def _accepted(option: Option) -> Any:
    if isinstance(option.type, Phrase):
        return Annotated[Any, PlainValidator(_phrase(option.type))]
    if isinstance(option.type, Phrases):
        part = Annotated[Any, PlainValidator(_phrase(option.type.phrase))]
        return Annotated[Any, PlainValidator(_phrases(option.type, TypeAdapter(list[part])))]
    if option.type.in_parts:
        return Annotated[
            Any, PlainValidator(_in_parts(option.type, TypeAdapter(list[Annotated[Any, Checked(option.type)]])))
        ]
    return Annotated[Any, Checked(option.type)]


def _in_parts(whole: Type, several: TypeAdapter[list[Any]]) -> Any:
    """A list, whose mistakes have a place each, or the whole as one."""

    def check(raw: object) -> object:
        return whole.parse(several.validate_python(raw) if isinstance(raw, list) else raw)

    return check


def _phrase(phrase: Phrase) -> Any:
    """Options inside an option, as a mapping whose mistakes have a place, or in the words of ip."""
    fields: dict[str, Any] = {name: option_field(option) for name, option in phrase.table.items()}
    model = create_model("phrase", __base__=Strict, __doc__=phrase.what, **fields)

    def check(raw: object) -> object:
        if not isinstance(raw, dict):
            return phrase.parse(raw)
        checked = model.model_validate(raw)
        return phrase.text({name: getattr(checked, name) for name in checked.model_fields_set})

    return check


def _phrases(phrases: Phrases, several: TypeAdapter[list[Any]]) -> Any:
    def check(raw: object) -> object:
        if not isinstance(raw, list) or not raw:
            return phrases.parse(raw)
        return phrases.text([phrases.phrase.read(text) for text in several.validate_python(raw)])

    return check


def model_of(kind: Kind, /, *left_out: str, **more: Any) -> type[Strict]:
    """The model of a kind, from its table."""
    fields = {name: option_field(option) for name, option in kind.table.items() if name not in left_out}
    return create_model(f"{kind.name}_", __base__=Strict, __doc__=kind.help, **fields, **more)


AddressSettings = model_of(ADDRESS, "link")
"""An address with more said about it than the address itself."""


def _address(raw: object) -> Strict:
    return AddressSettings.model_validate(raw if isinstance(raw, dict | None) else {"address": raw})


def _addresses(raw: object) -> object:
    """One address may be written without a list around it."""
    return [raw] if isinstance(raw, str) else raw


Addresses = Annotated[tuple[Annotated[Any, PlainValidator(_address)], ...], BeforeValidator(_addresses)]

_ADDRESSES = {"addresses": (Addresses, Field((), description="its IP addresses", examples=[["192.0.2.1/24"]]))}
_PORT = {
    "bridge_port": (
        model_of(BRIDGE_PORT, "link") | None,
        Field(None, description=BRIDGE_PORT.help, examples=[{"learning": False}]),
    )
}

LinkSettings = model_of(LOOPBACK, "name", **_ADDRESSES, **_PORT)
"""A link that something else makes: lo, or an end of an entry of the top-level ``links``."""

LINK_MODELS: dict[str, type[Strict]] = {
    name: model_of(
        kind,
        "name",
        kind=(Literal[name], Field(description="the kind of link", examples=[name])),
        **_ADDRESSES,
        **_PORT,
    )
    for name, kind in LINK_KINDS.items()
    if kind is not VETH
}
"""A link that is made in its node, by kind."""


class _LinkWithoutKind(LinkSettings):  # type: ignore[valid-type,misc]
    __doc__ = LinkSettings.__doc__

    @classmethod
    def _unknown_key(cls, key: str) -> str:
        kinds = [name for name, model in LINK_MODELS.items() if key in model.model_fields]
        usual: str = super()._unknown_key(key)
        return f"{shown(key)} is a key of kind {' or '.join(kinds)}, and no kind is said" if kinds else usual


def _link(raw: object) -> Strict:
    """A link of a node: its kind says which keys it has."""
    kind = raw.get("kind") if isinstance(raw, dict) else None
    if kind is None:
        without: Strict = _LinkWithoutKind.model_validate(raw)
        return without
    if kind == VETH.name:
        raise ValueError("a veth has two ends: write it as an entry of the top-level links, [a:eth0, b:eth0]")
    if not isinstance(kind, str) or kind not in LINK_MODELS:
        raise ValueError(f"{shown(kind)} is not a kind of link: there is {', '.join(LINK_MODELS)}")
    return LINK_MODELS[kind].model_validate(raw)


End = tuple[str, str, Strict]
"""One end of a cable: node, link, settings."""

_Settings = Annotated[Any, PlainValidator(LinkSettings.model_validate)]
_PLAIN_ENDS: TypeAdapter[list[str]] = TypeAdapter(list[Annotated[str, Checked(Endpoint())]])
_ENDS: TypeAdapter[dict[str, Strict]] = TypeAdapter(dict[Annotated[str, Checked(Endpoint())], _Settings])


def cable(raw: object) -> tuple[End, End]:
    """An entry of the top-level ``links``: [a:eth0, b:eth0], or a mapping from both ends to their settings."""
    if isinstance(raw, list):
        ends = dict.fromkeys(_PLAIN_ENDS.validate_python(raw), LinkSettings())
    elif isinstance(raw, dict):
        ends = _ENDS.validate_python(raw)
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
    "vnis": VNI,
    "nexthops": NEXTHOP,
    "routes": ROUTE,
    "rules": RULE,
    "neighbours": NEIGHBOUR,
    "fdb": FDB,
    "mdb": MDB,
}
"""The lists that a node can have, with the kind of their entries."""

ENTRY_MODELS = {section: model_of(kind) for section, kind in SECTIONS.items()}


def _entry(section: str) -> PlainValidator:
    return PlainValidator(ENTRY_MODELS[section].model_validate)


ProcessSettings = model_of(PROCESS, *NOT_IN_FILES)
"""A process with more said about it than its command."""


def _process(raw: object) -> Strict:
    if isinstance(raw, dict | None):
        return ProcessSettings.model_validate(raw)
    PROCESS.table["command"].type.parse(raw)  # a mistake stands where the command does, and at no key
    return ProcessSettings.model_validate({"command": raw})


class Node(Strict):
    """A network namespace and what is in it."""

    sysctls: dict[Annotated[str, Checked(SysctlKey())], Annotated[str, Checked(SysctlValue())]] = Field(
        {}, description="kernel settings by name", examples=[{"net.ipv4.ip_forward": 1}]
    )
    links: dict[Annotated[str, Checked(LinkName())], Annotated[Any, PlainValidator(_link)]] = Field(
        {}, description="links by name", examples=[{"br0": {"kind": "bridge"}}]
    )
    vnis: tuple[Annotated[Any, _entry("vnis")], ...] = Field(
        (), description="VNIs of VXLAN devices with vnifilter", examples=[[{"link": "vx0", "vni": 42}]]
    )
    nexthops: tuple[Annotated[Any, _entry("nexthops")], ...] = Field(
        (), description="nexthop objects and groups", examples=[[{"id": 1, "via": "192.0.2.2", "link": "eth0"}]]
    )
    routes: tuple[Annotated[Any, _entry("routes")], ...] = Field(
        (), description="routes", examples=[[{"to": "default", "via": "192.0.2.2"}]]
    )
    rules: tuple[Annotated[Any, _entry("rules")], ...] = Field(
        (),
        description="which routing table is looked up",
        examples=[[{"priority": 100, "from": "192.0.2.0/24", "table": 100}]],
    )
    neighbours: tuple[Annotated[Any, _entry("neighbours")], ...] = Field(
        (),
        description="ARP and ND entries",
        examples=[[{"link": "eth0", "address": "192.0.2.2", "mac": "02:00:00:00:00:02"}]],
    )
    fdb: tuple[Annotated[Any, _entry("fdb")], ...] = Field(
        (),
        description="FDB entries of VXLAN devices and bridges",
        examples=[[{"link": "vx0", "mac": "00:00:00:00:00:00", "dst": "192.0.2.2"}]],
    )
    mdb: tuple[Annotated[Any, _entry("mdb")], ...] = Field(
        (),
        description="multicast entries of bridges and VXLAN devices",
        examples=[[{"link": "br0", "port": "eth0", "group": "239.1.1.1"}]],
    )
    processes: dict[Annotated[str, Checked(NodeName())], Annotated[Any, PlainValidator(_process)]] = Field(
        {},
        description="programs that run as long as the lab does, by name",
        examples=[{"web": ["python3", "-m", "http.server", "80"]}],
    )


class WrittenNode(Node):
    """A node that is written out. It may be another one's in all but its processes."""

    joins: Annotated[str | None, Checked(NodeName())] = Field(
        None,
        description="the node whose network namespace it shares, as the containers of a pod do; of its own it has "
        "processes alone",
        examples=["web"],
    )


NODE_KEYS = ("joins", *Node.model_fields)
"""The low-level keys of a node, in the order in which `vxlab expand` prints them."""
