"""rtnetlink by hand: messages are bytes (netlink(7), rtnetlink(7)), and go to the kernel many at a time."""

import os
import socket
import struct

_RTM_NEWLINK, _RTM_NEWADDR = 16, 20
_REQUEST, _ACK, _EXCL, _CREATE = 1, 4, 0x200, 0x400
_NLMSG_ERROR = 2
_IFF_UP = 1
_SO_SNDBUFFORCE = 32

# linux/if_link.h, linux/if_addr.h, linux/veth.h
ADDRESS, MTU, MASTER, NET_NS_FD = 1, 4, 10, 28
_IFNAME, _LINKINFO = 3, 18
_INFO_KIND, _INFO_DATA = 1, 2
_VETH_INFO_PEER = 1
_IFA_ADDRESS, _IFA_LOCAL = 1, 2

_HEADER = struct.Struct("=IHHII")
_IFINFOMSG = struct.Struct("=BxHiII")
_IFADDRMSG = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")
_U32_ATTRIBUTE = struct.Struct("=HHI")


def attribute(kind, value):
    """One attribute, padded (struct nlattr)."""
    return _ATTRIBUTE.pack(4 + len(value), kind) + value + bytes(-len(value) % 4)


def u32(kind, value):
    """An attribute that is a number."""
    return _U32_ATTRIBUTE.pack(8, kind, value)


def name(text):
    """The name of a link."""
    return attribute(_IFNAME, text.encode() + b"\0")


def info(kind, data):
    """What kind of link it is, with the options of that kind."""
    return attribute(_LINKINFO, attribute(_INFO_KIND, kind) + attribute(_INFO_DATA, data))


def cable(index, near, far_index, far):
    """A veth pair, the near end up. The far end cannot be, while it has no other end (veth_open())."""
    peer = attribute(_VETH_INFO_PEER, _IFINFOMSG.pack(0, 0, far_index, 0, 0) + far)
    return link(index, near + info(b"veth", peer))


def link(index, attributes, flags=_IFF_UP):
    """A new link, which is up, unless ``flags`` are 0."""
    return _message(_RTM_NEWLINK, _CREATE | _EXCL, _IFINFOMSG.pack(0, 0, index, flags, _IFF_UP) + attributes)


def raised(index):
    """A link that is there comes up."""
    return _message(_RTM_NEWLINK, 0, _IFINFOMSG.pack(0, 0, index, _IFF_UP, _IFF_UP))


def address(index, ip, prefix):
    """An IPv4 address (four bytes) of a link."""
    attributes = attribute(_IFA_LOCAL, ip) + attribute(_IFA_ADDRESS, ip)
    return _message(_RTM_NEWADDR, _CREATE | _EXCL, _IFADDRMSG.pack(socket.AF_INET, prefix, 0, 0, index) + attributes)


def _message(kind, flags, body):
    return _HEADER.pack(_HEADER.size + len(body), kind, _REQUEST | flags, 0, 0) + body


def open_socket():
    """A socket in the namespace of the calling thread."""
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)


def send(one, messages):
    """Have the kernel do what all messages ask for, in one call.

    The last one alone asks for an acknowledgement: what the kernel refuses it tells unasked (netlink_rcv_skb() in
    net/netlink/af_netlink.c), and has told before the acknowledgement of the last.

    Raises:
        OSError: it refused one.
    """
    *others, last = messages
    data = b"".join([*others, _acknowledged(last)])
    if len(data) > 100_000:  # the default of net.core.wmem_default is twice as much, and an skb has a head
        one.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, 2 * len(data))
    one.send(data)
    answer = one.recv(4096)
    _, kind, _, _, _ = _HEADER.unpack_from(answer)
    code = -struct.unpack_from("=i", answer, _HEADER.size)[0]
    if kind != _NLMSG_ERROR or code:
        raise OSError(code, os.strerror(code))


def _acknowledged(message):
    length, kind, flags, sequence, port = _HEADER.unpack_from(message)
    return _HEADER.pack(length, kind, flags | _ACK, sequence, port) + message[_HEADER.size :]
