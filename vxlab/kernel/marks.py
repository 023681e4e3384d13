"""The marks of namespaces: a number in a setting of lo that the kernel keeps for marks of one's own.

It is net.ipv4.conf.lo.tag (Documentation/networking/ip-sysctl.rst), here as IPV4_DEVCONF_TAG in the attributes of the
link (inet_set_link_af() in net/ipv4/devinet.c): a file under /proc/sys/net costs the more to open the more namespaces
there are (``sysctls``).
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable, Iterable, Mapping

from vxlab.kernel import namespaces
from vxlab.kernel.indexes import LOOPBACK_IFINDEX
from vxlab.kernel.netlink.attributes import attributes
from vxlab.kernel.rtnetlink import NLM_F_DUMP, RouteSocket, packed

SYSCTL = "net.ipv4.conf.lo.tag"

_RTM_GETLINK, _RTM_SETLINK = 18, 19
_IFLA_AF_SPEC, _IFLA_GROUP, _IFLA_EXT_MASK, _IFLA_INET_CONF, _IPV4_DEVCONF_TAG = 26, 27, 29, 1, 12
_RTEXT_FILTER_SKIP_STATS = 8
_NLA_F_NESTED, _NLMSG_ERROR = 0x8000, 2
_HEADER, _LINK, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BxHiII"), struct.Struct("=HH")


def put(number: int, route: RouteSocket) -> None:
    """Mark the namespace of a socket with a number of up to 2**31 - 1.

    Raises:
        OSError: the kernel refused.
    """
    tag = _attribute(_IPV4_DEVCONF_TAG, struct.pack("=i", number))
    settings = _nested(_IFLA_AF_SPEC, _nested(socket.AF_INET, _nested(_IFLA_INET_CONF, tag)))
    for refusal in route.request([_about_lo(_RTM_SETLINK, settings)]):
        raise OSError(refusal.errno, refusal.text)


def of(namespace: str) -> int:
    """The mark of a namespace; 0 where it has none, is not there, or is no network namespace.

    Raises:
        OSError: it cannot be told.
    """
    return of_each([namespace])[namespace]


def of_each(names: Iterable[str]) -> dict[str, int]:
    """As ``of``, of many namespaces on one way through them.

    Raises:
        OSError: as there.
    """
    return namespaces.elsewhere(lambda: _of_each(names))


def _of_each(names: Iterable[str]) -> dict[str, int]:
    with namespaces.journey() as go:
        return {name: _ask(name, go) for name in names}


def _ask(namespace: str, go: Callable[[str], None]) -> int:
    try:
        go(namespace)
        # A socket that is told nothing else: there are many.
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE) as asked:
            asked.send(_WHICH)
            answer = asked.recv(_LONGEST)
        return _told(answer)
    except FileNotFoundError:
        return 0
    except OSError as error:
        error.filename = f"namespace {namespace}, while its mark was read"
        raise


def _told(answer: bytes) -> int:
    if _HEADER.unpack_from(answer)[1] == _NLMSG_ERROR:
        code = -struct.unpack_from("=i", answer, _HEADER.size)[0]
        raise OSError(code, os.strerror(code))
    return told(attributes(answer, _HEADER.size + _LINK.size, len(answer)))


def told(lo: Mapping[int, bytes]) -> int:
    """The mark that the attributes of lo tell of, by their types.

    Raises:
        OSError: they do not tell of any.
    """
    values = lo.get(_IFLA_AF_SPEC, b"")
    for kind in (socket.AF_INET, _IFLA_INET_CONF):
        values = attributes(values, 0, len(values)).get(kind, b"")
    if not values:
        raise OSError(errno.ENODATA, "the kernel does not tell of the IPv4 settings of lo")
    return int(struct.unpack_from("=i", values, 4 * (_IPV4_DEVCONF_TAG - 1))[0])


def groups() -> set[int]:
    """The groups of links in the namespace that the thread is in, without that of those which nobody put into one.

    Raises:
        OSError: the kernel refused.
    """
    request = packed(_RTM_GETLINK, NLM_F_DUMP, bytes(_LINK.size))
    with RouteSocket() as route:
        found = [attributes(body, _LINK.size, len(body)).get(_IFLA_GROUP, bytes(4)) for body in route.bodies(request)]
    return {int(struct.unpack("=I", group)[0]) for group in found} - {0}


def _about_lo(kind: int, attributes: bytes) -> bytes:
    return packed(kind, 0, _LINK.pack(socket.AF_UNSPEC, 0, LOOPBACK_IFINDEX, 0, 0) + attributes)


def _attribute(kind: int, payload: bytes) -> bytes:
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(payload), kind) + payload


def _nested(kind: int, inner: bytes) -> bytes:
    return _attribute(kind | _NLA_F_NESTED, inner)


_WHICH = _about_lo(_RTM_GETLINK, _attribute(_IFLA_EXT_MASK, struct.pack("=I", _RTEXT_FILTER_SKIP_STATS)))
_LONGEST = 1 << 14
