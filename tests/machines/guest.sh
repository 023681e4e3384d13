#!/bin/sh
# In an emulated machine:  sh guest.sh MACHINE MAC ADDRESS SHARED OTHERS HOSTS COMMAND...
#
# Brings up the machine's part of a lab with COMMAND (vxlab), reaches the HOSTS of the OTHERS, and proves its end. What it
# prints, and how far it has come, stands in the directory SHARED, which all machines have.
set -eu

machine=$1 mac=$2 address=$3 shared=$4 others=$5 hosts=$6
shift 6
exec >"$shared/$machine.log" 2>&1

# Each waits until all have come as far: SHARED/MACHINE.WHAT is there. Their machines go down together, or not at all.
all() {
    : >"$shared/$machine.$1"
    for other in $others; do
        until [ -e "$shared/$other.$1" ]; do sleep 0.5; done
    done
}

for module in bridge veth vxlan; do modprobe "$module"; done
for link in /sys/class/net/*; do
    [ "$(cat "$link/address")" != "$mac" ] || card=${link##*/}
done
ip link set "$card" name eth1
ip link set eth1 up
ip addr add "$address" dev eth1
ip -o link >"$shared/$machine.before"

topology=$shared/three-machines.yaml
"$@" up "$topology" --on "$machine"
ip -o link
all up
host=${hosts%% *}
for far in ${hosts#* }; do
    "$@" exec "$host" -- ping -c 3 -W 5 "$far"
done
bridge fdb show dev vxlan42
"$@" verify three-machines --json >"$shared/$machine.json" || echo "verify: $?"
all verified
"$@" down three-machines
ip -o link >"$shared/$machine.after"
: >"$shared/$machine.done"
