"""Named network namespaces, as `ip netns` makes them (ip/ipnetns.c), and their removal."""

import os

from calls import CLONE_NEWNET, MNT_DETACH, MS_BIND, MS_REC, MS_SHARED, fresh, mount, umount2, unshare
from netlink import open_socket

DIRECTORY = "/run/netns"
_PREFIX = "bench-"
_OWN = b"/proc/thread-self/ns/net"
_NO_IPV6 = "sys/net/ipv6/conf/all/disable_ipv6"
_SHARING = 50


def prepare():
    """Make the directory of names, unless it is there."""
    if os.path.isdir(DIRECTORY):
        return
    os.mkdir(DIRECTORY, 0o755)
    path = DIRECTORY.encode()
    mount(path, path, MS_BIND | MS_REC)
    mount(b"none", path, MS_SHARED | MS_REC)


def create(names):
    """Make a namespace of each name, without IPv6.

    Returns:
        For each a descriptor, and a netlink socket in it.

    Raises:
        OSError: the kernel refused, or a name is taken.
    """
    made = []
    for first in range(0, len(names), _SHARING):
        # The names in /proc/sys are remembered for each namespace anew, and all those that are spelled alike are in one
        # chain (proc_sys_compare() in fs/proc/proc_sysctl.c), which grows with each namespace that is made; a /proc of
        # their own keeps it short. It saves a tenth at 500 VTEPs.
        proc = fresh(b"proc")
        made += [_create(name, proc) for name in names[first : first + _SHARING]]
        os.close(proc)
    return made


def _create(name, proc):
    path = f"{DIRECTORY}/{_PREFIX}{name}"
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0))
    unshare(CLONE_NEWNET)
    switch = os.open(_NO_IPV6, os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
    os.write(switch, b"1")
    os.close(switch)
    mount(_OWN, path.encode(), MS_BIND)
    return os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC), open_socket()


def remove():
    """Remove all names."""
    for name in os.listdir(DIRECTORY):
        if name.startswith(_PREFIX):
            path = f"{DIRECTORY}/{name}"
            umount2(path.encode(), MNT_DETACH)
            os.unlink(path)
