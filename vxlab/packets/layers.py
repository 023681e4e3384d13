"""A frame taken apart with scapy: every layer, every field with the bytes it stands in, and where the frame broke.

scapy dissects a whole frame at once, and hides what it cannot read in a layer ``Raw``. Here its layers are stepped
through field by field, so that it is known where each field is and which one failed. What follows a layer is looked up
in `vxlab.packets.following`, not in scapy's bindings: they depend on what else was imported, and on the source port.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

from scapy.packet import Packet

from vxlab.harmless import printable
from vxlab.packets import following
from vxlab.packets.empty import empty
from vxlab.packets.files.model import Frame

MOST_LAYERS = 64
"""More headers than any network stacks up; with 64 KiB of VLAN tags a frame would take seconds."""


_MOST_BYTES = 16
"""Of a longer field only the length is said: its bytes stand beside it anyway."""


class Why(Enum):
    """Why a layer is not whole."""

    MALFORMED = "malformed"
    SNAPPED = "snapped"  # the capture kept only the start of the frame
    FRAGMENT = "fragment"  # the rest is in other IP packets


@dataclass(frozen=True)
class Broken:
    """Where a frame breaks off: in which layer, how many bytes from the frame's start, and what is wrong there."""

    why: Why
    layer: str
    offset: int
    what: str

    @property
    def text(self) -> str:
        return f"{self.why.value}: {self.layer} breaks at byte {self.offset}, {self.what}"

    def to_json(self) -> dict[str, Any]:
        return {"why": self.why.value, "layer": self.layer, "offset": self.offset, "what": self.what}


class Field(NamedTuple):
    """A field, and the bits that it stands in, counted from the start of the frame.

    ``raw`` is its value as scapy has it. What it is in words is only said when somebody asks: most never do.
    """

    name: str
    raw: Any
    first_bit: int
    bits: int
    told: Callable[[Any], str]

    @property
    def text(self) -> str:
        if isinstance(self.raw, bytes):
            return f"{len(self.raw)} bytes" if len(self.raw) > _MOST_BYTES else self.raw.hex(" ")
        try:
            return printable(self.told(self.raw))
        except Exception:  # scapy fails to tell values that no standard knows
            return printable(repr(self.raw))

    @property
    def value(self) -> Any:
        """The value as JSON has it: a number, or a text, of bytes in hexadecimal."""
        if isinstance(self.raw, bytes):
            return self.raw.hex()
        if isinstance(self.raw, str):
            return printable(self.raw)
        try:
            return int(self.raw)  # numbers, and scapy's flags
        except (TypeError, ValueError):
            return self.text

    @property
    def offset(self) -> int:
        return self.first_bit // 8

    @property
    def end(self) -> int:
        """The byte behind the last one that has a bit of it."""
        return (self.first_bit + self.bits + 7) // 8

    def to_json(self) -> dict[str, Any]:
        place = {"offset": self.offset, "bit": self.first_bit % 8, "bits": self.bits}
        return {"name": self.name, "value": self.value, "text": self.text, **place}


@dataclass
class Layer:
    """A layer: ``packet`` is scapy's object with the fields that could be read, None for mere data."""

    name: str
    offset: int
    end: int
    packet: Packet | None = None
    fields: list[Field] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        fields = [one.to_json() for one in self.fields]
        return {"name": self.name, "offset": self.offset, "length": self.end - self.offset, "fields": fields}


@dataclass
class Layers:
    """The layers of a frame, from the outside inwards; the trailer, if there is one, comes last."""

    layers: list[Layer] = field(default_factory=list)
    broken: Broken | None = None


def layers(frame: Frame, ports: Collection[int]) -> Layers:
    """Take a frame apart. Whatever its bytes are, this returns.

    Args:
        frame: the frame; one of a link type that is not known is a single layer of data.
        ports: the UDP destination ports that carry VXLAN.
    """
    return _Stepper(frame, ports).run()


class _Stepper:
    def __init__(self, frame: Frame, ports: Collection[int]) -> None:
        self._data = frame.data
        self._end = len(frame.data)
        self._snapped = len(frame.data) < frame.wire
        self._fragment = False
        self._ports = ports
        self._next = following.first(frame.interface.linktype, frame.data)
        self._short: Broken | None = None
        self._result = Layers()

    def run(self) -> Layers:
        at = 0
        previous: Packet | None = None
        while self._next is not None and len(self._result.layers) < MOST_LAYERS:
            layer = self._layer(self._next, at, previous)
            self._result.layers.append(layer)
            at, previous = layer.end, layer.packet
            self._next = None if self._result.broken else self._after(layer)
        self._result.broken = self._result.broken or self._short
        self._rest(at)
        return self._result

    def _layer(self, kind: type[Packet], at: int, previous: Packet | None) -> Layer:
        packet = empty(kind)
        packet.underlayer = previous
        layer = Layer(following.name(kind), at, at, packet)
        need = following.length(kind, self._data[at : self._end])
        limit = self._end if need is None else min(self._end, at + need)
        try:
            self._fields(layer, self._data[at:limit], at)
        except _FieldError as error:
            self._break(layer.name, layer.end, f"in field {error}")
            layer.end = limit
            return layer
        if need is not None and not following.is_other_version(packet):
            if at + need > self._end:
                self._break(layer.name, self._end, f"in a header of {need} bytes")
            layer.end = limit
        return layer

    def _fields(self, layer: Layer, data: bytes, at: int) -> None:
        packet = layer.packet
        rest: Any = data
        bit = 0
        for one in packet.fields_desc:  # type: ignore[union-attr]
            try:
                rest, value = one.getfield(packet, rest)
            except Exception as error:
                raise _FieldError(one.name) from error
            done = _bits(data, rest)
            if done == bit and value in (None, b"", []):
                continue  # a field that this packet does not have
            packet.fields[one.name] = value  # type: ignore[union-attr]
            told = partial(one.i2repr, packet)
            layer.fields.append(Field(one.name, value, at * 8 + bit, done - bit, told))
            bit = done
            layer.end = at + (bit + 7) // 8
            if following.is_other_version(packet):
                break
        layer.end = at + (bit + 7) // 8

    def _after(self, layer: Layer) -> type[Packet] | None:
        """What follows a layer; where the layer says how long it is, nothing behind that belongs to what follows."""
        packet = layer.packet
        if wrong := following.wrong(packet):
            self._result.broken = Broken(Why.MALFORMED, layer.name, layer.offset, wrong)
            return None
        total = following.total(packet)
        if total is not None:
            if layer.offset + total > self._end and not self._fragment:
                what = f"of {total} bytes {self._end - layer.offset} are there"
                # Where a layer inside of it breaks, that says more.
                self._short = self._short or self._broken(layer.name, self._end, what)
            self._end = max(layer.end, min(self._end, layer.offset + total))
        self._fragment = self._fragment or following.is_first_fragment(packet)
        if layer.end >= self._end and not following.needs_payload(packet, self._ports):
            return None
        return following.after(packet, self._data[layer.end : self._end], self._ports)

    def _break(self, layer: str, offset: int, what: str) -> None:
        self._result.broken = self._broken(layer, offset, what)

    def _broken(self, layer: str, offset: int, what: str) -> Broken:
        """What breaks for want of bytes; nothing but the capture is to blame where that left out what is missing."""
        why = Why.MALFORMED
        if self._end == len(self._data) and self._snapped:
            why = Why.SNAPPED
        elif self._fragment:
            why = Why.FRAGMENT
        return Broken(why, layer, offset, what)

    def _rest(self, at: int) -> None:
        last = self._result.layers[-1].name if self._result.layers else ""
        behind = "padding" if last == "ARP" else "data"
        for name, end in ((behind, self._end), ("trailer", len(self._data))):
            if at < end:
                raw = self._data[at:end]
                whole = Field("bytes", raw, at * 8, len(raw) * 8, str)
                self._result.layers.append(Layer(name, at, end, None, [whole]))
                at = end


class _FieldError(Exception):
    """A field could not be read."""


def _bits(data: bytes, rest: Any) -> int:
    """How many bits were read, by what is left: scapy returns a pair where it stands inside a byte."""
    left, bit = rest if isinstance(rest, tuple) else (rest, 0)
    return (len(data) - len(left)) * 8 + int(bit)
