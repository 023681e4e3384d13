"""Commands that look at a lab, with what they answer when it is up.

What is expected is read off the state. ``…`` stands for what varies: indexes, times, and what a kernel or an iproute2
of another version has to say. Where it is not sure what comes, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from vxlab.commands.purpose.anatomy import Anatomy, Host, named
from vxlab.commands.sheets.certain import is_ordinary, pair_of, vtep_address
from vxlab.commands.sheets.sheet import Example, Section
from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING

MOST_VTEPS = 2
"""As many are looked at in each segment: the others are looked at alike."""
MOST_SEGMENTS = 4
MOST_ENTRIES = 12


def looks(anatomy: Anatomy, only: Collection[str] = ()) -> Iterator[Section]:
    """A section with what there is to look at; none where there is nothing."""
    segments = list(anatomy.segments().items())
    parts = [
        Section(f"VNI {vni}" + (f" at UDP port {port}" if _is_twice(anatomy, vni) else ""), "", tuple(found))
        for (vni, port), tunnels in segments[:MOST_SEGMENTS]
        if (found := list(_segment(anatomy, tunnels, only)))
    ]
    others = list(_without_segments(anatomy, only))
    if others:
        parts.append(Section("Links and routes", "", tuple(others)))
    text = "What these answer while the lab is up, in this order. … stands for what varies."
    if len(segments) > MOST_SEGMENTS:
        text += f" The first {MOST_SEGMENTS} of {len(segments)} segments are shown."
    if len(parts) == 1:
        yield Section("Look at it", text, parts[0].examples)
    elif parts:
        yield Section("Look at it", text, parts=tuple(parts))


def _is_twice(anatomy: Anatomy, vni: int) -> bool:
    return sum(number == vni for number, _ in anatomy.segments()) > 1


def _segment(anatomy: Anatomy, tunnels: list[Resource], only: Collection[str]) -> Iterator[Example]:
    here = [t for t in tunnels if not only or t.namespace in only]
    pair = pair_of(anatomy, tunnels, only)
    if pair:
        yield from _ping(anatomy, *pair)
    if pair and pair[0].tunnel in here:
        here.sort(key=lambda tunnel: tunnel is not pair[0].tunnel)
    for tunnel in here[:MOST_VTEPS]:
        learned = pair if pair and pair[0].tunnel is tunnel else None
        yield from _tunnel(anatomy, tunnel, learned)


def _tunnel(anatomy: Anatomy, tunnel: Resource, learned: tuple[Host, Host] | None) -> Iterator[Example]:
    namespace, node = tunnel.namespace, anatomy.node(tunnel.namespace)
    yield from _link(tunnel, f"the VXLAN device of {node}, with its options")
    entries = list(_entries(anatomy, tunnel, learned))
    if entries:
        why = "the VTEP that each MAC is behind; all zeros is where everything else is flooded to"
        if learned and _learns(learned):
            seconds = tunnel.get("ageing")
            why += f". {node} has learned where {_name(anatomy, learned[1])} is from its answer (for {seconds} s)"
        shown = entries if len(entries) <= MOST_ENTRIES else entries[:MOST_ENTRIES]
        yield Example(f"bridge -n {namespace} fdb show dev {tunnel.name}", why, "\n".join(shown))
    yield from _neighbours(anatomy, tunnel)
    yield from _ports(anatomy, tunnel)
    yield from _underlay(anatomy, tunnel)
    if tunnel.get("up"):
        port = f"UNCONN … …:{tunnel.get('port')} …"
        why = f"the UDP socket of {node}: it belongs to the kernel itself, not to a process"
        yield Example(f"ip netns exec {namespace} ss -lun", why, port)


def _link(tunnel: Resource, why: str) -> Iterator[Example]:
    mtu = f" mtu {tunnel.get('mtu')}" if "mtu" in tunnel.values else ""
    master = f" … master {tunnel.get('master')}" if tunnel.get("master") != NOTHING else ""
    state = "…UP…" if tunnel.get("up") else "…"
    words = [f"vxlan id {tunnel.get('vni')}"] if not tunnel.get("external") else ["vxlan external …"]
    words += [f"{name} {tunnel.get(name)}" for name in ("group", "remote", "local", "dev") if tunnel.get(name)]
    words.append(f"… dstport {tunnel.get('port')} …")
    lines = [f"…: {tunnel.name}: <{state}>{mtu}{master} …", f"    {' '.join(words)}"]
    yield Example(f"ip -n {tunnel.namespace} -d link show dev {tunnel.name}", why, "\n".join(lines))


def _entries(anatomy: Anatomy, tunnel: Resource, learned: tuple[Host, Host] | None) -> Iterator[str]:
    """The FDB entries that are there for sure, in the words of bridge(8)."""
    if tunnel.get("group") != NOTHING:
        yield f"00:00:00:00:00:00 dst {tunnel.get('group')} via {tunnel.get('dev')} self permanent"
    elif tunnel.get("remote") != NOTHING:
        by = f" via {tunnel.get('dev')}" if tunnel.get("dev") != NOTHING else ""
        yield f"00:00:00:00:00:00 dst {tunnel.get('remote')}{by} self permanent"
    for entry in anatomy.state.inside(tunnel.namespace, Family.FDB):
        if entry.name != tunnel.name or entry.get("state") == "dynamic":
            continue
        if entry.get("master"):
            yield f"{entry.get('mac')} …master {tunnel.get('master')} {_lasting(entry)}"
        elif entry.get("dst") != NOTHING:
            yield f"{entry.get('mac')} dst {entry.get('dst')} …self {_lasting(entry)}"
    if learned and _learns(learned):
        mac = learned[1].link.get("mac")
        yield f"{mac} dst {vtep_address(anatomy, learned[1].tunnel)} …self …"


def _lasting(entry: Resource) -> str:
    return (
        f"…{entry.get('state')}" if entry.get("master") else "…permanent" if entry.get("state") == "permanent" else "…"
    )


def _learns(pair: tuple[Host, Host]) -> bool:
    return bool(pair[0].tunnel.get("learning")) and pair[1].link.values.get("mac") is not None


def _neighbours(anatomy: Anatomy, tunnel: Resource) -> Iterator[Example]:
    entries = [
        f"{entry.get('address')} lladdr {entry.get('mac')} …PERMANENT"
        for entry in anatomy.state.inside(tunnel.namespace, Family.NEIGHBOUR)
        if entry.name == tunnel.name and not entry.get("proxy") and entry.get("state") == "permanent"
        if entry.get("mac") != NOTHING
    ]
    if entries:
        what = "from which it answers ARP itself" if tunnel.get("proxy") else "which it need not ask for"
        why = f"the MAC addresses that {anatomy.node(tunnel.namespace)} was told, {what}"
        command = f"ip -n {tunnel.namespace} neigh show dev {tunnel.name}"
        yield Example(command, why, "\n".join(entries[:MOST_ENTRIES]))


def _ports(anatomy: Anatomy, tunnel: Resource) -> Iterator[Example]:
    bridge = anatomy.state.link(tunnel.namespace, str(tunnel.get("master")))
    if bridge is None or bridge.kind is not BRIDGE or not is_ordinary(anatomy, bridge):
        return
    ports = [p for p in anatomy.state.inside(tunnel.namespace, Family.LINK) if p.get("master") == bridge.name]
    lines = [f"…: {port.name}…: <…> … master {bridge.name} state forwarding …" for port in ports]
    why = f"the ports of {anatomy.node(tunnel.namespace)}'s switch: the tunnel, and the cables to the hosts"
    yield Example(f"bridge -n {tunnel.namespace} link show", why, "\n".join(lines[:MOST_ENTRIES]))


def _underlay(anatomy: Anatomy, tunnel: Resource) -> Iterator[Example]:
    """The way to another VTEP, or the group that was joined."""
    namespace, node = tunnel.namespace, anatomy.node(tunnel.namespace)
    group, dev = str(tunnel.get("group")), str(tunnel.get("dev"))
    if group and tunnel.get("up"):
        why = f"the groups that {node} has joined: it gets what is sent to {group}, and asks for it by IGMP or MLD"
        yield Example(f"ip -n {namespace} maddr show dev {dev}", why, f"…inet… {group}…")
    for other in _others(anatomy, tunnel)[:1]:
        hops = anatomy.paths.hops(namespace, other)
        if not hops or not anatomy.paths.reaches(namespace, other):
            continue
        hop = hops[0] if len(hops) == 1 else None
        via = f"via {hop.via if hop else '…'} " if hops[0].via else ""
        source = f" … src {hops[0].src}" if all(way.src == hops[0].src != "" for way in hops) else ""
        line = f"{other} …{via}dev {hop.link if hop else '…'}{source} …"
        several = ", one of several" if len(hops) > 1 else ""
        why = f"how outer packets from {node} get to {named(other, anatomy.owner(other))}{several}"
        yield Example(f"ip -n {namespace} route get {other}", why, line.replace("… …", "…"))


def _others(anatomy: Anatomy, tunnel: Resource) -> list[str]:
    """The underlay addresses of the other VTEPs of a segment, the first that is known first."""
    key = (int(tunnel.get("vni")), int(tunnel.get("port")))
    others = [other for other in anatomy.segments()[key] if other.namespace != tunnel.namespace]
    return [address for other in others if (address := vtep_address(anatomy, other))]


def _ping(anatomy: Anatomy, one: Host, other: Host) -> Iterator[Example]:
    here, there = _name(anatomy, one), _name(anatomy, other)
    answer = f"64 bytes from {other.address}: icmp_seq=1 ttl=64 …\n1 packets transmitted, 1 received, 0% packet loss…"
    why = f"{here} reaches {there}, which is behind another VTEP, as if they were on one switch: the TTL is 64"
    yield Example(f"ip netns exec {one.namespace} ping -c 1 {other.address}", why, answer)
    mac = other.link.values.get("mac")
    if mac:
        why = f"{here} knows the MAC of {there}, by ARP or ND"
        command = f"ip -n {one.namespace} neigh show dev {one.link.name}"
        yield Example(command, why, f"{other.address} …lladdr {mac} …")


def _name(anatomy: Anatomy, host: Host) -> str:
    return anatomy.node(host.namespace)


def _without_segments(anatomy: Anatomy, only: Collection[str]) -> Iterator[Example]:
    """What there is to see where no VXLAN device has a VNI of its own: those devices, and addresses."""
    wanted = [namespace for namespace in anatomy.state.namespaces if not only or namespace in only]
    external = [t for t in anatomy.tunnels if t.get("external") and t.namespace in wanted]
    for tunnel in external[:MOST_VTEPS]:
        yield from _link(tunnel, f"the VXLAN device of {anatomy.node(tunnel.namespace)}, with its options")
    if anatomy.segments():
        return
    for namespace in [n for n in wanted if anatomy.state.inside(n, Family.ADDRESS)][: MOST_VTEPS + 1]:
        lines = [
            f"…inet… {address.get('address')} …"
            for address in anatomy.state.inside(namespace, Family.ADDRESS)
            if address.get("peer") == NOTHING and address.get("valid_lft") == "forever"
        ]
        if lines:
            yield Example(f"ip -n {namespace} addr", f"the addresses of {anatomy.node(namespace)}", "\n".join(lines))
