"""Entries of the tables of links: FDB, MDB, VNIs, neighbours."""

from __future__ import annotations

from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, VXLAN
from vxlab.state.kinds.fdb import OF_TUNNELS, may_have_several
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import NOTHING, Value
from vxlab.topology.state_checks.finding import Found, Places, Wrong
from vxlab.topology.state_checks.links import is_v6

_OF_TUNNEL_MDB = ("dst", "dst_port", "vni", "src_vni", "via")


def fdb(entry: Resource, state: NetworkState) -> Wrong:
    device = state.link(entry.namespace, entry.name)
    if device is None:
        return
    remote = [option for option in OF_TUNNELS if entry.get(option) != NOTHING]
    if entry.get("master") and remote:
        yield remote[0], f"a bridge has no {remote[0]}: leave master out, or {remote[0]}", "master"
    elif entry.get("master") and device.get("master") == NOTHING:
        yield "master", f"{device.name} is no port of a bridge: it has no master", "link", (device, "master")
    elif remote and device.kind is not VXLAN:
        text = f"{device.name} is a {device.kind.name}: an FDB entry with {remote[0]} belongs to a VXLAN device"
        others: Places = ((device, "kind"), *remote)
        yield "link", text, *others
    elif device.kind is VXLAN and not entry.get("master") and not {"dst", "nhid"} & set(remote):
        # vxlan_fdb_add() in drivers/net/vxlan/vxlan_core.c
        yield "", f"dst is missing: the VTEP that {entry.get('mac')} is behind (or nhid; or master: true)"
    if device.kind is VXLAN and ":" in str(entry.get("dst")) and not device.get("external") and not is_v6(device):
        # vxlan_fdb_parse() in drivers/net/vxlan/vxlan_core.c
        text = f"{device.name} is over IPv4: what says IPv6 is a local, remote or group of it"
        yield "dst", text, *((device, option) for option in ("local", "remote", "group"))
    if entry.get("nhid") != NOTHING:
        if entry.get("dst") != NOTHING:
            yield "nhid", "nhid and dst contradict each other: the nexthop says where", "dst"
        if text := no_nexthop(entry.get("nhid"), entry.namespace, state):
            yield "nhid", text
        elif (nexthop := _nexthop(entry, state)) and not (nexthop.get("group") and nexthop.get("fdb")):
            text = f"nexthop {entry.get('nhid')} is no group of VTEPs: an FDB entry leads to one with group and fdb"
            yield "nhid", text, (nexthop, "id"), (nexthop, "group"), (nexthop, "fdb")
    if entry.get("master") and entry.get("sticky") and entry.get("state") == "permanent":
        yield "sticky", "a sticky entry is static or dynamic: permanent is an address of the bridge itself", "state"
    if entry.get("master") and entry.get("extern_learn") and entry.get("state") != "dynamic":
        # br_fdb_external_learn_add() in net/bridge/br_fdb.c
        text = "a bridge keeps no state of an entry that is learned elsewhere: say state: dynamic"
        yield "extern_learn", text, "state"
    bridge = state.link(entry.namespace, str(device.get("master"))) or device
    if entry.get("vlan") != NOTHING and bridge.kind is BRIDGE and not bridge.get("vlan_filtering"):
        yield "vlan", f"{bridge.name} does not look at VLAN tags (vlan_filtering)", (bridge, "vlan_filtering"), "link"
    if entry.get("src_vni") != NOTHING and device.kind is VXLAN and not device.get("external"):
        yield "src_vni", f"{device.name} has one VNI: src_vni is for external devices", "link", (device, "external")


def _nexthop(entry: Resource, state: NetworkState) -> Resource | None:
    return next((n for n in state.inside(entry.namespace, Family.NEXTHOP) if n.get("id") == entry.get("nhid")), None)


def no_nexthop(number: Value, namespace: str, state: NetworkState) -> str:
    """What is wrong with a nexthop id that a thing refers to; nothing where it is there."""
    ids = [nexthop.get("id") for nexthop in state.inside(namespace, Family.NEXTHOP)]
    if number in ids:
        return ""
    known = ", ".join(map(str, ids))
    return f"there is no nexthop {number} in this node" + (f"; there is {known}" if known else "")


def one_destination(state: NetworkState) -> Found:
    """A unicast MAC is behind one VTEP, or one port."""
    first: dict[tuple[object, ...], Resource] = {}
    for entry in state.family(Family.FDB):
        mac = str(entry.get("mac"))
        # In a bridge a MAC has one entry, whichever port it names.
        bridge = state.link(entry.namespace, entry.name) if entry.get("master") else None
        table = bridge.get("master") if bridge else entry.name
        which = (entry.namespace, table, entry.get("master"), mac, entry.get("src_vni"), entry.get("vlan"))
        other = first.setdefault(which, entry)
        if other is entry or (may_have_several(mac) and not entry.get("master")):
            continue
        if entry.get("master"):
            text = f"{mac} is already behind {other.name} in the bridge {table}"
        else:
            text = f"{mac} is already behind {other.get('dst')}: only the all-zeros MAC and groups may be twice"
        others: Places = (*_which(entry), *((other, option) for option in ("mac", *_which(other))))
        yield entry, "mac", text, *others


def _which(entry: Resource) -> tuple[str, ...]:
    """What is said of an entry beside its MAC address, and tells it from others."""
    return tuple(option for option in entry.kind.identity if option in entry.values and option != "mac")


def mdb(entry: Resource, state: NetworkState) -> Wrong:
    device = state.link(entry.namespace, entry.name)
    port = state.link(entry.namespace, str(entry.get("port")))
    if device is None or port is None:
        return
    if device.kind not in (BRIDGE, VXLAN):
        yield "link", f"{device.name} is a {device.kind.name}: a bridge or a VXLAN device has an MDB", (device, "kind")
    elif device.kind is VXLAN and port is not device:
        yield "port", f"the port of an entry of a VXLAN device is the device itself: {device.name}", "link"
    elif device.kind is BRIDGE and port is not device and port.get("master") != device.name:
        yield "port", f"{port.name} is no port of {device.name}", "link", (port, "master")
    elif device.kind is BRIDGE and port is device and entry.get("state") == "permanent":
        # br_mdb_add_group() in net/bridge/br_mdb.c
        yield "state", "an entry of the bridge itself is temp: it is forgotten when it ages", "port", "link"
    remote = [option for option in _OF_TUNNEL_MDB if entry.get(option) != NOTHING]
    if device.kind is BRIDGE and remote:
        text = f"{remote[0]} is for entries of VXLAN devices, and {device.name} is a bridge"
        yield remote[0], text, "link", (device, "kind")
    if entry.get("filter_mode") == "include" and entry.get("source_list") == NOTHING:
        yield "filter_mode", "filter_mode include needs source_list: the sources that are let through", "source_list"
    version, enough = ("mcast_mld_version", 2) if ":" in str(entry.get("group")) else ("mcast_igmp_version", 3)
    filtered = [option for option in ("filter_mode", "source_list") if option in entry.values]
    if device.kind is BRIDGE and filtered and device.get(version) != enough:
        # br_multicast_should_handle_mode() in net/bridge/br_private.h
        text = f"a bridge keeps {filtered[0]} only with {version}: {enough}"
        yield filtered[0], text, "link", (device, version)
    if device.kind is BRIDGE and not device.get("mcast_snooping"):
        yield "link", f"{device.name} does not snoop (mcast_snooping), and so has no MDB", (device, "mcast_snooping")


def vni(entry: Resource, state: NetworkState) -> Wrong:
    device = state.link(entry.namespace, entry.name)
    if device is not None and not device.get("vnifilter"):
        text = f"{device.name} takes no list of VNIs: that is for VXLAN devices with external and vnifilter"
        yield "link", text, (device, "vnifilter")
    if entry.get("group") != NOTHING and entry.get("remote") != NOTHING:
        yield "remote", "group and remote contradict each other: a VNI has one default destination", "group"
    if entry.get("group") != NOTHING and device is not None and device.get("dev") == NOTHING:
        yield "group", f"a group needs a link that joins it: give {device.name} a dev", (device, "dev"), "link"


def neighbour(entry: Resource, _: NetworkState) -> Wrong:
    if entry.get("proxy"):
        if entry.get("mac") != NOTHING:
            yield "mac", "with proxy the node answers with its own MAC address: leave mac out", "proxy"
    elif entry.get("managed"):
        for option in ("mac", "state"):
            if option in entry.values:
                yield option, f"with managed the kernel finds that out by itself: leave {option} out", "managed"
    elif entry.get("mac") == NOTHING:
        yield "", "mac is missing: the neighbour's MAC address (only with proxy is there none)", "proxy"
