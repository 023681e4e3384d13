"""A frame in one line, as every command shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vxlab.packets.meaning import Meaning

VXLAN_PORTS = (4789, 8472)
"""That of VXLAN (RFC 7348), and the one that Linux took before there was an RFC."""

_COLUMNS = "{:>6} {:>13} {:<16} {:<29} {:<8} {:<39} {}"

_WITH_WAY = "{:<16} {:<3}"

HEADINGS = _COLUMNS.format("FRAME", "SECONDS", "INTERFACE", "OUTER", "VNI", "INNER", "MEANING")
HEADINGS_WITH_WAY = HEADINGS.replace(f"{'INTERFACE':<16}", _WITH_WAY.format("INTERFACE", "WAY"))


def row(found: Meaning, first: int | None, way: str = "") -> str:
    """The line of a frame.

    Args:
        found: what it means.
        first: the time (ns) from which seconds are counted.
        way: ``in`` or ``out``, for a column of its own.
    """
    time = found.frame.time
    since = "-" if time is None or first is None else f"{(time - first) / 1e9:.6f}"
    outer = found.outer[0].text if found.outer else "-"
    vnis = "/".join("?" if tunnel.vni is None else str(tunnel.vni) for tunnel in found.outer) or "-"
    name = found.frame.interface.name or "-"
    where = _WITH_WAY.format(name, way) if way else name
    return _COLUMNS.format(found.frame.number, since, where, outer, vnis, found.inner.text or "-", found.text)
