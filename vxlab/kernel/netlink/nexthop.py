"""Next hop objects (linux/nexthop.h)."""

# ruff: noqa: N801  message classes have the names that pyroute2 and the kernel give them
# mypy: allow-subclassing-any

from __future__ import annotations

import struct
from typing import Any

from pyroute2.netlink import nla, nla_string, nlmsg

from vxlab.kernel.netlink.encap import encap_class

RTM_NEWNEXTHOP, RTM_DELNEXTHOP, RTM_GETNEXTHOP = 104, 105, 106
NEXTHOP_GRP_TYPE_MPATH, NEXTHOP_GRP_TYPE_RES = 0, 1

_NHA_ENCAP_TYPE = 7
_GRP = struct.Struct("=IBBH")


class nhmsg(nlmsg):
    """struct nhmsg with NHA_*."""

    prefix = "NHA_"
    fields = (
        ("nh_family", "B"),
        ("nh_scope", "B"),
        ("nh_protocol", "B"),
        ("resvd", "B"),
        ("nh_flags", "I"),
    )
    nla_map = (
        ("NHA_UNSPEC", "none"),
        ("NHA_ID", "uint32"),
        ("NHA_GROUP", "group"),
        ("NHA_GROUP_TYPE", "uint16"),
        ("NHA_BLACKHOLE", "flag"),
        ("NHA_OIF", "uint32"),
        ("NHA_GATEWAY", "ipaddr"),
        ("NHA_ENCAP_TYPE", "uint16"),
        # The kernel wants the flag on nested attributes of a next hop (nlmsg_parse() in net/ipv4/nexthop.c).
        ("NHA_ENCAP", "encap_info|nested"),
        ("NHA_GROUPS", "flag"),
        ("NHA_MASTER", "uint32"),
        ("NHA_FDB", "flag"),
        ("NHA_RES_GROUP", "res_group|nested"),
        ("NHA_RES_BUCKET", "res_bucket|nested"),
        ("NHA_OP_FLAGS", "uint32"),
        ("NHA_GROUP_STATS", "hex"),
        ("NHA_HW_STATS_ENABLE", "uint32"),
        ("NHA_HW_STATS_USED", "uint32"),
    )

    @staticmethod
    def encap_info(self: Any, *_: object, data: bytes | None = None, offset: int = 0, **__: object) -> Any:
        return encap_class(self, "NHA_ENCAP_TYPE", _NHA_ENCAP_TYPE, data, offset)

    class group(nla_string):
        """An array of struct nexthop_grp: ``id``, ``weight``, and since Linux 6.12 ``weight_high``.

        As in the kernel, the weight that counts is ``(weight_high << 8 | weight) + 1``.
        """

        def encode(self) -> None:
            members = ((m["id"], m.get("weight", 0), m.get("weight_high", 0), 0) for m in self.value)
            self["value"] = b"".join(_GRP.pack(*member) for member in members)
            nla_string.encode(self)

        def decode(self) -> None:
            nla_string.decode(self)
            names = ("id", "weight", "weight_high")
            self.value = [dict(zip(names, member, strict=False)) for member in _GRP.iter_unpack(self["value"])]

    class res_group(nla):
        """Timers are hundredths of a second."""

        prefix = "NHA_RES_GROUP_"
        nla_map = (
            ("NHA_RES_GROUP_UNSPEC", "none"),
            ("NHA_RES_GROUP_BUCKETS", "uint16"),
            ("NHA_RES_GROUP_IDLE_TIMER", "uint32"),
            ("NHA_RES_GROUP_UNBALANCED_TIMER", "uint32"),
            ("NHA_RES_GROUP_UNBALANCED_TIME", "uint64"),
        )

    class res_bucket(nla):
        prefix = "NHA_RES_BUCKET_"
        nla_map = (
            ("NHA_RES_BUCKET_UNSPEC", "none"),
            ("NHA_RES_BUCKET_INDEX", "uint16"),
            ("NHA_RES_BUCKET_IDLE_TIME", "uint64"),
            ("NHA_RES_BUCKET_NH_ID", "uint32"),
        )
