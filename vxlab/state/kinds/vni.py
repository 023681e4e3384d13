"""VNIs of a VXLAN device with a filter: those that it takes (bridge(8), "bridge vni"; VXLAN_VNIFILTER_ENTRY_*)."""

from collections.abc import Callable
from typing import Any

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.kinds.vxlan import VNI_MAX
from vxlab.state.types import NOTHING, LinkRef, MulticastIp, Numbers, UnicastIp, Value
from vxlab.state.types.numbers import ends, run


class Vnis(Numbers):
    """One VNI or a run of them, the last of which has an attribute of its own."""

    def __init__(self) -> None:
        super().__init__(0, VNI_MAX)

    def attributes(self, nla: str, value: Value) -> list[tuple[str, object]]:
        first, last = ends(value)
        return [(nla, first), *([("VXLAN_VNIFILTER_ENTRY_END", last)] if last > first else [])]

    def gather(self, nla: str, get: Callable[[str], Any]) -> Any:
        first = get(nla)
        return None if first is None else run(first, get("VXLAN_VNIFILTER_ENTRY_END") or first)


# The kernel takes another group, but keeps the FDB entry of the one before (vxlan_vni_update_group() in
# drivers/net/vxlan/vxlan_vnifilter.c), so that frames go to both: a VNI with another group is made anew.
VNI = Kind(
    "vni",
    Family.VNI,
    ("link", "vni"),
    "a VNI that a VXLAN device with vnifilter takes",
    options=(
        Option(
            "vni", Vnis(), "VXLAN_VNIFILTER_ENTRY_START", "vni", "the VNI, or a range of VNIs", required=True,
            example=42,
        ),
        Option(
            "group", MulticastIp(), "VXLAN_VNIFILTER_ENTRY_GROUP", "group", "the multicast group of that VNI",
            default=NOTHING, fixed=True, nla6="VXLAN_VNIFILTER_ENTRY_GROUP6",
        ),
        Option(
            "remote", UnicastIp(), "VXLAN_VNIFILTER_ENTRY_GROUP", "remote", "the one VTEP of that VNI",
            default=NOTHING, fixed=True, nla6="VXLAN_VNIFILTER_ENTRY_GROUP6",
        ),
        Option("link", LinkRef(), "", "dev", "the VXLAN device", required=True, also=("dev",), example="vx0"),
    ),
)  # fmt: skip
