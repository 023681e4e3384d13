"""A step as the netlink request that does it. The attributes come from the tables; the frames stand here."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

from pyroute2.netlink.rtnl import (
    RTM_DELADDR,
    RTM_DELLINK,
    RTM_DELNEIGH,
    RTM_DELROUTE,
    RTM_NEWADDR,
    RTM_NEWLINK,
    RTM_NEWNEIGH,
    RTM_NEWROUTE,
)
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.ndmsg import ndmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from vxlab.kernel.indexes import Indexes
from vxlab.kernel.namespaces import path_of
from vxlab.kernel.rtnetlink import (
    NLM_F_ACK,
    NLM_F_APPEND,
    NLM_F_CREATE,
    NLM_F_EXCL,
    NLM_F_REPLACE,
    encode,
)
from vxlab.plan import Action, Step
from vxlab.plan.build import PEER_OPTIONS
from vxlab.state.kind import Family, Option
from vxlab.state.kinds.fdb import may_have_several
from vxlab.state.model import Resource
from vxlab.state.types import NOTHING, LinkRef, Value

IFF_UP = 0x1
AF_BRIDGE = 7
NTF_SELF = 0x02
NUD_PERMANENT = 0x80
RTN_UNSPEC, RTN_UNICAST = 0, 1
RTPROT_UNSPEC, RTPROT_BOOT = 0, 3
RT_TABLE_MAIN = 254
RT_SCOPE_UNIVERSE, RT_SCOPE_LINK, RT_SCOPE_HOST, RT_SCOPE_NOWHERE = 0, 253, 254, 255

Attributes = list[list[Any]]
Items = Iterable[tuple[str, Value]]

_FLAGS = {
    Action.CREATE: NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
    Action.CHANGE: NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
    Action.DELETE: NLM_F_ACK,
}


class Encoder:
    """Encodes the steps of a plan; holds the namespaces that messages refer to open until it is closed."""

    def __init__(self, indexes: Indexes) -> None:
        self._indexes = indexes
        self._open = ExitStack()
        self._frames: dict[Family, Callable[[Step], bytes]] = {
            Family.LINK: self._link,
            Family.BRIDGE_PORT: self._bridge_port,
            Family.ADDRESS: self._address,
            Family.ROUTE: self._route,
            Family.NEIGHBOUR: self._neighbour,
            Family.FDB: self._fdb,
        }

    def __enter__(self) -> Encoder:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def encode(self, step: Step) -> bytes:
        """The request for one step.

        Raises:
            KeyError: a namespace or a sysctl, which netlink does not make.
        """
        return self._frames[step.resource.kind.family](step)

    def _link(self, step: Step) -> bytes:
        namespace, name = step.namespace, step.resource.name
        if step.action is Action.DELETE:
            index = self._indexes.of(namespace, name)
            self._indexes.forget(namespace, name)
            return encode(ifinfmsg, RTM_DELLINK, NLM_F_ACK, {"index": index}, [])
        values = dict(step.values)
        common = {option.name for option in step.resource.kind.common}
        attributes = self._attributes(step, ((n, v) for n, v in step.values if n in common))
        info = self._attributes(step, ((n, v) for n, v in step.values if n not in common))
        if step.peer:
            info.append(["VETH_INFO_PEER", self._peer(step.peer)])
        if step.action is Action.CREATE or info:
            linkinfo: Attributes = [["IFLA_INFO_KIND", step.resource.kind.name]]
            linkinfo += [["IFLA_INFO_DATA", {"attrs": info}]] if info else []
            attributes.append(["IFLA_LINKINFO", {"attrs": linkinfo}])
        fields = {"index": self._indexes.of(namespace, name)}
        if "up" in values:
            fields |= {"flags": IFF_UP if values["up"] else 0, "change": IFF_UP}
        flags = _FLAGS[step.action] if step.action is Action.CREATE else NLM_F_ACK
        return encode(ifinfmsg, RTM_NEWLINK, flags, fields, attributes)

    def _peer(self, peer: Resource) -> dict[str, Any]:
        """The other end of a veth pair, made straight in the namespace where it belongs."""
        fd = self._open.enter_context(path_of(peer.namespace).open("rb"))
        values = [(name, value) for name, value in peer.values.items() if name in ("name", *PEER_OPTIONS)]
        attributes = [item for name, value in values for item in self._attribute(peer, name, value)]
        attributes.append(["IFLA_NET_NS_FD", fd.fileno()])
        return {"index": self._indexes.of(peer.namespace, peer.name), "attrs": attributes}

    def _bridge_port(self, step: Step) -> bytes:
        index = self._indexes.of(step.namespace, step.resource.name)
        slave: Attributes = [["IFLA_INFO_SLAVE_KIND", "bridge"]]
        slave.append(["IFLA_INFO_SLAVE_DATA", {"attrs": self._attributes(step, step.values)}])
        return encode(ifinfmsg, RTM_NEWLINK, NLM_F_ACK, {"index": index}, [["IFLA_LINKINFO", {"attrs": slave}]])

    def _address(self, step: Step) -> bytes:
        address = ipaddress.ip_interface(str(step.resource.get("address")))
        fields = {
            "family": _family(address.ip),
            "prefixlen": address.network.prefixlen,
            # As ip does it (default_scope() in ip/ipaddress.c).
            "scope": RT_SCOPE_HOST if address.version == 4 and address.is_loopback else RT_SCOPE_UNIVERSE,
            "index": self._indexes.of(step.namespace, step.resource.name),
        }
        attributes = [["IFA_LOCAL", str(address.ip)]]
        if step.action is Action.DELETE:
            kind = RTM_DELADDR
        else:
            kind = RTM_NEWADDR
            attributes.append(["IFA_ADDRESS", str(address.ip)])
        return encode(ifaddrmsg, kind, _FLAGS[step.action], fields, attributes)

    def _route(self, step: Step) -> bytes:
        route = step.resource
        to = ipaddress.ip_network(str(route.get("to")))
        fields = {"family": _family(to), "dst_len": to.prefixlen, "table": RT_TABLE_MAIN}
        if step.action is Action.DELETE:
            # Whatever type, protocol and scope it has (iproute_modify() in ip/iproute.c).
            fields |= {"type": RTN_UNSPEC, "proto": RTPROT_UNSPEC, "scope": RT_SCOPE_NOWHERE}
        else:
            on_link = to.version == 4 and route.get("via") == NOTHING
            scope = RT_SCOPE_LINK if on_link else RT_SCOPE_UNIVERSE
            fields |= {"type": RTN_UNICAST, "proto": RTPROT_BOOT, "scope": scope}
        said = ((name, value) for name, value in route.values.items() if name != "to")
        attributes = self._attributes(step, said)
        if to.prefixlen:
            attributes.append(["RTA_DST", str(to.network_address)])
        kind = RTM_DELROUTE if step.action is Action.DELETE else RTM_NEWROUTE
        return encode(rtmsg, kind, _FLAGS[step.action], fields, attributes)

    def _neighbour(self, step: Step) -> bytes:
        address = ipaddress.ip_address(str(step.resource.get("address")))
        return self._neighbour_message(step, _family(address), _FLAGS[step.action], 0)

    def _fdb(self, step: Step) -> bytes:
        flags = _FLAGS[step.action]
        if step.action is Action.CREATE and may_have_several(str(step.resource.get("mac"))):
            flags = NLM_F_ACK | NLM_F_CREATE | NLM_F_APPEND
        return self._neighbour_message(step, AF_BRIDGE, flags, NTF_SELF)

    def _neighbour_message(self, step: Step, family: int, flags: int, ntf: int) -> bytes:
        """FDB and neighbour entries are one message with different families (linux/neighbour.h)."""
        fields = {
            "family": family,
            "ifindex": self._indexes.of(step.namespace, step.resource.name),
            "state": NUD_PERMANENT,
            "flags": ntf,
        }
        kind = RTM_DELNEIGH if step.action is Action.DELETE else RTM_NEWNEIGH
        return encode(ndmsg, kind, flags, fields, self._attributes(step, step.resource.values.items()))

    def _attributes(self, step: Step, items: Items) -> Attributes:
        return [item for name, value in items for item in self._attribute(step.resource, name, value)]

    def _attribute(self, resource: Resource, name: str, value: Value) -> Attributes:
        """One option as its netlink attribute; none where the header carries it or it is not there at all."""
        option = resource.kind.table[name]
        if not option.nla:
            return []
        raw = self._raw(resource, option, value)
        return [] if raw is None else [[_attribute_name(option, value), raw]]

    def _raw(self, resource: Resource, option: Option, value: Value) -> object:
        if isinstance(option.type, LinkRef):
            return 0 if value == NOTHING else self._indexes.of(resource.namespace, str(value))
        return option.type.to_netlink(value)


def _attribute_name(option: Option, value: Value) -> str:
    return option.nla6 if option.nla6 and ":" in str(value) else option.nla


def _family(
    thing: ipaddress.IPv4Address | ipaddress.IPv6Address | ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> int:
    return socket.AF_INET if thing.version == 4 else socket.AF_INET6
