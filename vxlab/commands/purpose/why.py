"""Why a command is there: one line, from the tables of options and from what the rest of the lab is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vxlab.commands.purpose.anatomy import Anatomy, Role, named, some, vni_of
from vxlab.commands.purpose.entries import ENTRIES
from vxlab.commands.purpose.options import said
from vxlab.commands.purpose.settings import setting
from vxlab.plan import Action, Step
from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, LOOPBACK, VETH, VRF, VXLAN
from vxlab.state.model import Resource
from vxlab.state.owned import is_machine
from vxlab.state.types import NOTHING

UNDERLAY_MTU = 1500
"""What a link has where nobody says anything (ETH_DATA_LEN in linux/if_ether.h)."""


def purpose(anatomy: Anatomy, step: Step) -> str:
    """What a step does and why."""
    family = step.resource.kind.family
    if family is Family.NAMESPACE:
        what = "the machine itself, " if is_machine(step.namespace) else ""
        return f"{anatomy.node(step.namespace)}: {what}{node_purpose(anatomy, step.namespace)}"
    if family is Family.SYSCTL:
        return setting(anatomy, step.resource)
    if family is Family.LINK:
        return _link(anatomy, step)
    return ENTRIES[family](anatomy, step)


def node_purpose(anatomy: Anatomy, namespace: str) -> str:
    """What a node is."""
    role = anatomy.roles[namespace]
    if role is Role.VTEP:
        return f"a VTEP, for {some(vni_of(tunnel) for tunnel in anatomy.tunnels_of(namespace))}"
    if role is Role.HOST:
        return f"a host behind a VTEP, in {some(_segments_of(anatomy, namespace))}"
    bridges = any(link.kind is BRIDGE for link in anatomy.state.inside(namespace, Family.LINK))
    if role is Role.UNDERLAY:
        return "the switch of the underlay" if bridges else "a router of the underlay"
    return "a node beside the VTEPs" if anatomy.vteps else "a node, with a network stack of its own"


def _segments_of(anatomy: Anatomy, namespace: str) -> list[str]:
    return list(dict.fromkeys(map(vni_of, anatomy.tunnels_before[namespace])))


def _link(anatomy: Anatomy, step: Step) -> str:
    resource = step.resource
    if step.action is Action.CREATE:
        return _MAKERS.get(resource.kind.name, _other)(anatomy, step)
    if step.values == (("up", True),):
        return _raised(anatomy, resource)
    words = [said(resource.kind.table[name], value) for name, value in step.values if name != "master"]
    if dict(step.values).get("master", NOTHING) != NOTHING:
        words.insert(0, _plugged(resource))
    return f"{anatomy.node(step.namespace)}: {'; '.join(words)}"


def _plugged(resource: Resource) -> str:
    return f"{resource.name} belongs to {resource.get('master')} from now on"


def _extras(step: Step, *told: str) -> Iterator[str]:
    """The options that a step sets and nobody has spoken of yet, each with what it means."""
    for name, value in step.values:
        if name not in (*_ALWAYS, *told):
            yield said(step.resource.kind.table[name], value)


_ALWAYS = ("name", "mac", "mtu", "master", "peer", "link_group")


def _bridge(anatomy: Anatomy, step: Step) -> str:
    bridge = step.resource
    tunnel = anatomy.tunnel_behind.get(bridge.key)
    if tunnel is not None and _is_router(anatomy, bridge):
        vrf = bridge.get("master")
        what = f"the router of VRF {vrf} towards other VTEPs, by {vni_of(tunnel)}: its MAC is the router MAC"
    elif tunnel is not None:
        what = f"the switch of {vni_of(tunnel)} in this VTEP: it joins the hosts here and the tunnel"
    elif anatomy.roles[step.namespace] is Role.UNDERLAY:
        what = "the switch that the VTEPs are plugged into"
    else:
        what = f"{bridge.kind.help}: {bridge.name}"
    words = [what]
    if bridge.get("mcast_snooping") is False:
        words.append("without snooping, multicast leaves by every port, as broadcast does")
    if bridge.get("master") != NOTHING:
        words.append(f"it belongs to {bridge.get('master')}")
    return "; ".join([*words, *_extras(step, "mcast_snooping")])


def _is_router(anatomy: Anatomy, bridge: Resource) -> bool:
    """Whether a bridge is in a VRF and has no address: what is routed passes it on its way to other routers."""
    master = anatomy.state.link(bridge.namespace, str(bridge.get("master")))
    return master is not None and master.kind is VRF and not anatomy.paths.addresses(bridge.namespace, bridge.name)


def _vrf(anatomy: Anatomy, step: Step) -> str:
    vrf = step.resource
    head = f"a VRF of {anatomy.node(step.namespace)}: packets that come in by its links are looked up in table"
    return "; ".join([f"{head} {vrf.get('table')}", *_extras(step, "table")])


def _vxlan(anatomy: Anatomy, step: Step) -> str:
    tunnel = step.resource
    words = [_tunnel_flooding(anatomy, tunnel), _outer(tunnel), *_tunnel_answers(tunnel)]
    if tunnel.get("master") != NOTHING:
        words.append(f"a port of {tunnel.get('master')}")
    words += [*_room(anatomy, tunnel), *_extras(step, *_TOLD_OF_TUNNEL)]
    return "; ".join(filter(None, words))


_TOLD_OF_TUNNEL = ("vni", "group", "remote", "local", "dev", "port", "learning", "proxy", "external")


def _tunnel_flooding(anatomy: Anatomy, tunnel: Resource) -> str:
    """Who gets what has no entry of its own."""
    if tunnel.get("external"):
        return "a VXLAN device for any VNI: routes, FDB entries or tc say VNI and VTEP, packet by packet"
    head, by = f"the VTEP of VNI {tunnel.get('vni')}", f" by {tunnel.get('dev')}" if tunnel.get("dev") else ""
    if tunnel.get("group") != NOTHING:
        group = tunnel.get("group")
        return f"{head}: unknown destinations and broadcasts go to group {group}{by} (RFC 7348 section 4.2)"
    if tunnel.get("remote") != NOTHING:
        remote = str(tunnel.get("remote"))
        owner = named(remote, anatomy.owner(remote))
        return f"{head}: unknown destinations and broadcasts go to one VTEP, {owner}"
    if anatomy.flood_destinations(tunnel):
        return f"{head}: it floods to the VTEPs that the all-zeros entries below name"
    return f"{head}: it floods to nobody, and sends only where an entry says"


def _outer(tunnel: Resource) -> str:
    port = int(tunnel.get("port"))
    why = {4789: " (VXLAN's own)", 8472: " (Linux's, from before the standard)"}.get(port, "")
    source = f"from {tunnel.get('local')} " if tunnel.get("local") != NOTHING else ""
    return f"it sends {source}to UDP port {port}{why}"


def _tunnel_answers(tunnel: Resource) -> Iterator[str]:
    if not tunnel.get("learning"):
        yield "it learns no MAC from what it receives"
    if tunnel.get("proxy"):
        yield "it answers ARP and ND from its own neighbour table"


def _room(anatomy: Anatomy, tunnel: Resource) -> Iterator[str]:
    """Why the MTU is what it is."""
    mtu = tunnel.values.get("mtu")
    if mtu is None:
        return
    links = [anatomy.state.link(tunnel.namespace, name) for name in anatomy.underlay_links(tunnel.namespace)]
    below = min((int(link.values.get("mtu", UNDERLAY_MTU)) for link in links if link), default=0)
    room = below - int(mtu)
    if room in (50, 70):
        outer = {50: "Ethernet, IPv4, UDP and VXLAN", 70: "Ethernet, IPv6, UDP and VXLAN"}[room]
        yield f"mtu {mtu} leaves room for {room} bytes of headers ({outer}) in {below}"
    else:
        yield f"mtu {mtu}: {tunnel.kind.table['mtu'].help}"


def _cable(anatomy: Anatomy, step: Step) -> str:
    here, there = step.resource, step.peer
    if there is None:
        return _other(anatomy, step)
    one, other = anatomy.node(here.namespace), anatomy.node(there.namespace)
    what = f"a cable from {one} to {other}, where it is called {there.name}"
    if here.get("master") != NOTHING:
        what = f"a cable from {other} ({there.name}) into the switch {here.get('master')} of {one}"
    return "; ".join([what, *_extras(step)])


def _other(anatomy: Anatomy, step: Step) -> str:
    master = step.resource.get("master")
    plugged = [f"it belongs to {master}"] if master != NOTHING else []
    head = f"{anatomy.node(step.namespace)}: {step.resource.kind.help}"
    return "; ".join([head, *plugged, *_extras(step)])


_MAKERS: dict[str, Callable[[Anatomy, Step], str]] = {
    "bridge": _bridge,
    "vxlan": _vxlan,
    "veth": _cable,
    "vrf": _vrf,
}


def _raised(anatomy: Anatomy, link: Resource) -> str:
    node = anatomy.node(link.namespace)
    if link.kind is LOOPBACK:
        return f"raises lo: what {node} sends to its own addresses goes through it"
    if link.kind is VXLAN:
        joins = f"joins group {link.get('group')} and " if link.get("group") != NOTHING else ""
        return f"raises the tunnel: from now on {node} {joins}takes packets to UDP port {link.get('port')}"
    if link.kind is VETH:
        end = anatomy.paths.other_end(link)
        to = f" to {anatomy.node(end.namespace)}" if end else ""
        return f"raises {node}'s end of the cable{to}; it carries frames once both ends are up"
    if link.kind is BRIDGE:
        return f"raises the switch {link.name}, so that it passes frames on between its ports"
    return f"raises {link.name} of {node} ({link.kind.help})"
