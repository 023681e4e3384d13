#!/bin/sh
# In the virtual machine:  unshare --mount sh guest.sh COMMAND...  runs a command on the files of the machine around it.
# They are there already, but without a cache, and Python opens thousands of them; here what it writes stays in memory.
set -eu
exec 2>&1
here=$PWD
echo "booted: Linux $(uname -r)"

mount -t tmpfs tmpfs /mnt
mkdir /mnt/machine /mnt/upper /mnt/work /mnt/root
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose machine /mnt/machine
mount -t overlay -o lowerdir=/mnt/machine,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
for directory in dev proc sys; do
    mount --rbind "/$directory" "/mnt/root/$directory"
done
mount -t tmpfs tmpfs /mnt/root/run

# Not chroot alone: who enters a namespace by setns(2) gets the root of that.
cd /mnt/root
pivot_root . mnt
exec chroot . env --chdir="$here" "$@"
