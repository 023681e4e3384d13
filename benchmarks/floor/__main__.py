"""The floor: how fast the network of the benchmark can be made at all, with system calls and netlink alone.

    python3 -I -S benchmarks/floor up 500       # 500 VTEPs, a host each, one switch
    python3 -I -S benchmarks/floor down

It knows nothing of vxlab, keeps no record and cannot go back. What was tried, at 200 to 500 VTEPs and with two CPUs:

- namespaces made by two threads: a third off the whole. Links made by two gain nothing: the kernel has one lock for
  them all (rtnl_lock()), which a send holds nearly all the time;
- links of the first VTEPs made while the namespaces of the last are: slower than one after the other, for that lock;
- a /proc for every fifty namespaces: a tenth off;
- one queue for each end of a cable: a fifth off, for the kernel makes room for one per CPU otherwise, and waits for an
  RCU grace period before it goes back to one (veth_init_queues() in drivers/net/veth.c). But that is another network,
  whose commands would have to say so;
- ends of cables raised at the end instead of as soon as they can be: no gain.

What is left is nine tenths in the kernel: a quarter makes namespaces, half links, most of both sysctls and sysfs files.
"""

import resource
import sys
from threading import Thread

import namespaces
import network
from netlink import send


def up(count):
    """Make the network of so many VTEPs; OSError where the kernel refuses."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4 * count + 64, 4 * count + 64))
    namespaces.prepare()
    numbers = range(1, count + 1)
    hosts = []
    helper = Thread(target=lambda: hosts.extend(namespaces.create([f"h{number}" for number in numbers])))
    helper.start()
    (_, underlay), *vteps = namespaces.create(["underlay", *(f"v{number}" for number in numbers)])
    helper.join()
    cables = [network.plug(number, fd) for number, (fd, _) in zip(numbers, vteps, strict=True)]
    send(underlay, [*network.switch(), *cables])
    for number, (_, vtep), (host_fd, host) in zip(numbers, vteps, hosts, strict=True):
        send(vtep, network.vtep(number, host_fd))
        send(host, network.host(number))
    send(underlay, network.switched_on())


def main(words):
    """Do what the words say; the exit status is 1 where they say nothing known, or the kernel refuses."""
    try:
        match words:
            case ["up", count] if count.isdecimal():
                up(int(count))
            case ["down"]:
                namespaces.remove()
            case _:
                sys.exit("usage: floor up COUNT | floor down")
    except OSError as error:
        sys.exit(f"floor: the kernel refused: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
