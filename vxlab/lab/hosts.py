"""The names of a lab as an /etc/hosts file (hosts(5)): NODE for each address of a node, LINK.NODE for one."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

from vxlab.lab import safe
from vxlab.lab.disk import path_of, write_durably
from vxlab.lab.record import Record
from vxlab.state.kind import Family

_HEADER = """\
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
"""


def write(record: Record) -> None:
    """Write the file that the nodes of a lab see as /etc/hosts; where it is as it should be, it needs no room.

    What runs in a node has the file itself mounted (mount_namespaces(7)): it must stay the same one. A kill in the
    middle leaves it half new; the record is then incomplete, and the next `up` writes the rest.
    """
    path, wanted = path_of(record.name) / "hosts", text(record)
    try:
        there = safe.read_text(path)
    except (OSError, ValueError):  # there is none, or it is not a file that vxlab wrote
        write_durably(path, wanted)
        return
    if there != wanted:
        _overwrite(path, wanted.encode())


def _overwrite(path: Path, content: bytes) -> None:
    """Give a file another content without a moment in which it has none."""
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    with open(fd, "wb", buffering=0) as file:
        rest = memoryview(content)
        while rest:
            rest = rest[file.write(rest) :]
        file.truncate()


def text(record: Record) -> str:
    names: dict[str, list[str]] = {}
    nodes = record.nodes | {record.node_of(namespace): namespace for namespace in record.far.namespaces}
    for node, namespace in nodes.items():
        names.setdefault(namespace, []).append(node)
    lines = []
    for resource in record.whole.family(Family.ADDRESS):
        # Without its prefix: to take that apart takes three times as long.
        address = ipaddress.ip_address(str(resource.get("address")).partition("/")[0])
        if address.is_loopback or address.is_link_local:
            continue
        words = (word for node in names[resource.namespace] for word in (node, f"{resource.name}.{node}"))
        lines.append(f"{address}\t{' '.join(words)}\n")
    return _HEADER + "".join(lines)
