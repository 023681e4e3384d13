#!/bin/sh
# The kind of network that the kernel's self-test test_vxlan_mdb makes, out of plain commands. There are two of it, side
# by side, one with an IPv4 and one with an IPv6 underlay:
#
#   +-- vxlan-mdb-ns1v4 ---------------------+     +-- vxlan-mdb-ns2v4 ---------------------+
#   |  br0                                   |     |  br0                                   |
#   |   |                                    |     |   |                                    |
#   |  vx0  VXLAN, external, vnifilter       |     |  vx0  VXLAN, external, vnifilter       |
#   |       VNIs 10010, 10020, 14000         |     |       VNIs 10010, 10020, 14000         |
#   |       local 192.0.2.1                  |     |       local 192.0.2.2                  |
#   |                                        |     |                                        |
#   |  lo 192.0.2.1/32   veth0 192.0.2.17/28 +-----+ veth0 192.0.2.18/28   lo 192.0.2.2/32  |
#   +----------------------------------------+     |                      and 198.51.100.x  |
#                                                  +----------------------------------------+
#   +-- vxlan-mdb-ns1v6 ---------------------+     +-- vxlan-mdb-ns2v6 ---------------------+
#   |  the same, with                        |     |                                        |
#   |  lo 2001:db8:1::1/128                  |     |  lo 2001:db8:1::2/128, 2001:db8:x000:: |
#   |                veth0 2001:db8:2::1/64  +-----+  veth0 2001:db8:2::2/64                |
#   +----------------------------------------+     +----------------------------------------+
#
# The further addresses of ns2 are the VTEPs that its entries point to, and a group that veth0 joins (autojoin).
#
# Left out, because iproute2 6.1 cannot say it yet: the MDB of a VXLAN device, "bridge mdb add dev vx0 port vx0
# grp G [src S] permanent [filter_mode M source_list L] dst VTEP [dst_port P] [vni V] src_vni V [via LINK] [proto P]".
# Left out, because the kernel that the tests run on has no 802.1Q: vlan_filtering of br0, the links br0.10, br0.20 and
# br0.4000, the VLANs of vx0 and what they map to (tunnel_info 10010, 10020, 14000). Without these no frame gets through
# an external device, so this is a network to look at, not one to ping through.
set -eu

# A VTEP: its namespace, the last digit of its MACs, its address with prefix length.
vtep() {
    ip netns add "$1"
    ip netns exec "$1" sysctl -qw 'net.ipv4.ip_forward=1'
    ip netns exec "$1" sysctl -qw 'net.ipv4.fib_multipath_use_neigh=1'
    ip netns exec "$1" sysctl -qw 'net.ipv4.conf.default.ignore_routes_with_linkdown=1'
    ip netns exec "$1" sysctl -qw 'net.ipv6.conf.all.keep_addr_on_down=1'
    ip netns exec "$1" sysctl -qw 'net.ipv6.conf.all.forwarding=1'
    ip netns exec "$1" sysctl -qw 'net.ipv6.conf.default.forwarding=1'
    ip netns exec "$1" sysctl -qw 'net.ipv6.conf.default.ignore_routes_with_linkdown=1'
    ip netns exec "$1" sysctl -qw 'net.ipv6.conf.all.accept_dad=0'
    ip netns exec "$1" sysctl -qw 'net.ipv6.conf.default.accept_dad=0'
    ip -n "$1" link set dev lo up
    ip -n "$1" address add "$3" dev lo
    ip -n "$1" link add name br0 address "02:00:00:00:0b:0$2" up type bridge mcast_snooping 0
    ip -n "$1" link add name vx0 address "02:00:00:00:0c:0$2" up master br0 \
        type vxlan local "${3%/*}" dstport 4789 external vnifilter
    for vni in 10010 10020 14000; do
        bridge -n "$1" vni add vni "$vni" dev vx0
    done
}

# The two ends of a cable: their namespaces, the last digits of their MACs.
cable() {
    ip -n "$1" link add name veth0 address "02:00:00:00:0a:0$2" type veth \
        peer name veth0 address "02:00:00:00:0a:0$4" netns "$3"
    ip -n "$1" link set dev veth0 up
    ip -n "$3" link set dev veth0 up
}

vtep 'vxlan-mdb-ns1v4' 1 '192.0.2.1/32'
vtep 'vxlan-mdb-ns2v4' 2 '192.0.2.2/32'
cable 'vxlan-mdb-ns1v4' 1 'vxlan-mdb-ns2v4' 2
ip -n 'vxlan-mdb-ns1v4' address add '192.0.2.17/28' dev veth0
ip -n 'vxlan-mdb-ns2v4' address add '192.0.2.18/28' dev veth0
ip -n 'vxlan-mdb-ns1v4' route add default via '192.0.2.18'
ip -n 'vxlan-mdb-ns2v4' route add default via '192.0.2.17'
for last in 100 101 102 103 104 200; do
    ip -n 'vxlan-mdb-ns2v4' address add "198.51.100.$last/32" dev lo
done
ip -n 'vxlan-mdb-ns2v4' address add '238.1.1.1/32' dev veth0 autojoin
bridge -n 'vxlan-mdb-ns1v4' fdb add '00:00:00:00:00:00' dev vx0 self static dst '198.51.100.200' src_vni 10010

vtep 'vxlan-mdb-ns1v6' 3 '2001:db8:1::1/128'
vtep 'vxlan-mdb-ns2v6' 4 '2001:db8:1::2/128'
cable 'vxlan-mdb-ns1v6' 3 'vxlan-mdb-ns2v6' 4
ip -n 'vxlan-mdb-ns1v6' address add '2001:db8:2::1/64' dev veth0 nodad
ip -n 'vxlan-mdb-ns2v6' address add '2001:db8:2::2/64' dev veth0 nodad
ip -n 'vxlan-mdb-ns1v6' route add default via '2001:db8:2::2'
ip -n 'vxlan-mdb-ns2v6' route add default via '2001:db8:2::1'
for thousand in 1 2 3 4; do
    ip -n 'vxlan-mdb-ns2v6' address add "2001:db8:${thousand}000::1/128" dev lo
done
ip -n 'vxlan-mdb-ns2v6' address add 'ff0e::2/128' dev veth0 autojoin
bridge -n 'vxlan-mdb-ns1v6' fdb add '00:00:00:00:00:00' dev vx0 self static dst '2001:db8:2000::1' src_vni 10010
