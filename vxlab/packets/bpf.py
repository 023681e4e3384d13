"""Filters in tcpdump's language (pcap-filter(7)), compiled by libpcap to what the kernel runs: classic BPF.

libpcap is used as a library, by scapy's declarations of it; where it is not there, through ``tcpdump -ddd``. It has to
compile for a live link and not only for a link type: of a live one it knows that Linux takes VLAN tags out of frames,
and which way a frame goes (gen_vlan() and gen_inbound_outbound() in libpcap's gencode.c). So it gets a link to look at:
the loopback of a namespace that is there for nothing else.
"""

from __future__ import annotations

import ctypes
import fcntl
import shutil
import socket
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from vxlab.kernel.syscalls import CLONE_NEWNET, CLONE_NEWNS, MS_BIND, MS_REC, MS_SLAVE, mount, setsockopt, unshare
from vxlab.packets import linktypes
from vxlab.packets.errors import FilterError, NoCompilerError

MAX_INSTRUCTIONS = 4096
"""What the kernel takes (BPF_MAXINSNS in linux/bpf_common.h)."""

INSTRUCTION = struct.Struct("=HBBI")
"""struct sock_filter of linux/filter.h: code, jump if true, jump if false, operand."""

_RETURN = 0x06  # BPF_RET | BPF_K: take so many bytes of the frame
_SO_ATTACH_FILTER = 26
_ERROR_SIZE = 256  # PCAP_ERRBUF_SIZE
_NO_NETMASK = -1  # PCAP_NETMASK_UNKNOWN
_LINK = "lo"
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1

_DLT = {linktypes.ETHERNET: (1, "EN10MB"), linktypes.RAW: (12, "RAW")}
"""libpcap's number and name of a link type (pcap-linktype(7)); that of raw IP differs from the one in files."""


def everything(snaplen: int) -> bytes:
    """The program that takes every frame, up to ``snaplen`` bytes of it."""
    return INSTRUCTION.pack(_RETURN, 0, 0, snaplen)


def attach(one: socket.socket, program: bytes) -> None:
    """Have a socket take only what a program lets through (socket(7), SO_ATTACH_FILTER)."""
    code = ctypes.create_string_buffer(program, len(program))
    filtered = struct.pack("@HP", len(program) // INSTRUCTION.size, ctypes.addressof(code))  # struct sock_fprog
    setsockopt(one.fileno(), socket.SOL_SOCKET, _SO_ATTACH_FILTER, filtered)


def compiled(expression: str, linktype: int, snaplen: int, hosts: Path | None = None) -> bytes:
    """A filter as instructions for the kernel.

    Args:
        expression: the filter.
        linktype: where frames are from.
        snaplen: how many bytes of a frame to take.
        hosts: a hosts(5) file whose names may stand in the filter.

    Raises:
        FilterError: libpcap does not understand it, or it is too long for the kernel.
        NoCompilerError: there is nothing to compile it with.
        OSError: only root may look at links.
    """
    if "\0" in expression:
        raise FilterError("a filter has no zero bytes")
    # A thread of its own: it moves into namespaces, and does not come back.
    with ThreadPoolExecutor(1) as thread:
        program = thread.submit(_compile_apart, expression, linktype, snaplen, hosts).result()
    if len(program) > MAX_INSTRUCTIONS * INSTRUCTION.size:
        raise FilterError(f"the filter is too long: the kernel takes {MAX_INSTRUCTIONS} instructions")
    return program


def _compile_apart(expression: str, linktype: int, snaplen: int, hosts: Path | None) -> bytes:
    unshare(CLONE_NEWNET | CLONE_NEWNS)
    mount("", "/", "none", MS_SLAVE | MS_REC)
    if hosts is not None:
        mount(str(hosts), "/etc/hosts", "none", MS_BIND)
    _raise_loopback()
    library = _library()
    if library is not None:
        return _with_library(library, expression, linktype, snaplen)
    return with_tcpdump(expression, linktype, snaplen)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH22x", _LINK.encode(), _IFF_UP))


def _library() -> Any:
    """scapy's declarations of libpcap; None where that is not installed."""
    try:
        from scapy.libs import winpcapy
    except OSError:
        return None
    return winpcapy


def _with_library(pcap: Any, expression: str, linktype: int, snaplen: int) -> bytes:
    handle = _handle(pcap, linktype, snaplen)
    program = pcap.bpf_program()
    try:
        if pcap.pcap_compile(handle, ctypes.byref(program), expression.encode(), 1, _NO_NETMASK):
            raise _wrong(expression, pcap.pcap_geterr(handle).decode(errors="replace"))
        code = (program.bf_insns[number] for number in range(program.bf_len))
        taken = b"".join(INSTRUCTION.pack(one.code, one.jt, one.jf, one.k & 0xFFFFFFFF) for one in code)
        pcap.pcap_freecode(ctypes.byref(program))
        return taken
    finally:
        pcap.pcap_close(handle)


def _handle(pcap: Any, linktype: int, snaplen: int) -> Any:
    if linktype != linktypes.ETHERNET:
        return pcap.pcap_open_dead(_DLT[linktype][0], snaplen)
    said = ctypes.create_string_buffer(_ERROR_SIZE)
    handle = pcap.pcap_open_live(_LINK.encode(), snaplen, 0, 0, said)
    if not handle:
        raise NoCompilerError(f"libpcap cannot compile the filter: {said.value.decode(errors='replace')}")
    return handle


def with_tcpdump(expression: str, linktype: int, snaplen: int) -> bytes:
    """The same through tcpdump, which has libpcap in it. There has to be a link ``lo`` that is up.

    Raises:
        FilterError, NoCompilerError: as ``compiled`` does.
    """
    if shutil.which("tcpdump") is None:
        raise NoCompilerError("a filter needs libpcap or tcpdump to compile it, and neither is installed")
    link = ["-i", _LINK] if linktype == linktypes.ETHERNET else ["-y", _DLT[linktype][1]]
    words = ["tcpdump", *link, "-s", str(snaplen), "-ddd", "--", expression]
    answer = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    if answer.returncode:
        said = [line for line in answer.stderr.splitlines() if line.startswith("tcpdump: ")] or [answer.stderr]
        raise _wrong(expression, said[-1].removeprefix("tcpdump: "))
    return b"".join(INSTRUCTION.pack(*map(int, line.split())) for line in answer.stdout.splitlines()[1:])


def _wrong(expression: str, said: str) -> FilterError:
    return FilterError(f"the filter {expression!r} does not compile: {said.strip()}")
