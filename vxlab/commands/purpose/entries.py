"""Why an entry of a table is there: addresses, routes, neighbours, FDB and MDB entries and the like."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

from vxlab.commands.purpose.anatomy import Anatomy, Role, named, some, vni_of
from vxlab.commands.purpose.options import said
from vxlab.commands.purpose.paths import next_hops
from vxlab.plan import Action, Step
from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, VXLAN
from vxlab.state.kinds.encap import ENCAP
from vxlab.state.kinds.fdb import FLOOD_MAC
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING, Value
from vxlab.state.types.numbers import ends


def _extras(resource: Resource, *told: str) -> Iterator[str]:
    """The options of an entry that nobody has spoken of yet, each with what it means."""
    for name, value in resource.told:
        if name not in ("link", *told):
            yield said(resource.kind.table[name], value)


def _address(anatomy: Anatomy, step: Step) -> str:
    resource, node = step.resource, anatomy.node(step.namespace)
    return "; ".join([_address_role(anatomy, resource, node), *_extras(resource, "address")])


def _address_role(anatomy: Anatomy, resource: Resource, node: str) -> str:
    interface = ipaddress.ip_interface(str(resource.get("address")))
    link = anatomy.state.link(resource.namespace, resource.name)
    tunnel = anatomy.tunnel_behind.get(link.key) if link else None
    if anatomy.roles[resource.namespace] is Role.VTEP:
        if str(interface.ip) in anatomy.underlay_addresses(resource.namespace):
            return f"the address of {node} in the underlay: outer packets come from it and go to it"
        if tunnel is not None and anatomy.owned_by(str(interface.ip)) > 1:
            return f"the gateway of {vni_of(tunnel)}, the same on every VTEP that has it (anycast)"
        if tunnel is not None and link is not None and link.kind is BRIDGE:
            return f"the gateway of {vni_of(tunnel)}: {node} itself is in the segment, and can route"
    if tunnel is not None:
        return f"{node}'s address in {vni_of(tunnel)}: to it, all of {interface.network} is on one link"
    end = anatomy.paths.other_end(link) if link else None
    if end is not None and interface.network.num_addresses <= 4:
        return f"{node}'s end of the link to {anatomy.node(end.namespace)}"
    if interface.network.num_addresses == 1:
        return f"an address of {node} itself, that other nodes need a route to"
    return f"{node}'s address on {resource.name}: it reaches {interface.network} directly"


def _fdb(anatomy: Anatomy, step: Step) -> str:
    entry = step.resource
    mac, dst = str(entry.get("mac")), str(entry.get("dst"))
    extras = list(_extras(entry, "mac", "dst", "master", "self", "state", "nhid", "router"))
    if entry.get("router"):
        extras.insert(0, "it is a router's MAC, whose place rsc may take")
    return "; ".join([_fdb_role(anatomy, entry, mac, named(dst, anatomy.owner(dst))), *extras])


def _fdb_role(anatomy: Anatomy, entry: Resource, mac: str, vtep: str) -> str:
    who = anatomy.owner_of_mac(mac) or mac
    if entry.get("nhid") != NOTHING:
        return f"{who} is behind the VTEPs of nexthop group {entry.get('nhid')}: flows are shared out among them"
    if entry.get("dst") != NOTHING and mac == FLOOD_MAC:
        return f"floods to the VTEP at {vtep} too: a copy for each VTEP that is told so (head-end replication)"
    if entry.get("dst") != NOTHING:
        return f"{who} is behind the VTEP at {vtep}: frames for it go there, and are not flooded"
    link = anatomy.state.link(entry.namespace, entry.name)
    if entry.get("master") and link is not None:
        behind = "the tunnel" if link.kind is VXLAN else link.name
        return f"{link.get('master')} knows that {who} is behind {behind}, and floods frames for it to no other port"
    return f"{entry.name} takes frames for {who}"


def _neighbour(anatomy: Anatomy, step: Step) -> str:
    entry, node = step.resource, anatomy.node(step.namespace)
    address = str(entry.get("address"))
    who = named(address, anatomy.owner(address))
    link = anatomy.state.link(entry.namespace, entry.name)
    if entry.get("proxy"):
        role = f"{node} answers for {who} on {entry.name}"
    elif link is not None and link.kind is VXLAN and link.get("proxy"):
        role = f"the MAC of {who}: {node} answers ARP and ND for it itself, and nobody is asked across the underlay"
    elif link is not None and link.kind is VXLAN and link.get("rsc"):
        role = f"the MAC of {who}: {node} may send packets for it there directly (rsc)"
    else:
        role = f"the MAC of {who}: {node} need not ask for it"
    return "; ".join([role, *_extras(entry, "address", "mac", "proxy")])


def _route(anatomy: Anatomy, step: Step) -> str:
    route, node = step.resource, anatomy.node(step.namespace)
    told = ("to", "type", "via", "link", "encap", "nexthops", "nhid", "src")
    source = [f"and sends them from {route.get('src')}"] if route.get("src") != NOTHING else []
    return "; ".join([_route_role(anatomy, route, node), *source, *_extras(route, *told)])


def _route_role(anatomy: Anatomy, route: Resource, node: str) -> str:
    to = _destination(anatomy, str(route.get("to")))
    if route.get("type") != "unicast":
        return f"packets for {to} end here: {route.get('type')} ({route.kind.table['type'].help})"
    if route.get("encap") != NOTHING:
        return f"packets for {to} go into a tunnel{_tunnel(anatomy, str(route.get('encap')))}"
    if route.get("nhid") != NOTHING:
        return f"packets for {to} go where nexthop {route.get('nhid')} says"
    routers = [named(via, anatomy.owner(via)) for _, via in next_hops(route) if via]
    if route.get("nexthops") != NOTHING:
        return f"{node} sends packets for {to} by several ways at once (ECMP): {some(routers)}"
    if routers:
        on_link = f", which is on {route.get('link')} whatever the addresses say" if route.get("onlink") else ""
        return f"{node} sends packets for {to} to the router {routers[0]}{on_link}"
    return f"{node} reaches {to} directly on {route.get('link')}"


def _tunnel(anatomy: Anatomy, encap: str) -> str:
    values = ENCAP.read(encap)
    dst = str(values.get("dst", ""))
    vni = f" with VNI {values['id']}" if "id" in values else ""
    return f" to the VTEP at {named(dst, anatomy.owner(dst))}{vni}" if dst else vni


def _destination(anatomy: Anatomy, to: str) -> str:
    network = ipaddress.ip_network(to)
    if network.prefixlen == 0:
        return "everything else"
    return named(to, anatomy.owner(str(network.network_address))) if network.num_addresses == 1 else to


def _rule(anatomy: Anatomy, step: Step) -> str:
    rule = step.resource
    head = f"{anatomy.node(step.namespace)}: {rule.kind.help}"
    return "; ".join([head, *_extras(rule, "family")])


def _plain(anatomy: Anatomy, step: Step) -> str:
    head = f"{anatomy.node(step.namespace)}: {step.resource.kind.help}"
    return "; ".join([head, *_extras(step.resource, "family")])


def _port(anatomy: Anatomy, step: Step) -> str:
    port = anatomy.state.link(step.namespace, step.resource.name)
    bridge = port.get("master") if port else "its bridge"
    words = []
    for name, value in step.values:
        if name == "learning" and not value:
            words.append(f"{bridge} learns no MAC from {step.resource.name}: what is there, it is told")
        elif name == "neigh_suppress" and value:
            words.append(f"{bridge} answers ARP and ND for neighbours that it knows, and does not flood them there")
        else:
            words.append(f"{step.resource.name} as a port of {bridge}: {said(step.resource.kind.table[name], value)}")
    return "; ".join(words)


def _bridge_vlan(anatomy: Anatomy, step: Step) -> str:
    entry = step.resource
    vlans, name = _vlans(entry.get("vid")), entry.name
    link = anatomy.state.link(entry.namespace, name)
    if entry.get("self"):
        return f"{anatomy.node(step.namespace)} itself is in {vlans} of {name}{_tagging(entry)}"
    bridge = link.get("master") if link else "the bridge"
    if link is not None and link.kind is VXLAN and entry.get("pvid"):
        # RFC 7348 section 6.1
        return f"{vlans} of {bridge} is {vni_of(link)}: its frames lose their tag there, and get it back"
    return f"{bridge} takes {vlans} at {name}, and sends it there{_tagging(entry)}"


def _tagging(entry: Resource) -> str:
    words = ["without tags" if entry.get("untagged") else "with tags"]
    words += ["what comes in untagged belongs to it"] if entry.get("pvid") else []
    return f", {'; '.join(words)}"


def _vlan_tunnel(_: Anatomy, step: Step) -> str:
    entry = step.resource
    first, last = ends(entry.get("vid"))
    number, most = ends(entry.get("id"))
    if first == last:
        return f"VLAN {first} is VNI {number}: {entry.name} sends its frames with that VNI, and without their tag"
    return f"VLANs {first} to {last} are VNIs {number} to {most}, one each: a frame's tag says which VNI it gets"


def _vlans(value: Value) -> str:
    first, last = ends(value)
    return f"VLAN {first}" if first == last else f"VLANs {first} to {last}"


def _qdisc(anatomy: Anatomy, step: Step) -> str:
    qdisc, node = step.resource, anatomy.node(step.namespace)
    head = f"{node}'s {qdisc.name}"
    if step.action is Action.DELETE:
        return f"{head} sends without delay and loss from now on"
    said = {name: value for name, value in qdisc.told if name in _IMPAIRS}
    jitter = f", give or take {said['jitter']}" if "jitter" in said else ""
    words = (_IMPAIRS[name].format(value=value, jitter=jitter) for name, value in said.items())
    return f"{head} {', '.join(filter(None, words))}: what it sends is impaired, not what it receives"


_IMPAIRS = {
    "delay": "sends each frame {value} late{jitter}",
    "jitter": "",
    "loss": "loses {value} of the frames at random",
    "rate": "sends {value} in a second",
}


_ENDS = {
    "no": "when it ends it has ended",
    "on-failure": "started again until its exit status is 0",
    "always": "started again whenever it ends",
}


def _process(anatomy: Anatomy, step: Step) -> str:
    process, owner = step.resource, anatomy.node(step.namespace)
    node, name = process.get("node"), process.get("name")
    if step.action is Action.DELETE:
        return f"{node}: ends {name}"
    shared = "" if node == owner else f", which shares the network namespace of {owner}"
    space = "in a PID namespace of its own, which ends with it"
    words = [f"{node}{shared}: runs {name} as long as the lab is there, {space}", _ENDS[str(process.get("restart"))]]
    return "; ".join([*words, *_extras(process, "node", "name", "command", "restart")])


ENTRIES: dict[Family, Callable[[Anatomy, Step], str]] = {
    Family.ADDRESS: _address, Family.FDB: _fdb, Family.NEIGHBOUR: _neighbour, Family.ROUTE: _route,
    Family.RULE: _rule, Family.NEXTHOP: _plain, Family.VNI: _plain, Family.MDB: _plain, Family.BRIDGE_PORT: _port,
    Family.BRIDGE_VLAN: _bridge_vlan, Family.VLAN_TUNNEL: _vlan_tunnel, Family.QDISC: _qdisc,
    Family.PROCESS: _process,
}  # fmt: skip
