#!/bin/sh
# The kind of network that the kernel's self-test forwarding/vxlan_bridge_1d makes, out of plain commands.
#
#   +-- vxlan-bridge-1d-h1 --+                                        +-- vxlan-bridge-1d-h2 --+
#   |  h1  192.0.2.1/28      |                                        |  h2  192.0.2.2/28      |
#   +---+--------------------+                                        +---+--------------------+
#       |                                                                 |
#   +---+--- vxlan-bridge-1d-sw ------------------------------------------+---+
#   |  swp1 ----------------------- br1 -------------------------------- swp2 |
#   |                                |                                        |
#   |  vx1  VXLAN, VNI 1000, from 192.0.2.17 to 192.0.2.34 and 192.0.2.50     |
#   |                                                                         |
#   |  rp1  192.0.2.17/28            192.0.2.32/28, 192.0.2.48/28 via .18     |
#   +---+---------------------------------------------------------------------+
#       |
#   +---+--- vxlan-bridge-1d-vrp2 --------------------------------------------+
#   |  rp2  192.0.2.18/28                                             routes  |
#   |  v1   192.0.2.33/28            v3  192.0.2.49/28                        |
#   +---+---------------------------------+-----------------------------------+
#       |                                 |
#   +---+--- vxlan-bridge-1d-ns1 ----+ +--+---- vxlan-bridge-1d-ns2 ----+
#   |  v2  192.0.2.34/28             | |  v4  192.0.2.50/28             |
#   |      the others via .33        | |      the others via .49        |
#   |  vx2  VXLAN, VNI 1000,         | |  vx2  VXLAN, VNI 1000,         |
#   |   |   to 192.0.2.17 and .50    | |   |   to 192.0.2.17 and .34    |
#   |  br2                           | |  br2                           |
#   |   |                            | |   |                            |
#   |  w1                            | |  w1                            |
#   +---+----------------------------+ +---+----------------------------+
#       |                                  |
#   +---+--- vxlan-bridge-1d-vw1 ----+ +---+--- vxlan-bridge-1d-vw2 ----+
#   |  w2  192.0.2.3/28              | |  w2  192.0.2.4/28              |
#   +--------------------------------+ +--------------------------------+
#
# Four hosts on one segment that three VTEPs carry, across a router. The bridges look at no VLAN tags (802.1D). vx1
# learns nothing, copies the inner TOS to the outer header and sends with a TTL of 100, without a UDP checksum. Three
# MACs are told to sw, as the self-test does for its unicast case: that of h2 to the bridge alone, those of the two
# remote hosts to the bridge and, with their VTEPs, to vx1.
#
# The self-test has six ports and VRFs where here are cables and nodes. Left out, because the kernel that the tests run
# on has no 802.1Q and refuses the word: vlan_filtering 0, which is the default. And the traffic filters with which the
# self-test counts packets: they are its instruments. IPv6 is off, so that there is little to see but what is asked for.
set -eu

for node in h1 h2 sw vrp2 ns1 ns2 vw1 vw2; do
    ip netns add "vxlan-bridge-1d-$node"
    ip netns exec "vxlan-bridge-1d-$node" sysctl -qw 'net.ipv6.conf.all.disable_ipv6=1'
    ip -n "vxlan-bridge-1d-$node" link set dev lo up
done
for node in sw vrp2; do
    ip netns exec "vxlan-bridge-1d-$node" sysctl -qw 'net.ipv4.conf.all.forwarding=1'
done

# A cable, up: node, link and MAC of one end, then of the other.
cable() {
    ip -n "vxlan-bridge-1d-$1" link add name "$2" address "$3" type veth \
        peer name "$5" address "$6" netns "vxlan-bridge-1d-$4"
    ip -n "vxlan-bridge-1d-$1" link set dev "$2" up
    ip -n "vxlan-bridge-1d-$4" link set dev "$5" up
}

cable h1 h1 '02:00:00:00:01:01' sw swp1 '02:00:00:00:01:11'
cable h2 h2 '02:00:00:00:01:02' sw swp2 '02:00:00:00:01:12'
cable sw rp1 '02:00:00:00:02:01' vrp2 rp2 '02:00:00:00:02:02'
cable vrp2 v1 '02:00:00:00:03:01' ns1 v2 '02:00:00:00:03:02'
cable vrp2 v3 '02:00:00:00:03:03' ns2 v4 '02:00:00:00:03:04'
cable ns1 w1 '02:00:00:00:04:01' vw1 w2 '02:00:00:00:04:02'
cable ns2 w1 '02:00:00:00:04:03' vw2 w2 '02:00:00:00:04:04'

ip -n 'vxlan-bridge-1d-h1' address add '192.0.2.1/28' dev h1
ip -n 'vxlan-bridge-1d-h2' address add '192.0.2.2/28' dev h2
ip -n 'vxlan-bridge-1d-vw1' address add '192.0.2.3/28' dev w2
ip -n 'vxlan-bridge-1d-vw2' address add '192.0.2.4/28' dev w2

ip -n 'vxlan-bridge-1d-vrp2' address add '192.0.2.18/28' dev rp2
ip -n 'vxlan-bridge-1d-vrp2' address add '192.0.2.33/28' dev v1
ip -n 'vxlan-bridge-1d-vrp2' address add '192.0.2.49/28' dev v3

n='vxlan-bridge-1d-sw'
ip -n "$n" link add name br1 type bridge mcast_snooping 0
ip -n "$n" link set dev br1 address '02:00:00:00:01:11' # that of swp1, so that it does not become that of vx1
ip -n "$n" link set dev br1 up
ip -n "$n" address add '192.0.2.17/28' dev rp1
ip -n "$n" route add '192.0.2.32/28' nexthop via '192.0.2.18'
ip -n "$n" route add '192.0.2.48/28' nexthop via '192.0.2.18'
ip -n "$n" link add name vx1 address '02:00:00:00:05:01' \
    type vxlan id 1000 local '192.0.2.17' dstport 4789 nolearning noudpcsum tos inherit ttl 100
ip -n "$n" link set dev vx1 up
ip -n "$n" link set dev vx1 master br1
ip -n "$n" link set dev swp1 master br1
ip -n "$n" link set dev swp2 master br1
bridge -n "$n" fdb append '00:00:00:00:00:00' dev vx1 dst '192.0.2.34' self
bridge -n "$n" fdb append '00:00:00:00:00:00' dev vx1 dst '192.0.2.50' self
bridge -n "$n" fdb add '02:00:00:00:01:02' dev swp2 master static
bridge -n "$n" fdb add '02:00:00:00:04:02' dev vx1 self static permanent dst '192.0.2.34'
bridge -n "$n" fdb add '02:00:00:00:04:02' dev vx1 master static
bridge -n "$n" fdb add '02:00:00:00:04:04' dev vx1 self static permanent dst '192.0.2.50'
bridge -n "$n" fdb add '02:00:00:00:04:04' dev vx1 master static

# A remote VTEP: node, underlay link, own address, the other remote's, the router's; the last digits of two MACs.
remote() {
    ip -n "vxlan-bridge-1d-$1" address add "$3/28" dev "$2"
    ip -n "vxlan-bridge-1d-$1" route add '192.0.2.16/28' nexthop via "$5"
    ip -n "vxlan-bridge-1d-$1" route add "$4/32" nexthop via "$5"
    ip -n "vxlan-bridge-1d-$1" link add name br2 address "02:00:00:00:06:0$6" up type bridge
    ip -n "vxlan-bridge-1d-$1" link set dev w1 master br2
    ip -n "vxlan-bridge-1d-$1" link add name vx2 address "02:00:00:00:05:0$6" up \
        type vxlan id 1000 local "$3" dstport 4789
    bridge -n "vxlan-bridge-1d-$1" fdb append '00:00:00:00:00:00' dev vx2 dst '192.0.2.17' self
    bridge -n "vxlan-bridge-1d-$1" fdb append '00:00:00:00:00:00' dev vx2 dst "$4" self
    ip -n "vxlan-bridge-1d-$1" link set dev vx2 master br2
}

remote ns1 v2 '192.0.2.34' '192.0.2.50' '192.0.2.33' 2
remote ns2 v4 '192.0.2.50' '192.0.2.34' '192.0.2.49' 3
