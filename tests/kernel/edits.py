"""Edits of topologies by chance, as people make them: an address, an FDB entry, a VNI, an MTU, a host, a mode."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tests.unit.drawn import validates, written
from vxlab.topology import loads

Data = dict[str, Any]
Edit = Callable[[Data, random.Random], None]

_SECTIONS = ("vteps", "hosts", "nodes", "segments")
MODES = ("multicast", "replicate", "static-l2", "static-l3")
UNDERLAYS = ("switch", "mesh", "routed")


class NotHereError(Exception):
    """There is nothing in a topology that this edit could change."""


def _one(chance: random.Random, of: Any) -> Any:
    found = list(of)
    if not found:
        raise NotHereError
    return chance.choice(found)


def _key(data: Data, section: str, chance: random.Random) -> str:
    return str(_one(chance, data.get(section) or {}))


def _renamed(data: Any, old: str, new: str) -> Any:
    """The same with another name wherever it stands: as a key, a value, or a node of NODE:LINK."""
    if isinstance(data, dict):
        return {_renamed(key, old, new): _renamed(value, old, new) for key, value in data.items()}
    if isinstance(data, list):
        return [_renamed(item, old, new) for item in data]
    if isinstance(data, str) and (data == old or data.startswith(f"{old}:")):
        return new + data[len(old) :]
    return data


def a_mode(data: Data, chance: random.Random) -> None:
    segment = data["segments"][_key(data, "segments", chance)]
    segment["mode"] = chance.choice(MODES)


def a_vni(data: Data, chance: random.Random) -> None:
    data["segments"][_key(data, "segments", chance)]["vni"] = chance.randrange(1, 1 << 24)


def an_underlay(data: Data, chance: random.Random) -> None:
    data.setdefault("underlay", {})["kind"] = chance.choice(UNDERLAYS)


def an_underlay_subnet(data: Data, chance: random.Random) -> None:
    data.setdefault("underlay", {})["subnet"] = chance.choice(["172.20.0.0/16", "2001:db8:ffff::/64"])


def an_mtu_of_all(data: Data, chance: random.Random) -> None:
    data.setdefault("underlay", {})["mtu"] = chance.choice([1400, 1600, 9000])


def a_host_more(data: Data, chance: random.Random) -> None:
    like = _key(data, "hosts", chance)
    copied = {key: value for key, value in (data["hosts"][like] or {}).items() if key in ("vtep", "segment")}
    data["hosts"][f"new{chance.randrange(100)}"] = copied


def a_host_less(data: Data, chance: random.Random) -> None:
    del data["hosts"][_key(data, "hosts", chance)]


def a_name(data: Data, chance: random.Random) -> None:
    section = _one(chance, [name for name in _SECTIONS[:3] if data.get(name)])
    old = _key(data, section, chance)
    renamed = _renamed(data, old, f"other{chance.randrange(100)}")
    data.clear()
    data.update(renamed)


def _nodes(data: Data) -> Iterator[Data]:
    yield from (node for node in (data.get("nodes") or {}).values() if node)


def _links(data: Data) -> Iterator[Data]:
    for node in _nodes(data):
        yield from (link for name, link in (node.get("links") or {}).items() if name != "lo" and isinstance(link, dict))


def an_mtu(data: Data, chance: random.Random) -> None:
    _one(chance, _links(data))["mtu"] = chance.choice([1280, 1400, 1450])


def an_address_more(data: Data, chance: random.Random) -> None:
    link = _one(chance, _links(data))
    link["addresses"] = [*link.get("addresses", []), f"198.18.{chance.randrange(250)}.{chance.randrange(1, 250)}/24"]


def an_address_less(data: Data, chance: random.Random) -> None:
    addresses = _one(chance, [link["addresses"] for link in _links(data) if link.get("addresses")])
    addresses.remove(_one(chance, addresses))


def a_vni_of_a_device(data: Data, chance: random.Random) -> None:
    _one(chance, [link for link in _links(data) if link.get("vni")])["vni"] = chance.randrange(1, 1 << 24)


def a_mac(data: Data, chance: random.Random) -> None:
    _one(chance, _links(data))["mac"] = f"02:00:00:00:01:{chance.randrange(256):02x}"


def an_option_of_a_device(data: Data, chance: random.Random) -> None:
    link = _one(chance, [link for link in _links(data) if link.get("kind") == "vxlan"])
    link[chance.choice(["learning", "proxy", "rsc"])] = chance.choice([True, False])


def an_entry_more(data: Data, chance: random.Random) -> None:
    node = _one(chance, _nodes(data))
    names = [name for name, link in (node.get("links") or {}).items() if (link or {}).get("kind") == "vxlan"]
    mac = f"02:00:00:00:02:{chance.randrange(256):02x}"
    entry = {"link": _one(chance, names), "mac": mac, "dst": f"203.0.113.{chance.randrange(1, 250)}"}
    node["fdb"] = [*node.get("fdb", []), entry]


def an_entry_less(data: Data, chance: random.Random) -> None:
    entries = _one(chance, [node["fdb"] for node in _nodes(data) if node.get("fdb")])
    entries.remove(_one(chance, entries))


def a_destination(data: Data, chance: random.Random) -> None:
    entries = [entry for node in _nodes(data) for entry in node.get("fdb", []) if "dst" in entry]
    _one(chance, entries)["dst"] = f"203.0.113.{chance.randrange(1, 250)}"


def a_route_less(data: Data, chance: random.Random) -> None:
    routes = _one(chance, [node["routes"] for node in _nodes(data) if node.get("routes")])
    routes.remove(_one(chance, routes))


def a_neighbour_less(data: Data, chance: random.Random) -> None:
    entries = _one(chance, [node["neighbours"] for node in _nodes(data) if node.get("neighbours")])
    entries.remove(_one(chance, entries))


MEANT: tuple[Edit, ...] = (
    a_mode, a_vni, an_underlay, an_underlay_subnet, an_mtu_of_all, a_host_more, a_host_less, a_name,
)  # fmt: skip
"""Of what a file says is meant."""

EXACT: tuple[Edit, ...] = (
    an_mtu, an_address_more, an_address_less, a_vni_of_a_device, a_mac, an_option_of_a_device, an_entry_more,
    an_entry_less, a_destination, a_route_less, a_neighbour_less, a_name,
)  # fmt: skip
"""Of what exists, in the low-level form."""


def edited(document: Data, chance: random.Random) -> tuple[Data, Data, str] | None:
    """A topology before and after an edit, which both validate, and what was edited; None where none fits."""
    for _ in range(20):
        edit = chance.choice((*MEANT, *EXACT))
        before = deepcopy(document) if edit in MEANT else plain(loads(written(document)).document)
        after = deepcopy(before)
        try:
            edit(after, chance)
        except (NotHereError, KeyError, TypeError, AttributeError):
            continue
        if after != before and validates(after):
            return before, after, edit.__name__
    return None


def plain(document: Data) -> Data:
    """A copy without anything that is shared."""
    copied: Data = json.loads(json.dumps(document))
    return copied
