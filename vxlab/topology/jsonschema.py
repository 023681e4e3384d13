"""The JSON Schema of a topology (draft 2020-12), so that editors complete and check files while they are written.

It accepts every file that ``vxlab validate`` accepts, before ranges and other words for keys are replaced. It refuses
unknown keys, wrong types and numbers that are out of bounds; references and contradictions it cannot see.

Keywords that speak of one type each stand side by side where several types are possible, and a link's options hang on
its kind by ``if``: so editors tell of one mistake, and not of every alternative.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from vxlab.state.kind import Kind
from vxlab.state.kinds import ADDRESS, BRIDGE, BRIDGE_PORT, LINK_KINDS, LOOPBACK, PROCESS, VETH, VXLAN
from vxlab.state.kinds.encap import ENCAP
from vxlab.state.kinds.process import NOT_IN_FILES
from vxlab.state.kinds.qdisc import IMPAIRMENTS
from vxlab.state.kinds.route import NEXT_HOP
from vxlab.state.types import LinkName, SysctlKey, SysctlValue
from vxlab.topology import keys
from vxlab.topology.keys import Json, Key
from vxlab.topology.lowlevel import SECTIONS, Node, WrittenNode
from vxlab.topology.names import Endpoint, NodeName, VlanId
from vxlab.topology.schema import Document, Host, Segment, Tenant, Underlay, Vtep

RANGE = r"\[[0-9]{1,9}-[0-9]{1,9}\]"
"""What looks like a range, in a name or in a value."""

_SHAPE = {"addresses": "addresses", "bridge_port": "bridge_port", "encap": "encap", "nexthops": "next_hops"}
"""Options whose value is a structure, with the definition of it."""


def text() -> str:
    """The whole schema as a file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> Json:
    """The whole schema, as plain data."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:vxlab:topology",
        "title": "A vxlab topology",
        "description": "One file describes a VXLAN lab in Linux network namespaces.",
        "type": "object",
        "properties": _document(),
        "additionalProperties": False,
        "$defs": dict(sorted(_definitions().items())),
    }


def _document() -> Json:
    special = {
        "underlay": _ref("underlay"),
        "segments": _by_name("segment"),
        "tenants": _by_name("tenant"),
        "vteps": _by_name("vtep"),
        "hosts": _by_name("host"),
        "nodes": _by_name("node"),
        "links": {"type": "array", "items": _ref("cable")},
    }
    return _properties(keys.of_model(Document), special)


def _by_name(definition: str) -> Json:
    """A mapping whose keys are names of nodes or segments, ranges among them."""
    return {"type": "object", "propertyNames": ranged(NodeName().schema()), "additionalProperties": _ref(definition)}


def _definitions() -> Json:
    node, vtep = _node_parts("links"), {**_node_parts("vtep_links"), "vlans": _vlans()}
    entries = {name: _mapping(kind.help, keys.of_kind(kind)) for name, kind in _ENTRIES.items()}
    links = {f"link_{name}": _link_of(kind) for name, kind in _LINK_KINDS.items()}
    return {
        "underlay": {**_mapping("The network that carries the tunnels", keys.of_model(Underlay)), **_MAY_BE_EMPTY},
        "segment": ranged(_mapping("One VNI: one overlay broadcast domain", keys.of_model(Segment))),
        "tenant": ranged(_mapping("Whose segments are routed to each other alone", keys.of_model(Tenant))),
        "vtep": ranged({**_mapping("A tunnel end point", _own_first(Vtep), vtep), **_MAY_BE_EMPTY}),
        "host": ranged(_mapping("A node behind a VTEP, in one segment", _own_first(Host), node)),
        "node": ranged({**_mapping("A network namespace", keys.of_model(WrittenNode), node), **_MAY_BE_EMPTY}),
        "cable": ranged(_cable()),
        "links": _links(),
        "vtep_links": _links(_GENERATED),
        "link": _link(_ref("link_settings")),
        "link_settings": ranged(_link_settings(LOOPBACK, "A link that something else makes")),
        **{name: ranged(definition) for name, definition in {**entries, **links}.items()},
        **{f"generated_{kind.name}": _link(_ref(f"link_{kind.name}"), kind) for kind in _GENERATED.values()},
        "bridge_port": ranged({**_mapping(BRIDGE_PORT.help, keys.of_kind(BRIDGE_PORT, ("link",))), **_MAY_BE_EMPTY}),
        "address": ranged(_address()),
        "addresses": ranged(_addresses()),
        "process": _process(),
        "encap": ranged(_words_or(_mapping(ENCAP.what, keys.of_phrase(ENCAP)))),
        "next_hop": ranged(_words_or(_mapping(NEXT_HOP.what, keys.of_phrase(NEXT_HOP)))),
        "next_hops": {"type": ["array", "string"], "minItems": 1, "items": _ref("next_hop")},
    }


_ENTRIES = {kind.name: kind for kind in SECTIONS.values()}
_LINK_KINDS = {name: kind for name, kind in LINK_KINDS.items() if kind is not VETH}
_GENERATED: dict[str, Kind] = {r"^vxlan[0-9]{1,8}$": VXLAN, r"^br[0-9]{1,8}$": BRIDGE}
"""The links of a VTEP that segments make, by their names: what is said of them needs no kind."""

_MAY_BE_EMPTY: Json = {"type": ["object", "null"]}


def _own_first(model: Any) -> list[Key]:
    """The keys of a VTEP or host, and behind them those that every node has."""
    return keys.of_model(model, Node.fields) + keys.of_model(Node)


def _node_parts(links: str) -> Json:
    """What is special about the keys of a node."""
    sysctls = {
        "type": "object",
        "propertyNames": SysctlKey().schema(),
        "additionalProperties": SysctlValue().schema(),
    }
    lists = {section: {"type": "array", "items": _ref(kind.name)} for section, kind in SECTIONS.items()}
    processes = {
        "type": "object",
        "propertyNames": NodeName().schema(),
        "additionalProperties": _ref("process"),
    }
    return {"sysctls": sysctls, "links": _ref(links), **lists, "processes": processes}


def _vlans() -> Json:
    """VLANs by number, each with its segment."""
    vlan = {"propertyNames": ranged(VlanId().schema()), "additionalProperties": ranged(NodeName().schema())}
    return {"type": "object", **vlan}


def _process() -> Json:
    """A process: its command, or a mapping with more said about it."""
    words = PROCESS.table["command"].type.schema()
    return {**words, **_mapping(PROCESS.help, keys.of_kind(PROCESS, NOT_IN_FILES)), "type": ["array", "object"]}


def _links(by_pattern: dict[str, Kind] | None = None) -> Json:
    """The links of a node."""
    patterns = {pattern: _ref(f"generated_{kind.name}") for pattern, kind in (by_pattern or {}).items()}
    return {
        "type": "object",
        "propertyNames": LinkName().schema(),
        **({"patternProperties": patterns} if patterns else {}),
        "additionalProperties": _ref("link"),
    }


def _link(otherwise: Json, generated: Kind | None = None) -> Json:
    """A link by its kind, and ``otherwise`` where it says none."""
    title = f"The {generated.name} of a segment" if generated else "A link"
    kind = {"description": "The kind of link.", "enum": [*_LINK_KINDS]}
    return {
        "title": title,
        **_MAY_BE_EMPTY,
        "properties": {"kind": kind},
        "allOf": [
            *({"if": _with_kind({"const": name}), "then": _ref(f"link_{name}")} for name in _LINK_KINDS),
            {"if": _with_kind({}), "else": otherwise},
        ],
    }


def _with_kind(kind: Json) -> Json:
    return {"type": "object", "required": ["kind"], "properties": {"kind": kind}}


def _link_of(kind: Kind) -> Json:
    return _link_settings(kind, kind.help, {"kind": {"description": f"{_sentence(kind.help)}", "const": kind.name}})


def _link_settings(kind: Kind, title: str, more: Json | None = None) -> Json:
    own = [*keys.of_kind(kind, [option.name for option in kind.common]), *keys.of_kind(kind, _own_names(kind))]
    own += [Key("addresses", "its IP addresses", example=["192.0.2.1/24"]), Key("bridge_port", BRIDGE_PORT.help)]
    own += map(keys.of_option, IMPAIRMENTS)
    mapping = _mapping(title, own)
    return {**mapping, **_MAY_BE_EMPTY, "properties": {**(more or {}), **mapping["properties"]}}


def _own_names(kind: Kind) -> list[str]:
    """What is not said of a link by every link: its own options, and its name, which is its key."""
    return ["name", *(option.name for option in kind.options)]


def _cable() -> Json:
    """Both ends in a list, or a mapping from both to their settings."""
    end = Endpoint().schema()
    return {
        "title": "A cable: a veth pair",
        "description": "[a:eth0, b:eth0], or a mapping from both ends to their settings.",
        "type": ["array", "object"],
        "items": end,
        "minItems": 2,
        "maxItems": 2,
        "uniqueItems": True,
        "propertyNames": end,
        "additionalProperties": _ref("link_settings"),
        "minProperties": 2,
        "maxProperties": 2,
    }


def _address() -> Json:
    text = ADDRESS.table["address"].type.schema()
    return {**text, **_mapping(ADDRESS.help, keys.of_kind(ADDRESS, ("link",))), "type": ["string", "object"]}


def _addresses() -> Json:
    text = ADDRESS.table["address"].type.schema()
    return {**text, "type": ["array", "string"], "items": _ref("address")}


def _words_or(mapping: Json) -> Json:
    """A structure that may be written in the words of ip as well."""
    return {**mapping, "type": ["object", "string"]}


def _mapping(title: str, known: Sequence[Key], special: Json | None = None) -> Json:
    """A mapping with these keys, and no others."""
    required = [_one_of_words(key) for key in known if key.required]
    plain = [words[0] for words in required if len(words) == 1]
    choices = [{"anyOf": [{"required": [word]} for word in words]} for words in required if len(words) > 1]
    return {
        "title": title[0].upper() + title[1:],
        "type": "object",
        "properties": _properties(known, special or {}),
        **({"required": plain} if plain else {}),
        **({"allOf": choices} if choices else {}),
        "additionalProperties": False,
    }


def _one_of_words(key: Key) -> tuple[str, ...]:
    return (key.name, *key.also)


def _properties(known: Iterable[Key], special: Json) -> Json:
    properties: Json = {}
    for key in known:
        shape = special.get(key.name) or (_ref(_SHAPE[key.name]) if key.name in _SHAPE else key.schema) or {}
        properties[key.name] = {**_about(key), **shape}
        for word in key.also:
            properties[word] = {"description": f"Another word for {key.name}. {_sentence(key.help)}", **shape}
    return properties


def _about(key: Key) -> Json:
    """What an editor shows of a key."""
    words = [
        _sentence(key.help),
        f"Takes {key.accepts}." if key.accepts else "",
        f"Default: {in_yaml(key.default)}." if key.default is not None else "",
        f"Since {key.since}." if key.since else "",
        f"Also called {', '.join(key.also)}." if key.also else "",
    ]
    about: Json = {"description": " ".join(filter(None, words))}
    if key.default is not None:
        about["default"] = key.default
    if key.example is not None:
        about["examples"] = [key.example]
    if key.schema and "pattern" in key.schema:
        about["patternErrorMessage"] = f"This is not {key.accepts}."  # what editors say; unknown to JSON Schema itself
    return about


def in_yaml(value: Any) -> str:
    """A single value as a file has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def ranged(part: Any) -> Any:
    """The same, with a range wherever a pattern says what a text is, and in the place of a number.

    Words of a list are left as they are, for which a range makes no sense.
    """
    if isinstance(part, list):
        return [ranged(item) for item in part]
    if not isinstance(part, dict):
        return part
    inside = {key: value if key in ("default", "examples") else ranged(value) for key, value in part.items()}
    if isinstance(part.get("pattern"), str):
        inside["pattern"] = f"{part['pattern']}|{RANGE}"
    elif part.get("type") == "integer":
        inside |= {
            "type": ["integer", "string"],
            "pattern": f"^{RANGE}$",
            "patternErrorMessage": "This is not a number.",
        }
    return inside


def _ref(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}
