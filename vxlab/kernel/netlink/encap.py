"""Routes, with what pyroute2's lack: lightweight tunnels of IP and newer attributes (linux/lwtunnel.h, rtnetlink.h)."""

# ruff: noqa: N801  message classes have the names that pyroute2 and the kernel give them
# mypy: allow-subclassing-any

from __future__ import annotations

import struct
from typing import Any

from pyroute2.netlink import nla, nlmsg
from pyroute2.netlink.rtnl.rtmsg import LWTUNNEL_ENCAP_IP, LWTUNNEL_ENCAP_IP6, rtmsg_base

_RTA_ENCAP_TYPE = 21
_NLA_TYPE_MASK = 0x3FFF


class lwtunnel_ip_opts(nla):
    """LWTUNNEL_IP_OPTS_*: the header options of one kind of tunnel."""

    nla_map = (
        ("LWTUNNEL_IP_OPTS_UNSPEC", "none"),
        ("LWTUNNEL_IP_OPTS_GENEVE", "geneve|nested"),
        ("LWTUNNEL_IP_OPTS_VXLAN", "vxlan|nested"),
        ("LWTUNNEL_IP_OPTS_ERSPAN", "erspan|nested"),
    )

    class geneve(nla):
        nla_map = (
            ("LWTUNNEL_IP_OPT_GENEVE_UNSPEC", "none"),
            ("LWTUNNEL_IP_OPT_GENEVE_CLASS", "be16"),
            ("LWTUNNEL_IP_OPT_GENEVE_TYPE", "uint8"),
            ("LWTUNNEL_IP_OPT_GENEVE_DATA", "cdata"),
        )

    class vxlan(nla):
        nla_map = (
            ("LWTUNNEL_IP_OPT_VXLAN_UNSPEC", "none"),
            ("LWTUNNEL_IP_OPT_VXLAN_GBP", "uint32"),
        )

    class erspan(nla):
        nla_map = (
            ("LWTUNNEL_IP_OPT_ERSPAN_UNSPEC", "none"),
            ("LWTUNNEL_IP_OPT_ERSPAN_VER", "uint8"),
            ("LWTUNNEL_IP_OPT_ERSPAN_INDEX", "be32"),
            ("LWTUNNEL_IP_OPT_ERSPAN_DIR", "uint8"),
            ("LWTUNNEL_IP_OPT_ERSPAN_HWID", "uint8"),
        )


class lwtunnel_ip(nla):
    """LWTUNNEL_IP_*: a tunnel of IPv4; ID and FLAGS in network byte order (ip_tun_build_state())."""

    nla_map = (
        ("LWTUNNEL_IP_UNSPEC", "none"),
        ("LWTUNNEL_IP_ID", "be64"),
        ("LWTUNNEL_IP_DST", "ip4addr"),
        ("LWTUNNEL_IP_SRC", "ip4addr"),
        ("LWTUNNEL_IP_TTL", "uint8"),
        ("LWTUNNEL_IP_TOS", "uint8"),
        ("LWTUNNEL_IP_FLAGS", "be16"),
        ("LWTUNNEL_IP_PAD", "none"),
        ("LWTUNNEL_IP_OPTS", "opts|nested"),
    )
    opts = lwtunnel_ip_opts


class lwtunnel_ip6(nla):
    """LWTUNNEL_IP6_*: a tunnel of IPv6."""

    nla_map = (
        ("LWTUNNEL_IP6_UNSPEC", "none"),
        ("LWTUNNEL_IP6_ID", "be64"),
        ("LWTUNNEL_IP6_DST", "ip6addr"),
        ("LWTUNNEL_IP6_SRC", "ip6addr"),
        ("LWTUNNEL_IP6_HOPLIMIT", "uint8"),
        ("LWTUNNEL_IP6_TC", "uint8"),
        ("LWTUNNEL_IP6_FLAGS", "be16"),
        ("LWTUNNEL_IP6_PAD", "none"),
        ("LWTUNNEL_IP6_OPTS", "opts|nested"),
    )
    opts = lwtunnel_ip_opts


ENCAPS = {**rtmsg_base.encaps, LWTUNNEL_ENCAP_IP: lwtunnel_ip, LWTUNNEL_ENCAP_IP6: lwtunnel_ip6}


def encap_class(message: Any, name: str, number: int, data: bytes | None = None, offset: int = 0) -> Any:
    """The class of an encapsulation, by the attribute beside it that names its type; raw bytes where none does.

    Args:
        message: what both attributes belong to.
        name: the attribute with the type, as ``RTA_ENCAP_TYPE``.
        number: the same as the kernel numbers it.
        data: what is being decoded; None when encoding.
        offset: where in ``data`` the encapsulation begins.
    """
    kind = next((item[1] for item in message["attrs"] if item[0] == name), None)
    if kind is None and data is not None:
        # The kernel puts the type behind the encapsulation (lwtunnel_fill_encap() in net/core/lwtunnel.c).
        kind = _find_u16(data, offset, message.offset + message.length, number)
    return ENCAPS.get(kind, message.hex)


def _find_u16(data: bytes, offset: int, end: int, number: int) -> int | None:
    while offset + 6 <= end:
        length, kind = struct.unpack_from("=HH", data, offset)
        if kind & _NLA_TYPE_MASK == number:
            return int(struct.unpack_from("=H", data, offset + 4)[0])
        offset += (max(length, 4) + 3) & ~3
    return None


class _route(rtmsg_base):
    nla_map = (
        *((name, "encap_info|nested" if name == "RTA_ENCAP" else kind) for name, kind in rtmsg_base.nla_map),
        ("RTA_PAD", "none"),
        ("RTA_UID", "uint32"),
        ("RTA_TTL_PROPAGATE", "uint8"),
        ("RTA_IP_PROTO", "uint8"),
        ("RTA_SPORT", "be16"),
        ("RTA_DPORT", "be16"),
        ("RTA_NH_ID", "uint32"),
        ("RTA_FLOWLABEL", "be32"),
    )

    @staticmethod
    def encap_info(self: Any, *_: object, data: bytes | None = None, offset: int = 0, **__: object) -> Any:
        return encap_class(self, "RTA_ENCAP_TYPE", _RTA_ENCAP_TYPE, data, offset)

    @staticmethod
    def get_nh(*_: object, **__: object) -> Any:
        return nh


class rtmsg(_route, nlmsg):
    """A route of IPv4 or IPv6."""


class nh(_route, nla):
    """struct rtnexthop of linux/rtnetlink.h: one cell of RTA_MULTIPATH. It has a length, but no attribute number."""

    is_nla = False
    cell_header = (("length", "H"),)
    fields = (("flags", "B"), ("hops", "B"), ("oif", "i"))
