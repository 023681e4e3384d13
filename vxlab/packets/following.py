"""Which layer follows which, and how long each says that it is: what Ethernet types, IP protocols and ports mean."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from scapy.layers import inet6
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6NDOptUnknown,
    ICMPv6Unknown,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
)
from scapy.layers.l2 import ARP, CookedLinux, CookedLinuxV2, Dot1AD, Dot1Q, Ether
from scapy.packet import Packet

from vxlab.packets import linktypes
from vxlab.packets.vxlan import Vxlan, VxlanGbp, VxlanGpe, form

Kind = type[Packet]

_LINKS: dict[int, Kind] = {
    linktypes.ETHERNET: Ether,
    linktypes.COOKED: CookedLinux,
    linktypes.COOKED2: CookedLinuxV2,
}
_TYPES: dict[int, Kind] = {0x0800: IP, 0x0806: ARP, 0x86DD: IPv6, 0x8100: Dot1Q, 0x88A8: Dot1AD, 0x9100: Dot1Q}
_PROTOCOLS: dict[int, Kind] = {1: ICMP, 4: IP, 6: TCP, 17: UDP, 41: IPv6}
_EXTENSIONS: dict[int, Kind] = {
    0: IPv6ExtHdrHopByHop,
    43: IPv6ExtHdrRouting,
    44: IPv6ExtHdrFragment,
    60: IPv6ExtHdrDestOpt,
}
_NAMES: dict[Kind, str] = {
    Ether: "Ethernet",
    CookedLinux: "Linux cooked v1",
    CookedLinuxV2: "Linux cooked v2",
    Dot1Q: "VLAN tag (802.1Q)",
    Dot1AD: "VLAN tag (802.1ad)",
    IP: "IPv4",
    **dict.fromkeys(_EXTENSIONS.values(), "IPv6 extension header"),
}
_GPE: dict[int, Kind] = {0: Ether, 1: IP, 2: IPv6, 3: Ether}
_ICMPV6 = 58
_VXLANS = (Vxlan, VxlanGbp, VxlanGpe)
_ND_MESSAGES = range(133, 138)
_OPTIONS_OF_ND = 2
_EXTENSION_KINDS = tuple(_EXTENSIONS.values())


def name(kind: Kind) -> str:
    """What the field calls a layer."""
    return _NAMES.get(kind) or str(kind._name)


def first(linktype: int, data: bytes) -> Kind | None:
    """The layer that frames of a link type start with; None where it is not known."""
    if linktype in (linktypes.RAW, linktypes.IPV4, linktypes.IPV6):
        return {4: IP, 6: IPv6}.get(data[0] >> 4) if data else None
    return _LINKS.get(linktype)


def length(kind: Kind, data: bytes) -> int | None:
    """How many bytes a header says that it has; None where it says nothing, or has not even that."""
    if kind is IP and data:
        return max(20, (data[0] & 15) * 4)
    if kind is ARP and len(data) >= 6:
        return 8 + 2 * (data[4] + data[5])
    if kind is TCP and len(data) >= 13:
        return max(20, (data[12] >> 4) * 4)
    if kind is IPv6ExtHdrFragment:
        return 8
    if len(data) >= 2 and kind in _EXTENSION_KINDS:
        return (data[1] + 1) * 8
    if len(data) >= 2 and kind.__name__.startswith("ICMPv6NDOpt"):
        return max(8, data[1] * 8)
    return None


def wrong(packet: Any) -> str | None:
    """What makes it senseless to read on behind a layer."""
    if is_other_version(packet):
        return f"its version is {packet.version}"
    if isinstance(packet, IP) and (packet.ihl < 5 or packet.len < packet.ihl * 4):
        return f"it says {packet.ihl * 4} bytes of header and {packet.len} bytes in all"
    if isinstance(packet, UDP) and packet.len < 8:
        return f"it says {packet.len} bytes in all, and its header has 8"
    if type(packet).__name__.startswith("ICMPv6NDOpt") and packet.len == 0:
        return "an option of no length (RFC 4861 section 4.6)"
    return None


def is_other_version(packet: Any) -> bool:
    """Whether a header of IP is of a version that nothing is known of: no field behind that can be read."""
    version = packet.fields.get("version")
    return version is not None and (
        (isinstance(packet, IP) and version != 4) or (isinstance(packet, IPv6) and version != 6)
    )


def total(packet: Any) -> int | None:
    """How many bytes a layer says that it has with all that it carries."""
    if isinstance(packet, IP | UDP):
        return int(packet.len)
    if isinstance(packet, IPv6):
        # 0 is a jumbogram (RFC 2675), which no Ethernet carries, or nothing at all.
        return 40 + int(packet.plen)
    return None


def is_first_fragment(packet: Any) -> bool:
    if isinstance(packet, IP):
        return bool(packet.flags.MF) and packet.frag == 0
    return isinstance(packet, IPv6ExtHdrFragment) and packet.m == 1 and packet.offset == 0


def needs_payload(packet: Any, ports: Collection[int]) -> bool:
    """Whether a layer without anything behind it is not whole."""
    if isinstance(packet, UDP):
        return packet.dport in ports
    if isinstance(packet, IP):
        return packet.frag == 0 and packet.proto in _PROTOCOLS
    if isinstance(packet, Ether | Dot1Q | Dot1AD | CookedLinux | CookedLinuxV2):
        return after(packet, b"", ports) is not None
    if isinstance(packet, (IPv6, *_EXTENSION_KINDS)):
        return after(packet, b"", ports) is not None
    return isinstance(packet, _VXLANS)


def after(packet: Any, payload: bytes, ports: Collection[int]) -> Kind | None:
    """The layer behind another; None where that is mere data to vxlab."""
    if isinstance(packet, Ether | Dot1Q | Dot1AD):
        return _TYPES.get(packet.type)
    if isinstance(packet, CookedLinux | CookedLinuxV2):
        return _TYPES.get(packet.proto)
    if isinstance(packet, IP):
        return None if packet.frag else _PROTOCOLS.get(packet.proto)
    if isinstance(packet, (IPv6, *_EXTENSION_KINDS)):
        return _after_ipv6(packet, payload)
    if isinstance(packet, UDP):
        kind: Kind = form(payload[0] if payload else 0)
        return kind if packet.dport in ports else None
    if isinstance(packet, _VXLANS):
        return _inside(packet)
    return _option(packet, payload)


def _after_ipv6(packet: Any, payload: bytes) -> Kind | None:
    if isinstance(packet, IPv6ExtHdrFragment) and packet.offset:
        return None
    if packet.nh == _ICMPV6:
        return _scapy(inet6.icmp6typescls, payload, ICMPv6Unknown)
    return _EXTENSIONS.get(packet.nh) or _PROTOCOLS.get(packet.nh)


def _inside(packet: Any) -> Kind | None:
    kind: Kind | None = Ether
    if isinstance(packet, VxlanGpe):
        kind = _GPE.get(int(packet.fields["next_protocol"]))
    return kind


def _option(packet: Any, payload: bytes) -> Kind | None:
    """The options behind a message of neighbour discovery."""
    called = type(packet).__name__
    if payload and called.startswith("ICMPv6ND"):
        return _scapy(inet6.icmp6ndoptscls, payload, ICMPv6NDOptUnknown)
    return None


def _scapy(table: dict[int, Any], payload: bytes, otherwise: Kind) -> Kind:
    """A class out of a table of scapy's, by the first byte; the table has the classes or their names."""
    found = table.get(payload[0], otherwise) if payload else otherwise
    kind: Kind = getattr(inet6, found, otherwise) if isinstance(found, str) else found
    return kind
