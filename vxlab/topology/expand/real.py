"""VTEPs that are the machines themselves, on a network that is there already.

 machine a                     machine b
+--------- eth1 ---- real ---- eth1 ---------+
|  vxlan42 - br42              br42 - vxlan42 |
+----------- | ----+      +----- | -----------+
             h1                  h2               (nodes)
"""

from __future__ import annotations

from vxlab.topology.expand.hosts import port_names
from vxlab.topology.expand.lab import Lab
from vxlab.topology.expand.part import Part
from vxlab.topology.expand.quiet import no_ipv6_on


def real(lab: Lab) -> Part:
    part, ports = Part(), port_names(lab)
    for name in lab.vteps:
        made = (make(name, segment) for segment in lab.segments_of(name) for make in (lab.bridge, lab.device))
        own = list(dict.fromkeys(made))
        own += [port for host, port in ports.items() if lab.document.hosts[host].vtep == name]
        part.add(
            name,
            {
                **lab.machine(name),
                "namespace": "root",
                "links": {lab.underlay_link(name): lab.underlay_mtu},
                "sysctls": no_ipv6_on(own),
            },
        )
    return part
