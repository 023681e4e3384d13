"""Frames as people type them: in hexadecimal."""

from __future__ import annotations

import os
import re

from vxlab.lab.errors import LabError


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
    if digits is None:
        digits = _digits(_contents(text))
    if digits is None or len(digits) % 2:
        raise NoBytesError(f"{text} has no whole bytes in hexadecimal")
    return bytes.fromhex(digits)


def _digits(text: str) -> str | None:
    plain = re.sub(r"[\s:]|0x", "", text)
    return plain if plain and re.fullmatch(r"[0-9a-fA-F]+", plain) else None


def _contents(path: str) -> str:
    try:
        with open(0 if path == "-" else path, encoding="ascii", closefd=path != "-") as file:
            return file.read()
    except UnicodeDecodeError:
        return ""
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise NoBytesError(f"{path} is neither hexadecimal nor a file that can be read: {reason}") from error
