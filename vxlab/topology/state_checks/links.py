"""Links and their addresses: what the kernel would refuse, or accept and never do."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from vxlab.state.kind import Family
from vxlab.state.kinds import MACVLAN, QDISC, VRF, VXLAN
from vxlab.state.kinds.sysctl import interface_of
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import Duration, Value
from vxlab.suggest import did_you_mean
from vxlab.topology.state_checks.finding import Found, Places, Wrong

_ONLY_IPV6 = ("nodad", "optimistic", "home", "mngtmpaddr")
"""The flags of addresses that the kernel does not keep of IPv4 (inet_rtm_newaddr() in net/ipv4/devinet.c)."""

IPV6_MTU = 1280
"""The smallest MTU that IPv6 works with, in bytes (RFC 8200 section 5)."""

_RECEIVING = ("external", "vnifilter", "gbp", "gpe", "remcsumrx", "udp6zerocsumrx")
"""The options that belong to the UDP socket, which devices share (VXLAN_F_RCV_FLAGS of net/vxlan.h)."""


def link(resource: Resource, state: NetworkState) -> Wrong:
    if resource.kind is MACVLAN:
        yield from _macvlan(resource, state)
    if resource.kind is VXLAN:
        yield from _identifier(resource)
        yield from _destinations(resource)
        yield from _tunnel_mtu(resource, state)
        yield from _gpe(resource)
        if resource.get("flowlabel") and not is_v6(resource):
            # vxlan_config_validate() in drivers/net/vxlan/vxlan_core.c
            text = "flowlabel is for tunnels over IPv6: what says IPv6 is a local, remote or group of it"
            yield "flowlabel", text, *_OUTER


def _macvlan(resource: Resource, state: NetworkState) -> Wrong:
    lower = state.link(resource.namespace, str(resource.get("link")))
    if lower is not None and lower.kind is MACVLAN:
        # macvlan_common_newlink() in drivers/net/macvlan.c
        text = f"{lower.name} is a macvlan: the kernel puts {resource.name} beside it; say link: {lower.get('link')}"
        yield "link", text, (lower, "kind"), (lower, "link")


def _identifier(device: Resource) -> Wrong:
    external = device.get("external")
    if not external and "vni" not in device.values:
        yield "", "vni is missing: the VXLAN network identifier (an external device needs none)", "external", "kind"
    if external and device.values.get("vni"):
        text = "external and vni contradict each other: an external device is told the VNI packet by packet"
        yield "vni", text, "external"
    if device.get("vnifilter") and not external:
        yield "vnifilter", "vnifilter is for external devices: say external: true", "external"


def _destinations(device: Resource) -> Wrong:
    group, remote, local = (str(device.get(option)) for option in ("group", "remote", "local"))
    if group and remote:
        yield "remote", "group and remote contradict each other: a device has one default destination", "group"
    if group and not device.get("dev"):
        yield "group", "a group needs dev: the link that joins it", "dev"
    outer = group or remote
    if outer and local and (":" in outer) != (":" in local):
        yield "local", f"{local} and {outer} are not of one IP version", "group" if group else "remote"


_NOT_WITH_GPE = ("learning", "gbp", "proxy", "rsc", "l2miss", "l3miss", "remcsumtx", "remcsumrx")


def _gpe(device: Resource) -> Wrong:
    """The header says what is inside, which is not Ethernet (vxlan_config_validate(), VXLAN_F_ALLOWED_GPE)."""
    if not device.get("gpe"):
        return
    if not device.get("external"):
        yield "gpe", "gpe is for external devices: say external: true", "external"
    for option in _NOT_WITH_GPE:
        if device.values.get(option):
            yield option, f"{option} and gpe contradict each other", "gpe"
    if device.get("ttl") == "inherit":
        yield "ttl", "ttl inherit and gpe contradict each other: what is inside need not be IP", "gpe"


_OUTER = ("group", "remote", "local")
"""The addresses of the outer header."""


def is_v6(device: Resource) -> bool:
    """Whether a tunnel is over IPv6."""
    return any(":" in str(device.get(option)) for option in _OUTER)


def _tunnel_mtu(device: Resource, state: NetworkState) -> Wrong:
    """A device with dev gets no larger MTU than that leaves (vxlan_config_apply() and vxlan_change_mtu())."""
    below = state.link(device.namespace, str(device.get("dev")))
    mtu, outer = device.values.get("mtu"), int(below.values.get("mtu", 1500)) if below else 0
    most = outer - (70 if is_v6(device) else 50)
    if below and mtu is not None and int(mtu) > most:
        text = f"{mtu} is too large: {below.name} has {outer}, which leaves {most} (without dev any is possible)"
        others: Places = ("dev", (below, "mtu"), *(_OUTER if is_v6(device) else ()))
        yield "mtu", text, *others


def qdisc(resource: Resource, _: NetworkState) -> Wrong:
    delay = QDISC.table["delay"].type
    assert isinstance(delay, Duration)  # noqa: S101  the table says so
    if delay.count(resource.get("jitter")) > delay.count(resource.get("delay")):
        yield "jitter", f"a jitter needs a delay that is as long, and here that is {resource.get('delay')}", "delay"


def address(resource: Resource, state: NetworkState) -> Wrong:
    own = str(resource.get("address")).partition("/")[0]
    is_own_v6 = ":" in own
    peer, broadcast = str(resource.get("peer")), str(resource.get("broadcast"))
    on = state.link(resource.namespace, resource.name)
    mtu = on.values.get("mtu") if on else None
    if is_own_v6 and mtu is not None and int(mtu) < IPV6_MTU:
        text = f"{resource.name} has an MTU of {mtu}, which cannot carry IPv6: that needs {IPV6_MTU}"
        on_mtu: Places = ((on, "mtu"),) if on else ()
        yield "address", text, *on_mtu
    if peer and (":" in peer) != is_own_v6:
        yield "peer", f"{peer} and {own} are not of one IP version", "address"
    if broadcast and is_own_v6:
        yield "broadcast", "IPv6 has no broadcast addresses", "address"
    for flag in () if is_own_v6 else _ONLY_IPV6:
        if resource.get(flag):
            yield flag, f"{flag} is for IPv6 addresses, and {own} is IPv4", "address"
    if resource.get("autojoin") and not ipaddress.ip_address(own).is_multicast:
        yield "autojoin", f"autojoin is for multicast addresses, and {own} is none", "address"
    valid, preferred = resource.get("valid_lft"), resource.get("preferred_lft")
    if not is_own_v6 and isinstance(preferred, int) and preferred and not isinstance(valid, int):
        # inet_fill_ifaddr() and check_lifetime() in net/ipv4/devinet.c
        yield "preferred_lft", "an IPv4 address that is valid for ever is preferred for ever, or never (0)", "valid_lft"
    if isinstance(valid, int) and (not isinstance(preferred, int) or preferred > valid):
        yield "preferred_lft", f"preferred_lft cannot be longer than valid_lft, which is {valid}", "valid_lft"


def sysctl(resource: Resource, state: NetworkState) -> Wrong:
    link = interface_of(str(resource.get("key")))
    if link and state.link(resource.namespace, link) is None:
        here = [other.name for other in state.inside(resource.namespace, Family.LINK)]
        yield "", f"there is no link {link} in this node{did_you_mean(link, here)}"


def same_vni(state: NetworkState) -> Found:
    """One VNI at one UDP port has one device (vxlan_vni_in_use() in drivers/net/vxlan/vxlan_core.c)."""
    first: dict[tuple[object, ...], Resource] = {}
    for device in _devices(state):
        if device.get("vnifilter"):
            continue
        which = (device.namespace, device.get("vni"), device.get("port"), is_v6(device), *_socket(device))
        other = first.setdefault(which, device)
        if other is not device:
            what = f"VNI {device.get('vni')}" if "vni" in device.values else "every VNI"
            text = f"{other.name} has {what} at port {device.get('port')} already in this node"
            others: Places = (*_at(device), *((other, option) for option in _at(other)))
            yield device, "vni", text, *others


def same_table(state: NetworkState) -> Found:
    """One routing table belongs to one VRF: two that share it are not apart (vrf.rst in the kernel's Documentation)."""
    first: dict[tuple[str, Value], Resource] = {}
    for vrf in (link for link in state.family(Family.LINK) if link.kind is VRF):
        other = first.setdefault((vrf.namespace, vrf.get("table")), vrf)
        if other is not vrf:
            text = f"{other.name} has routing table {vrf.get('table')} already: two VRFs with one are not apart"
            yield vrf, "table", text, (other, "table")


def shared_ports(state: NetworkState) -> Found:
    """Devices that share a UDP port share its socket, and what that does (vxlan_find_sock())."""
    first: dict[tuple[object, ...], Resource] = {}
    for device in _devices(state):
        for version in _versions(device):
            other = first.setdefault((device.namespace, device.get("port"), version), device)
            differs = [option for option in _RECEIVING if device.get(option) != other.get(option)]
            if differs and device.get("up") and other.get("up"):
                said = (differs[0], "up", *_at(device))
                others: Places = (*((device, option) for option in said), *((other, option) for option in said))
                # Where only the other one says something, that is where it is said.
                one = device if differs[0] in device.values else other
                text = f"{device.name} and {other.name} have the same UDP port and differ in {differs[0]}"
                yield one, differs[0], f"{text}: only one of them can be up", *others
                break


def _at(device: Resource) -> tuple[str, ...]:
    """What says at which UDP port of which IP version a device listens, and for which VNI."""
    said = ("vni", "port", "external", "vnifilter", *_OUTER)
    return tuple(option for option in said if option in device.values)


def _versions(device: Resource) -> tuple[int, ...]:
    """The IP versions that a device opens a socket for (vxlan_sock_add())."""
    if device.get("external"):
        return (4, 6)
    return (6,) if is_v6(device) else (4,)


def _socket(device: Resource) -> tuple[object, ...]:
    return tuple(device.get(option) for option in _RECEIVING)


def _devices(state: NetworkState) -> Iterator[Resource]:
    return (link for link in state.family(Family.LINK) if link.kind is VXLAN)
