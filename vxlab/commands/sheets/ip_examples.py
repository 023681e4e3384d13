"""The examples of the general sheet: what everybody needs of ``ip``, in the order in which they can be tried.

Each runs as it stands where those before it have run, from an empty network namespace on (ip-netns(8)); what it
answers is that of iproute2 6.1.
"""

from __future__ import annotations

from vxlab.commands.sheets.sheet import NONE, Example, Section, Table

_LINK = Section(
    "ip link: interfaces",
    examples=(
        Example(
            "ip link help 2>&1 | head -n 3",
            "the syntax; every help goes to standard error, with exit status 255",
            "Usage: ip link add [link DEV …] [ name ] NAME\n…",
        ),
        Example(
            "ip link help vxlan 2>&1 | head -n 2",
            "the options of one kind of link, here VXLAN",
            "Usage: ... vxlan id VNI\n…",
        ),
        Example(
            "ip link add eth0 type veth peer name eth1",
            "make two interfaces joined by a cable (veth); the examples below need no real one",
        ),
        Example(
            "ip link",
            "list all interfaces (in full: ip link list): flags, MTU, state, MAC address",
            "…: lo: <LOOPBACK> mtu 65536 …\n"
            "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
            "…: eth1@eth0: <BROADCAST,MULTICAST,M-DOWN> mtu 1500 … state DOWN …\n"
            "    link/ether … brd ff:ff:ff:ff:ff:ff\n"
            "…: eth0@eth1: <BROADCAST,MULTICAST,M-DOWN> mtu 1500 … state DOWN …\n"
            "    link/ether … brd ff:ff:ff:ff:ff:ff",
        ),
        Example("ip link set lo up", "bring up the loopback interface; a node reaches its own addresses over it"),
        Example("ip link set eth1 up", "bring an interface up; the MAC address and the MTU are set likewise"),
        Example("ip link set eth0 up", "a cable has carrier when both ends are up"),
        Example(
            "ip -br link",
            "the same list in brief, one line for each interface",
            "lo …\neth1@eth0 … <BROADCAST,MULTICAST,UP…>\neth0@eth1 … <BROADCAST,MULTICAST,UP…>",
        ),
        Example(
            "ip -d link show eth0",
            "one interface with all details: its kind and the options of that kind",
            "…: eth0@eth1: <BROADCAST,MULTICAST,UP…> …\n    link/ether …\n    veth …",
        ),
        Example(
            "ip -s link show eth0",
            "its counters; -s -s shows more kinds of errors, -h units",
            "…\n    RX: bytes packets errors dropped …\n…\n    TX: bytes packets errors dropped …\n…",
        ),
        Example(
            "ip link set eth0 mtu 1450", "leave room for the 50 bytes that VXLAN over IPv4 adds to a packet of 1500"
        ),
        Example("ip link set eth0 down", "take an interface down; its routes go with it"),
        Example("ip link set eth0 up mtu 1500", "several settings at once"),
        Example("ip link add br0 type bridge", "make a bridge; it has no ports yet, and no link that it stands on"),
        Example("ip link set eth1 master br0", "make an interface a port of the bridge"),
        Example(
            "ip link show master br0",
            "list the ports of a bridge",
            "…: eth1@eth0: <BROADCAST,MULTICAST,UP…> … master br0 …\n    link/ether …",
        ),
        Example("ip link set eth1 nomaster", "take the port out of its bridge"),
        Example("ip link delete br0", "remove an interface; only those that were made can be removed"),
        Example(
            "ip link add link eth0 name mv0 type macvlan mode bridge",
            "make an interface that stands on another one; here a macvlan, likewise a VLAN: ... type vlan id 5",
        ),
        Example(
            "ip -d link show type macvlan",
            "list the interfaces of one kind",
            "…: mv0@eth0: <BROADCAST,MULTICAST> …\n    link/ether …\n    macvlan mode bridge …",
        ),
        Example("ip link delete mv0", "and remove it"),
    ),
)

_ADDR = Section(
    "ip addr: addresses",
    examples=(
        Example(
            "ip addr help 2>&1 | head -n 2",
            "the syntax",
            "Usage: ip address {add|change|replace} IFADDR dev IFNAME …\n…",
        ),
        Example(
            "ip addr add 192.0.2.1/24 dev eth0",
            "give an interface an address; the prefix length belongs to it, and brings a route to 192.0.2.0/24",
        ),
        Example(
            "ip addr",
            "list the addresses of all interfaces (in full: ip addr list)",
            "…: lo: <LOOPBACK,UP,LOWER_UP> …\n…\n    inet 127.0.0.1/8 scope host lo\n…\n…: eth0@eth1: …\n…\n"
            "    inet 192.0.2.1/24 scope global eth0\n…",
        ),
        Example(
            "ip addr show eth0",
            "the addresses of one interface; eth0 may be written dev eth0",
            "…: eth0@eth1: <BROADCAST,MULTICAST,UP…> mtu 1500 …\n    link/ether … brd ff:ff:ff:ff:ff:ff\n"
            "    inet 192.0.2.1/24 scope global eth0\n       valid_lft forever preferred_lft forever\n…",
        ),
        Example("ip -br addr show eth0", "the same in brief", "eth0@eth1 … 192.0.2.1/24…"),
        Example(
            "ip -j addr show dev eth0",
            "the same as JSON, for programs; -p puts it in lines",
            '[{…"ifname":"eth0",…"local":"192.0.2.1","prefixlen":24,…}]',
        ),
        Example(
            "ping -c 1 -W 2 192.0.2.1",
            "see that the address answers: it does over lo, whatever eth0 does",
            "PING 192.0.2.1 (192.0.2.1) …\n64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=… ms\n…\n"
            "1 packets transmitted, 1 received, 0% packet loss…\n…",
        ),
        Example("ip addr add 198.51.100.1/24 dev eth0", "an interface may have any number of addresses"),
        Example(
            "ip addr del 198.51.100.1/24 dev eth0",
            "remove an address; the prefix length must be that with which it was added",
        ),
        Example(
            "ip addr change 192.0.2.1/24 dev eth0 valid_lft 300 preferred_lft 300",
            "let an address run out in 300 seconds; said without its prefix length it would be a second one, a /32",
        ),
        Example(
            "ip -4 addr show eth0",
            "see it: now it is dynamic, and the seconds run; -4 leaves out IPv6",
            "…: eth0@eth1: …\n    inet 192.0.2.1/24 scope global dynamic eth0\n"
            "       valid_lft …sec preferred_lft …sec",
        ),
        Example(
            "ip addr replace 192.0.2.1/24 dev eth0 valid_lft forever preferred_lft forever",
            "change the address, or add it where it is missing: what may run any number of times",
        ),
    ),
)

_ROUTE = Section(
    "ip route: routing tables",
    examples=(
        Example("ip route help 2>&1 | head -n 2", "the syntax", "Usage: ip route { list | flush } SELECTOR\n…"),
        Example(
            "ip route",
            "list the main table (in full: ip route list); the address has brought this route",
            "192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1…",
        ),
        Example(
            "ip route add 198.51.100.0/24 via 192.0.2.2 dev eth0",
            "reach a prefix by a router; dev may be left out where a route to the router says it",
        ),
        Example("ip route add default via 192.0.2.254 dev eth0", "reach all that no other route is for"),
        Example(
            "ip route list",
            "the table again; of the routes that fit, the longest prefix is taken, then the lowest metric",
            "default via 192.0.2.254 dev eth0…\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1…\n"
            "198.51.100.0/24 via 192.0.2.2 dev eth0…",
        ),
        Example(
            "ip route get 198.51.100.7",
            "ask the kernel where a packet would go, and with which source address",
            "198.51.100.7 via 192.0.2.2 dev eth0 src 192.0.2.1…\n    cache",
        ),
        Example(
            "ip route get 203.0.113.1",
            "the same for what only the default route is for",
            "203.0.113.1 via 192.0.2.254 dev eth0 src 192.0.2.1…\n    cache",
        ),
        Example(
            "ip route get fibmatch 198.51.100.7",
            "the route itself that is taken",
            "198.51.100.0/24 via 192.0.2.2 dev eth0…",
        ),
        Example(
            "ip route replace 198.51.100.0/24 via 192.0.2.3 dev eth0",
            "change a route, or add it where it is missing",
        ),
        Example("ip route del 198.51.100.0/24 via 192.0.2.3 dev eth0", "remove a route"),
        Example(
            "ip route del default via 192.0.2.254 dev eth0",
            "remove the default route; what is said beside the prefix must fit the route",
        ),
        Example(
            "ip route show table local",
            "the addresses of the node itself: this table is looked up first",
            "…\nlocal 192.0.2.1 dev eth0 proto kernel scope host src 192.0.2.1…\n…",
        ),
        Example(
            "ip rule",
            "which tables are looked up, in which order",
            "0: from all lookup local\n32766: from all lookup main\n32767: from all lookup default",
        ),
    ),
)

_NEIGH = Section(
    "ip neigh: neighbours (ARP, ND)",
    examples=(
        Example("ip neigh help 2>&1 | head -n 2", "the syntax", "Usage: ip neigh { add | del | change | replace }\n…"),
        Example(
            "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev eth0",
            "tell the MAC address of a neighbour, so that nobody asks for it by ARP; it stays (nud permanent)",
        ),
        Example(
            "ip neigh",
            "list what is known (in full: ip neigh show): REACHABLE, STALE: not confirmed lately, FAILED: no answer",
            "192.0.2.2 dev eth0 lladdr 02:00:00:00:00:02 PERMANENT\n…",
        ),
        Example(
            "ip neigh replace 192.0.2.2 lladdr 02:00:00:00:00:03 dev eth0 nud stale",
            "change an entry, or add it; stale lets the kernel confirm it when it is used",
        ),
        Example(
            "ip neigh show dev eth0",
            "the neighbours on one interface",
            "192.0.2.2 lladdr 02:00:00:00:00:03 STALE\n…",
        ),
        Example("ip neigh del 192.0.2.2 dev eth0", "forget one neighbour"),
        Example("ip neigh flush dev eth0", "forget all on an interface but those that are permanent"),
    ),
)

_BRIDGE = Section(
    "bridge: switches and VXLAN",
    "ip makes bridges and VXLAN devices, bridge shows and fills their tables.",
    (
        Example("ip link add br0 up type bridge", "a bridge again, up from the start"),
        Example("ip link set eth1 master br0", "with a port"),
        Example("bridge link", "list the ports of all bridges", "…: eth1@eth0: <…> mtu 1500 master br0 state …"),
        Example(
            "bridge -d link show dev eth1",
            "a port with its options: learning, flooding, isolation",
            "…: eth1@eth0: …\n    hairpin off guard off root_block off fastleave off learning on flood on …\n…",
        ),
        Example("bridge fdb add 02:00:00:00:00:99 dev eth1 master static", "say which port a MAC address is behind"),
        Example(
            "bridge fdb show br br0",
            "the forwarding database: permanent are the bridge's own addresses, the rest is told or learned",
            "…\n02:00:00:00:00:99 dev eth1 master br0 static\n…",
        ),
        Example("bridge fdb del 02:00:00:00:00:99 dev eth1 master", "remove an entry"),
        Example(
            "ip link add vxlan42 up master br0 type vxlan id 42 local 192.0.2.1 dstport 4789",
            "a VXLAN device: the segment 42, a port of the bridge; 4789 is the port of RFC 7348, Linux takes 8472",
        ),
        Example(
            "ip -d link show vxlan42",
            "its VNI, addresses and flags",
            "…: vxlan42: <BROADCAST,MULTICAST,UP,LOWER_UP> … master br0 …\n    link/ether …\n"
            "    vxlan id 42 local 192.0.2.1 … dstport 4789 …\n…",
        ),
        Example(
            "bridge fdb append 00:00:00:00:00:00 dev vxlan42 dst 192.0.2.2",
            "flood to another VTEP; once for each (append: add takes only the first)",
        ),
        Example(
            "bridge fdb show dev vxlan42",
            "which VTEP each MAC address is behind; all zeros is where the unknown ones go",
            "…\n00:00:00:00:00:00 dst 192.0.2.2 self permanent\n…",
        ),
    ),
)

_CHANGING = Section(
    "Commands to change things, and the older ones",
    table=Table(
        ("to", "iproute2", "net-tools"),
        (
            ("bring up an interface", "ip link set eth0 up", "ifconfig eth0 up"),
            ("set its MTU", "ip link set eth0 mtu 1450", "ifconfig eth0 mtu 1450"),
            ("rename it", "ip link set eth0 name uplink", "nameif uplink 02:00:00:00:00:01"),
            ("add an address", "ip addr add 192.0.2.1/24 dev eth0", "ifconfig eth0 192.0.2.1/24"),
            ("remove an address", "ip addr del 192.0.2.1/24 dev eth0", "ifconfig eth0 0.0.0.0"),
            (
                "add a route", "ip route add 198.51.100.0/24 via 192.0.2.2",
                "route add -net 198.51.100.0/24 gw 192.0.2.2",
            ),
            ("add a default route", "ip route add default via 192.0.2.254", "route add default gw 192.0.2.254"),
            ("remove a route", "ip route del 198.51.100.0/24", "route del -net 198.51.100.0/24"),
            (
                "add a neighbour", "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev eth0",
                "arp -s 192.0.2.2 02:00:00:00:00:02",
            ),
            ("remove a neighbour", "ip neigh del 192.0.2.2 dev eth0", "arp -d 192.0.2.2"),
            ("make a bridge", "ip link add br0 type bridge", "brctl addbr br0"),
            ("add a port to it", "ip link set eth1 master br0", "brctl addif br0 eth1"),
            ("make a VXLAN device", "ip link add vxlan42 type vxlan id 42 dstport 4789", NONE),
            ("make a network namespace", "ip netns add blue", NONE),
        ),
        (1, 2),
    ),
)  # fmt: skip

_WATCH = Section(
    "Watching",
    "ip monitor prints each change of links, addresses, routes and neighbours as it happens, until it is stopped: "
    "leave it running in a second terminal while you try the rest. ip monitor route shows routes alone, -t puts the "
    "time before each change, and bridge monitor fdb shows what bridges and VXLAN devices learn.\n"
    "ip -all netns exec ip -br addr asks every namespace that has a name.",
)

EXAMPLES = (_LINK, _ADDR, _ROUTE, _NEIGH, _BRIDGE)
"""The sections whose commands run, one after the other."""

TABLES = (_WATCH, _CHANGING)
"""The sections to read."""
