"""The high-level keys as low-level ones: what underlay, segments, vteps and hosts mean.

            underlay (a node)
      +-------- br0 --------+
      | vtep1         vtep2 |          ports, named after the VTEP
      |                     |
      | eth0           eth0 |          underlay address, MTU 1500
    vtep1                 vtep2        (nodes)
vxlan42 - br42        vxlan42 - br42   one of each for every segment, MTU 1450
      | h1               h2 |          ports, named after the host
      |                     |
      | eth0           eth0 |          overlay address, MTU 1450
     h1                    h2          (nodes)
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from vxlab.state.kinds.fdb import FLOOD_MAC
from vxlab.state.types import RESERVED
from vxlab.topology.addressing import default_group, interface_name, mac, natural, numbered
from vxlab.topology.errors import Path
from vxlab.topology.schema import Document, Segment, Vtep

SWITCH = "underlay"
"""The name of the node that is the underlay's switch."""

OVERHEAD = 50
"""Bytes that VXLAN over IPv4 adds: inner Ethernet 14, VXLAN 8, UDP 8, IPv4 20 (RFC 7348 section 5)."""

MTU = 1500
QUIET = {"net.ipv6.conf.all.disable_ipv6": 1}
"""Without IPv6 nobody speaks before being spoken to, and the FDB starts empty."""

QUIET_BRIDGE = {"mcast_snooping": False}
"""A bridge that snoops joins 224.0.0.106 itself (RFC 4286), and its report would teach the far VTEPs its MAC."""

Raw = dict[str, Any]


def expand(document: Document, raw: Raw, name: str, moved: dict[Path, Path]) -> Raw:
    """The low-level form of a checked document, as plain data that is itself a valid topology.

    Args:
        document: the checked document.
        raw: the same as plain data; what is low-level in it is taken over as it stands.
        name: the lab's name.
        moved: is told from which part of the file each node comes.
    """
    expansion = _Expansion(document, name)
    nodes = expansion.nodes() if document.vteps else {}
    for section in ("vteps", "hosts", "nodes"):
        for node in raw.get(section) or {}:
            moved.setdefault(("nodes", node), (section, node))
            nodes[node] = _merged(raw[section][node] or {}, nodes.get(node, {}))
    result: Raw = {"name": name}
    if document.description:
        result["description"] = document.description
    links = [*(raw.get("links") or ()), *expansion.cables()]
    nodes = {node: nodes[node] for node in sorted(nodes, key=natural)}
    return {**result, "nodes": nodes, **({"links": links} if links else {})}


def segments_of(document: Document, vtep: Vtep) -> list[str]:
    """The segments that a VTEP carries: those it lists, else all."""
    return sorted(document.segments if vtep.segments is None else vtep.segments, key=natural)


def _merged(written: Raw, generated: Raw) -> Raw:
    """A node's own low-level keys beside what was generated for it; lists are joined, what is written wins."""
    node: Raw = {}
    for key in ("sysctls", "links", "routes", "neighbours", "fdb"):
        mine, theirs = written.get(key), generated.get(key)
        if key == "links":
            value: Any = _merged_links(mine or {}, theirs or {})
        elif key == "sysctls":
            value = {**(theirs or {}), **(mine or {})}
        else:
            value = [*(mine or ()), *(theirs or ())]
        if value:
            node[key] = value
    return node


def _merged_links(written: Raw, generated: Raw) -> Raw:
    """A link that was generated takes what is written about it; others are added."""
    return {name: {**(generated.get(name) or {}), **(written.get(name) or {})} for name in {**generated, **written}}


class _Expansion:
    """The parts of a low-level document, from a high-level one. Everything goes in natural order of names."""

    def __init__(self, document: Document, name: str) -> None:
        self._document = document
        self._name = name
        self._vteps = sorted(document.vteps, key=natural)
        self._hosts = sorted(document.hosts, key=natural)
        self._segments = {name: document.segments[name] for name in sorted(document.segments, key=natural)}
        addresses = {name: vtep.address for name, vtep in document.vteps.items()}
        self._underlay = numbered(document.underlay.subnet, addresses)
        self._overlay = self._overlay_addresses()
        self._ports = self._port_names()

    def nodes(self) -> dict[str, Raw]:
        switch = {"sysctls": dict(QUIET), "links": {"br0": {"kind": "bridge", "mac": self._mac(SWITCH, "br0")}}}
        nodes: dict[str, Raw] = {SWITCH: switch}
        nodes.update((name, self._vtep(name)) for name in self._vteps)
        nodes.update((name, {"sysctls": dict(QUIET)}) for name in self._hosts)
        return nodes

    def cables(self) -> Iterator[Raw]:
        """The cables from the switch to each VTEP, and from each VTEP to its hosts."""
        taken: set[str] = {"lo", "br0", *RESERVED}
        prefix = ipaddress.ip_network(self._document.underlay.subnet).prefixlen
        for name in self._vteps:
            port = interface_name(name, taken)
            taken.add(port)
            yield {
                f"{SWITCH}:{port}": {"mac": self._mac(SWITCH, port), "master": "br0"},
                f"{name}:eth0": {"mac": self._mac(name, "eth0"), "addresses": [f"{self._underlay[name]}/{prefix}"]},
            }
        for name in self._hosts:
            yield self._host_cable(name)

    def _vtep(self, name: str) -> Raw:
        links: Raw = {}
        fdb: list[Raw] = []
        for segment_name in segments_of(self._document, self._document.vteps[name]):
            segment = self._segments[segment_name]
            bridge, device = f"br{segment.vni}", f"vxlan{segment.vni}"
            links[bridge] = {"kind": "bridge", "mac": self._mac(name, bridge), **QUIET_BRIDGE}
            links[device] = self._vxlan(name, segment)
            if segment.mode == "replicate":
                fdb += self._flood_list(name, segment_name)
        return {"sysctls": dict(QUIET), "links": links, **({"fdb": fdb} if fdb else {})}

    def _vxlan(self, vtep: str, segment: Segment) -> Raw:
        device = f"vxlan{segment.vni}"
        settings: Raw = {"kind": "vxlan", "vni": segment.vni}
        if segment.mode == "multicast":
            settings["group"] = segment.group or default_group(segment.vni)
        return {
            **settings,
            "local": self._underlay[vtep],
            "dev": "eth0",
            "mac": self._mac(vtep, device),
            "mtu": MTU - OVERHEAD,
            "master": f"br{segment.vni}",
        }

    def _flood_list(self, vtep: str, segment: str) -> Iterator[Raw]:
        """Head-end replication: a copy of every BUM frame to each other VTEP of the segment."""
        device = f"vxlan{self._segments[segment].vni}"
        for other in self._vteps:
            if other != vtep and segment in segments_of(self._document, self._document.vteps[other]):
                yield {"link": device, "mac": FLOOD_MAC, "dst": self._underlay[other]}

    def _host_cable(self, name: str) -> Raw:
        host = self._document.hosts[name]
        segment = self._segments[self._segment_of(name)]
        prefix = ipaddress.ip_network(segment.subnet).prefixlen
        mtu = MTU - OVERHEAD
        port = self._ports[name]
        return {
            f"{host.vtep}:{port}": {"mac": self._mac(host.vtep, port), "mtu": mtu, "master": f"br{segment.vni}"},
            f"{name}:eth0": {
                "mac": host.mac or self._mac(name, "eth0"),
                "mtu": mtu,
                "addresses": [f"{self._overlay[name]}/{prefix}"],
            },
        }

    def _segment_of(self, host: str) -> str:
        return self._document.hosts[host].segment or next(iter(self._segments))

    def _overlay_addresses(self) -> dict[str, str]:
        result: dict[str, str] = {}
        for name, segment in self._segments.items():
            members = {
                host: self._document.hosts[host].address for host in self._hosts if self._segment_of(host) == name
            }
            result.update(numbered(segment.subnet, members))
        return result

    def _port_names(self) -> dict[str, str]:
        """The port of each host on its VTEP's bridge, named after the host where that is possible."""
        own = {f"{kind}{segment.vni}" for segment in self._segments.values() for kind in ("br", "vxlan")}
        taken = {vtep: {"lo", "eth0", *own, *RESERVED, *self._made_by_hand(vtep)} for vtep in self._vteps}
        ports = {}
        for name in self._hosts:
            there = taken[self._document.hosts[name].vtep]
            ports[name] = interface_name(name, there)
            there.add(ports[name])
        return ports

    def _made_by_hand(self, vtep: str) -> Iterator[str]:
        """The links of a VTEP that the file makes itself; what it says of a generated one takes no name."""
        links = self._document.vteps[vtep].links
        yield from (name for name, settings in links.items() if getattr(settings, "kind", None))

    def _mac(self, node: str, link: str) -> str:
        return mac(self._name, node, link)
