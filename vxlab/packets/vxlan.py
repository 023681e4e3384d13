"""The VXLAN header with each of its bits a field, as scapy's own class has not: one form for each way to read it.

scapy's ``VXLAN`` takes the bits of VXLAN-GPE and of the group policy together, and then a header of more than 8 bytes.
"""

from __future__ import annotations

from scapy.fields import BitEnumField, BitField, ByteEnumField, ShortField, ThreeBytesField, XBitField, XByteField
from scapy.packet import Packet

PROTOCOLS = {1: "IPv4", 2: "IPv6", 3: "Ethernet", 4: "NSH"}

_SET = {0: "clear", 1: "set"}


def _bit(name: str) -> BitEnumField:
    return BitEnumField(name, 0, 1, _SET)


class Vxlan(Packet):  # type: ignore[misc]  # scapy has no types
    """RFC 7348 section 5: the I flag says that the VNI is valid; all that is reserved is sent as 0."""

    name = "VXLAN"
    fields_desc = (
        XBitField("reserved_flags_0_3", 0, 4),
        _bit("I"),
        XBitField("reserved_flags_5_7", 0, 3),
        XBitField("reserved_1", 0, 24),
        ThreeBytesField("vni", 0),
        XByteField("reserved_2", 0),
    )


class VxlanGbp(Packet):  # type: ignore[misc]
    """draft-smith-vxlan-group-policy section 2.1: the G flag says that there is a group policy ID."""

    name = "VXLAN-GBP"
    fields_desc = (
        _bit("G"),
        XBitField("reserved_flags_1_3", 0, 3),
        _bit("I"),
        XBitField("reserved_flags_5_7", 0, 3),
        XBitField("reserved_flag_8", 0, 1),
        _bit("D"),
        XBitField("reserved_flags_10_11", 0, 2),
        _bit("A"),
        XBitField("reserved_flags_13_15", 0, 3),
        ShortField("group_policy_id", 0),
        ThreeBytesField("vni", 0),
        XByteField("reserved_2", 0),
    )


class VxlanGpe(Packet):  # type: ignore[misc]
    """draft-ietf-nvo3-vxlan-gpe section 3: the P flag says that the next protocol is named."""

    name = "VXLAN-GPE"
    fields_desc = (
        XBitField("reserved_flags_0_1", 0, 2),
        BitField("version", 0, 2),
        _bit("I"),
        _bit("P"),
        _bit("B"),
        _bit("O"),
        XBitField("reserved_1", 0, 16),
        ByteEnumField("next_protocol", 0, PROTOCOLS),
        ThreeBytesField("vni", 0),
        XByteField("reserved_2", 0),
    )


def form(flags: int) -> type[Packet]:
    """How the header is to be read that starts with this byte. With both flags Linux reads the group policy."""
    if flags & 0x80:
        return VxlanGbp
    return VxlanGpe if flags & 0x04 else Vxlan


def reserved(header: Packet) -> list[str]:
    """The reserved bits that are set, by name. Who receives them ignores them (RFC 7348); Linux drops the frame."""
    return [f"{f.name} = {header.fields[f.name]:#x}" for f in header.fields_desc if _is_set(header, f.name)]


def _is_set(header: Packet, name: str) -> bool:
    return name.startswith("reserved") and bool(header.fields.get(name))
