"""One frame for a reader: the layers with every field beside its bytes, then all bytes, each layer in its colour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from vxlab.packets.counted import counted
from vxlab.packets.layers import Field, Layer
from vxlab.packets.meaning import Meaning
from vxlab.packets.names import Names

Paint = Callable[[int, str], str]
"""Gives text the colour of the layer with a number."""

_ROW = 16
_MOST_BYTES_BESIDE = 16
_SECOND = 1_000_000_000


def plain(_: int, text: str) -> str:
    """No colour at all."""
    return text


def clock(time: int | None) -> str:
    """A time in nanoseconds since the epoch, in UTC and with all its digits."""
    if time is None:
        return "at no known time"
    seconds, rest = divmod(time, _SECOND)
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
    except (ValueError, OverflowError, OSError):  # a year that datetime does not know
        return f"{seconds}.{rest:09d} s after 1970"


def lines(found: Meaning, names: Names, paint: Paint = plain) -> Iterator[str]:
    """The lines of one frame."""
    frame = found.frame
    snapped = f", {len(frame.data)} of them captured" if len(frame.data) < frame.wire else ""
    where = f" on {frame.interface.name}" if frame.interface.name else ""
    yield f"frame {frame.number}: {counted(frame.wire, 'byte')}{snapped}{where}, {clock(frame.time)}"
    yield found.text
    for number, layer in enumerate(found.layers.layers):
        yield ""
        yield paint(number, f"{layer.name}, {_span(layer)}")
        for field in layer.fields:
            yield paint(number, _field(field, frame.data, names))
    if frame.data:
        yield ""
        yield from _dump(frame.data, found.layers.layers, paint)


def _span(layer: Layer) -> str:
    return f"bytes {layer.offset}-{layer.end - 1}" if layer.end > layer.offset else f"nothing at byte {layer.offset}"


def _field(field: Field, data: bytes, names: Names) -> str:
    raw = data[field.offset : field.end]
    beside = raw.hex(" ") if len(raw) <= _MOST_BYTES_BESIDE else f"{raw[:_MOST_BYTES_BESIDE].hex(' ')} ..."
    text = names.shown(field.text)
    return f"  {field.name:<20} {text:<32} {field.offset:>5}  {beside}{_bits(field)}".rstrip()


def _bits(field: Field) -> str:
    """Which bits of its bytes a field has, counted from the most significant one, where it has not all of them."""
    first = field.first_bit % 8
    if first == 0 and field.bits % 8 == 0:
        return ""
    return f"  bit {first}" if field.bits == 1 else f"  bits {first}-{first + field.bits - 1}"


def _dump(data: bytes, layers: list[Layer], paint: Paint) -> Iterator[str]:
    owners = [0] * len(data)
    for number, layer in enumerate(layers):
        owners[layer.offset : layer.end] = [number] * (layer.end - layer.offset)
    for at in range(0, len(data), _ROW):
        row = data[at : at + _ROW]
        cells = list(_runs(row, owners[at : at + _ROW]))
        shown = " ".join(paint(owner, part.hex(" ")) for owner, part in cells)
        text = "".join(paint(owner, _ascii(part)) for owner, part in cells)
        yield f"{at:04x}  {shown}{' ' * (3 * (_ROW - len(row)))}  {text}"


def _runs(row: bytes, owners: list[int]) -> Iterator[tuple[int, bytes]]:
    """The bytes of a row, those of one layer together."""
    start = 0
    for at in range(1, len(row) + 1):
        if at == len(row) or owners[at] != owners[start]:
            yield owners[start], row[start:at]
            start = at


def _ascii(part: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
