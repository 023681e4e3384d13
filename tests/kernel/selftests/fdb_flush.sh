#!/bin/sh
# The kinds of network that the kernel's self-test fdb_flush makes, out of plain commands: VXLAN devices and bridges
# with entries of every kind that a flush tells apart. They are not compatible with each other, so there are three:
#
#   +-- fdb-flush-plain ------------------+  +-- fdb-flush-external -----------+  +-- fdb-flush-bridge -----------+
#   |  vx10  VXLAN, VNI 1000, port 4789   |  |  vx10  VXLAN, external,         |  |  br0 --- vx10  VXLAN,         |
#   |  vx20  VXLAN, VNI 2000, port 4789   |  |        port 4789                |  |                VNI 1000       |
#   |                                     |  |  entries by source VNI          |  |  br1                          |
#   |  entries with vni, port, dst, nhid; |  |  the default, with five         |  |  entries of vx10 and of br0   |
#   |  permanent, static, dynamic;        |  |  destinations                   |  |  for the same MACs; entries   |
#   |  extern_learn, router               |  |                                 |  |  that are the bridges' own    |
#   |  nexthops 10 and 20, in the groups  |  |                                 |  |                               |
#   |  100 and 200, all of the FDB's kind |  |                                 |  |                               |
#   +-------------------------------------+  +---------------------------------+  +-------------------------------+
#
# The self-test has one namespace that it fills anew for each case; here a MAC stands for each case. No link is up.
#
# Left out, because the kernel that the tests run on has no 802.1Q: vlan_filtering of the bridges and entries of a VLAN.
# Left out, because it is an act and no state: "bridge fdb flush".
set -eu

n='fdb-flush-plain'
ip netns add "$n"
ip -n "$n" link set dev lo up
ip -n "$n" link add name vx10 address '02:00:00:00:10:00' type vxlan id 1000 dstport 4789
ip -n "$n" link add name vx20 address '02:00:00:00:20:00' type vxlan id 2000 dstport 4789
ip -n "$n" nexthop add id 10 via '192.0.2.1' fdb
ip -n "$n" nexthop add id 100 group 10 fdb
ip -n "$n" nexthop add id 20 via '192.0.2.2' fdb
ip -n "$n" nexthop add id 200 group 20 fdb
bridge -n "$n" fdb add 'de:ad:be:ef:13:10' dev vx10 vni 3000 dst '192.0.2.1'
bridge -n "$n" fdb add 'de:ad:be:ef:13:11' dev vx10 vni 4000 dst '192.0.2.1'
bridge -n "$n" fdb add 'de:ad:be:ef:13:12' dev vx10 port 1234 dst '192.0.2.1'
bridge -n "$n" fdb add 'de:ad:be:ef:13:13' dev vx10 port 4321 dst '192.0.2.1'
bridge -n "$n" fdb add 'de:ad:be:ef:13:14' dev vx10 dst '192.0.2.2'
bridge -n "$n" fdb add 'de:ad:be:ef:13:15' dev vx10 vni 3000 port 1234 dst '192.0.2.2'
bridge -n "$n" fdb add 'de:ad:be:ef:13:16' dev vx10 dst '192.0.2.1' permanent
bridge -n "$n" fdb add 'de:ad:be:ef:13:17' dev vx10 dst '192.0.2.1' static
bridge -n "$n" fdb add 'de:ad:be:ef:13:18' dev vx10 dst '192.0.2.1' dynamic
bridge -n "$n" fdb add 'de:ad:be:ef:13:19' dev vx10 dst '192.0.2.1' extern_learn
bridge -n "$n" fdb add 'de:ad:be:ef:13:1a' dev vx10 dst '192.0.2.1' router
bridge -n "$n" fdb add 'de:ad:be:ef:13:1b' dev vx10 nhid 100
bridge -n "$n" fdb add 'de:ad:be:ef:13:1c' dev vx10 nhid 200
bridge -n "$n" fdb add 'de:ad:be:ef:13:1d' dev vx10 nhid 100 router permanent
bridge -n "$n" fdb add 'de:ad:be:ef:13:1e' dev vx10 nhid 100 router static
bridge -n "$n" fdb add 'ca:fe:be:ef:13:10' dev vx20 vni 3000 dst '192.0.2.1'

n='fdb-flush-external'
ip netns add "$n"
ip -n "$n" link set dev lo up
ip -n "$n" link add name vx10 address '02:00:00:00:10:00' type vxlan dstport 4789 external
bridge -n "$n" fdb add 'de:ad:be:ef:13:10' dev vx10 vni 3000 src_vni 4000 dst '192.0.2.1'
bridge -n "$n" fdb add 'de:ad:be:ef:13:11' dev vx10 vni 4000 src_vni 3000 dst '192.0.2.1'
for vni in 2000 3000; do
    bridge -n "$n" fdb append '00:00:00:00:00:00' dev vx10 dst '192.0.2.1' vni "$vni" src_vni 5000
    bridge -n "$n" fdb append '00:00:00:00:00:00' dev vx10 dst '192.0.2.1' vni "$vni" port 1111
    bridge -n "$n" fdb append '00:00:00:00:00:00' dev vx10 dst '192.0.2.2' vni "$vni" port 2222
done

n='fdb-flush-bridge'
ip netns add "$n"
ip -n "$n" link set dev lo up
ip -n "$n" link add name br0 address '02:00:00:00:b0:00' type bridge
ip -n "$n" link add name br1 address '02:00:00:00:b1:00' type bridge
ip -n "$n" link add name vx10 address '02:00:00:00:10:00' type vxlan id 1000 dstport 4789
ip -n "$n" link set dev vx10 master br0
bridge -n "$n" fdb add 'de:ad:be:ef:13:10' dev br0 dst '192.0.2.1'
bridge -n "$n" fdb add 'ca:fe:be:ef:13:10' dev br1 dst '192.0.2.1'
bridge -n "$n" fdb add 'de:ad:be:ef:13:11' dev vx10 vni 3000 dst '192.0.2.1' self master
bridge -n "$n" fdb add 'de:ad:be:ef:13:12' dev vx10 vni 3000 dst '192.0.2.1' self master
