"""The types of values that only topologies have: names of labs and nodes, ends of cables, subnets, modes."""

from __future__ import annotations

import ipaddress
import re

from vxlab.state.kinds.bridge_vlan import MOST as MOST_VLANS
from vxlab.state.types import IP_PATTERN, LinkName, Type, UnicastIp, Value, shown


class NodeName(Type):
    """A name that is safe in a file name, a host name and on a command line."""

    says = "a name: 1 to 63 letters, digits, '-' and '_', the first a letter or digit"
    example = "blue"
    pattern = r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}"

    def parse(self, raw: object) -> str:
        if isinstance(raw, int) and not isinstance(raw, bool):
            raw = str(raw)
        if not isinstance(raw, str) or not re.fullmatch(self.pattern, raw):
            raise self.wrong(raw)
        return raw

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "integer"], "minimum": 0, "pattern": f"^{self.pattern}$"}


class Endpoint(Type):
    """One end of a cable, as NODE:LINK."""

    says = "NODE:LINK, such as a:eth0"
    example = "a:eth0"

    def parse(self, raw: object) -> str:
        if not isinstance(raw, str) or raw.count(":") != 1:
            raise self.wrong(raw)
        node, link = raw.split(":")
        return f"{NodeName().parse(node)}:{LinkName().parse(link)}"

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": f"^{NodeName.pattern}:{LinkName.pattern}$"}


class Subnet(Type):
    """A network that nodes are numbered from."""

    says = "a network such as 10.20.0.0/24 or 2001:db8:20::/64"
    example = "10.20.0.0/24"

    def parse(self, raw: object) -> str:
        try:
            if not isinstance(raw, str) or "/" not in raw or "%" in raw:
                raise self.wrong(raw)
            network = ipaddress.ip_network(raw, strict=False)
        except ValueError:
            raise self.wrong(raw) from None
        if ipaddress.ip_interface(raw).ip != network.network_address:
            raise ValueError(f"{raw} has host bits set: the network is {network}")
        if network.is_multicast or network.is_loopback or network.is_link_local:
            raise ValueError(f"{raw} is not a network that hosts can be numbered from")
        return str(network)

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": f"^({IP_PATTERN})/[0-9.]+$"}


class BareAddress(UnicastIp):
    """An address inside a subnet that says how long its prefix is."""

    says = "an IP address such as 10.20.0.7, without a prefix length: the subnet has that"
    example = "10.20.0.7"


class Gateway(BareAddress):
    """The address of a gateway, or ``true`` for the first of its subnet."""

    says = "true, or an address of the subnet such as 10.20.0.1"
    example = "10.20.0.1"

    def parse(self, raw: object) -> Value:  # type: ignore[override]
        return raw if isinstance(raw, bool) else super().parse(raw)

    def schema(self) -> dict[str, object]:
        return {**super().schema(), "type": ["boolean", "string"]}


class Word(Type):
    """One word of a list, where others of the language are known but not there yet."""

    def __init__(self, now: tuple[str, ...], later: tuple[str, ...]) -> None:
        self.now, self.later = now, later
        self.says = f"one of {', '.join(now)}"
        self.example = now[0]

    def parse(self, raw: object) -> str:
        if raw in self.later:
            raise ValueError(f"{raw} is not there yet: this version has {', '.join(self.now)}")
        if not isinstance(raw, str) or raw not in self.now:
            raise self.wrong(raw)
        return raw

    def schema(self) -> dict[str, object]:
        return {"enum": list(self.now)}


class Description(Type):
    """Free text, of one line or many."""

    says = "text"
    example = "Two VTEPs that find each other."

    def parse(self, raw: object) -> str:
        if not isinstance(raw, str):
            raise ValueError(f"{shown(raw)} is not {self.says}")
        return raw.strip()


MODE = Word(("multicast", "replicate", "static-l2", "static-l3"), ("miss", "evpn"))
FLOOD = Word(("group", "replicate", "none"), ())
ARP = Word(("flood", "proxy"), ())
STYLE = Word(("device-per-vni", "single-device"), ())
UNDERLAY_KIND = Word(("switch", "mesh", "routed", "real"), ())
NAMESPACE = Word(("own", "root"), ())


class VlanId(Type):
    """A VLAN as the key of a mapping, where it is text."""

    says = f"a VLAN: a number from 1 to {MOST_VLANS} (0 and 4095 are reserved by IEEE 802.1Q)"
    example = "10"
    pattern = r"[1-9][0-9]{0,3}"

    def parse(self, raw: object) -> int:
        text = str(raw)
        if re.fullmatch(r"[0-9]+\.[0-9.]+", text):
            raise ValueError(f"{shown(raw)} is a VLAN inside a VLAN: {NO_QINQ}")
        if not re.fullmatch(self.pattern, text) or int(text) > MOST_VLANS:
            raise self.wrong(raw)
        return int(text)

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": f"^{self.pattern}$"}


class SegmentOfVlan(NodeName):
    """The segment that a VLAN is."""

    def parse(self, raw: object) -> str:
        if isinstance(raw, dict):
            raise ValueError(f"{shown(raw)} would be a VLAN inside a VLAN: {NO_QINQ}")
        return super().parse(raw)


NO_QINQ = (
    "QinQ (IEEE 802.1ad) cannot be mapped to a VNI, for one tag is taken off, and a frame that has another one inside "
    "is to be dropped (RFC 7348 section 6.1)"
)
