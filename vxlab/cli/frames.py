"""A frame in one line, as every command shows it."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vxlab.packets.meaning import Meaning

VXLAN_PORTS = (4789, 8472)
"""That of VXLAN (RFC 7348), and the one that Linux took before there was an RFC."""

_COLUMNS = "{:>6} {:>13} {:<16} {:<3} {:<29} {:<8} {:<39} {}"

HEADINGS = _COLUMNS.format("FRAME", "SECONDS", "INTERFACE", "WAY", "OUTER", "VNI", "INNER", "MEANING")


def say(text: str) -> None:
    """Print a line at once, so that who reads from a pipe sees it when it came.

    Raises:
        BrokenPipeError: nobody reads any more.
        WriteError: standard output cannot be written.
    """
    from vxlab.packets.files.output import WriteError

    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        # The error itself names no file, and the user may think of another one.
        reason = "the disk is full" if error.errno == errno.ENOSPC else (error.strerror or str(error)).lower()
        raise WriteError(f"standard output cannot be written: {reason}") from error


def row(found: Meaning, first: int | None, way: str | None) -> str:
    """The line of a frame.

    Args:
        found: what it means.
        first: the time (ns) from which seconds are counted.
        way: ``in`` or ``out``; None where nothing says so.
    """
    time = found.frame.time
    since = "-" if time is None or first is None else f"{(time - first) / 1e9:.6f}"
    outer = found.outer[0].text if found.outer else "-"
    vnis = "/".join(tunnel.vni_cell for tunnel in found.outer) or "-"
    name, inner = found.frame.interface.name or "-", found.inner.text or "-"
    return _COLUMNS.format(found.frame.number, since, name, way or "-", outer, vnis, inner, found.text)
