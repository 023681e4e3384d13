"""The names of a lab as an /etc/hosts file (hosts(5)): NODE for each address of a node, LINK.NODE for one."""

from __future__ import annotations

import ipaddress

from vxlab.lab.record import Record, path_of, write_durably
from vxlab.state.kind import Family

_HEADER = """\
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
"""


def write(record: Record) -> None:
    """Write the file that the nodes of a lab see as /etc/hosts; where it is as it should be, it needs no room."""
    path, wanted = path_of(record.name) / "hosts", text(record)
    if not (path.exists() and path.read_text() == wanted):
        write_durably(path, wanted)


def text(record: Record) -> str:
    lines = []
    for resource in record.state.family(Family.ADDRESS):
        address = ipaddress.ip_interface(str(resource.get("address")))
        if address.is_loopback or address.is_link_local:
            continue
        node = record.node_of(resource.namespace)
        lines.append(f"{address.ip}\t{node} {resource.name}.{node}\n")
    return _HEADER + "".join(lines)
