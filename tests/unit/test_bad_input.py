"""Bad input: each mistake told at its line and column, all at once, with exit status 2, and nothing touched."""

import errno
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import forked
from vxlab.state.kinds import BRIDGE_PORT
from vxlab.topology import TopologyError, loads
from vxlab.topology.lowlevel import (
    ENTRY_PARTS,
    LINK_PARTS,
    AddressSettings,
    LinkSettings,
    Node,
    ProcessSettings,
    part_of,
)
from vxlab.topology.schema import Host, Segment, Tenant, Underlay, Vtep

PortSettings = part_of(BRIDGE_PORT, "link")

GOOD = """\
name: good
underlay: {kind: switch, subnet: 192.168.8.0/24}
segments:
  blue: {vni: 42, mode: multicast, group: 239.1.1.42, subnet: 10.20.0.0/24}
vteps:
  vtep1: {}
  vtep2: {}
hosts:
  h1: {vtep: vtep1, segment: blue}
  h2: {vtep: vtep2, segment: blue}
nodes:
  r:
    links:
      eth0: {addresses: [198.51.100.1/24]}
      br0: {kind: bridge}
      vx0: {kind: vxlan, vni: 7, dev: eth0}
    routes:
      - {to: default, via: 198.51.100.2}
  s: {}
links:
  - [r:eth0, s:eth0]
"""

# What is replaced, by what, and the message with the place of it.
MISTAKES = [
    ("vni: 42", "vni: -1", "4:15: -1 is not a whole number from 0 to 16777215"),
    ("vni: 42", "vni: 16777216", "4:15: 16777216 is not a whole number"),
    ("vni: 42", "vni: '42'", "4:15: '42' is not a whole number"),
    ("vni: 42", "vni: true", "4:15: true is not a whole number"),
    ("vni: 42, ", "", "4:3: vni is missing: the VXLAN network identifier"),
    ("vni: 42", "vnii: 42", "4:10: 'vnii' is not a key here; did you mean vni?"),
    ("group: 239.1.1.42", "group: 10.0.0.1", "4:43: '10.0.0.1' is not a multicast group address"),
    ("group: 239.1.1.42", "group: ff0e::1", "4:36: ff0e::1 is IPv6, and the underlay is IPv4"),
    ("mode: multicast", "mode: evpn", "4:25: evpn is not there yet: this version has multicast, replicate"),
    ("mode: multicast", "mode: mcast", "4:25: 'mcast' is not one of multicast, replicate"),
    ("mode: multicast", "mode: replicate", "4:36: mode replicate floods to no group"),
    ("subnet: 10.20.0.0/24", "subnet: 10.20.0.0/32", "4:55: 10.20.0.0/32 is too small: it has 1 addresses for 2 hosts"),
    ("subnet: 10.20.0.0/24", "subnet: 10.20.0.1/24", "4:63: 10.20.0.1/24 has host bits set"),
    ("subnet: 192.168.8.0/24", "subnet: 192.168.8.0/32", "2:26: 192.168.8.0/32 is too small"),
    ("kind: switch", "kind: mesh", "4:19: an underlay of kind mesh carries no multicast: use mode replicate, static-l2 or static-l3 (or kind switch); see line 2"),
    ("h1: {vtep: vtep1", "h1: {vtep: vtep9", "9:8: there is no VTEP vtep9; did you mean vtep"),
    ("vtep1, segment: blue", "vtep1, segment: red", "9:21: there is no segment red; there is blue"),
    ("  h2:", "  vtep1:", "10:3: two nodes have the name vtep1: the other one is in vteps"),
    ("  h2:", "  r:", "12:3: two nodes have the name r: the other one is in hosts"),
    ("  h2:", "  h1:", "10:3: h1 stands here twice: the first one is in line 9"),
    ("  h2:", "  underlay:", "10:3: two nodes have the name underlay: the other one is the switch of the underlay"),
    ("  h2:", "  h 2:", "10:3: 'h 2' is not a name"),
    ("  h2: {", "  h2: {address: 10.20.0.256, ", "10:17: '10.20.0.256' is not an IP address such as 10.20.0.7"),
    ("  h2: {", "  h2: {address: 10.21.0.1, ", "10:8: 10.21.0.1 is not in 10.20.0.0/24"),
    ("  h2: {", "  h2: {address: 10.20.0.255, ", "10:8: 10.20.0.255 is the network's own or its broadcast"),
    ("  vtep1: {}\n  vtep2: {}", "  vtep1: {address: 192.168.8.9}\n  vtep2: {address: 192.168.8.9}",
     "7:11: 192.168.8.9 is a duplicate address: vtep1 has it already"),
    ("  vtep1: {}", "  vtep1: []", "6:10: an empty list is not a mapping"),
    ("  vtep1: {}", "  vtep1: {segments: [green]}", "6:22: there is no segment green"),
    ("  vtep1: {}", "  vtep1: {segments: []}", "9:21: vtep1 does not carry segment blue"),
    ("  vtep1: {}", "  vtep[3-1]: {}", "6:3: the range [3-1] runs backwards"),
    ("  vtep1: {}", "  vtep[1-2]: {}", "6:3: vtep2 stands here twice"),
    ("  vtep1: {}", "  vtep[1-99999999]: {}", "6:3: vtep[1-99999999] means 99999999 names"),
    ("  h2: {vtep: vtep2", "  h[2-4]: {vtep: 'vtep[1-2]'", "10:18: vtep[1-2] means 2 names, and h[2-4] means 3"),
    ("      eth0: {a", "      interface-too-long: {a", "14:7: 'interface-too-long' has 18 bytes: an interface name has at most 15"),
    ("      br0: {kind: bridge}", "      br0: {kind: bond}", "15:12: 'bond' is not a kind of link: there is bridge, dummy, macvlan, vlan, vrf, vxlan"),
    ("      br0: {kind: bridge}", "      br0: {}", "15:7: br0 has no kind (bridge, dummy, macvlan, vlan, vrf, vxlan) and no cable"),
    ("      br0: {kind: bridge}", "      br0: {kind: veth}", "15:12: a veth has two ends"),
    ("      br0: {kind: bridge}", "      br0: {kind: bridge, master: br0}", "15:27: a bridge cannot be a port of a bridge"),
    ("      br0: {kind: bridge}", "      br0: {kind: bridge, mac: '01:00:00:00:00:01'}", "15:32: '01:00:00:00:00:01' is not a unicast"),
    ("      br0: {kind: bridge}", "      br0: {kind: bridge, bridge_port: {flood: false}}", "15:27: br0 is no port: it has no bridge as master"),
    ("vni: 7", "vni: 7, learning: yes", "16:44: 'yes' is not true or false"),
    ("vni: 7", "vni: 7, lerning: true", "16:34: 'lerning' is not a key here; did you mean learning?"),
    ("dev: eth0", "dev: eth9", "16:34: there is no link eth9 in this node; did you mean eth0?"),
    ("dev: eth0", "group: 239.1.1.1", "16:34: a group needs dev"),
    ("dev: eth0", "remote: 192.0.2.1, group: 239.1.1.1, dev: eth0", "group and remote contradict each other"),
    ("dev: eth0", "dev: br0, master: br0", "16:44: br0 stands on itself, by way of vx0"),
    ("addresses: [198.51.100.1/24]", "addresses: [198.51.100.1]", "14:26: '198.51.100.1' is not an address with its prefix length"),
    ("addresses: [198.51.100.1/24]", "addresses: [198.51.100.1/24, 198.51.100.1/24]", "14:43: 198.51.100.1/24 is a duplicate address"),
    ("  - [r:eth0, s:eth0]", "  - {r:eth0: {}, s:eth0: {addresses: [198.51.100.1/24]}}", "198.51.100.1 is a duplicate address"),
    ("to: default, via: 198.51.100.2", "to: default", "18:10: a route needs via, link, nexthops or nhid"),
    ("to: default, via: 198.51.100.2", "to: 10.0.0.1/8, link: eth0", "18:14: 10.0.0.1/8 has host bits set: the network is 10.0.0.0/8"),
    ("to: default, via: 198.51.100.2", "to: '::/0', via: 198.51.100.2", "are not of one IP version"),
    ("  s: {}", "  s: {sysctls: {kernel.panic: 1}}", "19:17: 'kernel.panic' is not a sysctl below net."),
    ("  s: {}", "  s: {sysctls: {net/../kernel/panic: 1}}", "is not a sysctl below net."),
    ("  s: {}", "  s: {fdb: [{link: eth0, mac: '00:00:00:00:00:00', dst: 192.0.2.1}]}", "eth0 is a veth: an FDB entry with dst"),
    ("      br0: {kind: bridge}", "      all: {kind: bridge}", "15:7: all cannot be an interface name"),
    ("      br0: {kind: bridge}", "      br0: {kind: bridge, addresses: ['fe80::1%5/64']}", "'fe80::1%5/64' is not an address"),
    ("      br0: {kind: bridge}", "      lo: {master: br0}", "15:12: "),
    ("vni: 7", "vni: 7, mtu: 1500", "16:34: 1500 is too large: eth0 has 1500, which leaves 1450"),
    ("  s: {}", "  s: {links: {v: {kind: vxlan, vni: 1}}, fdb: [{link: v, mac: '02:00:00:00:00:01', dst: 192.0.2.1}, {link: v, mac: '02:00:00:00:00:01', dst: 192.0.2.2}]}",
     "02:00:00:00:00:01 is already behind 192.0.2.1"),
    ("  s: {}", "  h[1-99999]: {}", "19:3: h[1-99999] means 99999 names"),
    ("[r:eth0, s:eth0]", "[r:eth0, t:eth0]", "21:14: there is no node t"),
    ("[r:eth0, s:eth0]", "[r:eth0]", "21:5: a cable has two different ends"),
    ("[r:eth0, s:eth0]", "[r:eth0, r:eth0]", "21:5: a cable has two different ends"),
    ("[r:eth0, s:eth0]", "[r:br0, s:eth0]", "br0 has a kind here and is the end of a cable too"),
    ("[r:eth0, s:eth0]", "[reth0, s:eth0]", "21:6: 'reth0' is not NODE:LINK"),
    ("name: good", "name: ../etc", "1:7: '../etc' is not a name"),
    ("name: good", "name: good\nnmae: x", "2:1: 'nmae' is not a key here; did you mean name?"),
    ("name: good", "name: good\nname: better", "2:1: name stands here twice"),
    ("  vtep1: {}", "  vtep1: !!python/object:os.system {}", "6:10: the tag"),
    ("  vtep1: {}", "  vtep1: *nothing", "6:10: *nothing names nothing that stands before it"),
    ("  vtep1: {}", "  vtep1: {", "this is not YAML"),
    ("name: good", "name: good\n---\nname: other", "2:1: a second document starts here"),
]  # fmt: skip


# The same for each key of the wider language: a valid file, and mistakes in it, each with what is told of it first.
HIGH = """\
name: high
underlay:
  kind: switch
  subnet: 192.168.8.0/24
  mtu: 1600
segments:
  blue:
    vni: 42
    mode: multicast
    group: 239.1.1.42
    subnet: [10.20.0.0/24, "2001:db8:20::/64"]
    gateway: [10.20.0.1, "2001:db8:20::1"]
  red:
    vni: 7
    mode: static-l3
    subnet: 10.30.0.0/24
vteps:
  v1:
    internet: true
  v2:
    segments: [blue]
hosts:
  h1:
    vtep: v1
    segment: blue
    address: [10.20.0.7, "2001:db8:20::7"]
  h2:
    vtep: v2
    segment: blue
  h3:
    vtep: v1
    segment: red
"""

HIGH_MISTAKES = [
    ("kind: switch", "kind: bus", "3:9: 'bus' is not one of switch, mesh, routed, real"),
    ("kind: switch", "kind: mesh", "9:5: an underlay of kind mesh carries no multicast: use mode replicate, static-l2 or static-l3 (or kind switch); see line 3"),
    ("kind: switch", "kind: [switch]", "3:9: a list is not one of switch, mesh, routed, real"),
    ("kind: switch", "kind: switch\n  spines: 2", "4:3: spines belongs to kind routed, and this is switch; see line 3"),
    ("kind: switch", "kind: switch\n  links: 10.0.0.0/8", "4:3: links belongs to kind mesh or routed, and this is switch; see line 3"),
    ("kind: switch", "kind: switch\n  snooping: yes", "4:13: 'yes' is not true or false"),
    ("kind: switch", "kind: routed\n  snooping: true", "4:3: snooping belongs to kind switch, and this is routed; see line 3"),
    ("kind: switch", "kind: routed\n  spines: 0", "4:11: 0 is not a whole number from 1 to 64"),
    ("kind: switch", "kind: routed\n  spines: 65", "4:11: 65 is not a whole number from 1 to 64"),
    ("subnet: 192.168.8.0/24", "subnet: 192.168.8.0", "4:11: '192.168.8.0' is not a network such as 10.20.0.0/24 or 2001:db8:20::/64"),
    ("subnet: 192.168.8.0/24", "subnet: 127.0.0.0/8", "4:11: 127.0.0.0/8 is not a network that hosts can be numbered from"),
    ("subnet: 192.168.8.0/24", "subnet: 2001:db8:8::/64", "10:5: 239.1.1.42 is IPv4, and the underlay is IPv6; see line 4"),
    ("mtu: 1600", "mtu: 67", "5:8: 67 is not a whole number of bytes from 68 to 65535"),
    ("mtu: 1600", "mtu: 1e3", "5:8: '1e3' is not a whole number of bytes from 68 to 65535"),
    ("mtu: 1600", "mtu: 1300", "11:5: an MTU of 1250 cannot carry IPv6, which needs 1280; see lines 4-5"),
    ("  mtu: 1600", "  mtu: 100", "11:5: an MTU of 50 cannot carry IPv6, which needs 1280; see lines 4-5"),
    ("mode: multicast", "mode: miss", "9:11: miss is not there yet: this version has multicast, replicate, static-l2, static-l3"),
    ("mode: multicast", "mode: evpn", "9:11: evpn is not there yet: this version has multicast, replicate, static-l2, static-l3"),
    ("mode: multicast", "mode: [multicast]", "9:11: a list is not one of multicast, replicate, static-l2, static-l3"),
    ("mode: multicast", "mode: replicate", "10:5: mode replicate floods to no group: leave group out; see line 9"),
    ("mode: multicast", "mode: multicast\n    flood: none", "11:5: flood none floods to no group: leave group out; see line 10"),
    ("mode: multicast", "mode: multicast\n    flood: some", "10:12: 'some' is not one of group, replicate, none"),
    ("mode: multicast", "mode: multicast\n    arp: reply", "10:10: 'reply' is not one of flood, proxy"),
    ("group: 239.1.1.42", "group: ff05::42", "10:5: ff05::42 is IPv6, and the underlay is IPv4; see line 4"),
    ("mode: static-l3", "mode: static-l3\n    learning: true", "16:5: learning contradicts static-l3: every MAC is known, and nothing is flooded to learn from; see line 15"),
    ("mode: static-l3", "mode: static-l3\n    mtu: 65536", "16:10: 65536 is not a whole number of bytes from 68 to 65535"),
    ("mode: static-l3", "mode: static-l3\n    ttl: 256", "16:10: 256 is not a whole number from 0 to 255, or one of auto, inherit"),
    ("mode: static-l3", "mode: static-l3\n    tos: low", "16:10: 'low' is not a whole number from 0 to 255, or one of inherit"),
    ("mode: static-l3", "mode: static-l3\n    df: true", "16:9: true is not one of unset, set, inherit"),
    ("mode: static-l3", "mode: static-l3\n    srcport: 9-1", "16:14: '9-1' is not a range of ports such as 49152-65535"),
    ("mode: static-l3", "mode: static-l3\n    gbp: true", "16:5: vxlan42 and vxlan7 have the same UDP port and differ in gbp: only one of them can be up; see lines 7-8, 10, 13-14, 19"),
    ("mode: static-l3", "mode: static-l3\n    external: true", "16:5: 'external' is not a key here"),
    ("mode: static-l3", "mode: static-l3\n    port: 0", "16:11: 0 is not a whole number from 1 to 65535"),
    ("mode: static-l3", "mode: static-l3\n    dstport: 4790\n    port: 4790", "16:5: 'dstport' is not a key here; did you mean port?"),
    ("mode: static-l3", "mode: static-l3\n    reserved_bits: -1", "16:20: -1 is not 8 bytes in hexadecimal such as 0xf7ffffff000000ff"),
    ("subnet: [10.20.0.0/24, \"2001:db8:20::/64\"]", "subnet: []", "11:5: a segment has an IPv4 subnet, an IPv6 one, or one of each; see line 12"),
    ("subnet: [10.20.0.0/24, \"2001:db8:20::/64\"]", "subnet: [10.20.0.0/24, 10.21.0.0/24]", "11:5: a segment has an IPv4 subnet, an IPv6 one, or one of each; see line 12"),
    ("subnet: [10.20.0.0/24, \"2001:db8:20::/64\"]", "subnet: 10.20.0.0/24", "12:26: 2001:db8:20::1 is not in 10.20.0.0/24; see line 11"),
    ("subnet: [10.20.0.0/24, \"2001:db8:20::/64\"]", "subnet: [10.20.0.0/24, \"2001:db8:20::/64\"]\n    mtu: 1279", "12:5: an MTU of 1279 cannot carry IPv6, which needs 1280; see line 11"),
    ("gateway: [10.20.0.1, \"2001:db8:20::1\"]", "gateway: 10.21.0.1", "12:5: 10.21.0.1 is not in 10.20.0.0/24 or 2001:db8:20::/64; see line 11"),
    ("gateway: [10.20.0.1, \"2001:db8:20::1\"]", "gateway: [10.20.0.1, 10.20.0.2]", "12:5: a subnet has one gateway; see line 11"),
    ("gateway: [10.20.0.1, \"2001:db8:20::1\"]", "gateway: 10.20.0.7", "26:15: 10.20.0.7 is a duplicate address: the gateway has it already; see lines 11-12"),
    ("gateway: [10.20.0.1, \"2001:db8:20::1\"]", "gateway: 10.20.0.255", "12:5: 10.20.0.255 is the network's own or its broadcast address: no host can have it; see line 11"),
    ("gateway: [10.20.0.1, \"2001:db8:20::1\"]", "gateway: \"2001:db8:20::\"", "12:5: 2001:db8:20:: is the anycast address of the routers of 2001:db8:20::/64: no host can have it; see line 11"),
    ("gateway: [10.20.0.1, \"2001:db8:20::1\"]", "gateway: [true, 10.20.0.1]", "12:15: true says it for all subnets: give nothing beside it"),
    ("gateway: [10.20.0.1, \"2001:db8:20::1\"]", "gateway: yes", "12:14: 'yes' is not true, or an address of the subnet such as 10.20.0.1"),
    ("    gateway: [10.20.0.1, \"2001:db8:20::1\"]\n", "", "18:5: v1 routes nothing: none of its segments has a gateway; see lines 6-7, 12, 17"),
    ("vni: 7", "vni: 42", "14:5: VNI 42 is already that of segment blue; see line 8"),
    ("internet: true", "internet: 1", "19:15: 1 is not true or false"),
    ("internet: true", "internet: true\n    learning: true", "20:5: learning contradicts static-l3, the mode of segment red: every MAC is known; see line 15"),
    ("internet: true", "internet: true\n    mac: \"01:00:00:00:00:01\"", "20:10: '01:00:00:00:00:01' is not a unicast MAC address such as 02:00:00:00:00:01"),
    ("internet: true", "internet: true\n    links: {vxlan8: {ttl: 9}}", "20:13: v1 has no vxlan8: none of its segments has that VNI; to make it here, say its kind; see lines 6, 8, 14, 18"),
    ("internet: true", "internet: true\n    links: {vxlan42: {ttl: 999}}", "20:28: 999 is not a whole number from 0 to 255, or one of auto, inherit"),
    ("internet: true", "internet: true\n    links: {eth0: {ttl: 9}}", "20:20: 'ttl' is a key of kind vxlan, and no kind is said"),
    ("internet: true", "internet: true\n    links: {br42: {kind: bridge}, eth0: {mtu: 1400}}", "20:42: eth0 has two different values of mtu: 1600 at its cable, 1400 here; see line 5"),
    ("internet: true", "internet: true\n    links: {br42: {mtu: 1270}}", "12:26: br42 has an MTU of 1270, which cannot carry IPv6: that needs 1280; see line 20"),
    ("internet: true", "internet: true\n    sysctls: {net.ipv4.conf.eth7.forwarding: 1}", "20:15: there is no link eth7 in this node; did you mean eth0?"),
    ("  h1:\n", "  internet:\n    vtep: v1\n    segment: blue\n  h1:\n", "23:3: two nodes have the name internet: the other one is the stub of the internet; see line 19"),
    ("segments: [blue]", "segments: [blue, blue]", "21:22: segment blue stands here twice"),
    ("segments: [blue]", "segments: [blue, green]", "21:22: there is no segment green; there is blue, red"),
    ("segments: [blue]", "segments: blue", "21:15: 'blue' is not a list"),
    ("address: [10.20.0.7, \"2001:db8:20::7\"]", "address: [10.20.0.7, 10.20.0.8]", "26:26: a host has one address of each IP version: give others to its link"),
    ("address: [10.20.0.7, \"2001:db8:20::7\"]", "address: [10.20.0.7, \"2001:db8:21::7\"]", "26:26: 2001:db8:21::7 is not in 2001:db8:20::/64; see lines 11, 25"),
    ("address: [10.20.0.7, \"2001:db8:20::7\"]", "address: 10.20.0.7/24", "26:14: '10.20.0.7/24' is not an IP address such as 10.20.0.7, without a prefix length: the subnet has that"),
    ("address: [10.20.0.7, \"2001:db8:20::7\"]", "mtu: 1279", "26:5: an MTU of 1279 cannot carry IPv6, which needs 1280; see lines 11, 25"),
    ("segment: red", "segment: red\n    address: 2001:db8:30::1", "33:5: 2001:db8:30::1 is IPv6, and segment red is IPv4 only; see lines 16, 32"),
    ("segment: red", "segment: red\n    mtu: -1", "33:10: -1 is not a whole number of bytes from 68 to 65535"),
    ("segment: red", "segment: blue\n    address: 10.20.0.1", "33:5: 10.20.0.1 is a duplicate address: the gateway has it already; see lines 11-12"),
    ("    vtep: v2\n", "    vtep: \"v[1-2]\"\n", "28:11: 'v[1-2]' is not a name: 1 to 63 letters, digits, '-' and '_', the first a letter or digit"),
    ("  h2:", "  \"h[2-1]\":", "27:3: the range [2-1] runs backwards: write [1-2]"),
]  # fmt: skip

LOW = """\
name: low
nodes:
  a:
    links:
      lo: {addresses: [192.0.2.1/32]}
      br0: {kind: bridge, addresses: [10.1.1.1/24]}
      eth0: {bridge_port: {isolated: true}}
      vx0: {kind: vxlan, vni: 100, local: 192.0.2.1, master: br0}
      vx1: {kind: vxlan, external: true, vnifilter: true, port: 4999, dev: d0}
      d0: {kind: dummy, addresses: [198.51.100.1/24]}
      red: {kind: vrf, table: 100}
      v10: {kind: vlan, link: d0, id: 10}
      m0: {kind: macvlan, link: d0, mode: bridge}
    vnis:
      - {link: vx1, vni: 5, group: 239.1.1.5}
    nexthops:
      - {id: 1, via: 198.51.100.2, link: d0}
      - {id: 2, via: 192.0.2.3, fdb: true}
      - {id: 3, group: 2, fdb: true}
    routes:
      - {to: 10.3.0.0/24, nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3}]}
      - {to: 10.4.0.0/24, link: vx1, encap: {type: ip, id: 5, dst: 192.0.2.3}}
      - {to: 10.5.0.0/24, nhid: 1}
    rules:
      - {priority: 10, table: 100}
    neighbours:
      - {link: d0, address: 198.51.100.2, mac: "02:00:00:00:00:02"}
    fdb:
      - {link: vx0, mac: "00:00:00:00:00:00", dst: 203.0.113.2}
      - {link: eth0, mac: "02:00:00:00:00:09", master: true, state: static}
    mdb:
      - {link: br0, port: eth0, group: 239.1.1.7}
  b: {}
links:
  - {a:eth0: {master: br0}, b:eth0: {}}
"""

LOW_MISTAKES = [
    ("kind: dummy", "kind: veth", "10:11: a veth has two ends: write it as an entry of the top-level links, [a:eth0, b:eth0]"),
    ("kind: dummy", "kind: dummy, vni: 7", "10:25: 'vni' is not a key here"),
    ("kind: dummy", "vni: 7", "10:12: 'vni' is a key of kind vxlan, and no kind is said"),
    ("kind: dummy", "kind: 7", "10:11: 7 is not a kind of link: there is bridge, dummy, macvlan, vlan, vrf, vxlan"),
    ("kind: bridge", "kind: bridge, ageing_time: -1", "6:40: -1 is not a whole number of hundredths of a second from 0 to 2147483647"),
    ("kind: bridge", "kind: bridge, vlan_protocol: 802.1X", "6:42: '802.1X' is not one of 802.1Q, 802.1ad"),
    ("kind: bridge", "kind: bridge, mtu: 1000, addresses: [\"2001:db8::1/64\"], stp_state: false", "6:87: addresses stands here twice: the first one is in line 6"),
    ("kind: bridge, addresses: [10.1.1.1/24]", "kind: bridge, mtu: 1000, addresses: [\"2001:db8::1/64\"]", "6:50: br0 has an MTU of 1000, which cannot carry IPv6: that needs 1280"),
    ("addresses: [10.1.1.1/24]", "addresses: [{address: 10.1.1.1/24, valid_lft: 10}]", "6:39: preferred_lft cannot be longer than valid_lft, which is 10"),
    ("addresses: [10.1.1.1/24]", "addresses: [{address: 10.1.1.1/24, valid_lft: 10, preferred_lft: 20}]", "6:77: preferred_lft cannot be longer than valid_lft, which is 10"),
    ("addresses: [10.1.1.1/24]", "addresses: [{address: 10.1.1.1/24, valid_lft: never}]", "6:73: 'never' is not a whole number of seconds from 0 to 4294967294, or one of forever"),
    ("addresses: [10.1.1.1/24]", "addresses: [{address: \"2001:db8::1/64\", broadcast: 10.1.1.255}]", "6:67: IPv6 has no broadcast addresses"),
    ("addresses: [10.1.1.1/24]", "addresses: [{address: 10.1.1.1/32, peer: \"2001:db8::1/128\"}]", "6:62: 2001:db8::1/128 and 10.1.1.1 are not of one IP version"),
    ("addresses: [10.1.1.1/24]", "addresses: [{scope: host}]", "6:39: address is missing: the address with its prefix length"),
    ("addresses: [10.1.1.1/24]", "addresses: [{address: 10.1.1.1/24, home: true}]", "6:62: home is for IPv6 addresses, and 10.1.1.1 is IPv4"),
    ("isolated: true", "isolated: 1", "7:38: 1 is not true or false"),
    ("isolated: true", "isolate: true", "7:28: 'isolate' is not a key here; did you mean isolated?"),
    ("isolated: true", "cost: 65536", "7:34: 65536 is not a whole number from 0 to 65535"),
    ("isolated: true", "backup_port: eth9", "7:28: there is no link eth9 in this node; did you mean eth0?"),
    ("isolated: true", "state: up", "7:35: 'up' is not one of disabled, listening, learning, forwarding"),
    ("eth0: {bridge_port: {isolated: true}}", "eth0: {master: red}", "7:14: eth0 has two different values of master: br0 at its cable, red here; see line 35"),
    ("eth0: {bridge_port: {isolated: true}}", "eth0: {mtu: 1400, master: d0}", "7:25: eth0 has two different values of master: br0 at its cable, d0 here; see line 35"),
    ("vni: 100, local: 192.0.2.1", "local: 192.0.2.1", "8:7: vni is missing: the VXLAN network identifier (an external device needs none)"),
    ("local: 192.0.2.1", "local: 192.0.2.1, external: true", "8:26: external and vni contradict each other: an external device is told the VNI packet by packet"),
    ("local: 192.0.2.1", "local: 192.0.2.1, vnifilter: true", "8:54: vnifilter is for external devices: say external: true"),
    ("local: 192.0.2.1", "local: 192.0.2.1, remote: \"2001:db8::1\"", "8:36: 192.0.2.1 and 2001:db8::1 are not of one IP version"),
    ("local: 192.0.2.1", "local: 192.0.2.1, group: 239.1.1.1", "8:54: a group needs dev: the link that joins it"),
    ("local: 192.0.2.1", "local: 192.0.2.1, group: 239.1.1.1, remote: 192.0.2.2, dev: d0", "8:72: group and remote contradict each other: a device has one default destination"),
    ("local: 192.0.2.1", "local: 192.0.2.1, port: 4999", "9:26: vx1 and vx0 have the same UDP port and differ in external: only one of them can be up; see line 8"),
    ("local: 192.0.2.1", "local: 192.0.2.1, dev: vx0", "8:54: vx0 stands on itself"),
    ("local: 192.0.2.1, master: br0", "local: 192.0.2.1, dev: br0, master: br0", "8:64: br0 stands on itself, by way of vx0"),
    ("local: 192.0.2.1", "local: 192.0.2.1, mtu: 1451, dev: d0", "8:54: 1451 is too large: d0 has 1500, which leaves 1450 (without dev any is possible); see line 10"),
    ("external: true, vnifilter: true", "external: true", "15:10: vx1 takes no list of VNIs: that is for VXLAN devices with external and vnifilter; see line 9"),
    ("port: 4999, dev: d0", "port: 4999", "15:29: a group needs a link that joins it: give vx1 a dev; see line 9"),
    ("table: 100}\n      v10", "table: 0}\n      v10", "11:31: 0 is not a whole number from 1 to 4294967295"),
    ("kind: vrf, table: 100", "kind: vrf", "11:7: table is missing: the routing table of the links that belong to it"),
    ("kind: vrf, table: 100", "kind: vrf, table: 100, master: br0", "11:36: a VRF has no master"),
    ("link: d0, id: 10", "link: v10, id: 10", "12:25: v10 stands on itself"),
    ("link: d0, id: 10", "link: d0", "12:7: id is missing: the VLAN id of the tag"),
    ("link: d0, id: 10", "link: d0, id: 4095", "12:39: 4095 is not a whole number from 0 to 4094"),
    ("link: d0, mode: bridge", "link: d9, mode: bridge", "13:27: there is no link d9 in this node; there is br0, d0, eth0, lo, m0, red, v10, vx0, vx1"),
    ("link: d0, mode: bridge", "link: m0, mode: bridge", "13:27: m0 stands on itself"),
    ("link: d0, mode: bridge", "link: d0, mode: hub", "13:43: 'hub' is not one of private, vepa, bridge, passthru, source"),
    ("{link: vx1, vni: 5, group: 239.1.1.5}", "{link: vx0, vni: 5}", "15:10: vx0 takes no list of VNIs: that is for VXLAN devices with external and vnifilter; see line 8"),
    ("group: 239.1.1.5", "group: 239.1.1.5, remote: 192.0.2.7", "15:47: group and remote contradict each other: a VNI has one default destination"),
    ("{link: vx1, vni: 5, group: 239.1.1.5}", "{link: vx1, vni: 16777216}", "15:26: 16777216 is not a whole number from 0 to 16777215, or a range of them such as 10-20"),
    ("{link: vx1, vni: 5, group: 239.1.1.5}", "{link: vx1}", "15:9: vni is missing: the VNI, or a range of VNIs"),
    ("{link: vx1, vni: 5, group: 239.1.1.5}", "{link: vx1, vni: 5}\n      - {link: vx1, vni: 5}", "16:9: this vni stands here twice; see line 15"),
    ("id: 1, via: 198.51.100.2, link: d0", "id: 1, via: 198.51.100.2", "17:17: a nexthop with via needs link (only one with fdb has none)"),
    ("id: 1, via: 198.51.100.2, link: d0", "id: 1", "17:10: a nexthop needs via, link, blackhole or group"),
    ("id: 1, via: 198.51.100.2, link: d0", "id: 0, link: d0", "17:14: 0 is not a whole number from 1 to 4294967295"),
    ("id: 1, via: 198.51.100.2, link: d0", "id: 2, link: d0", "18:9: this nexthop stands here twice; see line 17"),
    ("id: 1, via: 198.51.100.2, link: d0", "id: 1, link: d0, blackhole: true", "17:27: blackhole and link contradict each other"),
    ("id: 1, via: 198.51.100.2, link: d0", "id: 1, via: 198.51.100.2, link: d9", "17:36: there is no link d9 in this node; there is br0, d0, eth0, lo, m0, red, v10, vx0, vx1"),
    ("id: 2, via: 192.0.2.3, fdb: true", "id: 2, via: 192.0.2.3, link: d0", "19:17: nexthop 2 and the group differ in fdb; see line 18"),
    ("id: 2, via: 192.0.2.3, fdb: true", "id: 2, via: 192.0.2.3, link: d0, fdb: true", "18:33: a nexthop for FDB entries is a VTEP: it has via and no link"),
    ("group: 2, fdb: true", "group: 9, fdb: true", "19:17: there is no nexthop 9 in this node; there is 1, 2, 3"),
    ("group: 2, fdb: true", "group: [2, 9], fdb: true", "19:25: there is no nexthop 9 in this node; there is 1, 2, 3"),
    ("group: 2, fdb: true", "group: [2, x], fdb: true", "19:28: 'x' is not ids of nexthops with their weights, such as 1/2 or 1,10/2,20"),
    ("group: 2, fdb: true", "group: 3, fdb: true", "19:17: nexthop 3 is a group itself"),
    ("group: 2, fdb: true", "group: 2, via: 192.0.2.9, fdb: true", "19:17: group and via contradict each other"),
    ("group: 2, fdb: true", "group: 2, fdb: true, buckets: 8", "19:38: buckets is for groups of type resilient"),
    ("group: 2, fdb: true", "group: 2, fdb: true, type: resilient", "19:38: a group of type resilient needs buckets: its size"),
    ("nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3}]", "table: 7", "21:10: a route needs via, link, nexthops or nhid"),
    ("nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3}]", "nexthops: []", "21:37: an empty list is not a list, each a next hop such as {via: 192.0.2.1, link: eth1, weight: 2}"),
    ("nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3}]", "nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3, link: d9}]", "21:79: there is no link d9 in this node; there is br0, d0, eth0, lo, m0, red, v10, vx0, vx1"),
    ("nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3}]", "nexthops: [{via: 198.51.100.2}, {weight: 257}]", "21:68: 257 is not a whole number from 1 to 256"),
    ("nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3}]", "nexthops: [{via: 198.51.100.2, wieght: 2}]", "21:58: 'wieght' is not a key here; did you mean weight?"),
    ("nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3}]", "nexthops: nexthop via", "21:37: via needs a value: a unicast IP address such as 192.0.2.1"),
    ("nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3}]", "nexthops: nexthop over 192.0.2.1", "21:37: 'over' is not a word here; there is dev, encap, onlink, via, weight"),
    ("nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3}]", "nexthops: [{via: 198.51.100.2}], via: 198.51.100.4", "21:39: nexthops and via contradict each other: a route leads by one of them"),
    ("nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3}]", "type: blackhole, via: 198.51.100.4", "21:44: a route of type blackhole leads nowhere: leave via out"),
    ("nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3}]", "type: hole", "21:33: 'hole' is not one of unicast, local, broadcast, anycast, multicast, blackhole, unreachable, prohibit, throw"),
    ("nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3}]", "via: 198.51.100.2, metric: -1", "21:54: -1 is not a whole number from 0 to 4294967295"),
    ("nexthops: [{via: 198.51.100.2}, {via: 198.51.100.3}]", "via: 198.51.100.2, table: mine", "21:53: 'mine' is not a whole number from 1 to 4294967295, or one of default, main, local"),
    ("{type: ip, id: 5, dst: 192.0.2.3}", "{type: ip6, id: 5, dst: 192.0.2.3}", "22:46: 192.0.2.3 does not belong into a header of type ip6"),
    ("{type: ip, id: 5, dst: 192.0.2.3}", "{type: ip, id: 5, hoplimit: 3}", "22:46: hoplimit is of ip6: a header of type ip has ttl"),
    ("{type: ip, id: 5, dst: 192.0.2.3}", "{type: gre, id: 5}", "22:52: 'gre' is not one of ip, ip6"),
    ("{type: ip, id: 5, dst: 192.0.2.3}", "{id: 5}", "22:38: type is missing: the outer header: ip (IPv4) or ip6"),
    ("{type: ip, id: 5, dst: 192.0.2.3}", "{type: ip, idd: 5}", "22:56: 'idd' is not a key here; did you mean id?"),
    ("{type: ip, id: 5, dst: 192.0.2.3}", "ip id five", "22:45: 'five' is not a whole number from 0 to 4294967295"),
    ("{type: ip, id: 5, dst: 192.0.2.3}", "ip id", "22:45: id needs a value: a whole number from 0 to 4294967295"),
    ("{type: ip, id: 5, dst: 192.0.2.3}", "5", "22:45: 5 is not a tunnel header such as {type: ip, id: 42, dst: 192.0.2.2}"),
    ("nhid: 1", "nhid: 7", "23:27: there is no nexthop 7 in this node; there is 1, 2, 3"),
    ("nhid: 1", "nhid: 1, link: d0", "23:27: nhid and link contradict each other: a route leads by one of them"),
    ("nhid: 1", "nhid: 1}\n      - {to: 10.5.0.0/24, nhid: 1", "24:9: this route stands here twice; see line 23"),
    ("to: 10.5.0.0/24, nhid: 1", "to: \"2001:db8::/64\", via: 198.51.100.2", "23:31: 198.51.100.2 and 2001:db8::/64 are not of one IP version"),
    ("priority: 10, table: 100", "priority: 10", "25:9: table is missing: the routing table to look packets up in (or l3mdev, or another action)"),
    ("priority: 10, table: 100", "table: 100", "25:9: priority is missing: rules are asked in this order"),
    ("priority: 10, table: 100", "priority: 10, table: 100, l3mdev: true", "25:24: l3mdev and table contradict each other: the VRF of the link says the table"),
    ("priority: 10, table: 100", "priority: 10, table: 100, action: blackhole", "25:24: action blackhole looks nothing up: leave table out"),
    ("priority: 10, table: 100", "priority: 10, action: goto", "25:24: goto and action goto belong together: goto says the priority of the rule to go on with"),
    ("priority: 10, table: 100", "priority: 10, action: goto, goto: 10", "25:38: goto leads to a rule with a higher priority number than 10"),
    ("priority: 10, table: 100", "priority: 10, table: 100, goto: 20", "25:36: goto and action goto belong together: goto says the priority of the rule to go on with"),
    ("priority: 10, table: 100", "priority: 10, table: 100, from: 10.0.0.0/8, to: \"2001:db8::/32\"", "25:54: from and to are not of one IP version"),
    ("priority: 10, table: 100", "priority: 10, table: 100, fwmark: 0x1/0x100000000", "25:44: '0x1/0x100000000' is not a mark such as 16, 0x10 or 0x10/0xff"),
    ("priority: 10, table: 100", "priority: 10, table: 100, sport: 65536", "25:43: 65536 is not a range of ports such as 49152-65535"),
    ("mac: \"02:00:00:00:00:02\"}", "proxy: true, mac: \"02:00:00:00:00:02\"}", "27:56: with proxy the node answers with its own MAC address: leave mac out"),
    ("198.51.100.2, mac: \"02:00:00:00:00:02\"}", "198.51.100.2}", "27:9: mac is missing: the neighbour's MAC address (only with proxy is there none)"),
    ("mac: \"02:00:00:00:00:02\"}", "mac: \"03:00:00:00:00:02\"}", "27:48: '03:00:00:00:00:02' is not a unicast MAC address such as 02:00:00:00:00:01"),
    ("mac: \"02:00:00:00:00:02\"}", "mac: \"02:00:00:00:00:02\", state: failed}", "27:76: 'failed' is not one of permanent, noarp, reachable, stale, delay, probe"),
    ("dst: 203.0.113.2}", "nhid: 9}", "29:47: there is no nexthop 9 in this node; there is 1, 2, 3"),
    ("dst: 203.0.113.2}", "nhid: 1}", "29:47: nexthop 1 is no group of VTEPs: an FDB entry leads to one with group and fdb; see line 17"),
    ("dst: 203.0.113.2}", "nhid: 3, dst: 203.0.113.2}", "29:47: nhid and dst contradict each other: the nexthop says where"),
    ("dst: 203.0.113.2}", "dst: 203.0.113.2, src_vni: 5}", "29:65: vx0 has one VNI: src_vni is for external devices; see line 8"),
    ("dst: 203.0.113.2}", "dst: 203.0.113.2, master: true}", "29:47: a bridge has no dst: leave master out, or dst"),
    ("dst: 203.0.113.2}", "dst: 203.0.113.2, via: eth9}", "29:65: there is no link eth9 in this node; did you mean eth0?"),
    ("dst: 203.0.113.2}", "dst: 203.0.113.2, port: 0}", "29:71: 0 is not a whole number from 1 to 65535"),
    ("dst: 203.0.113.2}", "dst: 203.0.113.2, dts: 1}", "29:65: 'dts' is not a key here; did you mean dst?"),
    ("{link: eth0, mac: \"02:00:00:00:00:09\", master: true, state: static}", "{link: d0, mac: \"02:00:00:00:00:09\", master: true}", "30:46: d0 is no port of a bridge: it has no master; see line 10"),
    ("{link: eth0, mac: \"02:00:00:00:00:09\", master: true, state: static}", "{link: eth0, mac: \"02:00:00:00:00:09\", vni: 4}", "30:10: eth0 is a veth: an FDB entry with vni belongs to a VXLAN device; see lines 7, 35"),
    ("state: static", "state: fixed", "30:69: 'fixed' is not one of permanent, static, dynamic"),
    ("state: static", "state: static, extern_learn: true", "30:77: a bridge keeps no state of an entry that is learned elsewhere: say state: dynamic"),
    ("state: static", "state: static, vlan: 4095", "30:83: 4095 is not a whole number from 1 to 4094"),
    ("state: static", "state: static, vlan: 5", "30:77: br0 does not look at VLAN tags (vlan_filtering); see line 6"),
    ("{link: br0, port: eth0", "{link: br0, port: d0", "32:21: d0 is no port of br0; see line 10"),
    ("{link: br0, port: eth0", "{link: br0", "32:9: port is missing: the port of the bridge; the VXLAN device itself"),
    ("{link: br0, port: eth0", "{link: d0, port: d0", "32:10: d0 is a dummy: a bridge or a VXLAN device has an MDB; see line 10"),
    ("{link: br0, port: eth0", "{link: vx0, port: eth0", "32:21: the port of an entry of a VXLAN device is the device itself: vx0"),
    ("{link: br0, port: eth0", "{link: br0, dst: 192.0.2.9, port: eth0", "32:21: dst is for entries of VXLAN devices, and br0 is a bridge; see line 6"),
    ("{link: br0, port: eth0", "{link: br0, port: br0, state: permanent", "32:32: an entry of the bridge itself is temp: it is forgotten when it ages"),
    ("{link: br0, port: eth0", "{link: br0, port: eth9", "32:21: there is no link eth9 in this node; did you mean eth0?"),
    ("{kind: bridge, addresses", "{kind: bridge, mcast_snooping: false, addresses", "32:10: br0 does not snoop (mcast_snooping), and so has no MDB; see line 6"),
    ("group: 239.1.1.7", "group: 10.0.0.1", "32:40: '10.0.0.1' is not a multicast group such as 239.1.1.1, ff05::1 or 01:00:5e:01:01:01"),
    ("group: 239.1.1.7", "group: 239.1.1.7, source_list: [192.0.2.1, x]", "32:76: 'x' is not a unicast IP address such as 192.0.2.1"),
    ("group: 239.1.1.7", "group: 239.1.1.7, vid: 0", "32:56: 0 is not a whole number from 1 to 4094"),
    ("  b: {}", "  b: {sysctls: {net.ipv4.conf.eth9.forwarding: 1}}", "33:17: there is no link eth9 in this node; did you mean eth0?"),
    ("  b: {}", "  b: {sysctls: {net.ipv4.ip_forward: [1]}}", "33:38: a list is not a number or a line of text"),
    ("  b: {}", "  b: {routes: {to: default}}", "33:15: a mapping is not a list"),
    ("  b: {}", "  b: {links: []}", "33:14: an empty list is not a mapping"),
    ("  b: {}", "  b: {links: {lo: {kind: dummy}}}", "33:20: lo is there already: give its settings without a kind"),
    ("  b: {}", "  b: {links: {b0: {kind: bridge, up: maybe}}}", "33:38: 'maybe' is not true or false"),
    ("a:eth0: {master: br0}", "a:eth0: {master: br0, mac: x}", "35:33: 'x' is not a unicast MAC address such as 02:00:00:00:00:01"),
    ("a:eth0: {master: br0}", "a:lo: {master: br0}", "35:6: lo is there already, and leads nowhere: no cable ends in it"),
    ("a:eth0: {master: br0}, b:eth0: {}", "a:eth0: {master: br0}", "35:5: a cable has two different ends: write [a:eth0, b:eth0]"),
    ("a:eth0: {master: br0}, b:eth0: {}", "a:eth0: {master: br0}, b:eth0: {}, b:eth1: {}", "35:5: a cable has two different ends: write [a:eth0, b:eth0]"),
    ("a:eth0: {master: br0}, b:eth0: {}}", "a:eth0: {master: br0}, b:eth0: {}}\n  - [b:eth0, b:eth1]", "36:6: b:eth0 is already the end of another cable; see line 35"),
    ("a:eth0: {master: br0}, b:eth0: {}}", "a:eth0: {master: br0}, b:eth0: {}}\n  - [b:eth1, 7]", "36:14: 7 is not NODE:LINK, such as a:eth0"),
    ("a:eth0: {master: br0}, b:eth0: {}}", "a:eth0: {master: br0}, b:eth0: {}}\n  - b:eth1", "36:5: 'b:eth1' is not a cable: write [a:eth0, b:eth0]"),
]  # fmt: skip

MACVLANS = """\
name: macvlans
nodes:
  a: {links: {eth0: {}, m0: {kind: macvlan, link: eth0}, m1: {kind: macvlan, link: m0}}}
  b: {}
links: [[a:eth0, b:eth0]]
"""


def test_a_macvlan_stands_on_no_other() -> None:
    assert mistakes(MACVLANS) == ("lab.yaml:3:78: m0 is a macvlan: the kernel puts m1 beside it; say link: eth0")
    assert loads(MACVLANS.replace("link: m0", "link: eth0"))


MESH = """\
name: mesh
underlay:
  kind: mesh
  subnet: 2001:db8:8::/64
  links: 2001:db8:9::/64
segments:
  blue:
    vni: 42
    mode: replicate
vteps:
  v1: {}
  v2: {}
  v3:
    segments: []
"""

MESH_MISTAKES = [
    ("links: 2001:db8:9::/64", "links: 10.9.0.0/24", "5:3: 10.9.0.0/24 is IPv4, and the underlay is IPv6; see lines 3-4"),
    ("links: 2001:db8:9::/64", "links: 2001:db8:8::/48", "5:3: 2001:db8:8::/64, where VTEPs are, overlaps 2001:db8:8::/48, what cables are numbered from (links); see lines 3-4"),
    ("links: 2001:db8:9::/64", "links: 2001:db8:9::/126", "5:3: 2001:db8:9::/126 is too small: 3 cables need two addresses each; see lines 3-4, 10"),
    ("links: 2001:db8:9::/64", "links: 2001:db8:9::1/64", "5:10: 2001:db8:9::1/64 has host bits set: the network is 2001:db8:9::/64"),
    ("links: 2001:db8:9::/64", "mtu: 1279", "5:3: an MTU of 1279 cannot carry IPv6, which needs 1280; see line 4"),
    ("links: 2001:db8:9::/64", "snooping: false", "5:3: snooping belongs to kind switch, and this is mesh; see line 3"),
    ("links: 2001:db8:9::/64", "spines: 1", "5:3: spines belongs to kind routed, and this is mesh; see line 3"),
    ("mode: replicate", "flood: group", "9:5: an underlay of kind mesh carries no multicast: use mode replicate, static-l2 or static-l3 (or kind switch); see line 3"),
    ("mode: replicate", "mode: replicate\n    group: ff05::1", "10:5: mode replicate floods to no group: leave group out; see line 9"),
    ("mode: replicate", "mode: replicate\n    group: 239.1.1.1", "10:5: 239.1.1.1 is IPv4, and the underlay is IPv6; see line 4"),
    ("  v1: {}", "  v1: {mac: \"02:00:00:00:00:01\"}", "11:8: with kind mesh there is more than one link: leave mac out; see line 3"),
    ("  v1: {}", "  v1: {address: 192.168.8.1}", "11:8: 192.168.8.1 is IPv4, and 2001:db8:8::/64 is IPv6; see line 4"),
    ("  v1: {}", "  v1: {address: 2001:db8:7::1}", "11:8: 2001:db8:7::1 is not in 2001:db8:8::/64; see line 4"),
    ("  v1: {}", "  v1: {address: \"2001:db8:8::\"}", "11:8: 2001:db8:8:: is the anycast address of the routers of 2001:db8:8::/64: no host can have it; see line 4"),
    ("  v1: {}", "  v1: {internet: true}", "11:8: v1 routes nothing: none of its segments has a gateway; see lines 6-7"),
    ("  v1: {}", "  v1: {ageing: forever}", "11:16: 'forever' is not a whole number of seconds from 0 to 2147483647"),
    ("  v1: {}", "  v1: {port: 65536}", "11:14: 65536 is not a whole number from 1 to 65535"),
    ("  v1: {}", "  v1: {udpcsum: 1}", "11:17: 1 is not true or false"),
    ("  v1: {}", "  v1: {vni: 5}", "11:8: 'vni' is not a key here; did you mean vnis?"),
    ("  v1: {}", "  v1: {local: 2001:db8:8::1}", "11:8: 'local' is not a key here; did you mean localbypass?"),
    ("kind: mesh", "kind: routed\n  spines: 3\n  mtu: 1279", "5:3: an MTU of 1279 cannot carry IPv6, which needs 1280; see line 6"),
    ("  v2: {}", "  v2: {}\n  spine1: {links: {d: {kind: dummy, addresses: [2001:db8:8::1/64], mtu: 1000}}}", "13:49: d has an MTU of 1000, which cannot carry IPv6: that needs 1280"),
]  # fmt: skip

PROCESSES = """\
name: lab
nodes:
  web:
    processes:
      http: [python3, -m, http.server, 80]
      beat: {command: [sleep, "9"], restart: always, environment: {LANG: C}, working_dir: /usr}
  side: {joins: web, processes: {wait: [sleep, "9"]}}
  "n[1-2]": {processes: {odd: [echo, "[1-3]", h, "x[5-9]y"]}}
  other: {links: {eth0: {}}}
  last: {links: {eth0: {}}}
links: [[other:eth0, last:eth0]]
"""

PROCESS_MISTAKES = [
    ("[python3, -m, http.server, 80]", "python3 -m http.server 80", "5:13: 'python3 -m http.server 80' is a text, and no shell reads it: write [python3, -m, http.server, \"80\"]"),
    ("[python3, -m, http.server, 80]", '"a \\"b c\\" \'d"', "5:13: 'a \"b c\" \\\'d' is a text, and no shell reads it: write [a, \"\\\"b\", \"c\\\"\", \"'d\"]"),
    ("[python3, -m, http.server, 80]", "[]", "5:13: an empty list is not the words of a command in a list, such as [python3, -m, http.server, \"80\"]"),
    ("[python3, -m, http.server, 80]", "[[a]]", "5:13: a list is not a word"),
    ("[python3, -m, http.server, 80]", "[true]", "5:13: true is not a word: write it with quotation marks"),
    ("[python3, -m, http.server, 80]", "['']", "5:13: '' is not a program"),
    ("[python3, -m, http.server, 80]", "[A=b]", "5:13: 'A=b' is not a program"),
    ("[python3, -m, http.server, 80]", '[printf, "\\e[31m"]', "5:13: '\\x1b[31m' has a character that cannot be seen: let the program make it, as printf does"),
    ("[python3, -m, http.server, 80]", "", "5:7: command is missing: the program and its arguments; no shell reads them"),
    ("      http:", "      ht/tp:", "5:7: 'ht/tp' is not a name: 1 to 63 letters, digits, '-' and '_', the first a letter or digit"),
    ("restart: always", "restart: forever", "6:46: 'forever' is not one of no, on-failure, always"),
    ("restart: always", "restrat: always", "6:37: 'restrat' is not a key here; did you mean restart?"),
    ("{LANG: C}", "[LANG]", "6:67: a list is not a mapping of variables to values, such as {LANG: C}"),
    ("{LANG: C}", "{L-G: C}", "6:67: 'L-G' is not the name of a variable: letters, digits and '_'"),
    ("working_dir: /usr", "working_dir: usr", "6:91: 'usr' is not the path of a directory from the root, such as /var/www"),
    ("joins: web", "joins: wbe", "7:10: there is no node wbe; did you mean web?"),
    ("joins: web", "joins: side", "7:10: a node joins another"),
    (', processes: {wait: [sleep, "9"]}}', "}", "7:10: side has no processes, and nothing else can be its own: say which"),
    ("{joins: web,", "{joins: web, sysctls: {net.ipv4.ip_forward: 1},", "7:22: side has no sysctls of its own, for it joins web: say them there"),
    ("{joins: web,", "{joins: web, links: {lo: {}},", "7:22: side has no links of its own, for it joins web: say them there"),
    ("links: [", "links: [[side:eth1, last:eth1], ", "11:10: side has no cables of its own: it joins web; see line 7"),
    ("other: {links", "other: {joins: side, processes: {a: [b]}, links", "9:11: side has no network namespace of its own to join; see line 7"),
]  # fmt: skip

CIRCLES = [
    ("link: d0, id: 10", "link: m0, id: 10", "link: d0, mode: bridge", "link: v10, mode: bridge", "13:27: m0 stands on itself, by way of v10; see line 12"),
    ("kind: dummy,", "kind: dummy, master: br0,", "local: 192.0.2.1,", "local: 192.0.2.1, dev: d0,", ""),
    ("kind: dummy,", "kind: dummy, master: br0,", "link: d0, id: 10", "link: br0, id: 10, master: br0", "12:44: br0 stands on itself, by way of v10"),
]  # fmt: skip


def mistakes(text: str) -> str:
    with pytest.raises(TopologyError) as caught:
        loads(text, "lab.yaml")
    return str(caught.value)


def test_the_good_file_is_good() -> None:
    assert loads(GOOD).name == "good"


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES, ids=lambda value: value.strip()[:40])
def test_each_mistake_is_told_where_it_is(old: str, new: str, message: str) -> None:
    assert old in GOOD
    told = mistakes(GOOD.replace(old, new, 1))
    assert message in told
    assert all(line.startswith("lab.yaml:") for line in told.splitlines())
    assert told.count("\n") <= 2, "one mistake is not told as many"


@pytest.mark.parametrize(
    ("good", "old", "new", "message"),
    [
        (good, *row)
        for good, rows in (
            (HIGH, HIGH_MISTAKES),
            (LOW, LOW_MISTAKES),
            (MESH, MESH_MISTAKES),
            (PROCESSES, PROCESS_MISTAKES),
        )
        for row in rows
    ],
    ids=lambda value: "" if value in (HIGH, LOW, MESH, PROCESSES) else value.strip()[:40],
)
def test_each_mistake_in_a_key_is_told_where_it_is(good: str, old: str, new: str, message: str) -> None:
    assert good.count(old) >= 1 and loads(good)
    told = mistakes(good.replace(old, new, 1))
    assert f"lab.yaml:{message}" in told.splitlines()
    assert told.count("\n") <= 3, "one mistake is not told as many"


@pytest.mark.parametrize(("one", "instead", "other", "instead_of_that", "message"), CIRCLES)
def test_links_do_not_stand_on_each_other(
    one: str, instead: str, other: str, instead_of_that: str, message: str
) -> None:
    text = LOW.replace(one, instead, 1).replace(other, instead_of_that, 1)
    if message:
        assert mistakes(text).splitlines() == [f"lab.yaml:{message}"]
    else:
        assert loads(text)


def test_all_mistakes_are_told_at_once_in_order() -> None:
    text = (
        GOOD.replace("vni: 42", "vni: -1")
        .replace("h1: {vtep: vtep1", "h1: {vtep: vtep9")
        .replace("dev: eth0", "dve: x")
    )
    lines = [line.split(":")[1] for line in mistakes(text).splitlines()]
    assert lines == ["4", "9", "16"]


def places_of_keys() -> Iterator[tuple[str, int]]:
    """A file for each key of each part of the language, to which its value is added, and the line of that."""
    parts = {
        "underlay:": Underlay, "segments:\n  s:\n    vni: 1": Segment, "tenants:\n  t:\n    vni: 1": Tenant,
        "vteps:\n  v:": Vtep,
        "vteps: {v: }\nsegments: {s: {vni: 1}}\nhosts:\n  h:\n    vtep: v": Host, "nodes:\n  n:": Node,
        "nodes:\n  n:\n    links:\n      lo:": LinkSettings,
        **{f"nodes:\n  n:\n    links:\n      x:\n        kind: {kind}": LINK_PARTS[kind] for kind in LINK_PARTS},
        **{f"nodes:\n  n:\n    {section}:\n      -": ENTRY_PARTS[section] for section in ENTRY_PARTS},
        "nodes:\n  n:\n    links:\n      lo:\n        addresses:\n          -": AddressSettings,
        "nodes:\n  n:\n    links:\n      lo:\n        bridge_port:": PortSettings,
        "nodes:\n  n:\n    processes:\n      p:": ProcessSettings,
    }  # fmt: skip
    for head, model in parts.items():
        last = head.rpartition("\n")[2]
        has_keys = not last.endswith((":", "-"))
        indent = (len(last) - len(last.lstrip())) + (0 if has_keys else 2)
        for key in model.fields:
            if f"\n{' ' * indent}{key}: " not in head:
                at = head.count("\n") + 2
                yield f"{head}\n{' ' * indent}{key}:\n{' ' * (indent + 2)}", at + 1


@pytest.mark.parametrize("wrong", ["[[[]]]", "{'': [x]}", "1.5.5/x y", "[{}, null]"])
def test_no_key_takes_everything(wrong: str) -> None:
    for text, line in places_of_keys():
        key = text.split()[-1]
        takes_it = key in FREE_TEXT and wrong[0] not in "[{"
        try:
            loads(text + wrong + "\n", "lab.yaml", "x")
        except TopologyError as error:
            told = str(error).splitlines()
            assert not any(re.search(r"Input should|validat|Error|NoneType|<class", message) for message in told), told
            where = [problem.position for problem in error.problems]
            assert takes_it or any(place.line in (line - 1, line) for place in where), f"{error}\n{text}{wrong}"
        else:
            assert takes_it, f"{text}{wrong}"


FREE_TEXT = ("alias:", "label:")
"""The keys that take any text."""


def test_deep_and_growing_yaml_is_refused_quickly() -> None:
    assert "nested more than" in mistakes("a: " + "[" * 100_000)
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))
    assert "aliases" in mistakes(bomb)
    assert "x" in mistakes(f"name: {'x' * 1_000_000}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "1:1: the file is empty"),
        (b"# only a comment\n", "1:1: the file is empty"),
        (b"name: x\n", "the file describes no node"),
        (b"just words\n", "'just words' is not a mapping"),
        (b"- 1\n", "a list is not a mapping"),
        (b"\x7fELF\x02\xff\xfe\x00", "1:6: not text in UTF-8"),
        (b"name: a\x00b\n", "this is not YAML"),
        (b"name: [\n", "this is not YAML"),
    ],
)
def test_files_that_are_no_topologies(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "file.yaml"
    file.write_bytes(content)
    result = command("validate", file)
    assert result.returncode == 2 and message in result.stderr
    assert result.stderr.startswith(f"{file}:") and "Traceback" not in result.stderr


def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return forked.run(*words, timeout=60)


@pytest.mark.parametrize("verb", ["up", "plan", "expand", "cheatsheet", "down", "validate"])
def test_every_command_refuses_a_directory_and_what_is_not_there(tmp_path: Path, verb: str) -> None:
    for file, message in ((tmp_path, "a directory"), (tmp_path / "no.yaml", "No such file")):
        result = command(verb, file)
        assert result.returncode == 2 and message in result.stderr, result.stderr
        assert result.stdout == "" and "Traceback" not in result.stderr


def test_wrong_words_on_the_command_line_are_status_2() -> None:
    assert command("nonsense").returncode == 2
    assert command("up").returncode == 2
    assert command("down").returncode == 2
    assert command("down", "a", "--all").returncode == 2


@pytest.mark.parametrize("words", [["up", "FILE"], ["plan", "FILE"], ["down", "lab"], ["exec", "h1", "--", "true"]])
def test_who_may_have_no_namespaces_is_told_in_one_sentence(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys, tmp_path: Path
) -> None:
    from vxlab.cli import main
    from vxlab.rootless import join
    from vxlab.rootless.forbidden import forbidden

    def refuse(*, start: bool) -> bool:
        raise forbidden(OSError(errno.ENOSPC, "No space left on device", "unshare"))

    file = tmp_path / "good.yaml"
    file.write_text(GOOD)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(join, "join", refuse)
    monkeypatch.setattr(sys, "argv", ["vxlab", *(str(file) if word == "FILE" else word for word in words)])
    with pytest.raises(SystemExit) as ended:
        main.main()
    told = capsys.readouterr().err
    assert ended.value.code == 1
    assert told.count("\n") == 1 and "user.max_user_namespaces" in told and "--root" in told
