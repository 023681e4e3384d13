"""The commands to look with: iproute2's, and beside them those of net-tools that they took the place of."""

from __future__ import annotations

from vxlab.commands.sheets.sheet import NONE, Section, Table

LOOKING = Table(
    ("to see", "iproute2", "net-tools", "what it shows"),
    (
        ("links", "ip link", "ifconfig -a", "each interface with its state, MTU and MAC address"),
        ("one link in detail", "ip -d link show dev LINK", NONE, "its kind and options, such as VNI, group and port"),
        ("counters", "ip -s link show dev LINK", "ifconfig LINK", "packets, bytes, errors and drops, in and out"),
        ("links of one kind", "ip link show type vxlan", NONE, "all VXLAN devices; any other kind likewise"),
        ("addresses", "ip addr", "ifconfig", "all addresses of each interface; ifconfig shows one of IPv4"),
        ("routes", "ip route", "route -n", "the main routing table; route shows one next hop for each"),
        ("routes of IPv6", "ip -6 route", "route -n -A inet6", "the main routing table of IPv6"),
        ("routing rules", "ip rule", NONE, "which table is looked up for which packets"),
        ("the way to an address", "ip route get ADDRESS", NONE, "the route that the kernel takes, with its source"),
        ("neighbours", "ip neigh", "arp -n", "the MAC of each neighbour, and what is known of it; arp has no IPv6"),
        ("multicast groups", "ip maddr", "netstat -g -n", "the groups that each interface has joined"),
        (
            "FDB of a VXLAN device", "bridge fdb show dev LINK", NONE,
            "the VTEP that each MAC is behind; with all zeros, who is flooded to",
        ),
        ("FDB of a bridge", "bridge fdb show br BRIDGE", "brctl showmacs BRIDGE", "the port that each MAC is behind"),
        ("ports of bridges", "bridge link", "brctl show", "each port with its bridge and state"),
        ("options of a port", "bridge -d link show dev LINK", "brctl showstp BRIDGE",
         "learning, flooding, isolation; brctl has those of STP alone"),
        ("VLANs of ports", "bridge vlan", NONE, "the VLANs that each port takes, and which one is untagged"),
        ("multicast in bridges", "bridge mdb", NONE, "the ports that want a group"),
        ("UDP sockets", "ss -lun", "netstat -lun", "who waits at a UDP port; the kernel's VXLAN sockets too"),
        ("TCP connections", "ss -tn", "netstat -tn", "both ends of each connection, and its state"),
        ("what happens", "ip monitor", NONE, "each change of links, addresses, routes and neighbours as it comes"),
        ("network namespaces", "ip netns", NONE, "their names; net-tools knows of none"),
        ("inside a node", "ip -n NAMESPACE addr", NONE,
         "any ip or bridge command there; for other programs, ip netns exec NAMESPACE PROGRAM"),
    ),
    (1, 2),
)  # fmt: skip
"""brctl is of bridge-utils, which is as old as net-tools and often named with them."""


def looking() -> Section:
    """The table as a section of a sheet."""
    return Section(
        "Commands to look with",
        "Words in capitals stand for names of yours. The older commands are of net-tools, and brctl of bridge-utils: "
        "they are often no longer installed, and know neither namespaces nor VXLAN. Where there is none, it says so.",
        table=LOOKING,
    )
