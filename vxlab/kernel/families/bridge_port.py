"""Ports of bridges: link messages with IFLA_INFO_SLAVE_DATA (br_port_slave_changelink() in br_netlink.c)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyroute2.netlink import nlmsg
from pyroute2.netlink.rtnl import RTM_NEWLINK

from vxlab.kernel.netlink.link import ifinfmsg
from vxlab.kernel.rtnetlink import NLM_F_ACK, encode_message
from vxlab.plan import Step
from vxlab.state.model import Resource

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables


def encode(step: Step, encoder: Encoder) -> bytes:
    port = step.resource
    data = encoder.attributes(port.kind.table, port.namespace, step.values)
    slave = [["IFLA_INFO_SLAVE_KIND", "bridge"], ["IFLA_INFO_SLAVE_DATA", {"attrs": data}]]
    attributes = [["IFLA_LINKINFO", {"attrs": slave}]]
    return encode_message(ifinfmsg, RTM_NEWLINK, NLM_F_ACK, {"index": encoder.index(port)}, attributes)


def dumps(_: Tables) -> list[bytes]:
    """Nothing: ports are told of with their links."""
    return []


def read(_: nlmsg, __: Tables) -> Iterator[Resource]:
    return iter(())
