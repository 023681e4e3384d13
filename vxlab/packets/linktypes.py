"""The link types whose frames are read (https://www.tcpdump.org/linktypes.html)."""

from __future__ import annotations

from vxlab.packets.files.model import Frame

ETHERNET = 1
RAW = 101
COOKED = 113
IPV4 = 228
IPV6 = 229
COOKED2 = 276

NAMES = {
    ETHERNET: "Ethernet",
    RAW: "raw IP",
    COOKED: "Linux cooked v1",
    IPV4: "raw IPv4",
    IPV6: "raw IPv6",
    COOKED2: "Linux cooked v2",
}

_SENT_BY_US = 4
"""The packet type of LINKTYPE_LINUX_SLL and SLL2 that is PACKET_OUTGOING of packet(7)."""


def outgoing(frame: Frame) -> bool | None:
    """Whether the interface sent a frame, as its file or the header of a cooked capture says; None where none does."""
    data = frame.data
    if frame.outgoing is None:
        if frame.interface.linktype == COOKED and len(data) >= 16:
            return data[0] == 0 and data[1] == _SENT_BY_US
        if frame.interface.linktype == COOKED2 and len(data) >= 20:
            return data[10] == _SENT_BY_US
    return frame.outgoing
