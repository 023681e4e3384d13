"""What the kernel can do, each thing tried. To be called where nothing is lost (``trial.alone``)."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import closing

from vxlab.doctor.model import Finding, Part, Verdict
from vxlab.kernel import features, marks, namespaces, options, sysctls
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.rtnetlink import RouteSocket
from vxlab.kernel.syscalls import CLONE_NEWNET, CLONE_NEWNS, setns
from vxlab.rootless.world import machine_uid
from vxlab.state.kinds import LINK_KINDS, VXLAN
from vxlab.state.kinds.qdisc import IMPAIRMENTS, NETEM

_ESSENTIAL = ("bridge", "veth", "vxlan")
"""The kinds of links that nearly every lab has."""

_BUILT_WITHOUT = {
    "vlan_filtering": "CONFIG_BRIDGE_VLAN_FILTERING",
    "mcast_vlan_snooping": "CONFIG_BRIDGE_VLAN_FILTERING",
    "mst_enabled": "CONFIG_BRIDGE_VLAN_FILTERING",
    "mcast_snooping": "CONFIG_BRIDGE_IGMP_SNOOPING",
}
"""Options that a kernel of any version may have been built without."""

_GROUP = "239.255.42.42"
_LINK = "lo"


def findings() -> Iterator[Finding]:
    """One by one, as they are tried."""
    yield from _kinds()
    yield from _options()
    yield from _qdiscs()
    with namespaces.scratch():
        with RouteSocket() as route:
            _raise(route)
        yield _ipv6()
        yield _multicast()
        yield _rings()
        yield _sysctls()
    yield _joining()


def _found(name: str, works: bool, lost: str, needs: str = "", *, essential: bool = False) -> Finding:
    if works:
        return Finding(Part.KERNEL, name, Verdict.OK, "works", "", "", essential)
    means = f"{lost}: {needs}" if needs else lost
    return Finding(Part.KERNEL, name, Verdict.MISSING, "does not work", means, "", essential)


def _kinds() -> Iterator[Finding]:
    missing = features.missing_kinds(LINK_KINDS)
    for name, kind in LINK_KINDS.items():
        lost = f"labs with `kind: {name}` cannot come up" if name not in _ESSENTIAL else "hardly any lab can come up"
        yield _found(name, name not in missing, lost, kind.config, essential=name in _ESSENTIAL)


def _options() -> Iterator[Finding]:
    for kind in options.TRIED:
        for option in options.distinct(kind):
            if not (option.kernel or option.name in _BUILT_WITHOUT):
                continue
            needs = " and ".join(
                filter(None, (_BUILT_WITHOUT.get(option.name), option.kernel and f"Linux {option.kernel}"))
            )
            lost = f"labs with `{option.name}:` cannot come up"
            yield _found(options.name_of(kind, option), options.has(kind, option), lost, needs)
    works = options.has(VXLAN, VXLAN.table["external"])
    yield _found("vxlan external", works, "labs with `external:` cannot come up", "Linux 4.3")


def _raise(route: RouteSocket) -> None:
    from pyroute2.netlink.rtnl import RTM_NEWLINK

    from vxlab.kernel.netlink.link import ifinfmsg

    up = {"index": socket.if_nametoindex(_LINK), "flags": 1, "change": 1}
    route.request([encode_message(ifinfmsg, RTM_NEWLINK, 0, up, [])])


def _qdiscs() -> Iterator[Finding]:
    """What impairs links: by the file, and by hand with tc(8)."""
    words = ", ".join(f"`{option.name}:`" for option in IMPAIRMENTS)
    lost = {NETEM: f"labs with {words} cannot come up", "tbf": "a slow link cannot be had by `tc qdisc add ... tbf`"}
    for name, what in lost.items():
        yield _found(f"qdisc {name}", features.has_qdisc(name), what, f"CONFIG_NET_SCH_{name.upper()}")


def _ipv6() -> Finding:
    lost = "labs with IPv6 addresses cannot come up"
    if not socket.has_ipv6 or sysctls.read("net.ipv6.conf.lo.disable_ipv6") is None:
        return _found("IPv6", False, lost, "CONFIG_IPV6, and not ipv6.disable=1 on the kernel's command line")
    on = sysctls.read("net.ipv6.conf.lo.disable_ipv6") == "0"
    return _found("IPv6", on, lost, "ipv6.disable_ipv6=1 is on the kernel's command line")


def _multicast() -> Finding:
    """Whether a datagram to a group comes to one who has joined it."""
    works = False
    with (
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as listener,
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender,
    ):
        index = socket.if_nametoindex(_LINK)
        try:
            listener.bind((_GROUP, 0))
            member = struct.pack("=4s4si", socket.inet_aton(_GROUP), bytes(4), index)
            listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
            sender.setsockopt(
                socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("=4s4si", bytes(4), bytes(4), index)
            )
            sender.sendto(b"?", listener.getsockname())
            listener.settimeout(1)
            works = listener.recv(1) == b"?"
        except OSError:
            works = False
    return _found("multicast", works, "segments in mode multicast cannot flood", "CONFIG_IP_MULTICAST")


def _rings() -> Finding:
    from vxlab.packets import linktypes
    from vxlab.packets.bpf import everything
    from vxlab.packets.ring import BLOCK, FEWEST_BLOCKS, Ring

    lost = "neither `vxlab capture` nor `vxlab verify` works"
    try:
        ring = Ring(("", _LINK), 0, {linktypes.ETHERNET: everything(64)}, 64, FEWEST_BLOCKS * BLOCK)
    except OSError as error:
        return _found("packet sockets", False, lost, f"CONFIG_PACKET ({error.strerror})")
    ring.close()
    return _found("packet sockets", True, lost)


def _sysctls() -> Finding:
    """Whether a node's own sysctls can be set, which containers mount read-only."""
    try:
        sysctls.write(marks.SYSCTL, "1")
    except OSError as error:
        why = f"/proc/sys/net cannot be written ({error.strerror})"
        return _found("sysctls", False, "no lab can come up", why, essential=True)
    return _found("sysctls", True, "", essential=True)


def _joining() -> Finding:
    """Whether all namespaces of a process can be joined at once, without which a user cannot come to theirs again."""
    process = os.pidfd_open(os.getpid())
    try:
        setns(process, CLONE_NEWNET | CLONE_NEWNS)
        works = True
    except OSError:
        works = False
    finally:
        os.close(process)
    lost = "no lab can come up but root's"
    return _found("setns of a pidfd", works, lost, "Linux 5.8", essential=machine_uid() != 0)
