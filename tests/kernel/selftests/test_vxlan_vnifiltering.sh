#!/bin/sh
# The kinds of network that the kernel's self-test test_vxlan_vnifiltering makes, out of plain commands: two hypervisors
# with virtual machines, and VXLAN devices that carry several VNIs, but no other than those that they are told.
#
#   +-- vnifiltering-vm-11 --+  +-- vnifiltering-vm-21 --+  +-- vnifiltering-vm-31 -------------------------+
#   |  veth-11  10.0.10.11   |  |  veth-21  10.0.10.21   |  |  veth-31-30   veth-31-40   veth-31-50         |
#   |           10.0.20.11   |  |           10.0.20.21   |  |  10.0.30.31   10.0.40.31   10.0.50.31         |
#   +-----+------------------+  +-----+------------------+  +-----+------------+------------+---------------+
#         |                           |                           |            |            |
#   +-----+--- vnifiltering-hv-1 -----+---------------------------+------------+------------+---------------+
#   |  vethhv-11                   vethhv-21                 vethhv-31-30 vethhv-31-40 vethhv-31-50         |
#   |     |                           |                           |            |            |               |
#   |    br1                         br2                         br30         br40         br50             |
#   |     |                           |                           |            |            |               |
#   |  vxlan1                      vxlan2                      vxlan30      vxlan40      vxlan50            |
#   |  vxlan3, vxlan4, vxlan5, vxlan6, vxlan7, vxlan8: without a bridge                                     |
#   |                                                                                                       |
#   |  veth0  172.16.0.1/24, 2002:fee1::1/64                                                                |
#   +-----+-------------------------------------------------------------------------------------------------+
#         |
#   +-----+--- vnifiltering-hv-2 ---------------------------------------------------------------------------+
#   |  veth0  172.16.0.2/24, 2002:fee1::2/64; the same again, with vm-12, vm-22 and vm-32                   |
#   +-------------------------------------------------------------------------------------------------------+
#
#   device    underlay   port   VNIs                 frames without a known destination go to
#   vxlan1    IPv4       8472   11, 21   (filter)    the remote of the device
#   vxlan2    IPv6       8472   12, 22   (filter)    the remote of the device
#   vxlan3    IPv4       8472   13, 23   (filter)    a remote of each VNI
#   vxlan4    IPv6       8472   14, 24   (filter)    a remote of each VNI
#   vxlan5    IPv4       8472   15, 25   (filter)    the group of the device
#   vxlan6    IPv6       8472   16, 26   (filter)    the group of the device
#   vxlan7    IPv4       8472   17, 27   (filter)    a group of each VNI
#   vxlan8    IPv6       8472   18, 28   (filter)    a group of each VNI
#   vxlan30   IPv4       4790   30       (its own)   the remote of the device
#   vxlan40   IPv6       4790   40       (its own)   the remote of the device
#   vxlan50   IPv4       4791   all      (external)  the remote of the device; of VNI 50, one of its own
#
#   +-- vnifiltering-host -----+     +-- vnifiltering-testns ---------------------------------------+
#   |  veth-host               +-----+ veth-testns                                                  |
#   +--------------------------+     |  vxlan100    VNI 100                                         |
#                                    |  vxlan-ext1  VNIs 100 and 200, 200 with a group    (filter)  |
#                                    |  vxlan-ext2  VNIs 300 and 400, 300 with a group    (filter)  |
#                                    +--------------------------------------------------------------+
#
# The self-test makes the variants one after the other under the same names; here they stand side by side, each with
# VNIs of its own. In testns, as in the self-test, nothing is up: vxlan100, up, would not share its port.
#
# Left out, because the kernel that the tests run on has no 802.1Q: vlan_filtering of the bridges, the links VETH.10 to
# VETH.50 in the machines, and the VLANs of the VXLAN devices with what they map to (vlan_tunnel, tunnel_info). So a
# machine has a cable for each VLAN of the traditional devices, and both addresses on one for the filtering ones. Across
# vxlan30 and vxlan40 the machines reach each other; through an external device no frame gets without the mapping.
# Duplicate address detection is off, so that addresses are ready at once.
set -eu

for node in hv-1 hv-2 vm-11 vm-21 vm-31 vm-12 vm-22 vm-32 host testns; do
    ip netns add "vnifiltering-$node"
    ip netns exec "vnifiltering-$node" sysctl -qw 'net.ipv6.conf.all.accept_dad=0'
    ip netns exec "vnifiltering-$node" sysctl -qw 'net.ipv6.conf.default.accept_dad=0'
    ip -n "vnifiltering-$node" link set dev lo up
done

# A cable: node, link and MAC of one end, then of the other.
cable() {
    ip -n "vnifiltering-$1" link add name "$2" address "$3" type veth \
        peer name "$5" address "$6" netns "vnifiltering-$4"
}

cable hv-1 veth0 '02:00:00:00:00:01' hv-2 veth0 '02:00:00:00:00:02'
for hv in 1 2; do
    ip -n "vnifiltering-hv-$hv" address add "172.16.0.$hv/24" dev veth0
    ip -n "vnifiltering-hv-$hv" address add "2002:fee1::$hv/64" dev veth0
    ip -n "vnifiltering-hv-$hv" link set dev veth0 up
done

# A machine on a bridge of its hypervisor: hypervisor, machine, bridge, what follows the machine in the names of links;
# then its addresses.
machine() {
    hv=$1 vm=$2 br=$3 suffix=$4
    shift 4
    ip -n "vnifiltering-hv-$hv" link add name "br$br" address "02:00:00:0b:0$hv:$(printf %02d "$br")" \
        up type bridge mcast_snooping 0
    cable "hv-$hv" "vethhv-$vm$suffix" "02:00:00:0c:$vm:$(printf %02d "$br")" \
        "vm-$vm" "veth-$vm$suffix" "02:00:00:0d:$vm:$(printf %02d "$br")"
    ip -n "vnifiltering-hv-$hv" link set dev "vethhv-$vm$suffix" master "br$br" up
    ip -n "vnifiltering-vm-$vm" link set dev "veth-$vm$suffix" up
    for address in "$@"; do
        ip -n "vnifiltering-vm-$vm" address add "$address/24" dev "veth-$vm$suffix"
    done
}

# A VXLAN device of a hypervisor, up: hypervisor, number of the device, what ip is told of it.
vxlan() {
    hv=$1 number=$2
    shift 2
    ip -n "vnifiltering-hv-$hv" link add name "vxlan$number" address "02:00:00:0e:0$hv:$(printf %02d "$number")" \
        type vxlan "$@" dev veth0
    ip -n "vnifiltering-hv-$hv" link set dev "vxlan$number" up
}

# The VNIs of a device that filters: hypervisor, number of the device, the group or remote of each if it has one.
vnis() {
    hv=$1 number=$2
    shift 2
    for tens in 1 2; do
        bridge -n "vnifiltering-hv-$hv" vni add dev "vxlan$number" vni "$tens$number" "$@"
    done
}

for hv in 1 2; do
    here4="172.16.0.$hv" there4="172.16.0.$((3 - hv))" group4='239.1.1.100'
    here6="2002:fee1::$hv" there6="2002:fee1::$((3 - hv))" group6='ff07::1'

    machine "$hv" "1$hv" 1 '' "10.0.10.1$hv" "10.0.20.1$hv"
    machine "$hv" "2$hv" 2 '' "10.0.10.2$hv" "10.0.20.2$hv"
    for vlan in 30 40 50; do
        machine "$hv" "3$hv" "$vlan" "-$vlan" "10.0.$vlan.3$hv"
    done

    vxlan "$hv" 1 external vnifilter local "$here4" remote "$there4" dstport 8472
    vnis "$hv" 1
    vxlan "$hv" 2 external vnifilter local "$here6" remote "$there6" dstport 8472
    vnis "$hv" 2
    vxlan "$hv" 3 external vnifilter local "$here4" dstport 8472
    vnis "$hv" 3 remote "$there4"
    vxlan "$hv" 4 external vnifilter local "$here6" dstport 8472
    vnis "$hv" 4 remote "$there6"
    vxlan "$hv" 5 external vnifilter local "$here4" group "$group4" dstport 8472
    vnis "$hv" 5
    vxlan "$hv" 6 external vnifilter local "$here6" group "$group6" dstport 8472
    vnis "$hv" 6
    vxlan "$hv" 7 external vnifilter local "$here4" dstport 8472
    vnis "$hv" 7 group "$group4"
    vxlan "$hv" 8 external vnifilter local "$here6" dstport 8472
    vnis "$hv" 8 group "$group6"
    vxlan "$hv" 30 id 30 local "$here4" remote "$there4" dstport 4790
    vxlan "$hv" 40 id 40 local "$here6" remote "$there6" dstport 4790
    vxlan "$hv" 50 external local "$here4" remote "$there4" dstport 4791
    bridge -n "vnifiltering-hv-$hv" fdb add '00:00:00:00:00:00' dev vxlan50 src_vni 50 vni 50 dst "$there4" self
    for br in 1 2 30 40 50; do
        ip -n "vnifiltering-hv-$hv" link set dev "vxlan$br" master "br$br"
    done
done

n='vnifiltering-testns'
cable host veth-host '02:00:00:00:00:0a' testns veth-testns '02:00:00:00:00:0b'
ip -n "$n" link add name vxlan100 address '02:00:00:00:00:64' \
    type vxlan id 100 local '172.16.0.1' dev veth-testns dstport 4789
ip -n "$n" link add name vxlan-ext1 address '02:00:00:00:00:e1' \
    type vxlan external vnifilter local '172.16.0.1' dev veth-testns dstport 4789
bridge -n "$n" vni add dev vxlan-ext1 vni 100
bridge -n "$n" vni add dev vxlan-ext1 vni 200
bridge -n "$n" vni add dev vxlan-ext1 vni 200 group '239.1.1.101'
ip -n "$n" link add name vxlan-ext2 address '02:00:00:00:00:e2' \
    type vxlan external vnifilter local '172.16.0.1' dev veth-testns dstport 4789
bridge -n "$n" vni add dev vxlan-ext2 vni 300
bridge -n "$n" vni add dev vxlan-ext2 vni 400
bridge -n "$n" vni add dev vxlan-ext2 vni 300 group '239.1.1.101'
