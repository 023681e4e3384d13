#!/bin/sh
# The kind of network that the kernel's self-test test_vxlan_fdb_changelink makes, out of plain commands.
#
#   +-- fdb-changelink-host -----------+
#   |                                  |
#   |  vx  VXLAN, VNI 2000, port 4789  |     00:00:00:00:00:00 -> 192.0.2.20
#   |                                  |     00:00:00:00:00:00 -> 192.0.2.30
#   +----------------------------------+
#
# A device without a remote gets two default destinations in its FDB. Then one of the two is made the device's own
# remote, in place: both must still be there, and no third. `first` as an argument stops before that change.
#
# The self-test works in the root namespace; here it is a node. IPv6 is off, so that nothing is sent.
set -eu

n='fdb-changelink-host'
ip netns add "$n"
ip netns exec "$n" sysctl -qw 'net.ipv6.conf.all.disable_ipv6=1'
ip -n "$n" link set dev lo up
ip -n "$n" link add name vx address '02:00:00:00:07:d0' up type vxlan id 2000 dstport 4789
bridge -n "$n" fdb append '00:00:00:00:00:00' dev vx dst '192.0.2.20' self permanent
bridge -n "$n" fdb append '00:00:00:00:00:00' dev vx dst '192.0.2.30' self permanent
[ "${1-}" != first ] || exit 0

ip -n "$n" link set dev vx type vxlan remote '192.0.2.30'
