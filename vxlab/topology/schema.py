"""The schema of a topology: which keys there are and what each may hold.

The high-level keys are written out here. The low-level ones (links, addresses, routes, FDB entries ...) are
made from the tables of ``vxlab.state.kinds``, so that an option that has a row can be written in a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, ErrorDetails, InitErrorDetails, PydanticCustomError, core_schema

from vxlab.state.kind import Kind, Option
from vxlab.state.kinds import ADDRESS, BRIDGE, BRIDGE_PORT, FDB, LINK_KINDS, LOOPBACK, NEIGHBOUR, ROUTE, VETH
from vxlab.state.kinds.vxlan import VXLAN
from vxlab.state.types import (
    InterfaceAddress,
    LinkMac,
    LinkName,
    MulticastIp,
    SysctlKey,
    SysctlValue,
    Type,
    shown,
)
from vxlab.suggest import did_you_mean
from vxlab.topology.names import MODE, UNDERLAY_KIND, BareAddress, Description, Endpoint, NodeName, Subnet


class Strict(BaseModel):
    """A mapping in which every key must be known; its errors are whole sentences."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="wrap")
    @classmethod
    def _in_sentences(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            # `vtep1:` with nothing behind it means that nothing needs to be said.
            return handler({} if data is None else data)
        except ValidationError as error:
            details = [cls._sentence(item) for item in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(cls.__name__, details) from None

    @classmethod
    def _sentence(cls, error: ErrorDetails) -> InitErrorDetails:
        message = _sentence_of(error, cls.model_fields)
        kind = PydanticCustomError("sentence", message)
        return InitErrorDetails(type=kind, loc=error["loc"], input=error["input"])


_SHAPES = {
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "mapping_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
}


def _sentence_of(error: ErrorDetails, fields: Mapping[str, FieldInfo]) -> str:
    """What is wrong, and what would be right."""
    kind, raw = error["type"], error["input"]
    last = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "missing":
        return f"{last} is missing: {fields[last].description}"
    if kind == "extra_forbidden":
        return f"{shown(last)} is not a key here{did_you_mean(last, fields)}"
    if kind in _SHAPES:
        return f"{shown(raw)} is not {_SHAPES[kind]}"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    return error["msg"]


@dataclass(frozen=True)
class Checked:
    """Tells pydantic to check a value by one of the types of the tables: ``Annotated[int, Checked(Int(1, 9))]``."""

    type: Type

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.type.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return self.type.schema()


def _field(option: Option) -> Any:
    accepted = Annotated[Any, Checked(option.type)]
    if option.required:
        return (accepted, Field(description=option.help))
    return (accepted, Field(None, description=option.help))


def _model(kind: Kind, /, *left_out: str, **more: Any) -> type[Strict]:
    """The model of a kind, from its table."""
    fields = {name: _field(option) for name, option in kind.table.items() if name not in left_out}
    return create_model(f"{kind.name}_", __base__=Strict, __doc__=kind.help, **fields, **more)


def _addresses(raw: object) -> object:
    """One address may be written without a list around it."""
    return [raw] if isinstance(raw, str) else raw


Addresses = Annotated[tuple[Annotated[str, Checked(InterfaceAddress())], ...], BeforeValidator(_addresses)]
"""Addresses of a link. Their own options come with their table."""

_ADDRESSES = {"addresses": (Addresses, Field((), description=ADDRESS.help))}
_PORT = {"bridge_port": (_model(BRIDGE_PORT, "link") | None, Field(None, description=BRIDGE_PORT.help))}

LinkSettings = _model(LOOPBACK, "name", **_ADDRESSES, **_PORT)
"""A link that something else makes: lo, or an end of an entry of the top-level ``links``."""

LINK_MODELS: dict[str, type[Strict]] = {
    name: _model(kind, "name", kind=(Literal[name], Field(description="the kind of link")), **_ADDRESSES, **_PORT)
    for name, kind in LINK_KINDS.items()
    if kind is not VETH
}
"""A link that is made in its node, by kind."""


def _link(raw: object) -> Strict:
    """A link of a node: its kind says which keys it has."""
    kind = raw.get("kind") if isinstance(raw, dict) else None
    if kind is None:
        return LinkSettings.model_validate(raw)
    if kind == VETH.name:
        raise ValueError("a veth has two ends: write it as an entry of the top-level links, [a:eth0, b:eth0]")
    if not isinstance(kind, str) or kind not in LINK_MODELS:
        raise ValueError(f"{shown(kind)} is not a kind of link: there is {', '.join(LINK_MODELS)}")
    return LINK_MODELS[kind].model_validate(raw)


End = tuple[str, str, Strict]
"""One end of a cable: node, link, settings."""

_Settings = Annotated[Any, PlainValidator(LinkSettings.model_validate)]
_ENDS: TypeAdapter[dict[str, Strict]] = TypeAdapter(dict[Annotated[str, Checked(Endpoint())], _Settings])


def _cable(raw: object) -> tuple[End, End]:
    """An entry of the top-level ``links``: [a:eth0, b:eth0], or a mapping from both ends to their settings."""
    if isinstance(raw, list):
        ends = dict.fromkeys((Endpoint().parse(end) for end in raw), LinkSettings())
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


_Fdb, _Neighbour, _Route = (_model(kind) for kind in (FDB, NEIGHBOUR, ROUTE))

Name = Annotated[str, Checked(NodeName())]


class Node(Strict):
    """A network namespace and what is in it."""

    sysctls: dict[Annotated[str, Checked(SysctlKey())], Annotated[str, Checked(SysctlValue())]] = Field(
        {}, description="kernel settings by name"
    )
    links: dict[Annotated[str, Checked(LinkName())], Annotated[Any, PlainValidator(_link)]] = Field(
        {}, description="links by name"
    )
    routes: tuple[Annotated[Any, PlainValidator(_Route.model_validate)], ...] = Field(
        (), description="routes of the main table"
    )
    neighbours: tuple[Annotated[Any, PlainValidator(_Neighbour.model_validate)], ...] = Field(
        (), description="permanent ARP and ND entries"
    )
    fdb: tuple[Annotated[Any, PlainValidator(_Fdb.model_validate)], ...] = Field(
        (), description="permanent FDB entries of VXLAN devices"
    )


class Underlay(Strict):
    """The network that carries the tunnels."""

    kind: Annotated[str, Checked(UNDERLAY_KIND)] = Field(
        "switch", description="switch: one bridge that all VTEPs are plugged into"
    )
    subnet: Annotated[str, Checked(Subnet())] = Field("172.16.0.0/16", description="what VTEPs are numbered from")


class Segment(Strict):
    """One VNI: one overlay broadcast domain."""

    vni: Annotated[int, Checked(VXLAN.table["vni"].type)] = Field(description=VXLAN.table["vni"].help)
    mode: Annotated[str, Checked(MODE)] = Field(
        "multicast", description="how frames without a known destination are flooded"
    )
    group: Annotated[str | None, Checked(MulticastIp())] = Field(
        None, description="the multicast group of mode multicast"
    )
    subnet: Annotated[str, Checked(Subnet())] = Field("10.0.0.0/16", description="what hosts are numbered from")


def _as_generated(name: str, settings: Any) -> Any:
    """What is said of a generated link, checked as what it will be: vxlan42 is a VXLAN device with VNI 42."""
    if not isinstance(settings, dict) or "kind" in settings:
        return settings
    if re.fullmatch(r"vxlan[0-9]{1,8}", name):
        return {"vni": int(name.removeprefix("vxlan")), **settings, "kind": VXLAN.name}
    return {**settings, "kind": BRIDGE.name} if re.fullmatch(r"br[0-9]{1,8}", name) else settings


class Vtep(Node):
    """A tunnel end point: a node with an underlay link, and a bridge and a VXLAN device for each segment."""

    @model_validator(mode="before")
    @classmethod
    def _know_generated_links(cls, raw: Any) -> Any:
        links = raw.get("links") if isinstance(raw, dict) else None
        if not isinstance(links, dict):
            return raw
        return {**raw, "links": {name: _as_generated(name, settings) for name, settings in links.items()}}

    address: Annotated[str | None, Checked(BareAddress())] = Field(
        None, description="its underlay address; else numbered from the subnet"
    )
    segments: tuple[Name, ...] | None = Field(None, description="the segments that it carries; else all")


class Host(Node):
    """A node behind a VTEP, in one segment."""

    vtep: Name = Field(description="the VTEP that it is plugged into")
    segment: Name | None = Field(None, description="the segment that it is in; needed where there are several")
    address: Annotated[str | None, Checked(BareAddress())] = Field(
        None, description="its overlay address; else numbered from the subnet"
    )
    mac: Annotated[str | None, Checked(LinkMac())] = Field(
        None, description="its MAC address; else derived from its name"
    )


class Document(Strict):
    """A topology file."""

    name: Name | None = Field(None, description="the lab's name; else the file's")
    description: Annotated[str, Checked(Description())] = Field("", description="what the lab shows")
    underlay: Underlay = Field(default_factory=Underlay, description="the network that carries the tunnels")
    segments: dict[Name, Segment] = Field({}, description="overlay broadcast domains by name")
    vteps: dict[Name, Vtep] = Field({}, description="tunnel end points by name")
    hosts: dict[Name, Host] = Field({}, description="hosts by name")
    nodes: dict[Name, Node] = Field({}, description="nodes that are written out, by name")
    links: tuple[Annotated[Any, PlainValidator(_cable)], ...] = Field((), description="cables between nodes")
