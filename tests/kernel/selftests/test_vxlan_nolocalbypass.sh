#!/bin/sh
# The kind of network that the kernel's self-test test_vxlan_nolocalbypass makes, out of plain commands.
#
#   +-- nolocalbypass-ns1 ------------------------------------------------------------------+
#   |                                                                                       |
#   |  lo   192.0.2.1/32, 198.51.100.1/32                                                   |
#   |                                                                                       |
#   |  vx0  VXLAN, VNI 100, port 4789, from 198.51.100.1, learns nothing                    |
#   |       00:0a:0b:0c:0d:0e -> 192.0.2.1 port 4790: this very node ---.                   |
#   |                                                                   v                   |
#   |  vx1  VXLAN, VNI 100, port 4790 <----------------------------------                   |
#   |                                                                                       |
#   +---------------------------------------------------------------------------------------+
#
# Two VTEPs in one namespace: what one sends to an address of its own, the other gets.
#
# Left out: the option [no]localbypass itself, which iproute2 6.1 does not know yet; every device here has the
# default, localbypass. And the traffic filters with which the self-test counts packets: they are its instruments.
# IPv6 is off, so that nothing is sent.
set -eu

n='nolocalbypass-ns1'
ip netns add "$n"
ip netns exec "$n" sysctl -qw 'net.ipv6.conf.all.disable_ipv6=1'
ip -n "$n" link set dev lo up
ip -n "$n" address add '192.0.2.1/32' dev lo
ip -n "$n" address add '198.51.100.1/32' dev lo
ip -n "$n" link add name vx0 address '02:00:00:00:00:10' up \
    type vxlan id 100 local '198.51.100.1' dstport 4789 nolearning
ip -n "$n" link add name vx1 address '02:00:00:00:00:11' up \
    type vxlan id 100 dstport 4790
bridge -n "$n" fdb add '00:0a:0b:0c:0d:0e' dev vx0 self static dst '192.0.2.1' port 4790
