"""Links and their addresses: what the kernel would refuse, or accept and never do."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from vxlab.state.kind import Family
from vxlab.state.kinds import VXLAN
from vxlab.state.model import NetworkState, Resource
from vxlab.topology.state_checks.wires import Found

Wrong = Iterator[tuple[str, str]]
"""Mistakes of one resource: the option that has it (empty: the whole), and what is wrong."""

IPV6_MTU = 1280
"""The smallest MTU that IPv6 works with, in bytes (RFC 8200 section 5)."""

_RECEIVING = ("external", "vnifilter", "gbp", "gpe", "remcsumrx", "udp6zerocsumrx")
"""The options that belong to the UDP socket, which devices share (VXLAN_F_RCV_FLAGS of net/vxlan.h)."""


def link(resource: Resource, state: NetworkState) -> Wrong:
    if resource.kind is VXLAN:
        yield from _identifier(resource)
        yield from _destinations(resource)
        yield from _tunnel_mtu(resource, state)


def _identifier(device: Resource) -> Wrong:
    external = device.get("external")
    if not external and "vni" not in device.values:
        yield "", "vni is missing: the VXLAN network identifier (an external device needs none)"
    if external and device.values.get("vni"):
        yield "vni", "external and vni contradict each other: an external device is told the VNI packet by packet"
    if external and device.get("learning"):
        yield "learning", "an external device does not learn: leave learning out"
    if device.get("vnifilter") and not external:
        yield "vnifilter", "vnifilter is for external devices: say external: true"


def _destinations(device: Resource) -> Wrong:
    group, remote, local = (str(device.get(option)) for option in ("group", "remote", "local"))
    if group and remote:
        yield "remote", "group and remote contradict each other: a device has one default destination"
    if group and not device.get("dev"):
        yield "group", "a group needs dev: the link that joins it"
    outer = group or remote
    if outer and local and (":" in outer) != (":" in local):
        yield "local", f"{local} and {outer} are not of one IP version"


def is_v6(device: Resource) -> bool:
    """Whether a tunnel is over IPv6."""
    return any(":" in str(device.get(option)) for option in ("group", "remote", "local"))


def _tunnel_mtu(device: Resource, state: NetworkState) -> Wrong:
    """A device with dev gets no larger MTU than that leaves (vxlan_config_apply() and vxlan_change_mtu())."""
    below = state.link(device.namespace, str(device.get("dev")))
    mtu, outer = device.values.get("mtu"), int(below.values.get("mtu", 1500)) if below else 0
    most = outer - (70 if is_v6(device) else 50)
    if below and mtu is not None and int(mtu) > most:
        yield "mtu", f"{mtu} is too large: {below.name} has {outer}, which leaves {most} (without dev any is possible)"


def address(resource: Resource, state: NetworkState) -> Wrong:
    own = ipaddress.ip_interface(str(resource.get("address")))
    peer, broadcast = str(resource.get("peer")), str(resource.get("broadcast"))
    on = state.link(resource.namespace, resource.name)
    mtu = on.values.get("mtu") if on else None
    if own.version == 6 and mtu is not None and int(mtu) < IPV6_MTU:
        yield "", f"{resource.name} has an MTU of {mtu}, which cannot carry IPv6: that needs {IPV6_MTU}"
    if peer and ipaddress.ip_interface(peer).version != own.version:
        yield "peer", f"{peer} and {own.ip} are not of one IP version"
    if broadcast and own.version == 6:
        yield "broadcast", "IPv6 has no broadcast addresses"
    valid, preferred = resource.get("valid_lft"), resource.get("preferred_lft")
    if isinstance(valid, int) and (not isinstance(preferred, int) or preferred > valid):
        yield "preferred_lft", f"it cannot be longer than valid_lft, which is {valid}"


def same_vni(state: NetworkState) -> Found:
    """One VNI at one UDP port has one device (vxlan_vni_in_use() in drivers/net/vxlan/vxlan_core.c)."""
    first: dict[tuple[object, ...], str] = {}
    for device in _devices(state):
        if device.get("vnifilter"):
            continue
        which = (device.namespace, device.get("vni"), device.get("port"), is_v6(device), *_socket(device))
        name = first.setdefault(which, device.name)
        if name != device.name:
            what = f"VNI {device.get('vni')}" if "vni" in device.values else "every VNI"
            yield device, "vni", f"{name} has {what} at port {device.get('port')} already in this node"


def shared_ports(state: NetworkState) -> Found:
    """Devices that share a UDP port share its socket, and what that does (vxlan_find_sock())."""
    first: dict[tuple[object, ...], Resource] = {}
    for device in _devices(state):
        for version in _versions(device):
            other = first.setdefault((device.namespace, device.get("port"), version), device)
            differs = [option for option in _RECEIVING if device.get(option) != other.get(option)]
            if differs and device.get("up") and other.get("up"):
                option = differs[0] if differs[0] in device.values else ""
                text = f"{other.name} has the same UDP port and differs in {differs[0]}: only one of them can be up"
                yield device, option, text
                break


def _versions(device: Resource) -> tuple[int, ...]:
    """The IP versions that a device opens a socket for (vxlan_sock_add())."""
    if device.get("external"):
        return (4, 6)
    return (6,) if is_v6(device) else (4,)


def _socket(device: Resource) -> tuple[object, ...]:
    return tuple(device.get(option) for option in _RECEIVING)


def _devices(state: NetworkState) -> Iterator[Resource]:
    return (link for link in state.family(Family.LINK) if link.kind is VXLAN)
