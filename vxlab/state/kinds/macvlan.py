"""macvlan: a link with a MAC address of its own on another link (ip-link(8), "MACVLAN"; IFLA_MACVLAN_*)."""

from vxlab.state.kind import Option
from vxlab.state.kinds.link import LOWER, link_kind
from vxlab.state.types import Bit, Int, OneOf, Value


class Mode(OneOf):
    """A mode. Passthru is for ever (macvlan_changelink() in drivers/net/macvlan.c)."""

    def in_place(self, have: Value, wanted: Value) -> bool:
        return "passthru" not in (have, wanted)


MACVLAN = link_kind(
    "macvlan",
    "a link with its own MAC address on another link",
    (
        Option(
            "mode", Mode({"private": 1, "vepa": 2, "bridge": 4, "passthru": 8, "source": 16}),
            "IFLA_MACVLAN_MODE", "mode", "who of its siblings it can talk to", default="vepa",
        ),
        Option(
            "nopromisc", Bit(1), "IFLA_MACVLAN_FLAGS", "nopromisc",
            "whether mode passthru leaves the lower link's promiscuity alone", default=False,
        ),
        Option(
            "bcqueuelen", Int(0, 2**32 - 1, "packets"), "IFLA_MACVLAN_BC_QUEUE_LEN", "bcqueuelen",
            "the length of the queue of broadcasts", kernel="5.11", iproute2="5.11", example=1000,
        ),
    ),
    LOWER,
    config="CONFIG_MACVLAN",
)  # fmt: skip
