"""Small topologies of every mode, underlay and version of IP, made from a few words."""

from itertools import product

MODES = ("multicast", "replicate", "static-l2", "static-l3")
_UNDERLAYS = {4: "192.168.8.0/24", 6: '"2001:db8:8::/64"'}
_SUBNETS = {4: "10.20.0.0/24", 6: '"2001:db8:20::/64"'}
_OTHERS = {4: "10.30.0.0/24", 6: '"2001:db8:30::/64"'}


def made(
    mode: str, outer: int = 4, inner: int = 4, *, kind: str = "switch", vteps: int = 2, blue: str = "", more: str = ""
) -> str:
    """One segment, blue, with a host behind each VTEP.

    Args:
        mode: the mode of the segment.
        outer: the version of IP of the underlay.
        inner: that of the hosts.
        kind: the kind of underlay.
        vteps: how many there are.
        blue: more keys of the segment, such as ``, df: set``.
        more: more lines of the file.
    """
    return f"""
name: made
underlay: {{kind: {kind}, subnet: {_UNDERLAYS[outer]}}}
segments:
  blue: {{vni: 42, mode: {mode}, subnet: {_SUBNETS[inner]}{blue}}}
vteps:
  vtep[1-{vteps}]: {{}}
hosts:
  h[1-{vteps}]: {{vtep: "vtep[1-{vteps}]", segment: blue}}
{more}"""


def gateways(mode: str, outer: int = 4, inner: int = 4, *, kind: str = "switch") -> str:
    """Two segments, red and blue, that route to each other on both VTEPs."""
    return f"""
name: made
underlay: {{kind: {kind}, subnet: {_UNDERLAYS[outer]}}}
segments:
  red: {{vni: 100, mode: {mode}, subnet: {_SUBNETS[inner]}, gateway: true}}
  blue: {{vni: 200, mode: {mode}, subnet: {_OTHERS[inner]}, gateway: true}}
vteps: {{"vtep[1-2]": {{}}}}
hosts:
  r[1-2]: {{vtep: "vtep[1-2]", segment: red}}
  b[1-2]: {{vtep: "vtep[1-2]", segment: blue}}
"""


def tenants(mode: str, outer: int = 4, inner: int = 4) -> str:
    """Two segments with equal addresses on the same VTEPs."""
    return gateways(mode, outer, inner).replace(", gateway: true", "").replace(_OTHERS[inner], _SUBNETS[inner])


_ON_DEVICE = """
name: made
nodes:
  a:
    sysctls: {net.ipv6.conf.all.disable_ipv6: 1}
    links:
      eth0: {addresses: [203.0.113.1/24]}
      vx0: {kind: vxlan, vni: 100, local: 203.0.113.1, addresses: [198.51.100.1/24]}
    fdb: [{link: vx0, mac: "00:00:00:00:00:00", dst: 203.0.113.2}]
  b:
    sysctls: {net.ipv6.conf.all.disable_ipv6: 1}
    links:
      eth0: {addresses: [203.0.113.2/24]}
      vx0: {kind: vxlan, vni: 100, local: 203.0.113.2, addresses: [198.51.100.2/24]}
    fdb: [{link: vx0, mac: "00:00:00:00:00:00", dst: 203.0.113.1}]
links: [[a:eth0, b:eth0]]
"""

_ON_BRIDGE = _ON_DEVICE.replace(
    "vx0: {kind: vxlan, vni: 100, local: 203.0.113.2, addresses: [198.51.100.2/24]}",
    "br0: {kind: bridge, mtu: 1450, addresses: [198.51.100.2/24]}\n"
    "      vx0: {kind: vxlan, vni: 100, local: 203.0.113.2, mtu: 1450, master: br0}",
)

_ODD_UNDERLAY = _ON_DEVICE.replace(
    "eth0: {addresses: [203.0.113.1/24]}",
    "brU: {kind: bridge, mcast_snooping: false, addresses: [203.0.113.1/24]}\n      eth0: {master: brU}",
)

_SHARED_VTEP = made("replicate", more="  h3: {vtep: vtep1, segment: blue}\n")

TOPOLOGIES = {
    **{f"{mode}-{o}-{i}": made(mode, o, i, vteps=3) for mode, o, i in product(MODES, (4, 6), (4, 6))},
    **{
        f"{kind}-{mode}-{outer}": made(mode, outer, kind=kind, vteps=3)
        for kind, mode, outer in product(("mesh", "routed"), MODES[1:], (4, 6))
    },
    **{f"gateways-{mode}-{o}-{i}": gateways(mode, o, i) for mode, (o, i) in product(MODES, ((4, 4), (6, 6)))},
    "gateways-routed": gateways("static-l2", kind="routed"),
    **{f"tenants-{mode}-{i}": tenants(mode, 4, i) for mode, i in product(MODES, (4, 6))},
    "on-device": _ON_DEVICE,
    "on-bridge": _ON_BRIDGE,
    "odd-underlay": _ODD_UNDERLAY,
    "shared-vtep": _SHARED_VTEP,
    "port": made("multicast", blue=", dstport: 8472"),
    "ports": made("static-l2").replace("vtep[1-2]: {}", "vtep1: {dstport: 4790}\n  vtep2: {dstport: 8472}"),
    "df": made("replicate", blue=", df: set"),
    "small-host": made("multicast").replace("h[1-2]: {", "h[1-2]: {mtu: 1300, "),
    "large-hosts": made("multicast", blue=", mtu: 1500"),
    "hub": made("replicate", blue=", learning: false", vteps=3),
    "dual": made("static-l3").replace("subnet: 10.20.0.0/24", 'subnet: [10.20.0.0/24, "2001:db8:20::/64"]'),
}
"""A lab of everything that there is, by name."""
