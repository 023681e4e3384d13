"""The tags of VLANs in a frame (IEEE 802.1Q section 9.3, IEEE 802.1ad)."""

from __future__ import annotations

_TYPES = (b"\x81\x00", b"\x88\xa8")
_MACS, _TAG = 12, 4
_VLAN = 0xFFF


def without_tags(frame: bytes) -> tuple[bytes, tuple[int, ...]]:
    """A frame without its tags, and the VLANs that those had, the outer one first."""
    vlans: list[int] = []
    while frame[_MACS : _MACS + 2] in _TYPES:
        vlans.append(int.from_bytes(frame[_MACS + 2 : _MACS + _TAG], "big") & _VLAN)
        frame = frame[:_MACS] + frame[_MACS + _TAG :]
    return frame, tuple(vlans)
