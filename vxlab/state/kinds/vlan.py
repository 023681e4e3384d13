"""VLAN interfaces (IEEE 802.1Q; ip-link(8), "VLAN Type Support"; linux/if_link.h IFLA_VLAN_*)."""

from collections.abc import Callable
from typing import Any

from vxlab.state.kind import Option
from vxlab.state.kinds.link import LOWER, link_kind
from vxlab.state.types import Int, MaskedBit, OneOf, OnOff


class VlanFlag(MaskedBit):
    """One of the flags, of which the kernel tells only where any is set (vlan_fill_info() in net/8021q)."""

    def gather(self, nla: str, get: Callable[[str], Any]) -> Any:
        flags = get(nla)
        return {self.members[0]: 0} if flags is None else flags


def _flag(name: str, mask: int, default: bool, text: str) -> Option:
    kind = VlanFlag(mask, OnOff(), ("flags", "mask"))
    return Option(name, kind, "IFLA_VLAN_FLAGS", name, text, default)


VLAN = link_kind(
    "vlan",
    "the frames of one VLAN on another link",
    (
        Option(
            "protocol", OneOf({"802.1Q": 0x8100, "802.1ad": 0x88A8}), "IFLA_VLAN_PROTOCOL", "protocol",
            "the kind of tag", default="802.1Q", fixed=True,
        ),
        Option(
            "id", Int(0, 4094), "IFLA_VLAN_ID", "id", "the VLAN id of the tag", required=True, fixed=True,
            also=("vid",),
        ),
        _flag("reorder_hdr", 0x1, True, "whether the tag is taken off before the frame is handed up"),
        _flag("gvrp", 0x2, False, "whether the VLAN is announced by GVRP"),
        _flag("loose_binding", 0x4, False, "whether its state is independent of the lower link's"),
        _flag("mvrp", 0x8, False, "whether the VLAN is announced by MVRP"),
        _flag("bridge_binding", 0x10, False, "whether its state follows the bridge's ports in that VLAN"),
    ),
    LOWER,
    config="CONFIG_VLAN_8021Q",
)  # fmt: skip
