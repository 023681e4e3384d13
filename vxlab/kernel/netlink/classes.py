"""Which message class decodes which answer of rtnetlink: pyroute2's own, and those of this package in their place."""

from __future__ import annotations

from pyroute2.netlink import nlmsg
from pyroute2.netlink.rtnl import marshal

from vxlab.kernel.netlink.encap import rtmsg
from vxlab.kernel.netlink.link import ifinfmsg
from vxlab.kernel.netlink.mdb import RTM_DELMDB, RTM_GETMDB, RTM_NEWMDB, br_port_msg
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.nexthop import RTM_DELNEXTHOP, RTM_GETNEXTHOP, RTM_NEWNEXTHOP, nhmsg
from vxlab.kernel.netlink.qdisc import RTM_DELQDISC, RTM_GETQDISC, RTM_NEWQDISC, tcmsg
from vxlab.kernel.netlink.tunnel import RTM_DELTUNNEL, RTM_GETTUNNEL, RTM_NEWTUNNEL, tunnel_msg

_OURS = {marshal.rtmsg: rtmsg, marshal.ifinfmsg: ifinfmsg}


CLASSES: dict[int, type[nlmsg]] = (
    {kind: _OURS.get(message, message) for kind, message in marshal.MarshalRtnl.msg_map.items()}
    | dict.fromkeys((RTM_NEWNEXTHOP, RTM_DELNEXTHOP, RTM_GETNEXTHOP), nhmsg)
    | dict.fromkeys((RTM_NEWTUNNEL, RTM_DELTUNNEL, RTM_GETTUNNEL), tunnel_msg)
    | dict.fromkeys((RTM_NEWQDISC, RTM_DELQDISC, RTM_GETQDISC), tcmsg)
    | dict.fromkeys((RTM_NEWMDB, RTM_DELMDB, RTM_GETMDB), br_port_msg)
)
"""The class of each type of message."""


def read(kind: int, data: bytes, begin: int, end: int) -> Message:
    """The message of a type that stands in ``data`` between two places, without its netlink header."""
    return Message(CLASSES[kind], data, begin, end)
