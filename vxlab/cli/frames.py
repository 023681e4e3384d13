"""A frame in one line, as every command shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vxlab.packets.meaning import Meaning

VXLAN_PORTS = (4789, 8472)
"""That of VXLAN (RFC 7348), and the one that Linux took before there was an RFC."""

_COLUMNS = "{:>6} {:>13} {:<20} {:<29} {:<8} {:<39} {}"

HEADINGS = _COLUMNS.format("FRAME", "SECONDS", "INTERFACE", "OUTER", "VNI", "INNER", "MEANING")


def row(found: Meaning, first: int | None, way: str = "") -> str:
    """The line of a frame.

    Args:
        found: what it means.
        first: the time (ns) from which seconds are counted.
        way: ``in`` or ``out``, where that is known.
    """
    time = found.frame.time
    since = "-" if time is None or first is None else f"{(time - first) / 1e9:.6f}"
    outer = found.outer[0].text if found.outer else "-"
    vnis = "/".join("?" if tunnel.vni is None else str(tunnel.vni) for tunnel in found.outer) or "-"
    where = f"{found.frame.interface.name or '-'} {way}".rstrip()
    return _COLUMNS.format(found.frame.number, since, where, outer, vnis, found.inner.text or "-", found.text)
