"""MDB entries: which ports, or VTEPs, a multicast group goes to (bridge(8), "bridge mdb"; linux/if_bridge.h MDBE_*)."""

import ipaddress
import re

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.kinds.route import PROTOCOLS
from vxlab.state.kinds.vxlan import VNI_MAX
from vxlab.state.types import IP_PATTERN, NOTHING, Int, Ip, LinkRef, Mac, Named, OneOf, Type, UnicastIp, Value


class Group(Type):
    """A multicast group by IP or MAC address; 0.0.0.0 and :: are all that are not known, in a VXLAN device."""

    says = "a multicast group such as 239.1.1.1, ff05::1 or 01:00:5e:01:01:01"
    example = "239.1.1.1"

    def parse(self, raw: object) -> str:
        if isinstance(raw, str) and re.fullmatch(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", raw):
            mac = Mac().parse(raw)
            if not int(mac[:2], 16) & 1:
                raise self.wrong(raw)
            return mac
        try:
            address = ipaddress.ip_address(raw if isinstance(raw, str) else "")
        except ValueError:
            raise self.wrong(raw) from None
        if not (address.is_multicast or address.is_unspecified) or getattr(address, "scope_id", None):
            raise self.wrong(raw)
        return str(address)

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": f"^([0-9A-Fa-f]{{2}}(:[0-9A-Fa-f]{{2}}){{5}}|{IP_PATTERN})$"}


class EntryState(OneOf):
    def words(self, word: str, value: Value) -> tuple[str, ...]:  # noqa: ARG002  the value is the word
        return (str(value),)


class Sources(Type):
    """Source addresses with commas between them."""

    says = "source addresses such as 192.0.2.1,192.0.2.2"
    example = "192.0.2.1,192.0.2.2"
    in_parts = True

    def parse(self, raw: object) -> str:
        parts = raw if isinstance(raw, list) else raw.split(",") if isinstance(raw, str) else []
        if not parts:
            raise self.wrong(raw)
        return ",".join(sorted(UnicastIp().parse(part) for part in parts))

    def schema(self) -> dict[str, object]:
        pattern = f"^({IP_PATTERN})(,({IP_PATTERN}))*$"
        return {"type": ["string", "array"], "pattern": pattern, "minItems": 1, "items": UnicastIp().schema()}


MDB = Kind(
    "mdb",
    Family.MDB,
    ("link", "port", "group", "source", "vlan", "src_vni", "dst", "dst_port", "vni", "via"),
    "an MDB entry: where a multicast group goes to",
    options=(
        Option(
            "link", LinkRef(), "", "dev", "the bridge, or the VXLAN device", required=True, also=("dev",),
            example="br0",
        ),
        Option("port", LinkRef(), "", "port", "the port of the bridge; the VXLAN device itself", required=True),
        Option("group", Group(), "", "grp", "the group", required=True, also=("grp",)),
        Option(
            "source", Ip(), "MDBE_ATTR_SOURCE", "src", "the source, for a source-specific entry", NOTHING,
            also=("src",),
        ),
        Option(
            "state", EntryState({"permanent": 1, "temp": 0}), "", "", "permanent, or temp: forgotten when it ages",
            default="temp",
        ),
        Option("vlan", Int(1, 4094), "", "vid", "the VLAN, in a bridge that looks at tags", NOTHING, also=("vid",)),
        Option(
            "filter_mode", OneOf({"include": 1, "exclude": 0}), "MDBE_ATTR_GROUP_MODE", "filter_mode",
            "whether source_list is what is let through or what is not", kernel="6.3", iproute2="6.3",
        ),
        Option(
            "source_list", Sources(), "MDBE_ATTR_SRC_LIST", "source_list", "the sources of filter_mode", NOTHING,
            kernel="6.3", iproute2="6.3",
        ),
        Option(
            "protocol", Named(0, 255, names=PROTOCOLS), "MDBE_ATTR_RTPROT", "proto", "who made it", default="static",
            kernel="6.3", iproute2="6.3",
        ),
        Option(
            "dst", UnicastIp(), "MDBE_ATTR_DST", "dst", "the VTEP that the group goes to", NOTHING, kernel="6.4",
            iproute2="6.4",
        ),
        Option(
            "dst_port", Int(1, 65535), "MDBE_ATTR_DST_PORT", "dst_port",
            "that VTEP's UDP port, where not the device's", NOTHING, kernel="6.4", iproute2="6.4",
        ),
        Option(
            "vni", Int(0, VNI_MAX), "MDBE_ATTR_VNI", "vni", "the VNI to send with, where not the device's", NOTHING,
            kernel="6.4", iproute2="6.4",
        ),
        Option(
            "src_vni", Int(0, VNI_MAX), "MDBE_ATTR_SRC_VNI", "src_vni",
            "the VNI that the entry belongs to, on an external device", NOTHING, kernel="6.4", iproute2="6.4",
        ),
        Option(
            "via", LinkRef(), "MDBE_ATTR_IFINDEX", "via", "the underlay link to send by", NOTHING, kernel="6.4",
            iproute2="6.4",
        ),
    ),
)  # fmt: skip
