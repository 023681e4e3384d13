"""How a lab's things are called and marked, so that vxlab knows them again, and nothing else.

A node has a network namespace LAB-NODE, which carries the lab's number on its lo. One that is the machine itself has
the machine's own namespace, under the name LAB-NODE@MACHINE: no node can be called so. In there the links that vxlab
makes are in the group of that number from the moment they exist (ip-link(8), group), and the addresses that it gives to
cards have a protocol (ip-address(8), proto).
"""

from __future__ import annotations

import zlib

_AT = "@"


def namespace_of(lab: str, node: str) -> str:
    """The name that ``ip netns`` has for a node of its own."""
    return f"{lab}-{node}"


def machine_namespace_of(lab: str, node: str, machine: str) -> str:
    """The name that it has for a node that is the machine itself."""
    return f"{namespace_of(lab, node)}{_AT}{machine}"


def is_machine(namespace: str) -> bool:
    """Whether a name stands for the machine's own namespace."""
    return _AT in namespace


def node_of(lab: str, namespace: str) -> str:
    """What the topology calls a namespace of a lab."""
    return namespace.removeprefix(f"{lab}-").partition(_AT)[0]


def mark(lab: str) -> int:
    """The number that the namespaces of a lab carry, and that is the group of its links elsewhere; never 0."""
    return zlib.crc32(b"vxlab lab " + lab.encode()) & 0x7FFFFFFF or 1


def protocol(lab: str) -> int:
    """The protocol of a lab's addresses on network cards: beyond those that programs use (linux/if_addr.h IFAPROT_*,
    and linux/rtnetlink.h RTPROT_* for routes, end at 199).
    """
    return 200 + mark(lab) % 56
