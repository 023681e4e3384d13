"""What a capture of probes leaves to the kernel: most of what else passes is not handed over at all.

A classic BPF program (Documentation/networking/filter.rst). It looks at a frame, and behind the headers of VXLAN where
there may be some (RFC 7348 section 5), for what can be a probe or an answer: ARP, neighbour discovery, ICMP. What it
cannot tell it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from vxlab.packets.bpf import INSTRUCTION

_TAG_PRESENT = 2**32 - 0x1000 + 48  # SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT: the kernel takes tags out of frames
_ARP, _IP4, _IP6, _ICMP, _UDP, _ICMP6 = 0x0806, 0x0800, 0x86DD, 1, 17, 58
_TAGS = (0x8100, 0x88A8)  # left in an inner frame: what is behind them is not looked at
_WITHOUT_OPTIONS = 0x45
_AROUND4, _AROUND6 = 50, 70
"""Bytes before an inner frame: of Ethernet, IP without options, UDP and VXLAN."""

# BPF_LD | BPF_ABS of a byte and of two; BPF_LD | BPF_IND, from where X says, of a byte, two and four;
# BPF_LDX | BPF_IMM; BPF_JMP | BPF_JA; BPF_JMP | BPF_JEQ | BPF_K; BPF_RET | BPF_K
_BYTE, _HALF, _INNER_BYTE, _INNER_HALF, _INNER_WORD = 0x30, 0x28, 0x50, 0x48, 0x40
_SET_X, _GO, _IF, _RETURN = 0x01, 0x05, 0x15, 0x06

Line = tuple[str, int, int] | tuple[str, int, int, str, str]
"""Its label, a code, the operand; of a comparison also where it goes on if both are equal, and if not: "" is next."""


@lru_cache(4)
def probes(snaplen: int, echo: bytes = b"") -> bytes:
    """The program that takes what may belong to a proof, but with a VLAN tag: that is told at the link of the VLAN.

    Args:
        snaplen: how many bytes of a frame to take.
        echo: identifier and sequence number (RFC 792) of the echo requests and replies to take; without, all of them.
    """
    only = int.from_bytes(echo, "big")
    lines: list[Line] = [
        ("", _BYTE, _TAG_PRESENT),
        ("", _IF, 0, "", "leave"),
        *_to_the_inner_frame(),
        ("inner", _INNER_HALF, 12),
        ("", _IF, _IP4, "version 4", ""),
        ("", _IF, _IP6, "version 6", ""),
        *(("", _IF, kind, "take", "") for kind in (_ARP, *_TAGS)),
        ("", _GO, 0, "leave", ""),
        *_icmp("version 4", 23, _ICMP, 34, (8, 0), only),
        *_icmp("version 6", 20, _ICMP6, 54, (128, 129), only),
        ("take", _RETURN, snaplen),
        ("leave", _RETURN, 0),
    ]
    return _assembled(lines)


def _to_the_inner_frame() -> Iterator[Line]:
    """Where UDP carries it, X is where the inner frame begins, else 0."""
    yield from (("", _HALF, 12), ("", _IF, _IP4, "outer 4", ""), ("", _IF, _IP6, "outer 6", "plain"))
    yield from (("outer 4", _BYTE, 23), ("", _IF, _UDP, "", "plain"))
    yield from (("", _BYTE, 14), ("", _IF, _WITHOUT_OPTIONS, "", "take"))
    yield from (("", _SET_X, _AROUND4), ("", _GO, 0, "inner", ""))
    yield from (("outer 6", _BYTE, 20), ("", _IF, _UDP, "", "plain"))
    yield from (("", _SET_X, _AROUND6), ("", _GO, 0, "inner", ""))
    yield ("plain", _SET_X, 0)


def _icmp(label: str, protocol_at: int, icmp: int, icmp_at: int, echoes: tuple[int, int], only: int) -> Iterator[Line]:
    """Take ICMP, and what may be a tunnel in a tunnel; of echoes those that are meant."""
    yield from ((label, _INNER_BYTE, protocol_at), ("", _IF, _UDP, "take", ""), ("", _IF, icmp, "", "leave"))
    if only:
        request, reply = echoes
        named = f"{label} echo"
        yield from (("", _INNER_BYTE, icmp_at), ("", _IF, request, named, ""), ("", _IF, reply, "", "take"))
        yield from ((named, _INNER_WORD, icmp_at + 4), ("", _IF, only, "take", "leave"))
    else:
        yield ("", _GO, 0, "take", "")


def _assembled(lines: list[Line]) -> bytes:
    """The lines as instructions, whose jumps lead so many instructions further."""
    at = {line[0]: number for number, line in enumerate(lines)}

    def packed(number: int, line: Line) -> bytes:
        _, code, operand, *labels = line
        further = [at[label] - number - 1 if label else 0 for label in labels]
        if code == _GO:
            return INSTRUCTION.pack(code, 0, 0, further[0])
        return INSTRUCTION.pack(code, *(further or (0, 0)), operand)

    return b"".join(packed(number, line) for number, line in enumerate(lines))
