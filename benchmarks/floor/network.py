"""N VTEPs with a host each, one segment in mode multicast, one switch as underlay: the messages that make it.

It is what vxlab makes of the topology in benchmarks/networks.py, down to MAC addresses (tests/kernel/test_floor.py).
All links are up from their first moment where they can be, and the switch last of all: before it is, nothing that a
VTEP sends when it joins its group reaches the others, and what N of them send to N of them costs N times N.
"""

from hashlib import sha256

from netlink import ADDRESS, MASTER, MTU, NET_NS_FD, address, attribute, cable, info, link, name, raised, u32

_VNI = 42
_GROUP, _UDP_PORT = bytes([239, 0, 0, _VNI]), (4789).to_bytes(2, "big")
_UNDERLAY, _OVERLAY = 172 << 24 | 16 << 16, 10 << 24
_PREFIX = 16
_OVERLAY_MTU = 1450

_LO, _ETH0, _BRIDGE, _VXLAN, _HOST_PORT = 1, 2, 3, 4, 5
"""Interface indexes in a VTEP; a host has the first two."""
_SWITCH, _FIRST_PORT = 2, 3
"""And in the underlay."""

# linux/if_link.h
_IFLA_VXLAN_ID, _IFLA_VXLAN_GROUP, _IFLA_VXLAN_LINK, _IFLA_VXLAN_LOCAL, _IFLA_VXLAN_PORT = 1, 2, 3, 4, 15
_IFLA_BR_MCAST_SNOOPING = 23

# What is the same everywhere is packed once.
_PLAIN_BRIDGE = info(b"bridge", attribute(_IFLA_BR_MCAST_SNOOPING, b"\0"))
_OVERLAY_LINK = u32(MTU, _OVERLAY_MTU)
_OVERLAY_PORT = _OVERLAY_LINK + u32(MASTER, _BRIDGE)
_TUNNEL = (
    u32(_IFLA_VXLAN_ID, _VNI)
    + attribute(_IFLA_VXLAN_GROUP, _GROUP)
    + u32(_IFLA_VXLAN_LINK, _ETH0)
    + attribute(_IFLA_VXLAN_PORT, _UDP_PORT)
)


def _identity(node, link_name):
    """The name of a link, and the MAC address that follows from it (vxlab/topology/addressing.py)."""
    mac = b"\2" + sha256(f"bench/{node}/{link_name}".encode()).digest()[:5]
    return name(link_name) + attribute(ADDRESS, mac)


def _ip(network, number):
    return (network + number).to_bytes(4, "big")


def switch():
    """The switch of the underlay, still down."""
    return [raised(_LO), link(_SWITCH, _identity("underlay", "br0") + _PLAIN_BRIDGE, flags=0)]


def plug(number, vtep_fd):
    """A cable from a port of the switch to eth0 of a VTEP, whose namespace the descriptor is of."""
    vtep = f"v{number}"
    port = _identity("underlay", vtep) + u32(MASTER, _SWITCH)
    return cable(_FIRST_PORT + number - 1, port, _ETH0, _identity(vtep, "eth0") + u32(NET_NS_FD, vtep_fd))


def switched_on():
    """The switch comes up, and all its ports with it."""
    return [raised(_SWITCH)]


def vtep(number, host_fd):
    """What is in a VTEP that is plugged in, and the cable to its host, whose namespace the descriptor is of."""
    node, host_name = f"v{number}", f"h{number}"
    ip = _ip(_UNDERLAY, number)
    tunnel = info(b"vxlan", _TUNNEL + attribute(_IFLA_VXLAN_LOCAL, ip))
    host_end = _identity(host_name, "eth0") + _OVERLAY_LINK + u32(NET_NS_FD, host_fd)
    return [
        raised(_LO),
        raised(_ETH0),
        address(_ETH0, ip, _PREFIX),
        link(_BRIDGE, _identity(node, f"br{_VNI}") + _PLAIN_BRIDGE),
        link(_VXLAN, _identity(node, f"vxlan{_VNI}") + _OVERLAY_PORT + tunnel),
        cable(_HOST_PORT, _identity(node, host_name) + _OVERLAY_PORT, _ETH0, host_end),
    ]


def host(number):
    """What is in a host whose cable is there."""
    return [raised(_LO), raised(_ETH0), address(_ETH0, _ip(_OVERLAY, number), _PREFIX)]
