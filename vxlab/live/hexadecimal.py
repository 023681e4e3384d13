"""Frames as people type them: in hexadecimal."""

from __future__ import annotations

import os
import re

from vxlab.infile import read_start
from vxlab.lab.errors import LabError

_MOST = 300_000
"""Characters that are read: more than the longest frame has, and not all of a device that has no end."""


class NoBytesError(LabError):
    """What was given is no frame."""

    status = 2


def read_bytes(text: str) -> bytes:
    """A frame as hexadecimal digits, or out of a file that has them, or out of standard input (``-``).

    Spaces, line ends and colons may stand between bytes, and 0x before them.

    Raises:
        NoBytesError: it is none.
    """
    digits = _digits(text)
    if digits is not None:
        name = text
    else:
        name, contents = _contents(text)
        if not contents.strip():
            raise NoBytesError(f"{name} is empty: it has no bytes in hexadecimal")
        digits = _digits(contents)
    if digits is None or len(digits) % 2:
        raise NoBytesError(f"{name} has no whole bytes in hexadecimal")
    return bytes.fromhex(digits)


def _digits(text: str) -> str | None:
    plain = re.sub(r"[\s:]|0x", "", text)
    return plain if plain and re.fullmatch(r"[0-9a-fA-F]+", plain) else None


def _standard_input() -> bytes:
    with open(0, "rb", closefd=False) as stream:
        return stream.read(_MOST + 1)


def _contents(path: str) -> tuple[str, str]:
    """What users call a file, and what is in it."""
    if not path.strip():
        return "the frame", ""
    name = "standard input" if path == "-" else path
    try:
        found = (_standard_input() if path == "-" else read_start(path, _MOST + 1)[0]).decode("ascii", errors="replace")
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise NoBytesError(f"{name} is neither hexadecimal nor a file that can be read: {reason}") from error
    if len(found) > _MOST:
        raise NoBytesError(f"{name} is longer than any frame: of hexadecimal, {_MOST} characters are read at most")
    return name, found
