"""Ports of bridges: link messages with IFLA_PROTINFO, as bridge(8) sends them (br_setlink() in br_netlink.c).

IFLA_INFO_SLAVE_DATA carries the same, but the message that does notifies of a changed link, at which the bridge takes
a disabled port into use again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyroute2.netlink.rtnl import RTM_SETLINK

from vxlab.kernel.families.common import AF_BRIDGE
from vxlab.kernel.netlink.link import ifinfmsg
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.pack import encode_message
from vxlab.plan import Step
from vxlab.state.model import Resource

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables


def encode(step: Step, encoder: Encoder) -> bytes:
    port = step.resource
    data = encoder.attributes(port.kind.table, port.namespace, step.values)
    fields = {"family": AF_BRIDGE, "index": encoder.index(port)}
    return encode_message(ifinfmsg, RTM_SETLINK, 0, fields, [["IFLA_PROTINFO", {"attrs": data}]])


def dumps(_: Tables) -> list[bytes]:
    """Nothing: ports are told of with their links."""
    return []


def read(_: Message, __: Tables) -> Iterator[Resource]:
    return iter(())
